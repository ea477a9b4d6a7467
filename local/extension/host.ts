/**
 * Runs a function app on Microsoft's own Durable extension: the extension in a thin .NET host, its task hub in Azurite, and this process as the app's
 * language worker, its HTTP front and its timers.
 */
import { request as send } from 'node:http';
import { resolve } from 'node:path';
import { createClock } from '../clock.ts';
import { loadApp } from '../host/app.ts';
import { newId } from '../host/durable/engine.ts';
import { stackOf } from '../host/errors.ts';
import { hostedFunctions, routerOf, type HostedFunction } from '../host/hosted-functions.ts';
import { bindHttp, type Answer, type DurableApi } from '../host/http.ts';
import { createAlarm } from '../host/lab-time.ts';
import type { Log } from '../host/log.ts';
import { applySettings } from '../host/settings.ts';
import type { Person } from '../host/sign-in.ts';
import { createTimers, parseSchedule } from '../host/timers.ts';
import { createCall } from '../host/worker.ts';
import { startDotnetHost } from './dotnet-host.ts';
import { startWorker } from './worker.ts';

export type ExtensionHostOptions = {
  /** Holds host.json and package.json. */
  readonly appDir: string;
  /** Relative to `appDir`, a glob; default: `main` of package.json. */
  readonly entry?: string;
  /** 0 or nothing: a free port. */
  readonly port?: number;
  /** The .NET host's assembly. */
  readonly assembly: string;
  /** The storage account of the task hub. */
  readonly connectionString: string;
  /** Name of this host in the task hub; two hosts on one hub have two. Default: `host`. */
  readonly name?: string;
  /** App settings, as `HostOptions` has them. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signedIn?: Person;
  readonly home?: string;
  readonly log?: Log;
};

export type ExtensionHost = {
  readonly url: string;
  readonly functions: readonly HostedFunction[];
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** Process id of the .NET host, for tests that kill it. */
  readonly pid: number;
  /** Resolves when the .NET host has ended, whoever ended it. */
  readonly ended: Promise<number | null>;
  readonly close: () => Promise<void>;
};

/** Starts the app. Throws `StartError` for what the person who starts it has to correct. Runs in real time only. */
export const startExtensionHost = async (options: ExtensionHostOptions): Promise<ExtensionHost> => {
  const clock = createClock({ kind: 'real' });
  const write = options.log ?? (() => undefined);
  const removeSettings = applySettings(options.settings ?? {});
  const app = await loadApp(resolve(options.appDir), options.entry);
  app.registrations.log = (level, category, message) =>
    write({ time: clock.now(), level, category: `Worker.${category}`, message });
  const functions = hostedFunctions(app);
  const route = routerOf(app);
  const servers = await bindHttp(options.port ?? 0);
  const worker = await startWorker(app);
  const systemKey = newId();
  const dotnet = await startDotnetHost({
    assembly: options.assembly,
    hostJson: app.host,
    workerUrl: worker.url,
    origin: `http://localhost:${servers.port}`,
    systemKey,
    connectionString: options.connectionString,
    name: options.name ?? 'host',
    log: (level, message) => write({ time: clock.now(), level, category: 'Host.Triggers.DurableTask', message }),
  });
  const call = createCall(app, clock, write, dotnet.clientText);
  const logError = (message: string, functionName: string): void =>
    write({ time: clock.now(), level: 'error', category: `Function.${functionName}`, message, functionName });

  const monitor = new Map<string, string>();
  const alarm = createAlarm(clock, () => fireDue());
  const timers = createTimers({
    schedules: app.functions.filter(({ kind }) => kind === 'timer').map(parseSchedule),
    enabled: true,
    store: { timerState: (name) => monitor.get(name), setTimerState: (name, state) => monitor.set(name, state).size },
    clock,
    run: (target, data) => call(target, data).catch((error: unknown) => logError(stackOf(error), target.name)),
    onDueLater: alarm.set,
  });
  const fireDue = (): void => {
    timers.fireDue();
    const dueMs = timers.nextDueMs();
    if (dueMs !== undefined) alarm.set(dueMs);
  };
  const trigger = (name: string): number => (timers.runNow(name) === undefined ? 404 : 202);

  worker.serve(call);
  servers.serve({
    ...{ route, clock, auth: undefined, systemKey, durable: forwardTo(dotnet.port), call, trigger, logError },
    ...{ home: options.home, signedIn: options.signedIn },
  });
  timers.start();
  const url = `http://127.0.0.1:${servers.port}`;
  return {
    url,
    functions,
    fetch: (path, init) => fetch(url + path, init),
    pid: dotnet.pid,
    ended: dotnet.ended,
    close: async () => {
      alarm.stop();
      timers.close();
      await dotnet.stop();
      await Promise.all([servers.close(), worker.close()]);
      removeSettings();
    },
  };
};

/** Hands a request on as it came, Host included: the extension makes addresses of it. */
const forwardTo =
  (port: number): DurableApi =>
  ({ message, body }) =>
    new Promise<Answer>((resolve, reject) => {
      const { method, url, headers } = message;
      const forwarded = send({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const { 'transfer-encoding': _, ...rest } = answer.headers;
          const kept = Object.entries(rest).map(([name, value]) => [name, String(value)]);
          const known = Object.fromEntries(kept) as Record<string, string>;
          resolve({ status: answer.statusCode ?? 502, headers: known, body: Buffer.concat(chunks) });
        });
      });
      forwarded.on('error', reject);
      forwarded.end(body);
    });
