// How a run looks on the wire: the older `state` and the newer `status` side by side. A failed task makes its parent's older state
// INTERNAL_ERROR, which says nothing about the platform: https://github.com/databricks/cli/blob/main/libs/testserver/jobs.go
import type { JobRun, TaskOutcome, TaskRow } from './records.ts';
import type { Workspace } from '../arm/records.ts';

type Ending = { result: string; message: string; code: string; type: string };

const SEE_OUTPUT = 'Workload failed, see run output for details';

export function taskView(task: TaskRow) {
  const ending = task.outcome === undefined ? undefined : endingOf(task.outcome);
  return {
    run_id: task.runId,
    task_key: task.key,
    existing_cluster_id: task.clusterId,
    cluster_instance: { cluster_id: task.clusterId },
    notebook_task: { notebook_path: task.notebookPath, source: 'WORKSPACE', base_parameters: task.parameters },
    timeout_seconds: task.timeoutSeconds,
    attempt_number: 0,
    state:
      ending === undefined
        ? { life_cycle_state: task.state, state_message: task.state === 'PENDING' ? 'Waiting for cluster' : 'In run' }
        : { life_cycle_state: 'TERMINATED', result_state: ending.result, state_message: ending.message },
    status: statusOf(task.state, ending),
    ...timesOf(task),
  };
}

export function runView(run: JobRun, workspace: Workspace) {
  const tasks = run.tasks.map(taskView);
  const open = run.tasks.find((task) => task.state !== 'TERMINATED');
  const failed = run.tasks.find((task) => task.outcome !== undefined && task.outcome.kind !== 'success');
  const ending =
    open === undefined
      ? failed?.outcome
        ? endingOf(failed.outcome)
        : endingOf({ kind: 'success', exit: null })
      : undefined;
  const isFailure = failed?.outcome?.kind === 'failed';
  const message = isFailure
    ? `Task ${failed.key} failed with message: ${ending?.message ?? SEE_OUTPUT}.`
    : (ending?.message ?? '');
  const endedAt = Math.max(0, ...run.tasks.map((task) => task.endedAt ?? 0));
  const runningAt = Math.min(...run.tasks.map((task) => task.runningAt ?? Number.POSITIVE_INFINITY));
  const first = Number.isFinite(runningAt) ? runningAt : endedAt;
  return {
    job_id: run.jobId,
    run_id: run.runId,
    number_in_job: run.runId,
    run_name: run.name,
    run_type: 'SUBMIT_RUN',
    format: 'MULTI_TASK',
    creator_user_name: run.creator,
    run_page_url: `${workspace.origin}/?o=${workspace.workspaceId}#job/${run.jobId}/run/${run.runId}`,
    start_time: run.startedAt,
    ...(ending === undefined
      ? {}
      : {
          end_time: endedAt,
          setup_duration: first - run.startedAt,
          execution_duration: endedAt - first,
          cleanup_duration: 0,
          run_duration: endedAt - run.startedAt,
        }),
    state:
      ending === undefined
        ? {
            life_cycle_state: open?.state ?? 'PENDING',
            state_message: open?.state === 'PENDING' ? 'Waiting for cluster' : 'In run',
          }
        : {
            life_cycle_state: isFailure ? 'INTERNAL_ERROR' : 'TERMINATED',
            result_state: ending.result,
            state_message: message,
          },
    status: statusOf(open?.state ?? 'TERMINATED', ending === undefined ? undefined : { ...ending, message }),
    tasks,
  };
}

const statusOf = (state: TaskRow['state'], ending: Ending | undefined) =>
  ending === undefined
    ? { state }
    : { state: 'TERMINATED', termination_details: { code: ending.code, type: ending.type, message: ending.message } };

const timesOf = (task: TaskRow) => ({
  ...(task.runningAt === undefined ? {} : { start_time: task.runningAt }),
  ...(task.endedAt === undefined ? {} : { end_time: task.endedAt }),
  setup_duration: 0,
  execution_duration: task.endedAt === undefined || task.runningAt === undefined ? 0 : task.endedAt - task.runningAt,
  cleanup_duration: 0,
});

const endingOf = (outcome: TaskOutcome): Ending => {
  switch (outcome.kind) {
    case 'success':
      return { result: 'SUCCESS', message: '', code: 'SUCCESS', type: 'SUCCESS' };
    case 'failed':
      return { result: 'FAILED', message: outcome.message, code: outcome.code, type: outcome.type };
    case 'timedout':
      return { result: 'TIMEDOUT', message: 'Run timed out', code: 'RUN_EXECUTION_TIMEOUT', type: 'CLIENT_ERROR' };
    case 'canceled':
      return { result: 'CANCELED', message: 'Run cancelled.', code: 'USER_CANCELED', type: 'SUCCESS' };
  }
};
