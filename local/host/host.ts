// The local host: runs a function app's registered functions without Core Tools.
//
// Exact for what durable-functions 3.x apps of this kind use, and a refusal by name for the rest. Production runs on the
// Durable extension in Azure; what passes here must pass there.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { loadApp, resolveSettings, StartError, textOption, type App, type LoadedFunction } from './app.ts';
import { createEngine, type Engine, type FunctionRunner } from './durable/engine.ts';
import type { HistoryEvent } from './durable/history.ts';
import { clientBinding, createManagement } from './durable/management.ts';
import { openStore, StoreError, type Store } from './durable/store.ts';
import type { LogLevel, TypedData } from './functions-core.ts';
import { startHttp, type HttpServers, type Keys } from './http.ts';
import { createTimers, type Timers } from './timers.ts';
import { invoke } from './worker.ts';

export { StartError, StoreError };

export type LogEntry = {
  /** Lab time, Unix milliseconds. */
  readonly time: number;
  readonly level: LogLevel;
  /** `Function.<name>.User` for what the app logs, `Host.…` for what the host says. */
  readonly category: string;
  readonly message: string;
  readonly functionName?: string;
  readonly instanceId?: string;
};

export type HostOptions = {
  /** Holds host.json and package.json. */
  readonly appDir: string;
  /** Relative to `appDir`, a glob; default: `main` of package.json. */
  readonly entry?: string;
  /** 0 or nothing: a free port. */
  readonly port?: number;
  /** A SQLite file, made when missing, or ':memory:'. */
  readonly store: string;
  readonly clock: Clock;
  /** App settings: put into process.env before the app loads, unless present there; taken out again on close. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Keys asked for by functions of level `function` and `admin`; default: none are asked for, as in Core Tools. */
  readonly auth?: Keys;
  readonly log?: (entry: LogEntry) => void;
  /** False: timer functions run only through `runTimer` and /admin. Default true. */
  readonly timersEnabled?: boolean;
};

export type HostedFunction = {
  readonly name: string;
  readonly trigger: string;
  readonly route?: string;
  readonly methods?: readonly string[];
  readonly authLevel?: string;
  readonly schedule?: string;
};

export type Host = {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  readonly functions: readonly HostedFunction[];
  /** A real HTTP request to this host; `path` begins with a slash. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /**
   * Virtual clock only. Lets lab time pass until `goal`: a lab time, or a predicate that is tested whenever nothing is in
   * flight; in between, time jumps to the earliest durable timer or timer trigger. Throws when the predicate does not hold
   * within `horizon.ms` of lab time (default 7 days), or when nothing is due that could make it hold.
   */
  readonly until: (
    goal: number | (() => boolean | Promise<boolean>),
    horizon?: { readonly ms: number },
  ) => Promise<void>;
  /** Runs a timer function now. Throws when there is none of that name. */
  readonly runTimer: (name: string) => Promise<void>;
  readonly history: (instanceId: string) => HistoryEvent[];
  /** Everything in the durable store as text, one row a line. */
  readonly storeText: () => string;
  /** Forgets every instance, as if the task hub were lost. */
  readonly purgeAll: () => void;
  /** Forgets one instance, its queued activities included. */
  readonly dropInstance: (instanceId: string) => void;
  /** Stops: nothing new starts, what runs gets 5 real seconds; what did not finish is run again by the next host. */
  readonly close: () => Promise<void>;
};

const defaultHorizonMs = 7 * 86_400_000;
const stopGraceMs = 5000;
const heartbeatMs = 250;
const maxTimeoutMs = 2_147_483_647;

/** Starts the app. Throws `StartError` or `StoreError` for what the person who starts it has to correct. */
export const startHost = async (options: HostOptions): Promise<Host> => {
  const undo: (() => void | Promise<void>)[] = [];
  try {
    return await start(options, undo);
  } catch (error: unknown) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
};

