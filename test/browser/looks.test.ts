/** Every kind of page in every state: read by axe in both themes and both languages, as narrow as a phone, with the keyboard, and without a script. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ANA, RUI } from '../e2e/people-signed-in.ts';
import { axe } from './axe.ts';
import { useStage } from './browser.ts';

const stage = useStage({ signIn: true });
const reportOf = (id: string): string => `/api/labs/${id}/report`;
const LONG_ID = 'the-longest-id-of-a-lab1';

const PAGES: Record<string, string> = {
  'a dashboard': '/api/dashboard',
  'a lab that is watched': reportOf('watched'),
  'a lab that is built': reportOf(LONG_ID),
  'a lab that failed': reportOf('failed'),
  'a refusal': reportOf('nobody-s'),
};

beforeAll(async () => {
  const refused = { error: { code: 'AuthorizationFailed', message: 'The client does not have authorization.' } };
  stage.rig.cloud.faults.add({
    pattern: 'PUT *Microsoft.CognitiveServices/accounts/*',
    kind: 'status',
    status: 403,
    body: refused,
    fire: Infinity,
  });
  await stage.api(ANA, '/api/labs', { id: 'failed' });
  await stage.until(ANA, 'failed', (view) => view.phase === 'ended');
  stage.rig.cloud.faults.clear();
  await stage.api(ANA, '/api/labs', {
    id: 'watched',
    completion: { prompt: `A word ${'as-long-as-this'.repeat(20)}` },
  });
  const view = await stage.until(ANA, 'watched', (it) => it.phase === 'watching');
  const [a, b] = (view.completions ?? []).map((it) => it.traceId);
  PAGES['a comparison'] = `/api/labs/watched/traces/compare?a=${a}&b=${b}`;
  await stage.api(ANA, '/api/labs', { id: LONG_ID });
  await stage.until(ANA, LONG_ID, (it) => it.steps.length > 4);
}, 120_000);

const width = (page: Page): Promise<number> => page.evaluate('document.documentElement.scrollWidth');

describe('every page', { timeout: 240_000 }, () => {
  it('is clean to axe in both themes and both languages, and no wider than a phone', async () => {
    for (const [name, path] of Object.entries(PAGES)) {
      for (const [colorScheme, locale] of [
        ['light', 'pt-BR'],
        ['dark', 'en-GB'],
      ] as const) {
        const look = `${name}, ${colorScheme}, ${locale}`;
        const page = await stage.open(ANA, path, { colorScheme, locale });
        expect(await axe(page), look).toEqual([]);
        await page.setViewportSize({ width: 360, height: 800 });
        expect(await width(page), look).toBeLessThanOrEqual(360);
        await page.close();
      }
    }
    // A refusal is a 404, which browsers log.
    stage.complaints.splice(0, Infinity, ...stage.complaints.filter((it) => !it.includes('status of 404')));
  });

  it('on a phone hides nothing of a table beside the edge, except of the newest traces, whose edge says so', async () => {
    for (const path of [PAGES['a comparison'] ?? '', reportOf('watched'), reportOf('failed'), '/api/dashboard']) {
      const page = await stage.open(ANA, path, { width: 360 });
      const beside = await page.evaluate<string[]>(
        `[...document.querySelectorAll('.scroll > table:not(.lines)')].filter((it) => it.parentElement.scrollWidth > it.parentElement.clientWidth + 1).map((it) => it.caption.textContent)`,
      );
      expect(beside, path).toEqual([]);
      await page.close();
    }
  });

  it('says the same without a script', async () => {
    for (const [name, path] of Object.entries(PAGES)) {
      const [without, withOne] = await Promise.all(
        [true, false].map(async (scriptless) => {
          const page = await stage.open(ANA, path, { scriptless });
          return page.locator('h1, h2, h3').allTextContents();
        }),
      );
      expect(without, name).toEqual(withOne);
    }
    stage.complaints.splice(0, Infinity, ...stage.complaints.filter((it) => !it.includes('status of 404')));
  });

  it('of somebody without labs begins with the form', async () => {
    const page = await stage.open(RUI, '/api/dashboard');
    expect(await page.locator('h2').allTextContents()).toEqual(['Start a lab', 'Active labs', 'Ended labs']);
  });
});

describe('the keyboard', { timeout: 60_000 }, () => {
  it('stays where it is when the page renews itself', async () => {
    const page = await stage.open(ANA, '/api/dashboard');
    const focused = (): Promise<string> => page.evaluate('document.activeElement.href ?? document.activeElement.id');
    await page.locator(`#living a:has-text("${LONG_ID}")`).focus();
    const before = await focused();
    expect(before).toContain(LONG_ID);
    const cell = page.locator(`#living tr:has-text("${LONG_ID}")`);
    const said = await cell.textContent();
    await stage.rig.host.until(stage.rig.clock.now() + 60_000);
    await expect.poll(() => cell.textContent(), { timeout: 30_000 }).not.toBe(said);
    expect(await focused()).toBe(before);
  });

  it('reaches the sections, the table that scrolls, and the content past the head of the page', async () => {
    const page = await stage.open(ANA, reportOf('watched'), { width: 360 });
    await page.keyboard.press('Tab');
    expect(await page.textContent(':focus')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.click('.jump a[href="#traces"]');
    expect(await page.evaluate('location.hash')).toBe('#traces');
    const table = page.locator('#traces .scroll').last();
    await table.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.evaluate('document.activeElement.scrollLeft')).toBeGreaterThan(0);
  });
});
