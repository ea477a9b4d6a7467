// The life of a job run: waiting for its cluster, working in a kernel, ending. Each task has one notebook and one existing cluster.
//
// Invariants
// R1  A task works only on a RUNNING cluster; one that is TERMINATED is started for it, one that fails takes the task with it.
// R2  What the kernel does happens once per run, whatever the process does: after a restart a task that was working works again from its
//     beginning, and `kernel.forget` removes what the first attempt left in MLflow.
// R3  The kernel works inside clock-entered sections; its outcome counts as of the kernel's own time.
import type { ClusterLife } from './cluster-life.ts';
import { messageOf } from './cluster-life.ts';
import type { Cluster, JobRun, TaskOutcome, TaskRow } from './records.ts';
import { databricksOf, keyOf } from './tables.ts';
import type { Workspace } from '../arm/records.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from '../arm/tables.ts';

export type KernelJob = { workspace: Workspace; cluster: Cluster; run: JobRun; task: TaskRow; startedAt: number };
export type Kernel = {
  /** Runs the task's notebook. `endedAt` is the kernel's own time, which may lie after `state.now()`. Never rejects. */
  run(job: KernelJob): Promise<{ outcome: TaskOutcome; endedAt: number }>;
  /** Removes what an interrupted attempt of this task logged. */
  forget(job: KernelJob): void;
  /** Stops a kernel that works for the task: its outcome no longer matters. */
  stop(taskRunId: number): void;
};

type Step = { runKey: string; taskRunId: number };
type EndStep = Step & { outcome: TaskOutcome };

export type RunLife = {
  /** Lets a submitted run begin. */
  begin(run: JobRun, at: number): void;
  cancel(run: JobRun, at: number): void;
};

