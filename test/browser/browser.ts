/** One browser and one world for a test file: the app with sign-in, a model that the test knows, and pages that must be free of errors. */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { LabView } from '../../src/hub/lab-view.ts';
import { startRig, type Rig } from '../../local/rig.ts';
import { principal, type Person } from '../e2e/people-signed-in.ts';
import { startModel } from './model-server.ts';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type Look = { colorScheme?: 'light' | 'dark'; locale?: string; width?: number; scriptless?: boolean };

export type Stage = {
  readonly rig: Rig;
  /** A page of a person's own; what it logs as an error fails the test at the end. */
  open(person: Person | null, path: string, look?: Look): Promise<Page>;
  api<T>(person: Person, path: string, body?: unknown): Promise<T>;
  view(person: Person, id: string): Promise<LabView>;
  until(person: Person, id: string, predicate: (view: LabView) => boolean): Promise<LabView>;
  /** What pages have complained of so far: scripts that broke, and what the policy kept out. */
  readonly complaints: string[];
};

export function useStage(options: { signIn: boolean }): Stage {
  let rig: Rig;
  let browser: Browser;
  let model: Awaited<ReturnType<typeof startModel>>;
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    model = await startModel();
    process.env['LOCAL_CLOUD_MODEL_URL'] = model.url;
    rig = await startRig({
      clock: { kind: 'virtual', startMs: Date.UTC(2026, 10, 23, 9) },
      ...(options.signIn ? { settings: { WEBSITE_AUTH_ENABLED: 'True' } } : {}),
    });
    browser = await chromium.launch({
      executablePath: process.env['CHROME_PATH'] ?? '/usr/bin/chromium',
      args: ARGUMENTS,
    });
  }, 60_000);
  afterAll(async () => {
    for (const context of contexts) await context.close();
    await browser.close();
    await rig.close();
    await model.close();
    delete process.env['LOCAL_CLOUD_MODEL_URL'];
    expect(complaints).toEqual([]);
  }, 60_000);

  const headersOf = (person: Person | null): Record<string, string> => (person === null ? {} : principal(person));
  const api = async <T>(person: Person, path: string, body?: unknown): Promise<T> => {
    const response = await rig.host.fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headersOf(person), 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const view = (person: Person, id: string) => api<LabView>(person, `/api/labs/${id}`);

  return {
    get rig() {
      return rig;
    },
    complaints,
    api,
    view,
    until: async (person, id, predicate) => {
      let last: LabView | undefined;
      await rig.host.until(async () => predicate((last = await view(person, id))));
      return last as LabView;
    },
    open: async (person, path, look = {}) => {
      const context = await browser.newContext({
        baseURL: rig.host.url,
        viewport: { width: look.width ?? 1280, height: 900 },
        colorScheme: look.colorScheme ?? 'light',
        locale: look.locale ?? 'en-GB',
        reducedMotion: 'reduce',
        javaScriptEnabled: look.scriptless !== true,
        extraHTTPHeaders: headersOf(person),
      });
      contexts.push(context);
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
      });
      page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
      await page.goto(path);
      return page;
    },
  };
}
