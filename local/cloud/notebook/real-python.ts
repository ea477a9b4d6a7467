// The real kernel: runs the notebook that was imported in a process of real Python, with the real `mlflow` and `openai` packages.
//
// Invariants
// Q1  While Python works, lab time passes as real time does, because Python's libraries wait and measure in real time: a virtual clock stands still,
//     a scaled one runs at 1. Python itself stamps lab time, by a constant shift (local/python/kernel.py).
// Q2  The process gets the workspace's address, a token of its own and the certificates; never the app's environment, never a secret that the notebook
//     does not ask for.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import tls from 'node:tls';
import { wallNow } from '../../clock.ts';
import { installInto } from '../../python/environment.ts';
import { PROJECT_DIR } from '../../project.ts';
import { DATABRICKS_AUDIENCE } from '../databricks/gate.ts';
import type { TaskOutcome } from '../databricks/records.ts';
import type { Kernel, KernelJob } from '../databricks/run-life.ts';
import { secretOf } from '../databricks/secrets.ts';
import type { End, Question } from './interpreter.ts';
import { notebookOf, outcomeOf } from './kernel.ts';
import { readNotebook, type Cell } from './source.ts';
import type { CloudState } from '../core/state.ts';

export type PythonKernel = {
  /** The interpreter, in an environment that has `mlflow` and `openai`. */
  python: string;
  /** The real MLflow server that stands behind the workspace's MLflow API. */
  mlflowServer: string;
  /** Hears what notebooks print. */
  write?: (text: string) => void;
};

type Message = End | Extract<Question, { ask: 'cell' | 'secret' | 'pip' }>;
type Widgets = Record<string, string>;

export function createPythonKernel(state: CloudState, options: PythonKernel): Kernel {
  const live = new Map<number, ChildProcess>();
  const stopped = new Set<number>();

  /** One process, from `from` to its end or to a restart of Python. */
  const oneProcess = async (
    job: KernelJob,
    cells: readonly Cell[],
    { from, widgets }: { from: number; widgets: Widgets },
    folder: string,
    now: () => number,
  ): Promise<End> => {
    const child = spawn(options.python, [join(PROJECT_DIR, 'local', 'python', 'kernel.py')], {
      cwd: folder,
      env: environmentOf(state, job, folder),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    live.set(job.task.runId, child);
    let said = '';
    const secrets: string[] = [];
    for (const stream of [child.stdout, child.stderr] as Readable[]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        // As on Databricks: a secret that was asked for is not shown.
        const shown = secrets.reduce((all, secret) => all.replaceAll(secret, '[REDACTED]'), text);
        said = `${said}${shown}`.slice(-4_000);
        options.write?.(shown);
      });
    }
    const to = child.stdio[4] as Writable;
    // A process that has ended reads no more.
    to.on('error', () => undefined);
    const tell = (message: unknown): void => {
      to.write(`${JSON.stringify(message)}\n`);
    };
    tell({ cells, from, widgets, startNs: now() * 1_000_000 });
    let end: End | undefined;
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
      const message = JSON.parse(line) as Message;
      if ('end' in message) end = message;
      // A cell takes the time that it takes.
      else if (message.ask === 'cell') tell({});
      else if (message.ask === 'pip') tell(pip(options.python, message.arguments));
      else {
        const value = secretOf(state, job.workspace.workspaceId, message.scope, message.key);
        if (value) secrets.push(value);
        tell(value === undefined ? {} : { value });
      }
    });
    await new Promise<void>((resolve) => child.once('close', () => resolve()));
    live.delete(job.task.runId);
    return (
      end ?? { end: 'failed' as const, name: 'KernelDied', message: 'The Python process ended early.', trace: said }
    );
  };

  return {
    run: async (job) => {
      const startedAt = wallNow();
      const now = (): number => job.startedAt + (wallNow() - startedAt);
      const leaves = [state.clock.enter(), state.clock.atRealSpeed()];
      const folder = mkdtempSync(join(tmpdir(), 'llmops-lab-kernel-'));
      try {
        const notebook = notebookOf(state, job);
        if (typeof notebook !== 'string') return { outcome: notebook, endedAt: now() };
        const cells = readNotebook(notebook);
        let end: End = { end: 'restart', next: 0, widgets: job.task.parameters };
        while (end.end === 'restart' && !stopped.has(job.task.runId)) {
          end = await oneProcess(job, cells, { from: end.next, widgets: end.widgets }, folder, now);
        }
        const isStopped = stopped.delete(job.task.runId);
        const outcome: TaskOutcome = isStopped || end.end === 'restart' ? { kind: 'canceled' } : outcomeOf(end);
        return { outcome, endedAt: now() };
      } catch (error: unknown) {
        const message = error instanceof Error ? error.message : String(error);
        return { outcome: outcomeOf({ end: 'failed', name: 'KernelError', message, trace: message }), endedAt: now() };
      } finally {
        rmSync(folder, { recursive: true, force: true });
        for (const leave of leaves) leave();
      }
    },
    // What an interrupted attempt logged is on the server, which no workspace can make forget.
    forget: () => undefined,
    stop: (taskRunId) => {
      const child = live.get(taskRunId);
      if (child === undefined) return;
      stopped.add(taskRunId);
      child.kill('SIGKILL');
    },
  };
}

const environmentOf = (state: CloudState, job: KernelJob, folder: string): NodeJS.ProcessEnv => {
  const certificates = join(folder, 'authorities.pem');
  writeFileSync(certificates, tls.getCACertificates('default').join('\n'));
  return {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: folder,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    SSL_CERT_FILE: certificates,
    REQUESTS_CA_BUNDLE: certificates,
    MLFLOW_TRACKING_URI: job.workspace.origin,
    MLFLOW_TRACKING_TOKEN: state.issueToken(DATABRICKS_AUDIENCE),
    // A cluster's driver says where a run comes from; here this variable does.
    MLFLOW_RUN_CONTEXT: JSON.stringify({
      'mlflow.source.name': job.task.notebookPath,
      'mlflow.source.type': 'NOTEBOOK',
      'mlflow.user': job.run.creator,
      'mlflow.databricks.jobRunID': String(job.task.runId),
    }),
    MLFLOW_DISABLE_TELEMETRY: 'true',
    GIT_PYTHON_REFRESH: 'quiet',
  };
};

const pip = (python: string, words: string): { status: number; output: string } => {
  const [verb, ...rest] = words.split(/\s+/).filter((it) => it !== '');
  if (verb !== 'install') return { status: 1, output: `%pip ${verb ?? ''} is not simulated\n` };
  return installInto(python, rest);
};
