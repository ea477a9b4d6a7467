/** The thin .NET host as a child process: started, asked for what a client needs, and ended with its parent. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { LogLevel } from '../host/functions-core.ts';
import type { HostJson } from '../host/settings.ts';

export type DotnetHost = {
  /** Port of the extension's HTTP API. */
  readonly port: number;
  /** The value of a durable client binding. */
  readonly clientText: string;
  readonly pid: number;
  readonly ended: Promise<number | null>;
  /** Stops it as a host is stopped: what runs is finished first. */
  readonly stop: () => Promise<void>;
};

export type DotnetHostOptions = {
  readonly assembly: string;
  readonly hostJson: HostJson;
  readonly workerUrl: string;
  /** Origin of the app, under which callers reach the extension's HTTP API. */
  readonly origin: string;
  readonly systemKey: string;
  readonly connectionString: string;
  /** Name of this host in the task hub: partitions are leased by name. */
  readonly name: string;
  readonly log: (level: LogLevel, line: string) => void;
};

/** What a line of .NET's console logger begins with. */
const levels: Readonly<Record<string, LogLevel>> = { 'warn: ': 'warning', 'fail: ': 'error', 'crit: ': 'critical' };
const START_MS = 180_000;

export async function startDotnetHost(options: DotnetHostOptions): Promise<DotnetHost> {
  const child = spawn('dotnet', [options.assembly], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // A machine of a hosting plan has its own numbers; this is none, whatever container it is.
      CONTAINER_NAME: '',
      WORKER_URL: options.workerUrl,
      HOST_JSON: JSON.stringify(options.hostJson),
      WEBHOOK_URL: options.origin,
      SYSTEM_KEY: options.systemKey,
      AzureWebJobsStorage: options.connectionString,
      FUNCTIONS_WORKER_RUNTIME: 'node',
      // What the extension makes the worker's name of, in App Service.
      WEBSITE_CURRENT_STAMPNAME: 'local',
      RoleInstanceId: options.name,
      ASPNETCORE_ENVIRONMENT: 'Production',
      DOTNET_NOLOGO: '1',
    },
  });
  const atExit = (): void => void child.kill('SIGKILL');
  process.once('exit', atExit);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      process.off('exit', atExit);
      resolve(code);
    });
  });
  const said: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    if (said.length < 50) said.push(line);
    options.log('error', line);
  });
  const ready = new Promise<{ port: number; client: string }>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('ready ')) resolve(JSON.parse(line.slice(6)) as { port: number; client: string });
      else {
        if (said.length < 50) said.push(line);
        options.log(levels[line.slice(0, 6)] ?? 'debug', line);
      }
    });
    child.once('error', reject);
    void ended.then((code) => reject(new Error(`The extension's host ended with ${code}:\n${said.join('\n')}`)));
    setTimeout(() => reject(new Error("The extension's host did not start")), START_MS).unref();
  });
  try {
    const { port, client } = await ready;
    const stop = async (): Promise<void> => {
      child.stdin.end();
      await ended;
    };
    return { port, clientText: client, pid: child.pid ?? 0, ended, stop };
  } catch (error: unknown) {
    child.kill('SIGKILL');
    throw error;
  }
}
