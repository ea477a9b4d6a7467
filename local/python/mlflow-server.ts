/** A real MLflow server on a free port of this machine: SQLite, one worker, artifacts through the server. Its data goes with its folder. */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as realDelay } from 'node:timers/promises';
import { wallNow } from '../clock.ts';

export type MlflowServer = {
  /** `http://127.0.0.1:port` */
  url: string;
  close: () => Promise<void>;
};

/** The first start makes the database, which takes a busy machine its time. */
const START_MS = 180_000;
const STOP_MS = 10_000;

export async function startMlflowServer(python: string, folder: string): Promise<MlflowServer> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const log = join(folder, 'server.log');
  const output = openSync(log, 'w');
  const child = spawn(
    python,
    [
      ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
      ...['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`],
      ...['--artifacts-destination', join(folder, 'artifacts')],
    ],
    {
      cwd: folder,
      stdio: ['ignore', output, output],
      // A group of its own: the server starts workers, which end with it.
      detached: true,
      env: {
        ...process.env,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        GIT_PYTHON_REFRESH: 'quiet',
      },
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // All of them have ended already.
    }
  };
  // Whoever ends without closing takes the server along.
  const atExit = (): void => {
    kill('SIGKILL');
  };
  process.once('exit', atExit);
  const close = async (): Promise<void> => {
    process.off('exit', atExit);
    kill('SIGTERM');
    await Promise.race([ended, realDelay(STOP_MS, undefined, { ref: false })]);
    kill('SIGKILL');
  };

  const url = `http://127.0.0.1:${port}`;
  const until = wallNow() + START_MS;
  while (!(await isHealthy(url))) {
    if (child.exitCode !== null || wallNow() > until) {
      await close();
      throw new Error(`The MLflow server did not start:\n${readFileSync(log, 'utf8').slice(-2_000)}`);
    }
    await realDelay(250);
  }
  return { url, close };
}

const isHealthy = (url: string): Promise<boolean> =>
  fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) }).then(
    (it) => it.ok,
    () => false,
  );

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });
