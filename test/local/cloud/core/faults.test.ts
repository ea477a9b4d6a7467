// Fault rules: what goes wrong, where, how often, and whether the effect stays.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAzure, MINUTE_MS, type Azure } from '../arm/azure.ts';

let azure: Azure;
let group: string;
const VERSION = 'api-version=2025-04-01';
beforeAll(async () => {
  azure = await startAzure();
  group = `/subscriptions/${azure.subscription}/resourceGroups/rg-a`;
});
afterEach(() => {
  azure.cloud.reset();
});
afterAll(async () => {
  await azure.cloud.close();
  azure.clock.restore();
});

const put = () => azure.arm('PUT', `${group}?${VERSION}`, { location: 'eastus2' });
const get = () => azure.arm('GET', `${group}?${VERSION}`);
const exists = (): boolean => azure.cloud.inventory().some((it) => it.id.endsWith('/rg-a'));

describe('faults', () => {
  it('before the effect: nothing is made; after it: made, and the answer is lost', async () => {
    azure.cloud.faults.add({ pattern: 'PUT */resourceGroups/rg-a', kind: 'reset' });
    await expect(put()).rejects.toThrow();
    expect(exists()).toBe(false);
    azure.cloud.faults.add({ pattern: 'put */RESOURCEGROUPS/*', kind: 'reset', when: 'after' });
    await expect(put()).rejects.toThrow();
    expect(exists()).toBe(true);
    expect((await put()).status).toBe(200);
    expect(azure.cloud.faults.hits).toEqual([1, 1]);
  });

  it('tell a call by one part of its path that varies', async () => {
    azure.cloud.faults.add({
      pattern: 'PUT /subscriptions/{}/resourceGroups/rg-{}',
      kind: 'status',
      status: 500,
      fire: 2,
    });
    const account = `/subscriptions/${azure.subscription}/resourceGroups/rg-a/providers/Microsoft.CognitiveServices/accounts/a`;
    await azure.arm('PUT', `${account}?api-version=2025-09-01`, {});
    expect(azure.cloud.faults.hits).toEqual([0]);
    const group = `/subscriptions/${azure.subscription}/resourceGroups/rg-a?api-version=2025-04-01`;
    expect((await azure.arm('PUT', group, { location: 'eastus2' })).status).toBe(500);
  });

  it('skips, fires and then lets pass', async () => {
    azure.cloud.faults.add({ pattern: 'PUT *', kind: 'status', status: 503, skip: 1, fire: 2 });
    const answers = [await put(), await put(), await put(), await put()];
    expect(answers.map((it) => it.status)).toEqual([201, 503, 503, 200]);
  });

  it('gives status, headers and body as asked, for a stretch of lab time', async () => {
    azure.cloud.faults.add({
      ...{ pattern: 'GET *', service: 'arm', kind: 'status', status: 429, fire: Infinity, forMs: 2 * MINUTE_MS },
      ...{ headers: { 'retry-after': '17' }, body: { error: { code: 'TooManyRequests', message: 'slow down' } } },
    });
    const first = await get();
    expect(first).toMatchObject({ status: 429, code: 'TooManyRequests' });
    expect(first.headers.get('retry-after')).toBe('17');
    await azure.pass(MINUTE_MS);
    expect((await get()).status).toBe(429);
    await azure.pass(MINUTE_MS);
    expect((await get()).status).toBe(404);
  });

  it('hangs without holding the clock', async () => {
    azure.cloud.faults.add({ pattern: 'GET *', kind: 'hang' });
    const abort = new AbortController();
    const { ARM_ENDPOINT } = azure.cloud.settings();
    const hanging = fetch(`${ARM_ENDPOINT}${group}?${VERSION}`, { signal: abort.signal }).catch(
      (error: unknown) => error,
    );
    while (azure.cloud.requests.length === 0 || azure.clock.inFlight > 0)
      await new Promise((resolve) => setImmediate(resolve));
    await azure.pass(MINUTE_MS);
    abort.abort();
    expect(await hanging).toMatchObject({ name: 'AbortError' });
    expect(azure.cloud.requests.at(-1)).toMatchObject({ method: 'GET', status: 0 });
  });

  it('answers with HTML, with half of the JSON, or slowly', async () => {
    await put();
    azure.cloud.faults.add({ pattern: 'GET *', kind: 'html' });
    azure.cloud.faults.add({ pattern: 'GET *', kind: 'truncated' });
    azure.cloud.faults.add({ pattern: 'GET *', kind: 'slow', ms: 20 });
    await expect(get()).rejects.toThrow(SyntaxError);
    await expect(get()).rejects.toThrow(SyntaxError);
    expect((await get()).json).toMatchObject({ name: 'rg-a' });
  });

  it('is logged like any request', async () => {
    azure.cloud.faults.add({ pattern: 'PUT *', kind: 'status', status: 500 });
    await put();
    expect(azure.cloud.requests).toEqual([
      expect.objectContaining({ service: 'arm', method: 'PUT', path: group, status: 500, at: azure.clock.now() }),
    ]);
  });
});

describe('the record of requests', () => {
  it('forgets the oldest half once it holds 100,000', async () => {
    await get();
    const [old] = azure.cloud.requests;
    if (old === undefined) throw new Error('nothing was recorded');
    while (azure.cloud.requests.length < 99_999) azure.cloud.requests.push(old);
    await get();
    expect(azure.cloud.requests.length).toBe(100_000);
    await get();
    expect(azure.cloud.requests.length).toBe(50_001);
    expect(azure.cloud.requests.at(-1)).not.toBe(old);
  });
});

describe('reads that lag behind writes', () => {
  const seen = async (): Promise<number[]> => {
    const list = await azure.arm('GET', `/subscriptions/${azure.subscription}/resourcegroups?${VERSION}`);
    return [(await get()).status, (list.json.value as unknown[]).length];
  };

  it('by lab time: a new group is 404 for a while, a deleted one is still there', async () => {
    azure.cloud.state.lag = { ms: 10_000, reads: 0 };
    await put();
    expect(await seen()).toEqual([404, 0]);
    await azure.pass(10_000);
    expect(await seen()).toEqual([200, 1]);
    await azure.arm('DELETE', `${group}?${VERSION}`);
    await azure.pass(MINUTE_MS - 15_000);
    expect(exists()).toBe(false);
    expect(await seen()).toEqual([200, 1]);
    await azure.pass(10_000);
    expect(await seen()).toEqual([404, 0]);
  });

  it('by number of reads', async () => {
    azure.cloud.state.lag = { ms: 0, reads: 2 };
    await put();
    expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([404, 404, 200]);
  });
});
