// The local host, driven from outside through real HTTP by an app written for durable-functions 3.x.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClock, type Clock } from '../../../local/clock.ts';
import { startHost, type Host, type HostOptions, type LogEntry } from '../../../local/host/host.ts';
import { eventNames } from '../../../local/host/durable/history.ts';

const startMs = Date.UTC(2030, 0, 1, 12);
const minuteMs = 60_000;
const appDir = join(import.meta.dirname, 'app');
const calls = ((globalThis as { fixtureCalls?: Record<string, number> }).fixtureCalls ??= {});

type Status = {
  runtimeStatus: string;
  output: unknown;
  customStatus: unknown;
  createdTime: string;
  lastUpdatedTime: string;
};

let clock: Clock;
let host: Host;
let logs: LogEntry[];
let folder: string;

const options = (store: string): HostOptions => ({
  appDir,
  store,
  clock,
  settings: { FIXTURE_HUB: 'FixtureHub', FIXTURE_SCHEDULE: '0 */5 * * * *' },
  log: (entry) => logs.push(entry),
});

const startInstance = async (name: string, id: string, input: unknown): Promise<Response> =>
  host.fetch(`/api/start/${name}/${id}`, { method: 'POST', body: JSON.stringify(input) });
const act = (action: string, id: string): Promise<Response> =>
  host.fetch(`/api/act/${action}/${id}`, { method: 'POST' });
const statusOf = async (id: string): Promise<Status> =>
  (await (await host.fetch(`/runtime/webhooks/durabletask/instances/${id}`)).json()) as Status;
const ended = (id: string) => async (): Promise<boolean> =>
  !['Pending', 'Running'].includes((await statusOf(id)).runtimeStatus);
const run = async (name: string, id: string, input: unknown): Promise<Status> => {
  expect((await startInstance(name, id, input)).status).toBe(202);
  await host.until(ended(id));
  return statusOf(id);
};
const ids = (id: string): string[] =>
  host
    .history(id)
    .filter((event) => event.EventId >= 0)
    .map((event) => `${event.EventId} ${eventNames[event.EventType] ?? ''}`);
const warnings = (): string[] => logs.filter((entry) => entry.level === 'warning').map((entry) => entry.message);

beforeEach(async () => {
  for (const name of Object.keys(calls)) delete calls[name];
  logs = [];
  folder = mkdtempSync(join(tmpdir(), 'host-'));
  clock = createClock({ kind: 'virtual', startMs });
  host = await startHost(options(':memory:'));
});
afterEach(async () => {
  await host.close();
  clock.restore();
  rmSync(folder, { recursive: true });
});

describe('HTTP triggers', () => {
  it('lists what is registered, with prefix, methods and level', () => {
    expect(host.functions).toContainEqual({
      name: 'start',
      trigger: 'http',
      route: 'api/start/{orchestrator}/{id?}',
      methods: ['POST'],
      authLevel: 'function',
    });
    expect(host.functions).toContainEqual({ name: 'sweep', trigger: 'timer', schedule: '0 */5 * * * *' });
  });

  it('gives params, query and url to the function', async () => {
    const response = await host.fetch('/API/Hello/a%20b/c/d?q=1');
    expect(await response.json()).toEqual({ name: 'a b', rest: 'c/d', q: '1', host: '/API/Hello/a%20b/c/d' });
    expect(logs).toContainEqual(
      expect.objectContaining({ category: 'Function.hello.User', message: 'hello a b', functionName: 'hello' }),
    );
  });

  it('answers 404 to an unknown path and to a wrong method, 500 without a body when the function throws', async () => {
    expect((await host.fetch('/api/nowhere')).status).toBe(404);
    expect((await host.fetch('/api/hello/x', { method: 'POST' })).status).toBe(404);
    const broken = await host.fetch('/api/broken');
    expect([broken.status, await broken.text()]).toEqual([500, '']);
  });

  it('asks for keys only when auth is on', async () => {
    expect((await host.fetch('/api/secret')).status).toBe(200);
    await host.close();
    host = await startHost({ ...options(':memory:'), auth: { masterKey: 'master', functionKey: 'function' } });
    const get = async (path: string, key?: string): Promise<number> =>
      (await host.fetch(path, { headers: key ? { 'x-functions-key': key } : {} })).status;
    expect(await get('/api/hello/x/')).toBe(200);
    expect([
      await get('/api/secret'),
      await get('/api/secret', 'function'),
      await get('/api/secret', 'master'),
    ]).toEqual([401, 401, 200]);
    expect(await get('/api/secret?code=master')).toBe(200);
    expect(await get('/runtime/webhooks/durabletask/instances/x')).toBe(401);
    expect(await get('/admin/host/status', 'function')).toBe(401);
    // The client library still gets through on the RPC path.
    const started = await host.fetch('/api/start/child?code=function', { method: 'POST', body: '{"n":1}' });
    expect(started.status).toBe(202);
  });
});

