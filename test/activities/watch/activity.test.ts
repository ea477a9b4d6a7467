// A lab is used when people use it: what the app itself logs, looks at or runs never keeps it alive.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { armOf } from '../../../local/cloud/arm/tables.ts';
import { createPerson } from '../../../local/cloud/mlflow/person.ts';
import { databricksOf } from '../../../local/cloud/databricks/tables.ts';
import { LLMOPS_TAGS } from '../../../src/clients/mlflow/write-trace.ts';
import { clusterSigns } from '../../../src/activities/watch/signs.ts';
import type { Mlflow } from '../../../src/clients/mlflow/api.ts';
import { build, PROMPTS, startBench, type Bench, type Built } from '../bench.ts';

let bench: Bench;
let built: Built;
let mlflow: Mlflow;
let ownRunIds: string[];
beforeAll(async () => {
  bench = await startBench();
  built = await build(bench);
  mlflow = bench.clients.mlflow(built.workspace);
  const common = { lab: bench.lab, ...built, prompts: PROMPTS };
  const fromApp = await bench.value('completeFromApp', { ...common, key: 'first' });
  const fromNotebook = await bench.value('runNotebook', { ...common, attempt: 1 });
  ownRunIds = [fromApp.runId, fromNotebook.runId];
  await bench.pass(60_000);
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
});

const workspaceOf = (it: Bench) => armOf(it.cloud.state).workspaces.values()[0]!;
const question = (since: string, clusterId: string | null) => ({
  ...{ lab: bench.lab, ...built, clusterId, since, ownRunIds },
  userName: built.ready.userName,
});
/** Without the cluster; with its id, what its state tells as well. */
const read = (since: string, clusterId: string | null = null) =>
  bench.value('readActivity', question(since, clusterId));
const LONG_AGO = '2026-01-01T00:00:00.000Z';

it('the app’s own runs, the notebook’s run and all their traces are no activity', async () => {
  await bench.value('completeFromApp', { lab: bench.lab, ...built, prompts: PROMPTS, key: 'second' });
  await bench.pass(60_000);
  expect(await read(LONG_AGO)).toEqual({ lastActivityAt: null, what: null, unproven: null });
});

it('somebody’s run is, once it is newer than what is known', async () => {
  const at = bench.clock.now();
  const runId = await mlflow.createRun(built.connection.experimentId, 'mine', at, { 'mlflow.user': 'ada' });
  await mlflow.endRun(runId, 'FINISHED', at);
  expect(await read(LONG_AGO)).toEqual({
    lastActivityAt: new Date(at).toISOString(),
    what: `run ${runId}`,
    unproven: null,
  });
  expect(await read(new Date(at).toISOString())).toEqual({ lastActivityAt: null, what: null, unproven: null });
});

it('somebody’s run that goes on is activity now, however long ago it began; one of the app’s that was never ended is not', async () => {
  const { experimentId } = built.connection;
  const dead = { [LLMOPS_TAGS.source]: 'api' };
  await mlflow.createRun(experimentId, 'given up', bench.clock.now(), dead);
  const runId = await mlflow.createRun(experimentId, 'training', bench.clock.now(), { 'mlflow.user': 'ada' });
  await bench.pass(3 * 3_600_000);
  const now = new Date(bench.clock.now()).toISOString();
  const anHourAgo = new Date(bench.clock.now() - 3_600_000).toISOString();
  expect(await read(anHourAgo)).toEqual({ lastActivityAt: now, what: `run ${runId}, which goes on`, unproven: null });
  await mlflow.endRun(runId, 'FINISHED', bench.clock.now());
  expect(await read(anHourAgo)).toEqual({ lastActivityAt: null, what: null, unproven: null });
});

it('somebody’s run in an experiment of their own is, and so is a notebook of theirs that changed', async () => {
  const person = createPerson(bench.cloud.state, workspaceOf(bench), 'ada@example.org');
  const since = new Date(bench.clock.now()).toISOString();
  await bench.pass(60_000);
  expect((await read(since)).lastActivityAt).toBeNull();
  const runId = person.logRun();
  expect((await read(since)).what).toBe(`run ${runId}`);
  await bench.pass(60_000);
  person.edit();
  expect((await read(since)).what).toBe('notebook /Users/ada@example.org/My own notebook');
});

