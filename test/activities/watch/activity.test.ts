// A lab is used when people use it: what the app itself logs, looks at or runs never keeps it alive.
import { afterEach, beforeAll, expect, it } from 'vitest';
import { databricksOf } from '../../../local/cloud/databricks/tables.ts';
import { LLMOPS_TAGS } from '../../../src/clients/mlflow/write-trace.ts';
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

/** Runs and traces alone; with its id, the cluster's own account as well. */
const read = (since: string, clusterId: string | null = null) =>
  bench.value('readActivity', { lab: bench.lab, ...built, clusterId, since, ownRunIds });
const LONG_AGO = '2026-01-01T00:00:00.000Z';

it('the app’s own runs, the notebook’s run and all their traces are no activity', async () => {
  await bench.value('completeFromApp', { lab: bench.lab, ...built, prompts: PROMPTS, key: 'second' });
  await bench.pass(60_000);
  expect(await read(LONG_AGO)).toEqual({ lastActivityAt: null, what: null });
});

it('somebody’s run is, once it is newer than what is known', async () => {
  const at = bench.clock.now();
  const runId = await mlflow.createRun(built.connection.experimentId, 'mine', at, { 'mlflow.user': 'ada' });
  await mlflow.endRun(runId, 'FINISHED', at);
  expect(await read(LONG_AGO)).toEqual({ lastActivityAt: new Date(at).toISOString(), what: `run ${runId}` });
  expect(await read(new Date(at).toISOString())).toEqual({ lastActivityAt: null, what: null });
});

it('somebody’s run that goes on is activity now, however long ago it began; one of the app’s that was never ended is not', async () => {
  const { experimentId } = built.connection;
  const dead = { [LLMOPS_TAGS.source]: 'api' };
  await mlflow.createRun(experimentId, 'given up', bench.clock.now(), dead);
  const runId = await mlflow.createRun(experimentId, 'training', bench.clock.now(), { 'mlflow.user': 'ada' });
  await bench.pass(3 * 3_600_000);
  const now = new Date(bench.clock.now()).toISOString();
  const anHourAgo = new Date(bench.clock.now() - 3_600_000).toISOString();
  expect(await read(anHourAgo)).toEqual({ lastActivityAt: now, what: `run ${runId}, which goes on` });
  await mlflow.endRun(runId, 'FINISHED', bench.clock.now());
  expect(await read(anHourAgo)).toEqual({ lastActivityAt: null, what: null });
});

it('a command on the lab’s own cluster is, even one that leaves no run and no trace', async () => {
  const { clusters } = databricksOf(bench.cloud.state);
  const [key, cluster] = clusters.entries().find(([, it]) => it.id === built.clusterId)!;
  const since = new Date(bench.clock.now()).toISOString();
  await bench.pass(10 * 60_000);
  expect((await read(since, cluster.id)).lastActivityAt).toBeNull();
  clusters.put(key, { ...cluster, lastActivityAt: bench.clock.now() });
  expect((await read(since, cluster.id)).what).toBe(`a command on cluster ${cluster.id}`);
});

it('a second run of the lab’s notebook, started by hand, is', async () => {
  const since = new Date(bench.clock.now()).toISOString();
  const again = await bench.value('runNotebook', { lab: bench.lab, ...built, prompts: PROMPTS, attempt: 2 });
  await bench.pass(60_000);
  const { lastActivityAt, what } = await read(since);
  expect(lastActivityAt).not.toBeNull();
  expect(what).toMatch(new RegExp(`${again.runId}|^trace `));
});
