// The local host: runs a function app's registered functions without Core Tools.
//
// Exact for what durable-functions 3.x apps of this kind use, and a refusal by name for the rest. Production runs on the
// Durable extension in Azure; what passes here must pass there.
//
// Invariant
// H1  Whatever can keep the app from starting is found before the store is opened: a failed start leaves it untouched.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as realDelay } from 'node:timers/promises';
import { followLabTime, type Clock } from '../clock.ts';
import { loadApp } from './app.ts';
import { createEngine, newId } from './durable/engine.ts';
import type { HistoryEvent } from './durable/history.ts';
import { clientBinding } from './durable/client-urls.ts';
import { createManagement } from './durable/management.ts';
import { versioningOf } from './durable/versions.ts';
import { openStore, type CommitHook } from './durable/store.ts';
import { createChance, type Strictness } from './durable/strictness.ts';
import { stackOf } from './errors.ts';
import type { LoadedFunction, LogLevel } from './functions-core.ts';
import { hostedFunctions, routerOf, type HostedFunction } from './hosted-functions.ts';
import { bindHttp, managed, type Keys } from './http.ts';
import { createAlarm, passTime, type Goal } from './lab-time.ts';
import type { Log } from './log.ts';
import type { Person } from './sign-in.ts';
import { applySettings, resolveSettings } from './settings.ts';
import { createTimers, parseSchedule } from './timers.ts';
import { createCall, createRunner } from './worker.ts';

export type { LogEntry } from './log.ts';

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
  /** Whoever every request to the app's functions comes from, as App Service Authentication would name them; default: nobody is named. */
  readonly signedIn?: Person;
  /** Where `/` leads to; default: nowhere. */
  readonly home?: string;
  readonly log?: Log;
  /** False: timer functions run only through `runTimer` and /admin. Default true. */
  readonly timersEnabled?: boolean;
  /** Called around every commit of the store; for tests that end the process there. */
  readonly onCommit?: CommitHook;
  /** What the Durable extension does by chance, and a kinder host would not. Default: nothing. */
  readonly strictness?: Strictness;
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
  readonly until: (goal: Goal, horizon?: { readonly ms: number }) => Promise<void>;
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

/** Starts the app. Throws `StartError` for what the person who starts it has to correct. */
export const startHost = async (options: HostOptions): Promise<Host> => {
  const undo: (() => unknown)[] = [];
  try {
    return await start(options, undo);
  } catch (error: unknown) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
};

const start = async (options: HostOptions, undo: (() => unknown)[]): Promise<Host> => {
  const { clock, auth } = options;
  const write = options.log ?? (() => undefined);
  const log = (level: LogLevel, category: string, message: string, about?: object): void =>
    write({ time: clock.now(), level, category, message, ...about });
  const removeSettings = applySettings(options.settings ?? {});
  undo.push(removeSettings);
  clock.install(); // Before the app is imported: it must never see another time.
  const app = await loadApp(resolve(options.appDir), options.entry);
  app.registrations.log = (level, category, message) => log(level, `Worker.${category}`, message);
  const ofKind = (kind: LoadedFunction['kind']) => app.functions.filter((target) => target.kind === kind);
  const schedules = ofKind('timer').map(parseSchedule);
  const functions = hostedFunctions(app);
  const route = routerOf(app);
  const durable = app.host.extensions?.durableTask ?? {};
  const versioning = versioningOf(durable);
  const hubName = resolveSettings(durable.hubName ?? 'TestHubName');
  const systemKey = auth ? newId() : 'local';
  const servers = await bindHttp(options.port ?? 0);
  undo.push(servers.close);

  // No await from here on: a request that arrives meanwhile is answered once everything is in place.
  const store = openStore(options.store, options.onCommit);
  undo.push(() => store.close());
  const unfollow = followLabTime(clock, store);
  const alarm = createAlarm(clock, () => fireDue());
  const clientText = clientBinding(hubName, systemKey, servers.webhookBase, servers.rpcBaseUrl);
  const call = createCall(app, clock, write, clientText);
  const logError = (message: string, functionName: string): void =>
    log('error', `Function.${functionName}`, message, { functionName });
  const defaultConcurrency = 10 * availableParallelism();
  const engine = createEngine({
    store,
    clock,
    runner: createRunner(app, call, versioning),
    versioning,
    chance: createChance(options.strictness ?? { seed: 0 }),
    maxActivities: durable.maxConcurrentActivityFunctions ?? defaultConcurrency,
    maxOrchestrators: durable.maxConcurrentOrchestratorFunctions ?? defaultConcurrency,
    log: (level, message, instanceId, functionName) =>
      log(level, 'Host.Triggers.DurableTask', message, { functionName, instanceId }),
    onDueLater: alarm.set,
  });
  const timers = createTimers({
    schedules,
    enabled: options.timersEnabled ?? true,
    store,
    clock,
    run: (target, data) => call(target, data).catch((error: unknown) => logError(stackOf(error), target.name)),
    onDueLater: alarm.set,
  });
  const nextDueMs = (): number | undefined => {
    const times = [engine.nextDueMs(), timers.nextDueMs()].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  };
  const fireDue = (): void => {
    engine.fireDue();
    timers.fireDue();
    const dueMs = nextDueMs();
    if (dueMs !== undefined) alarm.set(dueMs);
  };

  /** `POST /admin/functions/{name}`: timer functions, and activities on the input given. */
  const trigger = (name: string, input: string): number => {
    const target = app.functions.find((it) => it.name.toLowerCase() === name.toLowerCase());
    if (!target || target.kind === 'http') return 404;
    if (target.kind === 'orchestration') return 501;
    const leaveClock = clock.enter();
    const run = timers.runNow(name) ?? call(target, { string: input });
    run.catch((error: unknown) => logError(stackOf(error), target.name)).finally(leaveClock);
    return 202;
  };
  const durableApi = managed(createManagement(store, engine, hubName, systemKey));
  const { home, signedIn } = options;
  servers.serve({ route, clock, auth, systemKey, durable: durableApi, call, trigger, logError, home, signedIn });
  engine.takeUp();
  timers.start();
  fireDue();

  const url = `http://127.0.0.1:${servers.port}`;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    alarm.stop();
    const stopGrace = new AbortController();
    const grace = realDelay(stopGraceMs, undefined, { signal: stopGrace.signal }).catch(() => undefined);
    await Promise.race([Promise.all([engine.drain(), timers.drain()]), grace]);
    stopGrace.abort();
    engine.close();
    timers.close();
    await servers.close();
    unfollow();
    store.close();
    removeSettings();
  };
  return {
    url,
    functions,
    fetch: (path, init) => fetch(url + path, init),
    until: (goal, { ms } = { ms: defaultHorizonMs }) => passTime(clock, goal, ms, nextDueMs, fireDue),
    runTimer: async (name) => {
      const run = timers.runNow(name);
      if (!run) throw new Error(`no timer function is named '${name}'`);
      await run;
    },
    history: (instanceId) => engine.history(instanceId),
    storeText: () => store.text(),
    purgeAll: () => engine.drop(),
    dropInstance: (instanceId) => engine.drop(instanceId),
    close: () => (closing ??= close()),
  };
};
