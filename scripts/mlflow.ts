/** `npm run test:mlflow`: one contract suite against the local MLflow and against real servers, and real clients on both. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wallNow } from '../local/clock.ts';
import { pythonEnvironment } from '../local/python/environment.ts';
import { startMlflowServer, type MlflowServer } from '../local/python/mlflow-server.ts';
import { untilStopped, wrapper } from '../local/terminal/command.ts';

const HELP = `Runs one contract suite against the local MLflow and against real servers, and real clients on both.

usage: npm run test:mlflow -- [options] [what vitest takes]

  --screenshots  write the pictures under docs again
  --help         this text

Needs python3 (3.11 to 3.13) and PyPI, once. Each lane is an environment in .venv/ and, while the suite runs, a server of its own; where a lane cannot be had its
tests are counted as skipped.`;

const LANES = [
  { name: 'CURRENT', environment: 'mlflow', requirements: 'test/mlflow/requirements.txt' },
  { name: 'OLDEST', environment: 'mlflow-oldest', requirements: 'test/mlflow/requirements-oldest.txt' },
] as const;

await wrapper({ help: HELP, flags: ['screenshots'] }, async (flags, rest) => {
  const data = mkdtempSync(join(tmpdir(), 'llmops-lab-mlflow-'));
  const servers: MlflowServer[] = [];
  const stopped = untilStopped();
  try {
    const lanes = await Promise.race([stopped, startLanes(data, servers)]);
    if (typeof lanes === 'number') return lanes;
    const pictures = flags.has('screenshots') ? { LAB_SCREENSHOTS: 'docs/screenshots' } : {};
    return await runSuite(rest, { ...lanes, ...pictures }, stopped);
  } finally {
    await Promise.all(servers.map((it) => it.close()));
    rmSync(data, { recursive: true, force: true });
    // One that was still starting goes with this process.
    void stopped.then((code) => process.exit(code));
  }
});

/** @param stopped Ctrl+C reaches vitest by itself, a signal to this process alone does not. */
async function runSuite(rest: string[], settings: Record<string, string>, stopped: Promise<number>): Promise<number> {
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const suite = spawn(process.execPath, [vitest, 'run', 'test/mlflow', ...rest], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: { ...process.env, ...settings },
  });
  void stopped.then(() => suite.kill());
  const [code] = (await once(suite, 'exit')) as [number | null];
  return code ?? 1;
}

/** What the suite finds in its environment: a server and a Python of each lane, or why there is none. */
async function startLanes(data: string, servers: MlflowServer[]): Promise<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const { name, environment, requirements } of LANES) {
    const from = wallNow();
    const made = pythonEnvironment(environment, requirements);
    if (made.kind === 'unavailable') {
      console.error(`${environment}: ${made.reason}; its tests are skipped`);
      settings[`LAB_MLFLOW_${name}_MISSING`] = made.reason;
      continue;
    }
    const ready = wallNow();
    const server = await startMlflowServer(made.python, join(data, environment));
    servers.push(server);
    const seconds = (ms: number): string => `${(ms / 1_000).toFixed(0)} s`;
    const installed = made.isNew ? `installed in ${seconds(ready - from)}, ` : '';
    console.log(`${environment}: ${installed}server up in ${seconds(wallNow() - ready)}`);
    settings[`LAB_MLFLOW_${name}_URL`] = server.url;
    settings[`LAB_MLFLOW_${name}_PYTHON`] = made.python;
  }
  return settings;
}