describe('orchestrations', () => {
  it('fans out over sub-orchestrations and collects their results', async () => {
    const status = await run('fanOut', 'fan', { width: 5 });
    expect(status).toMatchObject({ runtimeStatus: 'Completed', output: { sum: 20, version: '1.0' } });
    expect(calls['double']).toBe(5);
    expect(ids('fan')).toEqual([
      ...[0, 1, 2, 3, 4].map((n) => `${n} SubOrchestrationInstanceCreated`),
      '5 ExecutionCompleted',
    ]);
    expect((await statusOf('fan.child3')).customStatus).toEqual({ n: 6 });
  });

  it('tells the parent why a sub-orchestration failed', async () => {
    const status = await run('childFails', 'parent', {});
    expect(status.output).toContain("Orchestrator function 'child' failed: child 7 fails");
  });

  it('retries with backoff on durable timers', async () => {
    const status = await run('retry', 'r1', { failures: 2, attempts: 5 });
    expect(status.output).toEqual({ ok: 3 });
    expect(clock.now() - startMs).toBe(3000);
    expect(ids('r1')).toEqual([
      '0 TaskScheduled',
      '1 TimerCreated',
      '2 TaskScheduled',
      '3 TimerCreated',
      '4 TaskScheduled',
      '5 TaskScheduled',
      '6 ExecutionCompleted',
    ]);
  });

  it('takes one more timer after the last failed attempt, as the framework does', async () => {
    const status = await run('retry', 'r2', { failures: 9, attempts: 3 });
    expect(status.output).toEqual({ failed: "Activity function 'flaky' failed:  attempt 3 of r2 ", after: 'failure' });
    expect(ids('r2').slice(0, 7)).toEqual([
      '0 TaskScheduled',
      '1 TimerCreated',
      '2 TaskScheduled',
      '3 TimerCreated',
      '4 TaskScheduled',
      '5 TimerCreated',
      '6 TaskScheduled',
    ]);
  });

  it('passes activity inputs and results through as the real host does', async () => {
    const status = await run('inputs', 'in', {});
    expect(status.output).toEqual({ text: '5', nothing: null, flag: 'True', list: [1, 'a'] });
  });

  it('continues as new with a fresh history and the same creation time', async () => {
    const status = await run('again', 'loop', { left: 3, sum: 0 });
    expect(status).toMatchObject({ runtimeStatus: 'Completed', output: 12 });
    expect(calls['double']).toBe(4);
    expect(ids('loop')).toEqual(['0 TaskScheduled', '1 ExecutionCompleted']);
  });

  it('refuses a second start of a live id, and replaces an ended one', async () => {
    await startInstance('lease', 'one', { idleMinutes: 5 });
    const second = await startInstance('lease', 'one', { idleMinutes: 5 });
    expect(second.status).toBe(409);
    expect(await second.text()).toContain('unexpected status code: 409');
    await host.until(ended('one'));
    expect((await startInstance('child', 'one', { n: 4 })).status).toBe(202);
    await host.until(ended('one'));
    expect((await statusOf('one')).output).toBe(8);
  });

  it('fails an instance whose custom status reaches 17 KB of UTF-16, and not one that just fits', async () => {
    expect((await run('statusSize', 'fits', { chars: 8701 })).runtimeStatus).toBe('Completed');
    const over = await run('statusSize', 'over', { chars: 8704 });
    expect(over.runtimeStatus).toBe('Failed');
    expect(over.output).toContain('must not exceed 16 KB');
  });

  it('fails loudly on an unknown activity or orchestrator, and on entities by name', async () => {
    expect((await run('unknownActivity', 'u1', {})).output).toContain("'nowhere' doesn't exist");
    expect((await run('noSuchThing', 'u2', {})).output).toContain("'noSuchThing' doesn't exist");
    expect((await run('entityCaller', 'u3', {})).output).toContain('does not run callEntity');
  });
});

