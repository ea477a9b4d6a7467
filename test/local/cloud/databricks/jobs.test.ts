// Job runs: idempotent submission, where output is, what a failed task makes of its parent, and runs on clusters that are not there yet.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databricksOf } from '../../../../local/cloud/databricks/tables.ts';
import { MINUTE_MS, runNotebook, runningCluster, singleNode, startLab, type Lab } from './workspace-harness.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
beforeEach(() => lab.renew());
afterEach(() => {
  expect(lab.cloud.unknownRoutes).toEqual([]);
});
afterAll(() => lab.close());

const QUICK = '# Databricks notebook source\ndbutils.notebook.exit("done " + dbutils.widgets.get("who"))';
const importNotebook = async (source: string): Promise<void> => {
  const content = Buffer.from(source).toString('base64');
  await lab.ws('POST', '/api/2.0/workspace/import', {
    path: '/Shared/n',
    format: 'SOURCE',
    language: 'PYTHON',
    content,
    overwrite: true,
  });
};
const body = (clusterId: string, more: object = {}, notebookPath = '/Shared/n') => ({
  run_name: 'test',
  ...more,
  tasks: [
    {
      task_key: 'chat',
      existing_cluster_id: clusterId,
      notebook_task: { notebook_path: notebookPath, base_parameters: { who: 'lab' } },
    },
  ],
});
const submit = (clusterId: string, more: object = {}, path?: string) =>
  lab.ws('POST', '/api/2.2/jobs/runs/submit', body(clusterId, more, path));
type Run = {
  state: { life_cycle_state: string; result_state?: string; state_message: string };
  status: { state: string; termination_details?: { code: string; type: string; message: string } };
  tasks: { run_id: number; state: { life_cycle_state: string; result_state?: string } }[];
};
const get = async (id: number): Promise<Run> =>
  (await lab.ws('GET', `/api/2.2/jobs/runs/get?run_id=${id}`)).json as unknown as Run;
const output = (id: number) => lab.ws('GET', `/api/2.2/jobs/runs/get-output?run_id=${id}`);

describe('a run', () => {
  it('is PENDING, RUNNING, TERMINATED; its output is its task’s', async () => {
    await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
    await importNotebook(QUICK);
    const cluster = await runningCluster(lab);
    const id = (await submit(cluster)).json.run_id as number;
    expect(String(id)).toMatch(/^\d{15}$/);
    expect((await get(id)).status.state).toBe('PENDING');
    await lab.pass(5_000);
    expect((await get(id)).status.state).toBe('RUNNING');
    await lab.pass(MINUTE_MS);
    const run = await get(id);
    expect(run.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' });
    expect(await output(id)).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining('runs with multiple tasks is not supported') as string },
    });
    expect((await output(run.tasks[0]?.run_id ?? 0)).json).toMatchObject({
      notebook_output: { result: 'done lab', truncated: false },
    });
  });

  it('submitted twice with one token is one run; without, it is two', async () => {
    await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
    await importNotebook(QUICK);
    const cluster = await runningCluster(lab);
    const token = { idempotency_token: 'a'.repeat(64) };
    const ids = [await submit(cluster, token), await submit(cluster, token), await submit(cluster)].map(
      (it) => it.json.run_id,
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
    expect((await submit(cluster, { idempotency_token: 'a'.repeat(65) })).status).toBe(400);
  });

  it('whose task fails is an INTERNAL_ERROR by the older state, and says which task', async () => {
    await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
    await importNotebook('raise ValueError("no")');
    const cluster = await runningCluster(lab);
    const id = (await submit(cluster)).json.run_id as number;
    await lab.pass(MINUTE_MS);
    const run = await get(id);
    expect(run.state).toEqual({
      life_cycle_state: 'INTERNAL_ERROR',
      result_state: 'FAILED',
      state_message: 'Task chat failed with message: Workload failed, see run output for details.',
    });
    expect(run.status.termination_details).toMatchObject({ code: 'RUN_EXECUTION_ERROR', type: 'CLIENT_ERROR' });
    expect(run.tasks[0]?.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'FAILED' });
    expect((await output(run.tasks[0]?.run_id ?? 0)).json.error).toBe('ValueError: no');
  });

  it('on a terminated cluster starts it first', async () => {
    await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
    await importNotebook(QUICK);
    const cluster = await runningCluster(lab);
    await lab.ws('POST', '/api/2.1/clusters/delete', { cluster_id: cluster });
    await lab.pass(MINUTE_MS);
    const id = (await submit(cluster)).json.run_id as number;
    await lab.pass(5 * MINUTE_MS);
    expect((await get(id)).status.state).toBe('PENDING');
    await lab.pass(2 * MINUTE_MS);
    expect((await get(id)).state.result_state).toBe('SUCCESS');
  });

  it('whose cluster does not come up carries the reason of the start', async () => {
    await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
    await importNotebook(QUICK);
    databricksOf(lab.cloud.state).knobs.clusterStarts.push({ script: 'quota' });
    const cluster = (await lab.ws('POST', '/api/2.1/clusters/create', singleNode())).json.cluster_id as string;
    const id = (await submit(cluster)).json.run_id as number;
    await lab.pass(3 * MINUTE_MS);
    const { status } = await get(id);
    expect(status.termination_details?.code).toBe('CLUSTER_ERROR');
    expect(status.termination_details?.message).toContain(
      'AZURE_QUOTA_EXCEEDED_EXCEPTION(CLIENT_ERROR): azure_error_code:QuotaExceeded,azure_error_message:Operation could not be completed',
    );
  });

  it('keeps its cluster from idling out', async () => {
    await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
    await importNotebook('import time\ntime.sleep(3600)');
    const cluster = await runningCluster(lab);
    const id = (await submit(cluster)).json.run_id as number;
    await lab.pass(45 * MINUTE_MS);
    expect((await get(id)).status.state).toBe('RUNNING');
    await lab.pass(16 * MINUTE_MS);
    expect((await get(id)).state.result_state).toBe('SUCCESS');
    expect((await lab.ws('GET', `/api/2.1/clusters/get?cluster_id=${cluster}`)).json.state).toBe('RUNNING');
    await lab.pass(21 * MINUTE_MS);
    expect((await lab.ws('GET', `/api/2.1/clusters/get?cluster_id=${cluster}`)).json.state).toBe('TERMINATED');
  });

  it('ends by its own timeout, and by cancelling', async () => {
    await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
    await importNotebook('import time\ntime.sleep(3600)');
    const cluster = await runningCluster(lab);
    const late = (await submit(cluster, { timeout_seconds: 120 })).json.run_id as number;
    const unwanted = (await submit(cluster)).json.run_id as number;
    await lab.pass(MINUTE_MS);
    await lab.ws('POST', '/api/2.2/jobs/runs/cancel', { run_id: unwanted });
    expect((await get(unwanted)).status.state).toBe('TERMINATING');
    await lab.pass(2 * MINUTE_MS);
    expect((await get(late)).state.result_state).toBe('TIMEDOUT');
    expect((await get(unwanted)).state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'CANCELED' });
    await lab.clock.idle();
    expect(lab.clock.inFlight).toBe(0);
  });
});

