// Jobs API 2.2: one-time runs. https://docs.databricks.com/api/azure/workspace/jobs/submit
import { databricksOf, decimals, keyOf, rowsOf } from './tables.ts';
import { gatedRoutes, type WorkspaceCall } from './gate.ts';
import type { JobRun, TaskRow } from './records.ts';
import { LEVELS } from './permissions.ts';
import { readAccess } from './principals.ts';
import { cancelShape, submitShape } from './request-shapes.ts';
import type { RunLife } from './run-life.ts';
import { runView, taskView } from './run-views.ts';
import {
  bodyOf,
  invalid,
  isFields,
  listOf,
  ok,
  optionalNumber,
  optionalText,
  pageOf,
  queryOf,
  textMapOf,
  textOf,
} from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const OUTPUT_LIMIT = 5 * 1024 * 1024;
const MULTIPLE_TASKS =
  'Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of each individual task run instead.';

export function jobRoutes(state: CloudState, life: RunLife): Route[] {
  const databricks = databricksOf(state);
  const { runs, clusters } = databricks;

  const runId = (): number => Number(databricks.knobs.hugeRunIds ? `9${decimals(15)}7` : decimals(15));
  const numbered = (text: string): number => (/^\d+$/.test(text) ? Number(text) : invalid(`Invalid run id ${text}`));
  const find = (call: WorkspaceCall, id: number): JobRun => {
    const run = runs.get(keyOf(call.workspace.workspaceId, id));
    return run ?? invalid(`Run ${id} does not exist.`);
  };
  const findTask = (call: WorkspaceCall, id: number): { run: JobRun; task: TaskRow } | undefined => {
    for (const run of rowsOf(runs, call.workspace.workspaceId)) {
      const task = run.tasks.find((it) => it.runId === id);
      if (task !== undefined) return { run, task };
    }
    return undefined;
  };

  const taskFrom = (call: WorkspaceCall, fields: Record<string, unknown>, runTimeout: number): TaskRow => {
    const key = textOf(fields, 'task_key');
    if (!/^[\w-]{1,100}$/.test(key)) invalid(`Invalid task key ${key}`);
    if (listOf(fields, 'depends_on').length > 0) invalid('The local cloud runs tasks without dependencies only');
    const clusterId = textOf(fields, 'existing_cluster_id');
    if (clusters.get(keyOf(call.workspace.workspaceId, clusterId)) === undefined)
      invalid(`Cluster ${clusterId} does not exist`);
    const notebook = fields.notebook_task;
    if (!isFields(notebook)) return invalid('The local cloud runs notebook tasks only');
    const parameters = textMapOf(notebook, 'base_parameters');
    if (Buffer.byteLength(JSON.stringify(parameters)) > 1024 * 1024) invalid('base_parameters exceed 1 MB');
    if (notebook.source === 'GIT') invalid('The local cloud runs notebooks of the workspace only');
    const own = optionalNumber(fields, 'timeout_seconds') ?? 0;
    return {
      key,
      runId: runId(),
      clusterId,
      notebookPath: absolute(textOf(notebook, 'notebook_path')),
      parameters,
      timeoutSeconds: own === 0 ? runTimeout : runTimeout === 0 ? own : Math.min(own, runTimeout),
      state: 'PENDING',
    };
  };

  const submit = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    const { workspaceId } = call.workspace;
    const token = optionalText(body, 'idempotency_token') ?? null;
    if (token !== null && token.length > 64) invalid('idempotency_token must be at most 64 characters');
    if (token !== null) {
      const former = rowsOf(runs, workspaceId).find((run) => run.idempotencyToken === token);
      if (former !== undefined) return ok({ run_id: former.runId });
    }
    const timeout = optionalNumber(body, 'timeout_seconds') ?? 0;
    const tasks = listOf(body, 'tasks').map((fields) => taskFrom(call, fields, timeout));
    if (tasks.length === 0)
      invalid('One of job_cluster_key, new_cluster, or existing_cluster_id must be specified in tasks');
    if (new Set(tasks.map((task) => task.key)).size < tasks.length) invalid('Task keys must be unique');
    for (const entry of listOf(body, 'access_control_list')) readAccess(state, workspaceId, entry, LEVELS.jobs);
    const run: JobRun = {
      runId: runId(),
      jobId: Number(decimals(15)),
      workspaceId,
      name: optionalText(body, 'run_name') ?? 'Untitled',
      creator: call.member.userName,
      creatorObjectId: call.member.objectId,
      idempotencyToken: token,
      startedAt: state.now(),
      tasks,
    };
    runs.put(keyOf(workspaceId, run.runId), run);
    life.begin(run, state.now());
    return ok({ run_id: run.runId });
  };

  const get = (call: WorkspaceCall) => {
    const id = numbered(queryOf(call, 'run_id'));
    const run = runs.get(keyOf(call.workspace.workspaceId, id));
    if (run !== undefined) return ok(runView(run, call.workspace));
    const found = findTask(call, id);
    if (found !== undefined) return ok({ ...taskView(found.task), ...pageUrl(found.run, call) });
    return invalid(`Run ${id} does not exist.`);
  };
  const pageUrl = (run: JobRun, call: WorkspaceCall) => ({ run_page_url: runView(run, call.workspace).run_page_url });

  const getOutput = (call: WorkspaceCall) => {
    const id = numbered(queryOf(call, 'run_id'));
    if (runs.get(keyOf(call.workspace.workspaceId, id)) !== undefined) invalid(MULTIPLE_TASKS);
    const found = findTask(call, id);
    if (found === undefined) return invalid(`Run ${id} does not exist.`);
    const { run, task } = found;
    const { outcome } = task;
    const exit = outcome?.kind === 'success' ? outcome.exit : null;
    return ok({
      metadata: { ...taskView(task), ...pageUrl(run, call) },
      notebook_output:
        exit === null ? {} : { result: exit.slice(0, OUTPUT_LIMIT), truncated: exit.length > OUTPUT_LIMIT },
      ...(outcome?.kind === 'failed' && outcome.error !== ''
        ? { error: outcome.error, error_trace: outcome.trace }
        : {}),
    });
  };

  const cancel = (call: WorkspaceCall) => {
    const id = optionalNumber(bodyOf(call), 'run_id');
    life.cancel(find(call, id ?? invalid('Missing required field: run_id')), state.now());
    return ok();
  };

  const list = (call: WorkspaceCall) => {
    const { query } = call;
    const limit = Number(query.get('limit') ?? 20);
    if (!Number.isInteger(limit) || limit < 1 || limit > 25) invalid('limit must be between 1 and 25');
    const from = Number(query.get('start_time_from') ?? 0);
    const to = Number(query.get('start_time_to') ?? Number.MAX_SAFE_INTEGER);
    const isActive = (run: JobRun): boolean => run.tasks.some((task) => task.state !== 'TERMINATED');
    const rows = rowsOf(runs, call.workspace.workspaceId)
      .filter((run) => run.startedAt >= from && run.startedAt <= to)
      .filter((run) => query.get('active_only') !== 'true' || isActive(run))
      .filter((run) => query.get('completed_only') !== 'true' || !isActive(run))
      .sort((a, b) => b.startedAt - a.startedAt || b.runId - a.runId);
    const page = pageOf(rows, limit, query.get('page_token'));
    const views = page.rows.map((run) => {
      const { tasks, ...rest } = runView(run, call.workspace);
      return query.get('expand_tasks') === 'true' ? { ...rest, tasks } : rest;
    });
    return ok({
      ...(views.length === 0 ? {} : { runs: views }),
      has_more: page.next !== undefined,
      ...(page.next === undefined ? {} : { next_page_token: page.next }),
    });
  };

  return gatedRoutes(
    state,
    [
      ['POST /api/2.2/jobs/runs/submit', submit, submitShape],
      ['GET /api/2.2/jobs/runs/get', get],
      ['GET /api/2.2/jobs/runs/get-output', getOutput],
      ['POST /api/2.2/jobs/runs/cancel', cancel, cancelShape],
      ['GET /api/2.2/jobs/runs/list', list],
    ],
    { compute: true, versions: ['2.1'] },
  );
}

/** https://github.com/databrickslabs/dbx/issues/819 */
const absolute = (path: string): string =>
  path.startsWith('/')
    ? path
    : invalid(
        `Invalid notebook_path: ${path}. Only absolute paths are currently supported. Paths must begin with '/'.`,
      );
