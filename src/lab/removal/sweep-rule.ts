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

/** Beyond its own end: the time in which the orchestration itself would have ended the lab. */
const OWN_END_MS = 15 * 60_000;

/**
 * Until when a living lab is left to itself, as an ISO time: the latest of its lease, its own next end and its last sign of life. What the hub knows beats what a
 * tag says, so an old lease that somebody writes back ends nothing.
 */
export function livingLeaseEnd(it: {
  lease: string | null;
  /** Next end of the lab as it has told it; undefined while it is built. */
  endsAt: string | undefined;
  /** Until when its last sign of life counts. */
  heardUntil: string;
  hardAt: string;
}): string {
  const ownEnd = it.endsAt === undefined ? it.heardUntil : new Date(Date.parse(it.endsAt) + OWN_END_MS).toISOString();
  const latest = [it.lease ?? ownEnd, ownEnd].sort().at(-1) ?? ownEnd;
  const last = new Date(Date.parse(it.hardAt) + OWN_END_MS).toISOString();
  return latest < last ? latest : last;
}

/**
 * Until when a lab that does not live is left alone, as an ISO time: its lease. What stands without a group has the lease of its start, and a group whose lease is no
 * time is left until no lab of its start could live.
 */
export function leaseEnd(start: {
  startedAt: string;
  lease: string | null;
  /** Length of the lease that a start has, in minutes, of what stands without a group. */
  strayMinutes?: number;
}): string {
  if (start.lease !== null) return start.lease;
  const hours = start.strayMinutes === undefined ? LONGEST_LAB_HOURS + MARGIN_HOURS : start.strayMinutes / 60;
  return new Date(Date.parse(start.startedAt) + hours * HOUR_MS).toISOString();
}
