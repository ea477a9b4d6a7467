/**
 * `npm run test:mlflow`: one contract suite against the local MLflow and against real servers, and real clients on both. Needs python3 (3.11 to 3.13) and
 * PyPI, once. Each lane is an environment in `.venv/` and, while the suite runs, a server of its own; where a lane cannot be had its tests are counted as
 * skipped. `-- --screenshots` also writes the pictures under docs anew. Other arguments go to vitest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wallNow } from '../local/clock.ts';
import { pythonEnvironment } from '../local/python/environment.ts';
import { startMlflowServer, type MlflowServer } from '../local/python/mlflow-server.ts';

const LANES = [
  { name: 'CURRENT', environment: 'mlflow', requirements: 'test/mlflow/requirements.txt' },
  { name: 'OLDEST', environment: 'mlflow-oldest', requirements: 'test/mlflow/requirements-oldest.txt' },
] as const;

const data = mkdtempSync(join(tmpdir(), 'llmops-lab-mlflow-'));
const servers: MlflowServer[] = [];
const settings: Record<string, string> = {};
try {
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
  const given = process.argv.slice(2);
  const rest = given.filter((it) => it !== '--screenshots');
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  // Ctrl+C reaches vitest by itself; the servers are for this process to stop.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  const suite = spawn(process.execPath, [vitest, 'run', 'test/mlflow', ...rest], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: {
      ...process.env,
      ...settings,
      ...(given.includes('--screenshots') ? { LAB_SCREENSHOTS: 'docs/screenshots' } : {}),
    },
  });
  const [code] = (await once(suite, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
} finally {
  await Promise.all(servers.map((it) => it.close()));
  rmSync(data, { recursive: true, force: true });
}
