/** Azurite, Microsoft's emulator of Azure Storage, on free ports of this machine, with an account of its own. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type Azurite = {
  readonly connectionString: string;
  /** Requests answered so far, all three services together. */
  readonly requests: () => number;
  readonly close: () => Promise<void>;
};

const START_MS = 120_000;
const ACCOUNT = 'extension';

/** @param entry Azurite's own. @param folder keeps its data over a restart; absent: in memory. */
export async function startAzurite(entry: string, folder?: string): Promise<Azurite> {
  const scratch = folder ?? mkdtempSync(join(tmpdir(), 'azurite-'));
  mkdirSync(scratch, { recursive: true });
  const key = randomBytes(64).toString('base64');
  const services = ['blob', 'queue', 'table'] as const;
  const child = spawn(
    process.execPath,
    [
      entry,
      '--skipApiVersionCheck',
      '--disableTelemetry',
      ...services.flatMap((it) => [`--${it}Port`, '0', `--${it}Host`, '127.0.0.1']),
      ...(folder === undefined ? ['--inMemoryPersistence'] : ['--location', folder]),
    ],
    {
      cwd: scratch,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, AZURITE_ACCOUNTS: `${ACCOUNT}:${key}` },
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const atExit = (): void => void child.kill('SIGKILL');
  process.once('exit', atExit);
  let requests = 0;
  const urls = new Map<string, string>();
  const ready = new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const [, service, url] = /^Azurite (\w+) service is successfully listening at (\S+)$/.exec(line) ?? [];
      if (service !== undefined && url !== undefined) urls.set(service.toLowerCase(), url);
      else if (/" \d{3} /.test(line)) requests += 1;
      if (urls.size === services.length) resolve();
    });
    child.once('exit', (code) => reject(new Error(`Azurite ended with ${code}`)));
    setTimeout(() => reject(new Error('Azurite did not start')), START_MS).unref();
  });
  const close = async (): Promise<void> => {
    process.off('exit', atExit);
    child.kill('SIGKILL');
    await ended;
    if (folder === undefined) rmSync(scratch, { recursive: true, force: true });
  };
  await ready.catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const endpoint = (service: string): string =>
    `${service[0]?.toUpperCase()}${service.slice(1)}Endpoint=${urls.get(service)}/${ACCOUNT}`;
  return {
    connectionString: [
      `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${key}`,
      ...services.map(endpoint),
    ].join(';'),
    requests: () => requests,
    close,
  };
}
