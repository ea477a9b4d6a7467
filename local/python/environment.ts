/**
 * Virtual environments for the parts that need a real Python: made in `.venv/` (ignored by git) from a file of pinned requirements, and kept while that
 * file stays as it is. Needs `python3` with its `venv` module; uv, which pip installs first, does the rest in seconds.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_DIR } from '../project.ts';

export type PythonEnvironment =
  | { kind: 'ready'; python: string; /** Whether it had to be made. */ isNew: boolean }
  /** Nobody's fault: this machine has no Python, or reaches no package index. */
  | { kind: 'unavailable'; reason: string };

const UV = 'uv==0.13.9';
const PYTHON = '>=3.11,<3.14';
const FOLDER = join(PROJECT_DIR, '.venv');

const binOf = (environment: string): string => join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');

/**
 * The environment `name` with what `requirements` (a path in the project) pins. Throws where Python and the index are there and the requirements still
 * cannot be installed: that is a defect, not a machine without Python.
 */
export function pythonEnvironment(name: string, requirements: string): PythonEnvironment {
  const home = join(FOLDER, name);
  const python = join(binOf(home), 'python');
  const pinned = join(PROJECT_DIR, requirements);
  const wanted = createHash('sha256').update(readFileSync(pinned)).digest('hex');
  const mark = join(home, '.requirements');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return { kind: 'ready', python, isNew: false };

  const uv = uvOf();
  if (uv.kind === 'unavailable') return uv;
  rmSync(home, { recursive: true, force: true });
  run(uv.file, ['venv', '--quiet', '--no-project', '--python', PYTHON, home]);
  run(uv.file, ['pip', 'install', '--quiet', '--no-deps', '--python', python, '--requirement', pinned]);
  writeFileSync(mark, wanted);
  return { kind: 'ready', python, isNew: true };
}

/** Installs into the environment of `python`, as `pip install` with these arguments would. */
export function installInto(python: string, packages: readonly string[]): { status: number; output: string } {
  const uv = uvOf();
  if (uv.kind === 'unavailable') return { status: 1, output: `${uv.reason}\n` };
  const done = spawnSync(uv.file, ['pip', 'install', '--python', python, ...packages], {
    encoding: 'utf8',
    env: uvSettings(),
  });
  return { status: done.status ?? 1, output: `${done.stdout}${done.stderr}` };
}

/** uv, from an environment of its own: to install it is also the question whether Python and the index can be reached. */
function uvOf(): { kind: 'ready'; file: string } | { kind: 'unavailable'; reason: string } {
  const home = join(FOLDER, 'uv');
  const file = join(binOf(home), 'uv');
  const mark = join(home, '.requirements');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === UV) return { kind: 'ready', file };
  const system = process.platform === 'win32' ? 'python' : 'python3';
  const version = spawnSync(system, ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) return { kind: 'unavailable', reason: `no ${system} on this machine` };
  mkdirSync(FOLDER, { recursive: true });
  const made = spawnSync(system, ['-m', 'venv', '--clear', home], { encoding: 'utf8' });
  if (made.status !== 0) {
    return { kind: 'unavailable', reason: `"${system} -m venv" fails: ${lastLine(made.stdout || made.stderr)}` };
  }
  const got = spawnSync(join(binOf(home), 'python'), ['-m', 'pip', 'install', '--quiet', UV], { encoding: 'utf8' });
  if (got.status !== 0) return { kind: 'unavailable', reason: `PyPI cannot be reached: ${lastLine(got.stderr)}` };
  writeFileSync(mark, UV);
  return { kind: 'ready', file };
}

function run(file: string, args: string[]): void {
  const { status, error } = spawnSync(file, args, { stdio: ['ignore', 'inherit', 'inherit'], env: uvSettings() });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`uv ${args[0] === 'pip' ? 'pip install' : 'venv'} ended with ${status}`);
}

// uv does not read pip's settings, and trusts the system's authorities only when it is told to.
const uvSettings = (): NodeJS.ProcessEnv => ({
  ...process.env,
  ...(process.env.PIP_INDEX_URL === undefined ? {} : { UV_DEFAULT_INDEX: process.env.PIP_INDEX_URL }),
  UV_SYSTEM_CERTS: 'true',
  UV_HTTP_TIMEOUT: '120',
});

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';
