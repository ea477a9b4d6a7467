// The Durable extension's HTTP API, request by request, as its handler answers (HttpApiHandler.cs, DurableClient.cs).
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClock, type Clock } from '../../../local/clock.ts';
import { startHost, type Host } from '../../../local/host/host.ts';

const startMs = Date.UTC(2030, 0, 1);
const api = '/runtime/webhooks/durabletask';
let clock: Clock;
let host: Host;

beforeEach(async () => {
  clock = createClock({ kind: 'virtual', startMs });
  host = await startHost({
    appDir: join(import.meta.dirname, 'app'),
    store: ':memory:',
    clock,
    settings: { FIXTURE_HUB: 'FixtureHub', FIXTURE_SCHEDULE: '0 0 0 1 1 *' },
  });
});
afterEach(async () => {
  await host.close();
  clock.restore();
});

const call = (method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> =>
  host.fetch(api + path, { method, headers, ...(body === undefined ? {} : { body }) });
const json = async (response: Promise<Response>): Promise<unknown> => (await response).json();
const codes = (...requests: Promise<Response>[]): Promise<number[]> =>
  Promise.all(requests.map(async (request) => (await request).status));
const start = (name: string, id: string, input: unknown = {}): Promise<Response> =>
  call('POST', `/orchestrators/${name}/${id}`, JSON.stringify(input));
const ended = (id: string) => async (): Promise<boolean> => (await call('GET', `/instances/${id}`)).status !== 202;

describe('starting', () => {
  it('answers with the URLs of the instance, without that of a rewind', async () => {
    const response = await start('lease', 'a', { idleMinutes: 1 });
    const base = `${host.url}${api}/instances/a`;
    const query = 'taskHub=FixtureHub&connection=Storage&code=local';
    expect([response.status, response.headers.get('retry-after'), response.headers.get('location')]).toEqual([
      202,
      '10',
      `${base}?${query}`,
    ]);
    expect(await response.json()).toEqual({
      id: 'a',
      statusQueryGetUri: `${base}?${query}`,
      sendEventPostUri: `${base}/raiseEvent/{eventName}?${query}`,
      purgeHistoryDeleteUri: `${base}?${query}`,
      restartPostUri: `${base}/restart?${query}`,
      terminatePostUri: `${base}/terminate?reason={text}&${query}`,
      suspendPostUri: `${base}/suspend?reason={text}&${query}`,
      resumePostUri: `${base}/resume?reason={text}&${query}`,
    });
  });

  it('makes an id, takes no input for null, any id without a slash, and refuses bad JSON', async () => {
    const { id } = (await json(call('POST', '/orchestrators/lease', '{"idleMinutes":1}'))) as { id: string };
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    await call('POST', '/orchestrators/childFails/none', '');
    expect(await json(call('GET', '/instances/none'))).toMatchObject({ input: null });
    const odd = ['@a', 'a%23b', 'a%3Fb', 'a%5Cb', 'a%0Ab', 'x'.repeat(257), 'a%F0%9F%98%80'];
    expect(await codes(...odd.map((it) => start('lease', it)))).toEqual(Array<number>(7).fill(202));
    expect(
      await codes(start('lease', 'a%2Fb'), start('lease', 'a%00'), call('POST', '/orchestrators/lease/a', '{')),
    ).toEqual([404, 400, 400]);
  });

  it('does not wait for the end', async () => {
    const response = await call('POST', '/orchestrators/child/a?timeout=5&pollingInterval=1', '{"n":1}');
    expect([response.status, await response.text()]).toEqual([501, expect.stringContaining('a start that waits')]);
    expect((await call('GET', '/instances/a')).status).toBe(404);
  });
});

describe('reading one instance', () => {
  it('gives 202 while it runs, 200 when it has ended, 500 for a failure if asked, 404 when there is none', async () => {
    await start('lease', 'a', { idleMinutes: 1 });
    await clock.idle();
    const running = await call('GET', '/instances/a');
    expect([running.status, running.headers.get('retry-after')]).toEqual([202, '5']);
    expect(running.headers.get('location')).toMatch(/\/instances\/a$/);
    expect(JSON.stringify(await running.json())).toBe(
      '{"name":"lease","version":"1.0","instanceId":"a","runtimeStatus":"Running","input":{"idleMinutes":1},"customStatus":null,"output":null,"createdTime":"2030-01-01T00:00:00Z","lastUpdatedTime":"2030-01-01T00:00:00Z"}',
    );
    await start('child', 'b', { n: 1, fail: true });
    await host.until(ended('b'));
    const failure = '/instances/b?returnInternalServerErrorOnFailure=true';
    expect(await codes(call('GET', '/instances/b'), call('GET', failure), call('GET', '/instances/c'))).toEqual([
      200, 500, 404,
    ]);
    expect(await json(call('GET', '/instances/b?showInput=false'))).toMatchObject({ input: null });
  });

  it('shows the history with each end in the place of its beginning', async () => {
    await start('childFails', 'p', { a: 1 });
    await start('child', 'c', { n: 2 });
    await host.until(async () => (await ended('p')()) && (await ended('c')()));
    type Shown = { historyEvents: Record<string, unknown>[] };
    const at = '2030-01-01T00:00:00.000Z';
    const brief = (await json(call('GET', '/instances/c?showHistory=true&showInput=false'))) as Shown;
    expect(brief.historyEvents).toEqual([
      { EventType: 'ExecutionStarted', Timestamp: at, FunctionName: 'child' },
      { EventType: 'TaskCompleted', Timestamp: at, ScheduledTime: at, FunctionName: 'double' },
      { EventType: 'ExecutionCompleted', Timestamp: at, OrchestrationStatus: 'Completed' },
    ]);
    const full = (await json(call('GET', '/instances/c?showHistory=true&showHistoryOutput=true'))) as Shown;
    expect(full.historyEvents[1]).toMatchObject({ Input: '[{"n":2}]', Result: { n: 4 } });
    const parent = (await json(call('GET', '/instances/p?showHistory=true'))) as Shown;
    expect(parent.historyEvents[1]).toMatchObject({
      EventType: 'SubOrchestrationInstanceFailed',
      FunctionName: 'child',
      Reason: "Orchestrator function 'child' failed: child 7 fails",
    });
  });
});

describe('many instances', () => {
  it('are listed by page, status, prefix and creation', async () => {
    for (const id of ['a1', 'a2', 'a3', 'b1']) await start('child', id, { n: 1 });
    await host.until(ended('b1'));
    await host.until(startMs + 60_000);
    await start('lease', 'a4', { idleMinutes: 5 });
    const list = async (query: string, token?: string): Promise<[string[], string | null]> => {
      const response = await call(
        'GET',
        `/instances?${query}`,
        undefined,
        token ? { 'x-ms-continuation-token': token } : {},
      );
      const found = (await response.json()) as { instanceId: string }[];
      return [found.map(({ instanceId }) => instanceId), response.headers.get('x-ms-continuation-token')];
    };
    const [first, token] = await list('instanceIdPrefix=a&top=3');
    expect(first).toEqual(['a1', 'a2', 'a3']);
    expect(await list('instanceIdPrefix=a&top=3', token ?? '')).toEqual([['a4'], '']);
    expect((await list('runtimeStatus=Running,Pending'))[0]).toEqual(['a4']);
    expect((await list('runtimeStatus=running'))[0]).toHaveLength(5);
    expect((await list('runtimeStatus=Suspended,Nonsense'))[0]).toEqual([]);
    expect((await list('createdTimeFrom=soon&top=all'))[0]).toHaveLength(5);
    expect((await list('createdTimeFrom=2030-01-01T00:00:30Z'))[0]).toEqual(['a4']);
    expect((await list('createdTimeTo=2030-01-01T00:00:30Z'))[0]).toEqual(['a1', 'a2', 'a3', 'b1']);
  });

  it('are purged by filter, whatever their state, and one by its id only when it has ended', async () => {
    for (const id of ['a', 'b']) await start('child', id, { n: 1 });
    await start('lease', 'c', { idleMinutes: 5 });
    await host.until(async () => (await ended('a')()) && (await ended('b')()));
    const undated = ['/instances', '/instances?createdTimeFrom=soon', '/instances/none', '/instances/%E0%A4%A'];
    expect(await codes(...undated.map((path) => call('DELETE', path)))).toEqual([400, 400, 404, 404]);
    const completed = '/instances?createdTimeFrom=2000-01-01T00:00:00Z&runtimeStatus=Completed';
    expect(await json(call('DELETE', completed))).toEqual({ instancesDeleted: 2 });
    expect((await call('DELETE', completed)).status).toBe(404);
    expect((await call('DELETE', '/instances/c')).status).toBe(412);
    expect(await json(call('DELETE', '/instances?createdTimeFrom=2000-01-01T00:00:00Z'))).toEqual({
      instancesDeleted: 1,
    });
    expect((await call('GET', '/instances/c')).status).toBe(404);
  });
});

describe('other requests', () => {
  it('are 404 by another method or path; operations have no case', async () => {
    await start('lease', 'a', { idleMinutes: 5 });
    const wrong: [string, string][] = [
      ['GET', '/orchestrators/lease'],
      ['PUT', '/instances/a'],
      ['GET', '/instances/a/terminate'],
      ['POST', '/instances/a/nothing'],
      ['POST', '/instances/a/raiseEvent'],
      ['GET', '/nothing'],
    ];
    expect(await codes(...wrong.map(([method, path]) => call(method, path)))).toEqual(Array<number>(6).fill(404));
    const text = { 'content-type': 'text/plain' };
    expect((await call('POST', '/instances/a/raiseEvent/touch', 'null', text)).status).toBe(400);
    expect((await call('POST', '/instances/a/TERMINATE?reason=x')).status).toBe(202);
    await host.until(ended('a'));
    expect(await codes(call('POST', '/instances/a/terminate'), call('POST', '/instances/b/terminate'))).toEqual([
      410, 404,
    ]);
  });

  it('of /admin run timer functions and activities, and nothing else', async () => {
    const counts = (globalThis as { fixtureCalls?: Record<string, number> }).fixtureCalls ?? {};
    const doubled = counts['double'] ?? 0;
    const post = (name: string, body: string): Promise<Response> =>
      host.fetch(`/admin/functions/${name}`, { method: 'POST', body });
    const given = JSON.stringify({ input: '{"n":3}' });
    expect(await codes(post('DOUBLE', given), post('child', '{}'), post('hello', '{}'), post('double', '{'))).toEqual([
      202, 501, 404, 400,
    ]);
    await clock.idle();
    expect(counts['double']).toBe(doubled + 1);
    expect((await host.fetch('/admin/host/status')).status).toBe(200);
  });
});
