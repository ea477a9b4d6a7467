/** The sweep's judgement of one lab, as pure functions, because they are what decides over life and death. */
import type { EndReason } from '../events.ts';
import { LONGEST_LAB_HOURS } from '../request.ts';

export type SweepDecision =
  | { kind: 'leave'; why: string }
  /** Its orchestration lives: it is asked to end by itself, in good order. */
  | { kind: 'ask-to-end'; why: string }
  /** What should end it lives and does not: it is terminated, and the next sweep removes what is left. */
  | { kind: 'replace'; why: string }
  | { kind: 'remove'; reason: EndReason; why: string };

/** One start of a lab, as the hub and Azure tell of it. */
export type SweptLab = {
  /**
   * `unknown`: the hub has no such instance, which may be the hub's fault. `gone`: it is over, its report says that nothing is left, and nothing was found where a
   * list still names something.
   */
  instance: 'live' | 'over' | 'gone' | 'unknown';
  /** Another start of the same id lives, or is being torn down: instances of the two would have the same ids. */
  anotherLives: boolean;
  /** ISO time of the last sign of life of its running teardown, or of what that runs beside itself; null where none runs. */
  teardownSeenAt: string | null;
  /** ISO time: see {@link leaseEnd}. */
  leaseEndsAt: string;
  now: string;
};

const HOUR_MS = 3_600_000;
/** How long after its lease a living orchestration may take to end before it counts as stuck. */
const STUCK_AFTER_MS = HOUR_MS;
/** A teardown that waits says so at least every two hours: it pauses for one at most, and gives no removal longer than another. */
const SILENT_AFTER_MS = 4 * HOUR_MS;
/** Beyond the longest life: to be built and removed in. */
const MARGIN_HOURS = 4;

export function decideSweep(lab: SweptLab): SweepDecision {
  if (lab.anotherLives) return { kind: 'leave', why: 'another start of its id is active' };
  const now = Date.parse(lab.now);
  if (lab.teardownSeenAt !== null)
    return now - Date.parse(lab.teardownSeenAt) > SILENT_AFTER_MS
      ? { kind: 'replace', why: 'nothing was heard of its teardown for hours' }
      : { kind: 'leave', why: 'its teardown is running' };
  if (lab.instance === 'gone') return { kind: 'leave', why: 'a list still names what is gone' };
  if (lab.instance === 'over')
    return { kind: 'remove', reason: 'left-over', why: 'its orchestration is over and something is left' };
  const late = now - Date.parse(lab.leaseEndsAt);
  if (!(late > 0)) return { kind: 'leave', why: 'its lease runs' };
  if (lab.instance === 'unknown')
    return { kind: 'remove', reason: 'lease', why: 'its lease has passed and no orchestration is known' };
  return late > STUCK_AFTER_MS
    ? { kind: 'replace', why: 'its lease has passed long ago and it does not end' }
    : { kind: 'ask-to-end', why: 'its lease has passed' };
}

/**
 * Until when a lab is looked after, as an ISO time: its lease. Where no lease can be read, a living lab ends itself at its hard deadline; what stands without a
 * group has the lease of its start; and a group that has lost its tag is left until no lab of its start could live.
 */
export function leaseEnd(start: {
  startedAt: string;
  lease: string | null;
  /** Of the living lab; absent where the hub knows none. */
  hardAt?: string | undefined;
  /** Length of the lease that a start has, in minutes, of what stands without a group. */
  strayMinutes?: number;
}): string {
  if (start.lease !== null) return start.lease;
  if (start.hardAt !== undefined) return start.hardAt;
  const hours = start.strayMinutes === undefined ? LONGEST_LAB_HOURS + MARGIN_HOURS : start.strayMinutes / 60;
  return new Date(Date.parse(start.startedAt) + hours * HOUR_MS).toISOString();
}