it('a job run that somebody else started is; the app’s own is not', async () => {
  const since = new Date(bench.clock.now()).toISOString();
  await bench.pass(60_000);
  const { runs } = databricksOf(bench.cloud.state);
  const [key, run] = runs.entries()[0]!;
  runs.put(key, { ...run, startedAt: bench.clock.now() });
  expect((await read(since)).lastActivityAt).toBeNull();
  runs.put(key, { ...run, startedAt: bench.clock.now(), creator: 'ada@example.org' });
  expect((await read(since)).what).toBe(`job run ${run.runId}`);
  runs.put(key, run);
});

it('what cannot be read hides no sign that can, and lets nobody count as silent', async () => {
  const since = new Date(bench.clock.now()).toISOString();
  await bench.pass(60_000);
  const forbid = () =>
    bench.cloud.faults.add({
      kind: 'status',
      pattern: 'GET /api/2.2/jobs/runs/list',
      status: 403,
      body: { error_code: 'PERMISSION_DENIED', message: 'no' },
    });
  forbid();
  const blind = await bench.call('readActivity', question(since, null));
  expect(blind.kind).not.toBe('done');
  const runId = createPerson(bench.cloud.state, workspaceOf(bench), 'ada@example.org').logRun();
  forbid();
  expect((await read(since)).what).toMatch(new RegExp(`run ${runId}|^notebook `));
});

describe('the cluster', () => {
  const minute = (count: number): number => Date.UTC(2026, 10, 23, 9, count);
  const at = { sinceMs: minute(0), nowMs: minute(60) };
  const up = { cluster_id: 'c', state: 'RUNNING', autotermination_minutes: 20, start_time: minute(-30) };
  const down = (code: string, ended: number) => ({
    ...{ ...up, state: 'TERMINATED', terminated_time: minute(ended) },
    termination_reason: { code },
  });
  // Left: its state at minute 60 of a lab that was last used at minute 0. Right: the minute of the newest sign, and whether silence is still unproven.
  it.each([
    ['runs, long after it would have ended itself', up, 35, true],
    ['runs, and was started again by somebody', { ...up, last_restarted_time: minute(50) }, 50, true],
    ['runs, and never ends itself', { ...up, autotermination_minutes: 0 }, null, true],
    ['is ending', { ...up, state: 'TERMINATING' }, null, true],
    ['ended itself after the lab’s own notebook', down('INACTIVITY', 22), null, false],
    ['ended itself after a command at minute 25', down('INACTIVITY', 45), 25, false],
    ['was ended by somebody', down('USER_REQUEST', 40), 40, false],
    ['was lost', down('CLOUD_PROVIDER_SHUTDOWN', 40), null, false],
  ])('%s', (_, cluster, newest, unproven) => {
    const told = clusterSigns(cluster, at);
    const last = Math.max(-Infinity, ...told.signs.map((it) => it.at));
    expect(last).toBe(newest === null ? -Infinity : minute(newest));
    expect(told.unproven !== null).toBe(unproven);
  });
  it('runs, and may still run for the lab’s own notebook', () => {
    const told = clusterSigns(up, { sinceMs: minute(0), nowMs: minute(20) });
    expect(told).toEqual({ signs: [], unproven: 'cluster c runs' });
  });
});

it('a second run of the lab’s notebook, started by hand, is', async () => {
  const since = new Date(bench.clock.now()).toISOString();
  const again = await bench.value('runNotebook', { lab: bench.lab, ...built, prompts: PROMPTS, attempt: 2 });
  await bench.pass(60_000);
  const { lastActivityAt, what } = await read(since);
  expect(lastActivityAt).not.toBeNull();
  expect(what).toMatch(new RegExp(`${again.runId}|^trace `));
});
