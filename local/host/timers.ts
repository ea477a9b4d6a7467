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
import { StartError } from '../start-error.ts';
import { textOption } from './app.ts';
import type { LoadedFunction } from './functions-core.ts';
import type { Store } from './durable/store.ts';
import { messageOf } from './errors.ts';
import type { TypedData } from './functions-core.ts';

type Monitored = {
  readonly schedule: string;
  readonly Last: string;
  readonly Next: string;
  readonly LastUpdated: string;
};

export type TimersOptions = {
  readonly schedules: readonly Schedule[];
  readonly enabled: boolean;
  /** Remembers what a monitored function's schedule has done. */
  readonly store: Pick<Store, 'timerState' | 'setTimerState'>;
  readonly clock: Clock;
  /** Runs the function; what it throws is logged there and ignored here (T2). */
  readonly run: (target: LoadedFunction, data: TypedData) => Promise<unknown>;
  readonly onDueLater: (dueMs: number) => void;
};

export type Schedule = { readonly target: LoadedFunction; readonly text: string; readonly cron: Cron };
type Entry = Schedule & { readonly isMonitored: boolean; nextMs: number; running: Promise<void> | undefined };

/** The schedule of a timer function. Throws `StartError` when Azure would refuse it. */
export const parseSchedule = (target: LoadedFunction): Schedule => {
  const text = textOption(target, 'schedule', '');
  const wrong = (why: string): StartError =>
    new StartError(`function '${target.name}': the schedule '${text}' is not valid: ${why}`);
  // Croner knows more than NCRONTAB (L, W, #, nicknames, years).
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) throw wrong('NCRONTAB has 6 fields (or 5, without seconds)');
  if (!fields.every((field) => /^[\d*,/\-a-z]+$/i.test(field)))
    throw wrong('only digits, names and * , - / are allowed');
  // UTC as in Azure, unless a zone is set. Day of month and day of week must both match in NCRONTAB.
  const timezone = process.env['WEBSITE_TIME_ZONE'] ?? 'UTC';
  try {
    return { target, text, cron: new Cron(text, { paused: true, timezone, domAndDow: true, mode: '5-or-6-parts' }) };
  } catch (error: unknown) {
    throw wrong(messageOf(error));
  }
};

export const createTimers = ({ schedules, enabled, store, clock, run, onDueLater }: TimersOptions) => {
  const nextAfter = (cron: Cron, fromMs: number): number => cron.nextRun(new Date(fromMs))?.getTime() ?? Infinity;
  let isClosed = false;

  const entries = schedules.map((schedule): Entry => {
    const nextMs = nextAfter(schedule.cron, clock.now());
    // The monitor is off for schedules that occur more than once a minute.
    const isRare = nextAfter(schedule.cron, nextMs) - nextMs >= 60_000;
    const isMonitored = schedule.target.trigger['useMonitor'] !== false && isRare;
    return { ...schedule, isMonitored, nextMs, running: undefined };
  });

  const read = ({ isMonitored, target }: Entry): Monitored | undefined => {
    const text = isMonitored ? store.timerState(target.name) : undefined;
    return text === undefined ? undefined : (JSON.parse(text) as Monitored);
  };
  const write = ({ isMonitored, target, text, nextMs }: Entry, Last: string): void => {
    const state: Monitored = { schedule: text, Last, Next: new Date(nextMs).toISOString(), LastUpdated: Last };
    if (isMonitored) store.setTimerState(target.name, JSON.stringify(state));
  };

  const invoke = async (entry: Entry, IsPastDue: boolean): Promise<void> => {
    const leaveClock = clock.enter();
    const started = new Date(clock.now()).toISOString();
    const { schedule: _, ...status } = read(entry) ?? {};
    const ScheduleStatus = 'Next' in status ? status : null;
    const payload = { Schedule: { AdjustForDST: true }, ScheduleStatus, IsPastDue };
    await run(entry.target, { json: JSON.stringify(payload) }).catch(() => undefined);
    entry.running = undefined;
    entry.nextMs = nextAfter(entry.cron, clock.now());
    if (!isClosed) {
      write(entry, started);
      if (enabled) onDueLater(entry.nextMs);
    }
    leaveClock();
  };

  const begin = async (entry: Entry, isPastDue: boolean): Promise<void> => {
    if (!isClosed) await (entry.running ??= invoke(entry, isPastDue));
  };

  const startOne = (entry: Entry): void => {
    const stored = read(entry);
    const isSame = stored?.schedule === entry.text;
    if (isSame && clock.now() > Date.parse(stored.Next)) return void begin(entry, true);
    if (entry.target.trigger['runOnStartup'] === true) return void begin(entry, false);
    if (isSame) entry.nextMs = Date.parse(stored.Next);
    else write(entry, '0001-01-01T00:00:00');
    onDueLater(entry.nextMs);
  };

  return {
    start: (): void => {
      if (enabled) entries.forEach(startOne);
    },
    fireDue: (): void => {
      if (!enabled) return;
      for (const entry of entries) if (!entry.running && entry.nextMs <= clock.now()) void begin(entry, false);
    },
    nextDueMs: (): number | undefined => {
      const times = entries.filter(({ running }) => enabled && !running).map(({ nextMs }) => nextMs);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    /** Runs one timer function now, after the run that may be under way (T1). Undefined when there is none of that name. */
    runNow: (name: string): Promise<void> | undefined => {
      const entry = entries.find(({ target }) => target.name.toLowerCase() === name.toLowerCase());
      return entry && Promise.resolve(entry.running).then(() => begin(entry, false));
    },
    drain: async (): Promise<void> => {
      for (const entry of entries) await entry.running;
    },
    /** From now on nothing is written. */
    close: (): void => {
      isClosed = true;
    },
  };
};
