// The schedule and the monitor of timer functions (azure-webjobs-sdk-extensions, Timers/Listener/TimerListener.cs).
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClock, type Clock } from '../../../local/clock.ts';
import type { LoadedFunction } from '../../../local/host/functions-core.ts';
import { openStore, type Store } from '../../../local/host/durable/store.ts';
import { createTimers, parseSchedule } from '../../../local/host/timers.ts';

const startMs = Date.UTC(2030, 0, 1, 12);
const minuteMs = 60_000;
type Payload = { IsPastDue: boolean; ScheduleStatus: { Last: string; Next: string } | null };

let clock: Clock;
let store: Store;
let runs: { at: number; payload: Payload }[];
beforeEach(() => {
  clock = createClock({ kind: 'virtual', startMs });
  store = openStore(':memory:');
  runs = [];
});
afterEach(() => store.close());

/** A host's timers, as they begin: one function with that schedule. */
const begin = (schedule: string, options: Record<string, unknown> = {}, act: () => unknown = () => undefined) => {
  const trigger = { type: 'timerTrigger', direction: 'in' as const, schedule, ...options };
  const target = { name: 'tick', trigger } as unknown as LoadedFunction;
  const run = async (_target: LoadedFunction, data: { json?: string }): Promise<void> => {
    runs.push({ at: (clock.now() - startMs) / minuteMs, payload: JSON.parse(data.json ?? '') as Payload });
    await act();
  };
  const schedules = [parseSchedule(target)];
  const timers = createTimers({ schedules, enabled: true, store, clock, run, onDueLater: () => undefined });
  timers.start();
  return timers;
};
type Timers = ReturnType<typeof begin>;
const pass = async (timers: Timers, untilMs: number): Promise<void> => {
  await clock.idle();
  for (let next = timers.nextDueMs(); next !== undefined && next <= untilMs; next = timers.nextDueMs()) {
    clock.advanceTo(next);
    timers.fireDue();
    await clock.idle();
  }
  clock.advanceTo(untilMs);
};
const times = (): number[] => runs.map(({ at }) => at);

it('runs at its times, and says when it ran last and runs next', async () => {
  await pass(begin('0 */5 * * * *'), startMs + 10 * minuteMs);
  expect(runs).toEqual([
    {
      at: 5,
      payload: {
        Schedule: { AdjustForDST: true },
        ScheduleStatus: {
          Last: '0001-01-01T00:00:00',
          Next: '2030-01-01T12:05:00.000Z',
          LastUpdated: '0001-01-01T00:00:00',
        },
        IsPastDue: false,
      },
    },
    { at: 10, payload: expect.objectContaining({ IsPastDue: false }) as Payload },
  ]);
  expect(runs[1]?.payload.ScheduleStatus).toMatchObject({
    Last: '2030-01-01T12:05:00.000Z',
    Next: '2030-01-01T12:10:00.000Z',
  });
});

it('goes on after an error', async () => {
  const timers = begin('0 */5 * * * *', {}, () => {
    throw new Error('no luck');
  });
  await pass(timers, startMs + 15 * minuteMs);
  expect(times()).toEqual([5, 10, 15]);
});

it('never overlaps itself: what falls into a run is left out', async () => {
  let end: () => void = () => undefined;
  const timers = begin('0 */5 * * * *', {}, () => new Promise<void>((resolve) => (end = resolve)));
  clock.advanceTo(startMs + 5 * minuteMs);
  timers.fireDue();
  timers.fireDue();
  expect([times(), timers.nextDueMs()]).toEqual([[5], undefined]);
  end();
  await clock.idle();
  expect(timers.nextDueMs()).toBe(startMs + 10 * minuteMs);
});

it('runs at once when the host begins only if it is told to', async () => {
  begin('0 0 * * * *');
  await clock.idle();
  expect(times()).toEqual([]);
  begin('0 0 * * * *', { runOnStartup: true });
  await clock.idle();
  expect(runs.map(({ at, payload }) => [at, payload.IsPastDue])).toEqual([[0, false]]);
});

it('runs once, past due, for all that was missed while no host was there', async () => {
  begin('0 */5 * * * *');
  clock.advanceTo(startMs + 33 * minuteMs);
  await pass(begin('0 */5 * * * *', { runOnStartup: true }), startMs + 35 * minuteMs);
  expect(runs.map(({ at, payload }) => [at, payload.IsPastDue])).toEqual([
    [33, true],
    [35, false],
  ]);
});

it('is not past due when its schedule was changed meanwhile', async () => {
  begin('0 */5 * * * *');
  clock.advanceTo(startMs + 33 * minuteMs);
  await pass(begin('0 0 * * * *'), startMs + 60 * minuteMs);
  expect(runs.map(({ at, payload }) => [at, payload.IsPastDue])).toEqual([[60, false]]);
});

it.each([
  ['more often than each minute', '*/30 * * * * *', {}],
  ['without a monitor', '0 */5 * * * *', { useMonitor: false }],
])('keeps no status %s: nothing is past due', async (_why, schedule, options) => {
  begin(schedule, options);
  clock.advanceTo(startMs + 33 * minuteMs + 1);
  await pass(begin(schedule, options), startMs + 35 * minuteMs);
  expect(runs.every(({ payload }) => payload.ScheduleStatus === null && !payload.IsPastDue)).toBe(true);
  expect(times().at(-1)).toBe(35);
});

it('needs the day of the month and the day of the week; five fields mean second 0; 0 is Sunday', async () => {
  await pass(begin('0 13 * * TUE'), Date.UTC(2030, 0, 8, 13)); // 1 January 2030 is a Tuesday.
  expect(times()).toEqual([60, 7 * 1440 + 60]);
  await pass(begin('0 0 0 13 * 0'), Date.UTC(2030, 11, 31));
  expect(times().slice(2)).toEqual([
    (Date.UTC(2030, 0, 13) - startMs) / minuteMs,
    (Date.UTC(2030, 9, 13) - startMs) / minuteMs,
  ]);
});
