// The thread in which Python runs: Pyodide, with local/python/simulated.py in it. It runs one process of a notebook at a time, and waits for each answer.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { receiveMessageOnPort, threadId, workerData } from 'node:worker_threads';
import { loadPyodide, version } from 'pyodide';
import type { End, FromWorker, Question, ToWorker, WorkerData } from './interpreter.ts';

const { port, bell } = workerData as WorkerData;
const PYTHON_DIR = fileURLToPath(new URL('../../python/', import.meta.url));
const CACHE_DIR = fileURLToPath(new URL('../../../node_modules/.cache/llmops-lab/', import.meta.url));
const PRINTED_CHARACTERS = 4_000;

/** Modules of the standard library that notebooks and the stand-ins use: in the snapshot, they are imported once and for all. */
const PRELOADED = `import ${[
  ...['ast', 'asyncio', 'atexit', 'base64', 'collections', 'contextlib', 'copy', 'csv', 'dataclasses', 'datetime'],
  ...['decimal', 'enum', 'functools', 'hashlib', 'importlib.util', 'io', 'itertools', 'json', 'logging', 'math', 'os'],
  ...[
    'pathlib',
    'random',
    're',
    'secrets',
    'shutil',
    'socket',
    'statistics',
    'string',
    'subprocess',
    'sys',
    'textwrap',
  ],
  ...['threading', 'time', 'traceback', 'types', 'typing', 'urllib.parse', 'uuid', 'warnings'],
].join(', ')}`;

type Pyodide = Awaited<ReturnType<typeof loadPyodide>>;
/** Not in Pyodide's published types: a copy of the interpreter's memory, from which the next one starts in a seventh of the time. */
type SnapshotOptions = { _makeSnapshot?: true; _loadSnapshot?: Uint8Array };
type SnapshotMaker = { makeMemorySnapshot(): Uint8Array };

const start = (options: SnapshotOptions): Promise<Pyodide> => loadPyodide({ jsglobals: {}, env: {}, ...options });

async function load(): Promise<Pyodide> {
  const key = createHash('sha256').update(PRELOADED).digest('hex').slice(0, 12);
  const file = join(CACHE_DIR, `pyodide-${version}-${key}.bin`);
  try {
    return await start({ _loadSnapshot: readFileSync(file) });
  } catch {
    // None yet, or none that this machine can read.
    rmSync(file, { force: true });
  }
  const made = await start({ _makeSnapshot: true });
  made.runPython(PRELOADED);
  const snapshot = (made as unknown as SnapshotMaker).makeMemorySnapshot();
  mkdirSync(CACHE_DIR, { recursive: true });
  // Other threads and processes may make theirs at the same time.
  const partial = `${file}.${process.pid}.${threadId}`;
  writeFileSync(partial, snapshot);
  renameSync(partial, file);
  return start({ _loadSnapshot: snapshot });
}

const pyodide = await load();
let printed = '';
const decoder = new TextDecoder();
const write = (bytes: Uint8Array): number => {
  printed = `${printed}${decoder.decode(bytes, { stream: true })}`.slice(-PRINTED_CHARACTERS);
  return bytes.length;
};
pyodide.setStdout({ write });
pyodide.setStderr({ write });

const read = (name: string): string => readFileSync(join(PYTHON_DIR, name), 'utf8');
const files = pyodide.FS as { writeFile(path: string, text: string): void };
for (const name of ['dbutils.py', 'kernel.py', 'simulated.py']) files.writeFile(`/lib/${name}`, read(name));
const simulated = pyodide.runPython(`
import sys
sys.path.append("/lib")
import simulated
sys.path.remove("/lib")
simulated
`) as { prepare(sources: string): void; run(job: string, ask: (question: string) => string): string };
const standIns = ['mlflow', 'openai'].map((name) => [name, read(`packages/${name}.py`)]);
simulated.prepare(JSON.stringify(Object.fromEntries(standIns)));

// From here on the time of this thread, and so of Python, is the lab's.
let labNow = 0;
Date.now = () => labNow;
performance.now = () => labNow;

const tell = (message: FromWorker): void => {
  port.postMessage(message);
};

/** Blocks this thread until the answer is there. */
const ask = (question: string): string => {
  tell({ question: JSON.parse(question) as Question });
  return receive();
};
const receive = (): string => {
  for (;;) {
    const received = receiveMessageOnPort(port) as { message: ToWorker } | undefined;
    if (received !== undefined) {
      labNow = received.message.now;
      return received.message.text;
    }
    Atomics.wait(bell, 0, 0);
    Atomics.store(bell, 0, 0);
  }
};

port.on('message', ({ text, now }: ToWorker) => {
  labNow = now;
  printed = '';
  const end = JSON.parse(simulated.run(text, ask)) as End;
  tell({ end, printed });
});
tell({ ready: true });
