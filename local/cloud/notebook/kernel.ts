// The simulated kernel: runs the notebook that was imported, not one that is assumed. It reads the Databricks SOURCE, interprets the part of Python that
// such notebooks use, reads the credential through the secret store, calls the account's endpoint over HTTPS and logs through the MLflow API.
// What it cannot run it refuses by name.
import type { Kernel, KernelJob } from '../databricks/run-life.ts';
import type { TaskOutcome } from '../databricks/records.ts';
import { keyOf, rowsOf } from '../databricks/tables.ts';
import { nodeAt, treePath } from '../databricks/tree.ts';
import { KernelLimit, PythonSyntaxError } from './kernel-ast.ts';
import { createEvaluator, type Evaluator } from './kernel-eval.ts';
import { createModules, type Modules } from './kernel-modules.ts';
import { parsePython } from './kernel-parse.ts';
import {
  createAlarms,
  createProcess,
  DURATIONS,
  freshEnvironment,
  KernelStopped,
  NotebookExit,
  type Process,
} from './process.ts';
import { readNotebook, type Cell } from './source.ts';
import { PythonError } from './kernel-values.ts';
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
  const { job } = process;
  const notebook = notebookOf(process.state, job);
  if (typeof notebook !== 'string') return notebook;

  let python = startPython(process);
  const fresh = async (): Promise<void> => {
    await process.usually(DURATIONS.restart);
    await python.modules.shutDown(false);
    process.environment = freshEnvironment(job);
    python = startPython(process);
  };
  let cell: Cell | undefined;
  try {
    await process.usually(DURATIONS.attach);
    for (cell of readNotebook(notebook)) {
      if (cell.kind === 'python') {
        await process.usually(DURATIONS.cell);
        if (/^\s*dbutils\.library\.restartPython\(\)\s*$/.test(cell.source)) await fresh();
        else await python.evaluator.run(parsePython(cell.source, cell.line));
      } else if (cell.kind === 'magic') {
        for (const command of cell.commands) {
          if (command === '%restart_python') await fresh();
          else if (command.startsWith('%pip ')) await python.modules.pip(command.slice('%pip '.length));
          else throw new KernelLimit(`the magic ${command.split(' ', 1)[0] ?? command}`);
        }
      }
    }
    await python.modules.shutDown(false);
    return { kind: 'success', exit: null };
  } catch (error: unknown) {
    if (error instanceof KernelStopped) return { kind: 'canceled' };
    if (error instanceof NotebookExit) {
      await python.modules.shutDown(false);
      return { kind: 'success', exit: error.value };
    }
    await python.modules.shutDown(true).catch(() => undefined);
    return failed(error, cell?.line ?? 1);
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

const startPython = (process: Process): { modules: Modules; evaluator: Evaluator } => {
  const modules = createModules(process);
  const evaluator = createEvaluator({
    globals: { dbutils: modules.dbutils, __name__: '__main__' },
    load: modules.load,
    write: process.write,
    check: process.check,
  });
  return { modules, evaluator };
};

// A cluster for a single user runs the code of that user only.
const refuseJob = ({ cluster, run }: KernelJob): TaskOutcome | undefined => {
  if (cluster.singleUser === null || cluster.singleUser === run.creator) return undefined;
  const message = `Single-user check failed: user '${run.creator}' attempted to run a command on single-user cluster ${cluster.id}, but the single user of this cluster is '${cluster.singleUser}'`;
  return { kind: 'failed', code: 'RUN_EXECUTION_ERROR', type: 'CLIENT_ERROR', message, error: message, trace: '' };
};

// The error as a job run shows it: the last line of the traceback, which itself comes coloured for a terminal.
const failed = (error: unknown, line: number): TaskOutcome => {
  const red = (text: string): string => `\u001b[0;31m${text}\u001b[0m`;
  const [name, message, lines] =
    error instanceof PythonError
      ? [error.type.name, error.message, error.lines]
      : error instanceof PythonSyntaxError
        ? ['SyntaxError', error.message, [error.line]]
        : error instanceof KernelLimit
          ? ['KernelLimit', error.message, [line]]
          : ['InternalError', error instanceof Error ? (error.stack ?? error.message) : String(error), [line]];
  const trace = [
    red('-'.repeat(75)),
    `${red(name)}${' '.repeat(28)}Traceback (most recent call last)`,
    ...lines.toReversed().map((it) => `File ${'<notebook>'}:${it}`),
    '',
    `${red(name)}: ${message}`,
  ].join('\n');
  return {
    kind: 'failed',
    code: 'RUN_EXECUTION_ERROR',
    type: 'CLIENT_ERROR',
    message: 'Workload failed, see run output for details',
    error: `${name}: ${message}`,
    trace,
  };
};
