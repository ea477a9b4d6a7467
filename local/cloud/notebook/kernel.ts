// The simulated kernel: runs the notebook that was imported, not one that is assumed, in Python (interpreter.ts). Its `openai` calls the account's
// endpoint over HTTPS and its `mlflow` the workspace's API; what it cannot run it refuses by name.
import type { Kernel, KernelJob } from '../databricks/run-life.ts';
import type { TaskOutcome } from '../databricks/records.ts';
import { databricksOf, keyOf, rowsOf } from '../databricks/tables.ts';
import { nodeAt, treePath } from '../databricks/tree.ts';
import { createAnswers } from './answers.ts';
import { runPython, type End } from './interpreter.ts';
import { createAlarms, createProcess, DURATIONS, KernelStopped, type Process } from './process.ts';
import { readNotebook } from './source.ts';
import { mlflowOf } from '../mlflow/records.ts';
import { createRouter, type Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const JOB_RUN = 'mlflow.databricks.jobRunID';

/** Makes the kernel of `state`; `routes` are those of the workspace's MLflow. */
export function createKernel(state: CloudState, routes: readonly Route[]): Kernel {
  const router = createRouter(routes);
  const alarms = createAlarms(state);
  const live = new Map<number, Process>();

  return {
    run: async (job) => {
      const { process, leave } = createProcess(state, job, router, alarms);
      live.set(job.task.runId, process);
      try {
        return { outcome: await runNotebook(process), endedAt: process.now() };
      } finally {
        live.delete(job.task.runId);
        leave();
      }
    },
    forget: (job) => {
      const { runs, traces, traceData } = mlflowOf(state);
      const { workspaceId } = job.workspace;
      const isTheirs = (marks: Readonly<Record<string, string>>): boolean => marks[JOB_RUN] === String(job.task.runId);
      for (const run of rowsOf(runs, workspaceId)) if (isTheirs(run.tags)) runs.delete(keyOf(workspaceId, run.id));
      for (const trace of rowsOf(traces, workspaceId)) {
        if (!isTheirs(trace.metadata)) continue;
        traces.delete(keyOf(workspaceId, trace.id));
        traceData.delete(keyOf(workspaceId, trace.id));
      }
    },
    stop: (taskRunId) => {
      live.get(taskRunId)?.stop();
    },
  };
}

const runNotebook = async (process: Process): Promise<TaskOutcome> => {
  const { job, state } = process;
  const notebook = notebookOf(state, job);
  if (typeof notebook !== 'string') return notebook;
  const cells = readNotebook(notebook);
  const answer = createAnswers(process);
  const isVirtual = state.clock.mode.kind === 'virtual';
  try {
    await process.usually(DURATIONS.attach);
    let from = 0;
    let widgets: Record<string, string> = job.task.parameters;
    for (;;) {
      const end = await runPython({
        job: {
          ...{ cells, from, widgets },
          environment: environmentOf(job),
          packages: process.packages,
          context: contextOf(job),
        },
        now: process.now,
        answer,
        stop: process.stopped,
        // Loading takes real seconds, which a scaled clock would make minutes of the lab.
        loading: () => state.clock.atRealSpeed(),
        ...(isVirtual ? { computeLimitMs: databricksOf(state).knobs.endlessLoopMs } : {}),
      });
      if (end.end === 'overran') await process.untilStopped();
      if (end.end === 'stopped' || end.end === 'overran') return { kind: 'canceled' };
      if (end.end !== 'restart') return outcomeOf(end);
      await process.usually(DURATIONS.restart);
      from = end.next;
      widgets = end.widgets;
    }
  } catch (error: unknown) {
    if (error instanceof KernelStopped) return { kind: 'canceled' };
    // Python itself broke: the fault is this kernel's, and shown where a run's faults are.
    const message = error instanceof Error ? error.message : String(error);
    return outcomeOf({ end: 'failed', name: 'KernelError', message, trace: message });
  }
};

/** The source of the job's notebook, or why the job cannot run it. */
export function notebookOf(state: CloudState, job: KernelJob): string | TaskOutcome {
  const refusal = refuseJob(job);
  if (refusal !== undefined) return refusal;
  const node = nodeAt(state, job.workspace.workspaceId, treePath(job.task.notebookPath));
  if (node?.type === 'NOTEBOOK') return node.content ?? '';
  const message = `Unable to access the notebook "${job.task.notebookPath}" in the workspace. Either it does not exist, or the identity used to run this job, ${job.run.creator} (${job.run.creator}), lacks the required permissions.`;
  return { kind: 'failed', code: 'RESOURCE_NOT_FOUND', type: 'CLIENT_ERROR', message, error: message, trace: '' };
}

// A cluster for a single user runs the code of that user only.
const refuseJob = ({ cluster, run }: KernelJob): TaskOutcome | undefined => {
  if (cluster.singleUser === null || cluster.singleUser === run.creator) return undefined;
  const message = `Single-user check failed: user '${run.creator}' attempted to run a command on single-user cluster ${cluster.id}, but the single user of this cluster is '${cluster.singleUser}'`;
  return { kind: 'failed', code: 'RUN_EXECUTION_ERROR', type: 'CLIENT_ERROR', message, error: message, trace: '' };
};

const environmentOf = ({ cluster }: KernelJob): Record<string, string> => ({
  DATABRICKS_RUNTIME_VERSION: /^(\d+(?:\.\d+)?)/.exec(cluster.sparkVersion)?.[1] ?? '',
  PYSPARK_PYTHON: '/databricks/python3/bin/python3',
  HOME: '/root',
  ...(cluster.spec.spark_env_vars as Record<string, string> | undefined),
});

/** The tags that MLflow puts on a run of a job. https://mlflow.org/docs/latest/tracking/#system-tags */
const contextOf = ({ run, task, cluster }: KernelJob): Record<string, string> => ({
  'mlflow.user': run.creator,
  'mlflow.source.name': task.notebookPath.slice(0, 250),
  'mlflow.source.type': 'NOTEBOOK',
  'mlflow.databricks.notebookPath': task.notebookPath.slice(0, 250),
  'mlflow.databricks.jobID': String(run.jobId),
  [JOB_RUN]: String(task.runId),
  'mlflow.databricks.cluster.id': cluster.id,
});

/** What a job run shows of how its notebook ended. */
export function outcomeOf(end: Exclude<End, { end: 'restart' }>): TaskOutcome {
  if (end.end === 'exit') return { kind: 'success', exit: end.value };
  if (end.end === 'done') return { kind: 'success', exit: null };
  return {
    kind: 'failed',
    code: 'RUN_EXECUTION_ERROR',
    type: 'CLIENT_ERROR',
    message: 'Workload failed, see run output for details',
    error: `${end.name}: ${end.message}`,
    trace: end.trace,
  };
}