const start = async (options: HostOptions, undo: (() => void | Promise<void>)[]): Promise<Host> => {
  const { clock } = options;
  const log = options.log ?? (() => undefined);
  const removeSettings = applySettings(options.settings ?? {});
  undo.push(removeSettings);
  const store = openStore(options.store);
  undo.push(() => store.close());
  resumeClock(clock, store);
  clock.install();

  const app = await loadApp(resolve(options.appDir), options.entry);
  app.registrations.log = (level, category, message) =>
    log({ time: clock.now(), level, category: `Worker.${category}`, message });
  const durable = app.host.extensions?.durableTask ?? {};
  const hubName = resolveSettings(durable.hubName ?? 'TestHubName');
  const systemKey = options.auth ? randomUUID().replaceAll('-', '') : 'local';
  const alarm = createAlarm(clock, () => fireDue());
  // Commits note the lab time as well; this one keeps it while nothing happens.
  const saveTime = (): void => store.setMeta('labNowMs', String(clock.now()));
  const heartbeat = clock.mode.kind === 'scaled' ? setInterval(saveTime, heartbeatMs).unref() : undefined;
  undo.push(() => {
    alarm.stop();
    clearInterval(heartbeat);
  });

  // Known once the listeners are bound, which is before any function runs.
  let clientText = '';
  const call = createCaller(app, log, clock, () => clientText);
  const defaultConcurrency = 10 * availableParallelism();
  const engine: Engine = createEngine({
    store,
    clock,
    runner: createRunner(app, call),
    defaultVersion: durable.defaultVersion ?? null,
    maxActivities: durable.maxConcurrentActivityFunctions ?? defaultConcurrency,
    maxOrchestrators: durable.maxConcurrentOrchestratorFunctions ?? defaultConcurrency,
    log: (level, message, instanceId, functionName) =>
      log({ time: clock.now(), level, category: 'Host.Triggers.DurableTask', message, functionName, instanceId }),
    onDueLater: alarm.set,
  });
  const timers: Timers = createTimers({
    functions: app.functions.filter(({ kind }) => kind === 'timer'),
    enabled: options.timersEnabled ?? true,
    store,
    clock,
    run: async (target, data) => {
      await call(target, data);
    },
    onDueLater: alarm.set,
  });
  const fireDue = (): void => {
    engine.fireDue();
    timers.fireDue();
    for (const dueMs of [engine.nextDueMs(), timers.nextDueMs()]) if (dueMs !== undefined) alarm.set(dueMs);
  };

  const functions = app.functions.map((target) => describe(target, app, timers));
  const servers: HttpServers = await startHttp(
    {
      routes: app.functions
        .filter(({ kind }) => kind === 'http')
        .map((target) => {
          const described = describe(target, app, timers);
          return { name: target.name, template: described.route ?? '', methods: described.methods ?? [], target };
        }),
      clock,
      auth: options.auth,
      management: createManagement(store, engine, clock, { hubName, systemKey }),
      invokeHttp: (target, http, traceParent) => call(target, { http }, undefined, traceParent),
      trigger: (name) => timers.runNow(name) !== undefined,
      logError: (message, functionName) =>
        log({ time: clock.now(), level: 'error', category: `Function.${functionName}`, message, functionName }),
    },
    options.port ?? 0,
  );
  undo.push(servers.close);
  clientText = clientBinding(hubName, systemKey, servers.webhookBase, servers.rpcBaseUrl);
  engine.resume();
  timers.start();
  fireDue();

  const url = `http://127.0.0.1:${servers.port}`;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    alarm.stop();
    await engine.stop(stopGraceMs);
    await servers.close();
    clearInterval(heartbeat);
    if (clock.mode.kind !== 'real') saveTime();
    store.close();
    removeSettings();
  };
  return {
    url,
    functions,
    fetch: (path, init) => fetch(url + path, init),
    until: createUntil(clock, fireDue, () => earliest(engine.nextDueMs(), timers.nextDueMs())),
    runTimer: async (name) => {
      const run = timers.runNow(name);
      if (!run) throw new Error(`no timer function is named '${name}'`);
      await run;
    },
    history: (instanceId) => store.history(instanceId),
    storeText: () => store.text(),
    purgeAll: () => engine.drop(),
    dropInstance: (instanceId) => engine.drop(instanceId),
    close: () => (closing ??= close()),
  };
};

const applySettings = (settings: Readonly<Record<string, string>>): (() => void) => {
  const added = Object.keys(settings).filter((name) => process.env[name] === undefined);
  for (const name of added) process.env[name] = settings[name];
  return () => {
    for (const name of added) delete process.env[name];
  };
};

/** Lab time goes on from what the store last saw. */
const resumeClock = (clock: Clock, store: Store): void => {
  const stored = Number(store.meta('labNowMs') ?? 0);
  if (clock.mode.kind === 'scaled') clock.rebase(stored);
  if (clock.mode.kind === 'virtual' && clock.now() < stored) clock.advanceTo(stored);
};

