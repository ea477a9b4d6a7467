// Python for the simulated kernel: Pyodide in threads of this process, each with one process of a notebook at a time.
//
// Invariants
// I1  A thread is loaded when it is first needed, and is kept for the next process; a second one only while the first is taken.
// I2  Python waits for the answer to each of its questions, so that lab time can pass between question and answer and at no other point.
// I3  A thread that was stopped, computed for too long or failed in another way than Python does is ended and never used again.
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { Cell } from './source.ts';

/** What a process is told at its start; see local/python/simulated.py. */
export type PythonJob = {
  cells: readonly Cell[];
  /** The index of the first cell to run. */
  from: number;
  widgets: Record<string, string>;
  environment: Record<string, string>;
  /** Installed packages: versions by name. */
  packages: Record<string, string>;
  /** The tags by which MLflow tells where a run comes from. */
  context: Record<string, string>;
};

/** How a process ended; see local/python/kernel.py. */
export type End =
  | { end: 'restart'; next: number; widgets: Record<string, string> }
  | { end: 'exit'; value: string }
  | { end: 'done' }
  | { end: 'failed'; name: string; message: string; trace: string };

export type Question =
  | { ask: 'cell' }
  | { ask: 'sleep'; seconds: number }
  | { ask: 'secret'; scope: string; key: string }
  | { ask: 'pip'; arguments: string }
  | { ask: 'notebook-experiment' }
  | { ask: 'workspace'; method: string; path: string; query: Record<string, string> | null; body: unknown }
  | { ask: 'http'; url: string; headers: Record<string, string>; body: string; timeoutMs: number }
  | { ask: 'upload'; url: string; content: string };

export type PythonRun = {
  job: PythonJob;
  /** The process's own time, Unix ms in the lab. */
  now(): number;
  /** Answers a question of Python's; a rejection ends the process. */
  answer(question: Question): Promise<object>;
  /** Hears what Python printed, or the end of it, when the process has ended. */
  write?: (text: string) => void;
  /** Called when a thread has to be loaded first; what it returns, when that is done. */
  loading?: () => () => void;
  /** Real milliseconds for which Python may compute between two questions; absent: any. */
  computeLimitMs?: number;
  stop: AbortSignal;
};

export type WorkerData = { port: MessagePort; bell: Int32Array };
export type ToWorker = { text: string; now: number };
export type FromWorker = { ready: true } | { question: Question } | { end: End; printed: string };

type Thread = { worker: Worker; port: MessagePort; bell: Int32Array };

const WORKER_FILE = fileURLToPath(new URL('./interpreter-worker.ts', import.meta.url));
/** Idle threads that are kept; each takes about 70 MB. */
const KEPT = 1;
const idle: Thread[] = [];

/** Runs one process of a notebook to its end, or to the end of its thread. */
export async function runPython(run: PythonRun): Promise<End | { end: 'stopped' } | { end: 'overran' }> {
  const thread = idle.pop() ?? (await startThread(run.loading));
  const { worker, port, bell } = thread;
  const ended = Promise.withResolvers<End | { end: 'stopped' } | { end: 'overran' }>();
  let limit: NodeJS.Timeout | undefined;
  const send = (text: string): void => {
    if (run.computeLimitMs !== undefined) {
      limit = setTimeout(() => {
        ended.resolve({ end: 'overran' });
      }, run.computeLimitMs);
    }
    port.postMessage({ text, now: run.now() } satisfies ToWorker);
    Atomics.store(bell, 0, 1);
    Atomics.notify(bell, 0);
  };
  const hear = (message: FromWorker): void => {
    clearTimeout(limit);
    if ('end' in message) {
      run.write?.(message.printed);
      ended.resolve(message.end);
    } else if ('question' in message) {
      run.answer(message.question).then((it) => {
        send(JSON.stringify(it));
      }, ended.reject);
    }
  };
  const fail = (error: Error): void => {
    ended.reject(error);
  };
  const stop = (): void => {
    ended.resolve({ end: 'stopped' });
  };
  port.on('message', hear);
  port.unref();
  worker.once('error', fail);
  run.stop.addEventListener('abort', stop, { once: true });
  let isReusable = false;
  try {
    if (run.stop.aborted) stop();
    else send(JSON.stringify(run.job));
    const end = await ended.promise;
    isReusable = end.end !== 'stopped' && end.end !== 'overran';
    return end;
  } finally {
    clearTimeout(limit);
    port.off('message', hear);
    worker.off('error', fail);
    run.stop.removeEventListener('abort', stop);
    if (isReusable && idle.length < KEPT) idle.push(thread);
    else void worker.terminate();
  }
}

async function startThread(loading: PythonRun['loading']): Promise<Thread> {
  const loaded = loading?.();
  const { port1, port2 } = new MessageChannel();
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const workerData: WorkerData = { port: port2, bell };
  const worker = new Worker(WORKER_FILE, { workerData, transferList: [port2], env: {}, execArgv: [] });
  const ready = Promise.withResolvers<void>();
  port1.once('message', () => {
    ready.resolve();
  });
  worker.once('error', ready.reject);
  await ready.promise.finally(loaded);
  worker.off('error', ready.reject);
  // A notebook that waits keeps no process alive: its clock does, or nobody waits for it any more.
  worker.unref();
  port1.unref();
  return { worker, port: port1, bell };
}
