/**
 * A whole lab on a deployed app: real Azure, real money, most of an hour. It runs only where it is told which app:
 *
 *   LAB_TEST_URL                the app, https://….azurewebsites.net
 *   LAB_TEST_KEY                a function key of it
 *   LAB_TEST_SUBSCRIPTION_ID    optional: this subscription is asked, as whoever runs the test, that nothing with the lab's tag is left
 *
 * 1. Whatever fails, the lab is ended, and its end is awaited: a test leaves nothing that costs.
 * 2. The app's own report is not the proof that nothing is left, where a subscription is named.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DefaultAzureCredential } from '@azure/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabView } from '../../src/hub/lab-view.ts';
import { TAGS } from '../../src/lab/tags.ts';

const { LAB_TEST_URL, LAB_TEST_KEY, LAB_TEST_SUBSCRIPTION_ID, LAB_TEST_POLL_SECONDS } = process.env;
const isNamed = Boolean(LAB_TEST_URL && LAB_TEST_KEY);

const MINUTE = 60_000;
/** Workspace, cluster and notebook take 15 to 35 minutes; sold-out regions double that. */
const BUILT_WITHIN = 80 * MINUTE;
/** A workspace is deleted in 10 minutes, seldom in 30. */
const GONE_WITHIN = 60 * MINUTE;
const POLL_MS = Number(LAB_TEST_POLL_SECONDS ?? 15) * 1_000;
const id = `test-${randomBytes(4).toString('hex')}`;

const ask = (path: string, init: RequestInit = {}, key = LAB_TEST_KEY ?? ''): Promise<Response> =>
  fetch(`${(LAB_TEST_URL ?? '').replace(/\/$/, '')}/api/${path}`, {
    ...init,
    headers: { 'content-type': 'application/json', ...(key === '' ? {} : { 'x-functions-key': key }), ...init.headers },
    signal: AbortSignal.timeout(MINUTE),
  });
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  ask(path, { method: 'POST', body: JSON.stringify(body), headers });

/** A deployed app may be cold, moved or throttled: a failed read is only no news. */
async function until(reached: (view: LabView) => boolean, withinMs: number): Promise<LabView> {
  const last = performance.now() + withinMs;
  let news = 'nothing';
  for (;;) {
    const view = await ask(`labs/${id}`).then(
      async (it) => (it.ok ? ((await it.json()) as LabView) : String(it.status)),
      String,
    );
    if (typeof view !== 'string' && reached(view)) return view;
    news =
      typeof view === 'string'
        ? view
        : `${view.phase}: ${JSON.stringify(view.steps.at(-1))} ${JSON.stringify(view.problem ?? '')}`;
    if (performance.now() > last) throw new Error(`Not reached within ${withinMs / MINUTE} minutes; last: ${news}`);
    await delay(POLL_MS);
  }
}

const isOver = (view: LabView): boolean => !view.running && view.phase === 'ended';

describe.skipIf(!isNamed)('the deployed app (needs LAB_TEST_URL and LAB_TEST_KEY)', () => {
  let built: LabView;
  const started = { id, idleMinutes: 20, maxHours: 3, budgetUsd: 5 };
  const key = { 'idempotency-key': id };

  beforeAll(async () => {
    const response = await post('labs', started, key);
    if (response.status !== 202) throw new Error(`POST /api/labs: ${response.status} ${await response.text()}`);
    built = await until((view) => view.phase === 'watching' || isOver(view), BUILT_WITHIN);
  }, BUILT_WITHIN + MINUTE);

  afterAll(async () => {
    await ask(`labs/${id}`, { method: 'DELETE' });
    await until(isOver, GONE_WITHIN);
  }, GONE_WITHIN + MINUTE);

  it('lets nobody in without a key but to its health', async () => {
    expect((await ask('labs', {}, 'not-a-key')).status).toBe(401);
    // A body that starts nothing, should the door be open.
    expect((await ask('labs', { method: 'POST', body: '{"idleMinutes":0}' }, 'not-a-key')).status).toBe(401);
    const health = await ask('health', {}, '');
    expect([health.status, await health.text()]).toEqual([200, expect.stringContaining('"ok"')]);
  });

  it('refuses a bad request by the names of its fields', async () => {
    const response = await post('labs', { idleMinutes: 'twenty', colour: 'red' });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/idleMinutes[\s\S]*colour|colour[\s\S]*idleMinutes/);
  });

  it('plans without creating', async () => {
    const response = await post('labs?dryRun=true', {});
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ dryRun: true, plan: { kind: expect.any(String) as string } });
  });

  it('builds the lab, and both completions are verified through MLflow', () => {
    expect(built.problem).toBeUndefined();
    expect(built.phase).toBe('watching');
    expect(built.completions?.map((it) => it.source)).toEqual(['app', 'notebook']);
    for (const [index, it] of (built.verifications ?? []).entries()) {
      expect(it.param).toBe(it.spanUsage);
      expect(it.param).toBe(built.completions?.[index]?.completionTokens);
      if (it.traceTokenUsage !== null) expect(it.traceTokenUsage).toBe(it.param);
    }
    expect(built.verifications).toHaveLength(2);
  });

  it('answers a repeated start with the same lab, and another body under its key with a conflict', async () => {
    expect(await (await post('labs', started, key)).json()).toMatchObject({ id, status: 'already-started' });
    expect((await post('labs', { ...started, idleMinutes: 30 }, key)).status).toBe(409);
  });

  it('lists it among the living, and extends it', async () => {
    const { living } = (await (await ask('labs')).json()) as { living: { id: string }[] };
    expect(living.map((it) => it.id)).toContain(id);
    expect((await post(`labs/${id}/keepalive`, {})).status).toBe(202);
  });

  it(
    'is gone after DELETE, and its report names nothing that is left',
    async () => {
      expect([200, 202]).toContain((await ask(`labs/${id}`, { method: 'DELETE' })).status);
      const { report } = await until(isOver, GONE_WITHIN);
      expect(report?.outcome).toBe('healthy');
      expect(report?.receipt.left).toEqual([]);
      expect(report?.receipt.removals.length).toBeGreaterThanOrEqual(5);
    },
    GONE_WITHIN + MINUTE,
  );

  it.skipIf(!LAB_TEST_SUBSCRIPTION_ID)(
    'has left nothing in the subscription, soft-deleted accounts included (needs LAB_TEST_SUBSCRIPTION_ID)',
    async () => {
      expect(await taggedIn(LAB_TEST_SUBSCRIPTION_ID ?? '')).toEqual([]);
    },
    5 * MINUTE,
  );
});

/** Ids of everything that carries the lab's tag, as Azure Resource Manager tells whoever is signed in here. */
async function taggedIn(subscription: string): Promise<string[]> {
  const { token } = await new DefaultAzureCredential().getToken('https://management.azure.com/.default');
  const lists = [
    'resourcegroups?api-version=2021-04-01',
    'resources?api-version=2021-04-01',
    'providers/Microsoft.CognitiveServices/deletedAccounts?api-version=2024-10-01',
  ];
  const found: string[] = [];
  for (const list of lists) {
    let url: string | undefined = `https://management.azure.com/subscriptions/${subscription}/${list}`;
    while (url !== undefined) {
      const response: Response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      if (!response.ok) throw new Error(`GET ${list}: ${response.status}`);
      const page = (await response.json()) as {
        value: { id: string; tags?: Record<string, string> }[];
        nextLink?: string;
      };
      found.push(...page.value.filter((it) => it.tags?.[TAGS.lab] === id).map((it) => it.id));
      url = page.nextLink;
    }
  }
  return found;
}