const earliest = (...times: (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

/** One real timeout for the earliest lab time that anybody waits for. A virtual clock needs none: `until` moves it. */
const createAlarm = (clock: Clock, ring: () => void) => {
  let dueMs = Infinity;
  let timeout: NodeJS.Timeout | undefined;
  let stopped = false;
  const set = (atMs: number): void => {
    if (stopped || clock.mode.kind === 'virtual' || atMs >= dueMs) return;
    clearTimeout(timeout);
    dueMs = atMs;
    timeout = setTimeout(
      () => {
        dueMs = Infinity;
        // Node may call a little early, and cuts long waits: then the rest is waited for.
        if (clock.now() < atMs) set(atMs);
        else ring();
      },
      Math.min(Math.ceil(clock.realMs(Math.max(0, atMs - clock.now()))), maxTimeoutMs),
    );
  };
  return {
    set,
    stop: (): void => {
      stopped = true;
      clearTimeout(timeout);
    },
  };
};

const createUntil =
  (clock: Clock, fireDue: () => void, nextDueMs: () => number | undefined): Host['until'] =>
  async (goal, horizon = { ms: defaultHorizonMs }) => {
    if (clock.mode.kind !== 'virtual') throw new Error('until needs a virtual clock');
    const lastMs = clock.now() + horizon.ms;
    for (;;) {
      await clock.idle();
      if (typeof goal === 'number' ? clock.now() >= goal : await goal()) return;
      // The predicate may have made requests that started something.
      await clock.idle();
      const dueMs = nextDueMs();
      const nextMs = typeof goal === 'number' ? Math.min(goal, dueMs ?? goal) : dueMs;
      if (nextMs === undefined) throw new Error('until: nothing is due that could bring the goal about');
      if (nextMs > lastMs)
        throw new Error(
          `until: not reached within ${horizon.ms} ms of lab time (now ${new Date(clock.now()).toISOString()})`,
        );
      clock.advanceTo(nextMs);
      fireDue();
    }
  };

type Call = (
  target: LoadedFunction,
  data: TypedData,
  instanceId?: string,
  traceParent?: string,
) => Promise<TypedData | undefined>;

const createCaller =
  (app: App, log: (entry: LogEntry) => void, clock: Clock, clientText: () => string): Call =>
  async (target, data, instanceId, traceParent) => {
    const about = { functionName: target.name, ...(instanceId === undefined ? {} : { instanceId }) };
    try {
      return await invoke(app.registrations, {
        metadata: target.metadata,
        callback: target.callback,
        inputData: [
          { name: target.triggerName, data },
          ...target.clientNames.map((name) => ({ name, data: { string: clientText() } })),
        ],
        traceContext: traceParent === undefined ? {} : { traceParent },
        log: (level, category, message) => {
          const owner = category === 'user' ? `Function.${target.name}.User` : `Function.${target.name}`;
          log({ time: clock.now(), level, category: owner, message, ...about });
        },
      });
    } catch (error: unknown) {
      // Activities and orchestrations report through the engine, HTTP through its server.
      if (target.kind === 'timer') {
        const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
        log({ time: clock.now(), level: 'error', category: `Function.${target.name}`, message, ...about });
      }
      throw error;
    }
  };

/** How values cross between history and function (azure-functions-durable-extension, TaskActivityShim.cs). */
const createRunner = (app: App, call: Call): FunctionRunner => {
  const byName = (kind: LoadedFunction['kind']): Map<string, LoadedFunction> =>
    new Map(app.functions.filter((f) => f.kind === kind).map((f) => [f.name.toLowerCase(), f]));
  const orchestrators = byName('orchestration');
  const activities = byName('activity');
  const need = (map: Map<string, LoadedFunction>, name: string): LoadedFunction => {
    const target = map.get(name.toLowerCase());
    if (!target) throw new Error(`The function '${name}' doesn't exist or is disabled.`);
    return target;
  };
  return {
    hasOrchestrator: (name) => orchestrators.has(name.toLowerCase()),
    hasActivity: (name) => activities.has(name.toLowerCase()),
    orchestrate: async (name, instanceId, payload) => {
      const reply = await call(need(orchestrators, name), { string: payload }, instanceId);
      return reply?.json ?? '{}';
    },
    runActivity: async (name, instanceId, input) => {
      const result = await call(need(activities, name), activityInput(input), instanceId);
      return activityResult(result);
    },
  };
};

const activityInput = (input: string): TypedData => {
  const [value] = JSON.parse(input) as [unknown];
  if (value === null || value === undefined) return {};
  // A bare boolean becomes .NET's text for it.
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' };
  return { string: typeof value === 'string' ? value : JSON.stringify(value) };
};

const activityResult = (data: TypedData | undefined): string | null => {
  if (data?.string !== undefined) return JSON.stringify(data.string);
  if (data?.json !== undefined) return data.json;
  if (data?.bytes !== undefined) return JSON.stringify(Buffer.from(data.bytes).toString('base64'));
  const number = data?.int ?? data?.double;
  return number === undefined ? null : JSON.stringify(number);
};

const describe = (target: LoadedFunction, app: App, timers: Timers): HostedFunction => {
  const { name, kind, trigger } = target;
  if (kind === 'timer') return { name, trigger: kind, schedule: timers.schedules.get(name) ?? '' };
  if (kind !== 'http') return { name, trigger: kind };
  const prefix = app.host.extensions?.http?.routePrefix ?? 'api';
  const own = textOption(target, 'route', name).replace(/^\//, '');
  return {
    name,
    trigger: kind,
    route: prefix ? `${prefix}/${own}` : own,
    methods: (trigger['methods'] as string[] | undefined)?.map((method) => method.toUpperCase()) ?? ['GET', 'POST'],
    authLevel: textOption(target, 'authLevel', 'anonymous').toLowerCase(),
  };
};