describe('requests', () => {
  it('for unknown runs are 400', async () => {
    expect(await lab.ws('GET', '/api/2.2/jobs/runs/get?run_id=12')).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Run 12 does not exist.' },
    });
  });

  it('for a notebook that is not there fail in the run, not at submission', async () => {
    const cluster = await runningCluster(lab);
    const id = (await submit(cluster, {}, '/Shared/nothing')).json.run_id as number;
    await lab.pass(MINUTE_MS);
    expect((await get(id)).status.termination_details?.code).toBe('RESOURCE_NOT_FOUND');
  });

  it('by another user than the cluster’s single one fail in the run', async () => {
    await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
    await importNotebook(QUICK);
    await lab.ws('POST', '/api/2.0/preview/scim/v2/Users', { userName: 'maria@contoso.com' });
    const cluster = await runningCluster(lab, { single_user_name: 'maria@contoso.com' });
    const id = (await submit(cluster)).json.run_id as number;
    await lab.pass(MINUTE_MS);
    const task = (await get(id)).tasks[0];
    expect((await output(task?.run_id ?? 0)).json.error).toContain(
      "the single user of this cluster is 'maria@contoso.com'",
    );
  });

  it('list newest first and page', async () => {
    await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
    await importNotebook(QUICK);
    const cluster = await runningCluster(lab);
    const ids: unknown[] = [];
    for (let count = 0; count < 3; count += 1) {
      ids.unshift((await submit(cluster)).json.run_id);
      await lab.pass(1_000);
    }
    const page = await lab.ws('GET', '/api/2.2/jobs/runs/list?limit=2');
    expect((page.json.runs as { run_id: number }[]).map((run) => run.run_id)).toEqual(ids.slice(0, 2));
    expect(page.json.has_more).toBe(true);
  });

  it('can be made to carry ids that a JSON parser rounds', async () => {
    databricksOf(lab.cloud.state).knobs.hugeRunIds = true;
    const cluster = await runningCluster(lab);
    expect(Number.isSafeInteger((await submit(cluster)).json.run_id)).toBe(false);
  });
});

it('a process that restarts amid a run runs it again, and MLflow shows it once', async () => {
  const cluster = await runningCluster(lab);
  const first = await runNotebook(lab, cluster);
  const { runs } = databricksOf(lab.cloud.state);
  const [key, run] = runs.entries()[0] ?? ['', undefined];
  if (run === undefined) throw new Error('no run');
  // As the store would look if the process had died while the task worked.
  const { outcome: _, endedAt: __, ...task } = run.tasks[0] as (typeof run.tasks)[0];
  runs.put(key, { ...run, tasks: [{ ...task, state: 'RUNNING' }] });
  lab.cloud.state.store.table('databricks.working').put(String(task.runId), { runKey: key, taskRunId: task.runId });
  await lab.pass(1_000);
  await lab.pass(2 * MINUTE_MS);
  const again = await lab.ws('GET', `/api/2.2/jobs/runs/get-output?run_id=${task.runId}`);
  const result = JSON.parse((again.json.notebook_output as { result: string }).result) as Record<string, unknown>;
  expect(result.run_id).not.toBe(first.result.run_id);
  const found = await lab.ws('POST', '/api/2.0/mlflow/runs/search', { experiment_ids: [result.experiment_id] });
  expect((found.json.runs as { info: { run_id: string } }[]).map((it) => it.info.run_id)).toEqual([result.run_id]);
});
