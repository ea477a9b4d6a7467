// How a host lets lab time pass: one alarm for whatever is due next, and jumps under a virtual clock.
import type { Clock } from '../clock.ts';

const maxTimeoutMs = 2_147_483_647;
/** While a scaled clock is held to real time: when it is let go, what is due is due much sooner. */
const heldTimeoutMs = 250;

/** One real timeout for the earliest lab time that anybody waits for. A virtual clock needs none: it is moved. */
export const createAlarm = (clock: Clock, ring: () => void) => {
  let dueMs = Infinity;
  let timeout: NodeJS.Timeout | undefined;
  let isStopped = false;
  const set = (atMs: number): void => {
    if (isStopped || clock.mode.kind === 'virtual' || atMs >= dueMs) return;
    clearTimeout(timeout);
    dueMs = atMs;
    const waitMs = Math.ceil(clock.realMs(Math.max(0, atMs - clock.now())));
    const wake = (): void => {
      dueMs = Infinity;
      // Node may call a little early, and cuts long waits: then the rest is waited for.
      if (clock.now() < atMs) set(atMs);
      else ring();
    };
    const isHeld = clock.mode.kind === 'scaled' && clock.pace !== clock.mode.speed;
    timeout = setTimeout(wake, Math.min(waitMs, isHeld ? heldTimeoutMs : maxTimeoutMs));
  };
  const stop = (): void => {
    isStopped = true;
    clearTimeout(timeout);
  };
  return { set, stop };
};

export type Goal = number | (() => boolean | Promise<boolean>);

/** Lets virtual time pass until the goal is reached; see `Host.until`. */
export const passTime = async (
  clock: Clock,
  goal: Goal,
  horizonMs: number,
  nextDueMs: () => number | undefined,
  fireDue: () => void,
): Promise<void> => {
  if (clock.mode.kind !== 'virtual') throw new Error('until needs a virtual clock');
  const lastMs = clock.now() + horizonMs;
  for (;;) {
    await clock.idle();
    if (typeof goal === 'number' ? clock.now() >= goal : await goal()) return;
    await clock.idle(); // The predicate may have made requests that started something.
    const dueMs = nextDueMs();
    const nextMs = typeof goal === 'number' ? Math.min(goal, dueMs ?? goal) : dueMs;
    if (nextMs === undefined) throw new Error('until: nothing is due that could bring the goal about');
    const now = new Date(clock.now()).toISOString();
    if (nextMs > lastMs) throw new Error(`until: not reached within ${horizonMs} ms of lab time (now ${now})`);
    clock.advanceTo(nextMs);
    fireDue();
  }
};