describe('waiting', () => {
  it('ends a lease at its idle time, to the millisecond, and each touch starts the wait anew', async () => {
    await startInstance('lease', 'lab', { idleMinutes: 20 });
    await host.until(startMs + 15 * minuteMs);
    expect((await act('touch', 'lab')).status).toBe(202);
    await host.until(async () => (await statusOf('lab')).customStatus !== null);
    await host.until(startMs + 34 * minuteMs);
    expect((await statusOf('lab')).runtimeStatus).toBe('Running');
    await host.until(ended('lab'));
    expect(clock.now()).toBe(startMs + 35 * minuteMs);
    expect((await statusOf('lab')).output).toEqual({ ended: 'idle', touches: 1 });
  });

  it('delivers an event that beats the timer, also one that came before it was awaited', async () => {
    await startInstance('lease', 'lab', { idleMinutes: 20 });
    await act('end', 'lab'); // Buffered: the first episode may not have run yet.
    await host.until(ended('lab'));
    expect((await statusOf('lab')).output).toEqual({ ended: 'asked', touches: 0 });
    expect(clock.now()).toBe(startMs);
  });

  it('stays Running while a losing timer is open, and says so', async () => {
    await startInstance('forgotten', 'lab', {});
    await act('go', 'lab');
    await host.until(startMs + minuteMs);
    expect((await statusOf('lab')).runtimeStatus).toBe('Running');
    expect(warnings()).toContainEqual(expect.stringContaining('cancel the losing timer'));
    await host.until(ended('lab'));
    expect(clock.now()).toBe(startMs + 60 * minuteMs);
  });

  it('terminates, lists by status and purges', async () => {
    await startInstance('lease', 'a', { idleMinutes: 20 });
    await startInstance('lease', 'b', { idleMinutes: 20 });
    await act('terminate', 'a');
    await host.until(ended('a'));
    expect(await statusOf('a')).toMatchObject({ runtimeStatus: 'Terminated', output: 'asked' });
    expect(await (await act('list', 'x')).json()).toEqual(['b']);
    expect(await (await act('purge', 'a')).json()).toEqual({ instancesDeleted: 1 });
    expect((await host.fetch('/runtime/webhooks/durabletask/instances/a')).status).toBe(404);
    expect((await act('touch', 'a')).status).toBe(500);
    host.dropInstance('b');
    expect((await host.fetch('/runtime/webhooks/durabletask/instances/b')).status).toBe(404);
  });

  it('gives up when nothing due can bring the goal about within the horizon', async () => {
    await expect(host.until(() => false, { ms: minuteMs })).rejects.toThrow('not reached within');
  });
});

describe('timer triggers', () => {
  it('run on their schedule while lab time passes, and on demand', async () => {
    await host.until(startMs + 16 * minuteMs);
    expect(calls['sweep']).toBe(3);
    await host.runTimer('sweep');
    expect(calls['sweep']).toBe(4);
    const response = await host.fetch('/admin/functions/sweep', { method: 'POST', body: '{}' });
    await clock.idle();
    expect([response.status, calls['sweep']]).toEqual([202, 5]);
  });

  it('run once, past due, when an occurrence was missed while the host was down', async () => {
    await host.close();
    const store = join(folder, 'hub.db');
    host = await startHost(options(store));
    await host.until(startMs + 6 * minuteMs);
    await host.close();
    calls['sweep'] = 0;
    clock.advanceTo(startMs + 60 * minuteMs);
    host = await startHost(options(store));
    await clock.idle();
    expect([calls['sweep'], calls['sweep past due']]).toEqual([1, 1]);
  });
});

describe('a restart', () => {
  it('goes on from the store: histories, timers and buffered events', async () => {
    await host.close();
    const store = join(folder, 'hub.db');
    host = await startHost(options(store));
    await startInstance('lease', 'lab', { idleMinutes: 20 });
    await startInstance('retry', 'r', { failures: 1, attempts: 3 });
    await host.until(startMs + 500);
    await host.close();
    host = await startHost(options(store));
    await act('touch', 'lab');
    await host.until(ended('lab'));
    expect(clock.now()).toBe(startMs + 500 + 20 * minuteMs);
    expect((await statusOf('r')).output).toEqual({ ok: 2 });
    expect(host.storeText()).toContain('"touches"');
  });

  it('takes up scaled lab time where the store last saw it', async () => {
    await host.close();
    const store = join(folder, 'hub.db');
    const later = startMs + 10 * 365 * 86_400_000;
    clock = createClock({ kind: 'scaled', speed: 60, startMs: later });
    host = await startHost({ ...options(store), timersEnabled: false });
    await host.close();
    clock = createClock({ kind: 'scaled', speed: 60 });
    expect(clock.now()).toBeLessThan(later);
    host = await startHost({ ...options(store), timersEnabled: false });
    expect(clock.now()).toBeGreaterThanOrEqual(later);
    await startInstance('lease', 'lab', { idleMinutes: 0.1 }); // 6 s of lab time: a tenth of a real second.
    while (!(await ended('lab')())) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await statusOf('lab')).output).toEqual({ ended: 'idle', touches: 0 });
  });

  it('refuses a store that another host owns, or that is not its own', async () => {
    const store = join(folder, 'hub.db');
    await host.close();
    host = await startHost(options(store));
    await expect(startHost(options(store))).rejects.toThrow('in use by another host');
    await expect(startHost(options(join(appDir, 'host.json')))).rejects.toThrow('not a SQLite file');
  });
});