export function createRunLife(state: CloudState, clusterLife: ClusterLife, kernel: Kernel): RunLife {
  const databricks = databricksOf(state);
  const { runs, clusters } = databricks;
  /** Tasks that are working, by task run id; kept so that a restart finds them without reading every run. */
  const working = state.store.table<Step>('databricks.working');
  const live = new Set<number>();

  const keyOfRun = (run: JobRun): string => keyOf(run.workspaceId, run.runId);
  const taskOf = (step: Step): { run: JobRun; task: TaskRow } | undefined => {
    const run = runs.get(step.runKey);
    const task = run?.tasks.find((it) => it.runId === step.taskRunId);
    return run === undefined || task === undefined ? undefined : { run, task };
  };
  const put = (run: JobRun, task: TaskRow): void => {
    const tasks = run.tasks.map((it) => (it.runId === task.runId ? task : it));
    runs.put(keyOfRun(run), { ...run, tasks });
  };
  const clusterOf = (run: JobRun, task: TaskRow): Cluster | undefined =>
    clusters.get(keyOf(run.workspaceId, task.clusterId));
  const workspaceOf = (run: JobRun): Workspace | undefined =>
    armOf(state)
      .workspaces.values()
      .find((it) => it.workspaceId === run.workspaceId);

  const end = (run: JobRun, task: TaskRow, outcome: TaskOutcome, at: number): void => {
    working.delete(String(task.runId));
    kernel.stop(task.runId);
    put(run, { ...task, state: 'TERMINATED', endedAt: at, outcome });
    const cluster = clusterOf(run, task);
    if (cluster !== undefined && task.state !== 'PENDING') clusterLife.touch(cluster, at);
  };

  const work = (step: Step, at: number): void => {
    const found = taskOf(step);
    if (found?.task.state !== 'PENDING') return;
    const { run, task } = found;
    const cluster = clusterOf(run, task);
    if (cluster === undefined) return;
    clusterLife.touch(cluster, at);
    put(run, { ...task, state: 'RUNNING', runningAt: at });
    working.put(String(task.runId), step);
    if (task.timeoutSeconds > 0) state.schedule(at + task.timeoutSeconds * 1_000, 'databricks.run.timeout', step);
  };

  const finish = (step: Step, outcome: TaskOutcome, at: number): void => {
    const found = taskOf(step);
    if (found === undefined || found.task.state === 'TERMINATED') return;
    // A cancelled task ends as cancelled, whatever its kernel still says.
    if (found.task.state === 'TERMINATING' && outcome.kind !== 'canceled') return;
    end(found.run, found.task, outcome, at);
  };

  state.on<Step>('databricks.run.work', work);
  state.on<EndStep>('databricks.run.end', (step, at) => {
    finish(step, step.outcome, at);
  });
  state.on<Step>('databricks.run.timeout', (step, at) => {
    finish(step, { kind: 'timedout' }, at);
  });

  // Kernels begin here rather than in the transition, so that a restarted process finds those that it interrupted.
  state.onTick(() => {
    for (const step of working.values()) {
      const found = taskOf(step);
      const workspace = found === undefined ? undefined : workspaceOf(found.run);
      const cluster = found === undefined ? undefined : clusterOf(found.run, found.task);
      if (found === undefined || workspace === undefined || cluster === undefined) {
        working.delete(String(step.taskRunId));
        kernel.stop(step.taskRunId);
        continue;
      }
      if (live.has(step.taskRunId)) continue;
      live.add(step.taskRunId);
      const startedAt = found.task.runningAt ?? state.now();
      const job: KernelJob = { workspace, cluster, run: found.run, task: found.task, startedAt };
      kernel.forget(job);
      void kernel.run(job).then(({ outcome, endedAt }) => {
        working.delete(String(step.taskRunId));
        live.delete(step.taskRunId);
        if (endedAt <= state.now()) finish(step, outcome, endedAt);
        else state.schedule(endedAt, 'databricks.run.end', { ...step, outcome });
      });
    }
  });
  state.onReset(() => {
    for (const taskRunId of live) kernel.stop(taskRunId);
  });

  databricks.onCluster.push((cluster, at) => {
    for (const run of runs.values()) {
      if (run.workspaceId !== cluster.workspaceId) continue;
      for (const task of run.tasks) {
        if (task.clusterId !== cluster.id || task.state === 'TERMINATED') continue;
        const step: Step = { runKey: keyOfRun(run), taskRunId: task.runId };
        if (cluster.state === 'RUNNING' && task.state === 'PENDING') work(step, at);
        if (cluster.state === 'TERMINATING') finish(step, lostCluster(cluster, task), at);
      }
    }
  });

  return {
    begin: (run, at) => {
      for (const task of run.tasks) {
        const cluster = clusterOf(run, task);
        const workspace = workspaceOf(run);
        if (cluster === undefined || workspace === undefined) continue;
        const step: Step = { runKey: keyOfRun(run), taskRunId: task.runId };
        if (cluster.state === 'RUNNING') state.schedule(at + 2_000, 'databricks.run.work', step);
        else if (cluster.state === 'TERMINATED') clusterLife.start(workspace, cluster, at);
      }
    },
    cancel: (run, at) => {
      for (const task of run.tasks) {
        if (task.state === 'TERMINATED' || task.state === 'TERMINATING') continue;
        working.delete(String(task.runId));
        kernel.stop(task.runId);
        put(runs.get(keyOfRun(run)) ?? run, { ...task, state: 'TERMINATING' });
        const step: EndStep = { runKey: keyOfRun(run), taskRunId: task.runId, outcome: { kind: 'canceled' } };
        state.schedule(at + 5_000, 'databricks.run.end', step);
      }
    },
  };
}

// What a run shows when its cluster goes away: before it began, the reason of the failed start; later, that the cluster was terminated.
const lostCluster = (cluster: Cluster, task: TaskRow): TaskOutcome => {
  const reason = cluster.terminationReason;
  const why = reason === undefined ? 'unknown' : messageOf(reason);
  const isUsers = reason?.code === 'USER_REQUEST';
  const message =
    task.state === 'PENDING'
      ? `Unexpected failure while waiting for the cluster (${cluster.id}) to be ready: Cluster ${cluster.id} was terminated while waiting on it to be ready: ${why}`
      : `Cluster ${cluster.id} was terminated during the run: ${why}`;
  return {
    kind: 'failed',
    code: isUsers ? 'CLUSTER_TERMINATED_BY_USER' : 'CLUSTER_ERROR',
    type: reason?.type === 'CLOUD_FAILURE' ? 'CLOUD_FAILURE' : 'CLIENT_ERROR',
    message,
    // A task that never began has no error of its own: the run's message tells.
    error: task.state === 'PENDING' ? '' : message,
    trace: '',
  };
};
