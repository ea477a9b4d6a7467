// Timer triggers: NCRONTAB schedules with the monitor of the Functions timer extension
// (azure-webjobs-sdk-extensions, Timers/Listener/TimerListener.cs).
//
// Invariants
// T1  A function never overlaps itself; its next occurrence is computed after the run, from then.
// T2  An error does not stop the schedule.
// T3  With the monitor on, an occurrence that was missed while the host was down runs once at start, past due; a schedule
//     that was edited meanwhile is computed anew instead.
import { Cron } from 'croner';
import type { Clock } from '../clock.ts';
import { StartError, textOption, type LoadedFunction } from './app.ts';
import type { Store } from './durable/store.ts';
import type { TypedData } from './functions-core.ts';

export type TimerStatus = { readonly Last: string; readonly Next: string; readonly LastUpdated: string };
type Monitored = TimerStatus & { readonly schedule: string };

export type Timers = {
  readonly start: () => void;
  readonly fireDue: () => void;
  readonly nextDueMs: () => number | undefined;
  /** Runs one timer function now, outside its schedule. Undefined when there is none of that name. */
  readonly runNow: (name: string) => Promise<void> | undefined;
  readonly schedules: ReadonlyMap<string, string>;
};

export type TimersOptions = {
  readonly functions: readonly LoadedFunction[];
  readonly enabled: boolean;
  readonly store: Store;
  readonly clock: Clock;
  readonly run: (target: LoadedFunction, data: TypedData) => Promise<void>;
  readonly onDueLater: (dueMs: number) => void;
};

type Entry = {
  readonly target: LoadedFunction;
  readonly schedule: string;
  readonly cron: Cron;
  readonly monitored: boolean;
  nextMs: number;
  running: Promise<void> | undefined;
};

const parse = (target: LoadedFunction): { schedule: string; cron: Cron } => {
  const schedule = textOption(target, 'schedule', '');
  const wrong = (why: string): StartError =>
    new StartError(`function '${target.name}': the schedule '${schedule}' is not valid: ${why}`);
  // Croner knows more than NCRONTAB (L, W, #, nicknames, years): what Azure would refuse is refused here.
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) throw wrong('NCRONTAB has 6 fields (or 5, without seconds)');
  if (!fields.every((field) => /^[\d*,/\-a-z]+$/i.test(field)))
    throw wrong('only digits, names and * , - / are allowed');
  try {
    // UTC as in Azure, unless a zone is set. Day of month and day of week must both match in NCRONTAB.
    const timezone = process.env['WEBSITE_TIME_ZONE'] ?? 'UTC';
    return { schedule, cron: new Cron(schedule, { paused: true, timezone, domAndDow: true, mode: '5-or-6-parts' }) };
  } catch (error: unknown) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
};

export const createTimers = (options: TimersOptions): Timers => {
  const { store, clock } = options;
  const nextAfter = (cron: Cron, fromMs: number): number => cron.nextRun(new Date(fromMs))?.getTime() ?? Infinity;

  const entries = options.functions.map((target): Entry => {
    const { schedule, cron } = parse(target);
    const firstMs = nextAfter(cron, clock.now());
    // The monitor is off for schedules that occur more than once a minute.
    const isRare = nextAfter(cron, firstMs) - firstMs >= 60_000;
    const monitored = target.trigger['useMonitor'] !== false && isRare;
    return { target, schedule, cron, monitored, nextMs: firstMs, running: undefined };
  });

  const read = (entry: Entry): Monitored | undefined => {
    const text = entry.monitored ? store.timerState(entry.target.name) : undefined;
    return text === undefined ? undefined : (JSON.parse(text) as Monitored);
  };
  const write = (entry: Entry, lastMs: number | undefined): void => {
    if (!entry.monitored) return;
    const { schedule } = entry;
    const Last = lastMs === undefined ? '0001-01-01T00:00:00' : new Date(lastMs).toISOString();
    const Next = new Date(entry.nextMs).toISOString();
    const state: Monitored = { schedule, Last, Next, LastUpdated: Last };
    store.setTimerState(entry.target.name, JSON.stringify(state));
  };

  const invoke = async (entry: Entry, isPastDue: boolean): Promise<void> => {
    const startedMs = clock.now();
    const status = read(entry);
    const ScheduleStatus = status ? { Last: status.Last, Next: status.Next, LastUpdated: status.LastUpdated } : null;
    const payload = { Schedule: { AdjustForDST: true }, ScheduleStatus, IsPastDue: isPastDue };
    const leave = clock.enter();
    try {
      await options.run(entry.target, { json: JSON.stringify(payload) });
    } catch {
      // Logged by the runner (T2).
    } finally {
      entry.nextMs = nextAfter(entry.cron, clock.now());
      write(entry, startedMs);
      entry.running = undefined;
      if (options.enabled) options.onDueLater(entry.nextMs);
      leave();
    }
  };

  const begin = (entry: Entry, isPastDue: boolean): Promise<void> => (entry.running ??= invoke(entry, isPastDue));

  return {
    start: () => {
      if (!options.enabled) return;
      for (const entry of entries) {
        const stored = read(entry);
        const isSame = stored?.schedule === entry.schedule;
        if (isSame && clock.now() > Date.parse(stored.Next)) {
          void begin(entry, true);
        } else if (entry.target.trigger['runOnStartup'] === true) {
          void begin(entry, false);
        } else {
          if (isSame) entry.nextMs = Date.parse(stored.Next);
          else write(entry, undefined);
          options.onDueLater(entry.nextMs);
        }
      }
    },
    fireDue: () => {
      if (!options.enabled) return;
      for (const entry of entries) if (!entry.running && entry.nextMs <= clock.now()) void begin(entry, false);
    },
    nextDueMs: () => {
      if (!options.enabled) return undefined;
      const times = entries.filter((entry) => !entry.running).map((entry) => entry.nextMs);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    runNow: (name) => {
      const entry = entries.find(({ target }) => target.name.toLowerCase() === name.toLowerCase());
      // The wait for a run that is under way is part of the promise (T1).
      return entry && (async () => entry.running)().then(() => begin(entry, false));
    },
    schedules: new Map(entries.map((entry) => [entry.target.name, entry.schedule])),
  };
};
