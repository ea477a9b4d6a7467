/** The sweep's judgement of one lab, as a pure function, because it is what decides over life and death. */
import type { EndReason } from './events.ts';

export type SweepVerdict =
  | { kind: 'leave'; why: string }
  /** Its orchestration lives: it is asked to end by itself, in good order. */
  | { kind: 'ask-to-end'; why: string }
  /** Its orchestration lives and did not end when it was asked: it is terminated. */
  | { kind: 'replace'; why: string }
  | { kind: 'remove'; reason: EndReason; why: string };

/** How long after its lease a living orchestration may take to end before it counts as stuck. */
const STUCK_AFTER_MS = 60 * 60_000;

export function judgeLab(it: {
  /** `unknown`: the hub has no such instance, which may be the hub's fault. */
  instance: 'live' | 'over' | 'unknown';
  tearingDown: boolean;
  /** ISO time, or null where no lease can be read. */
  leaseEndsAt: string | null;
  now: string;
}): SweepVerdict {
  if (it.tearingDown) return { kind: 'leave', why: 'its teardown is running' };
  if (it.instance === 'over')
    return { kind: 'remove', reason: 'left-over', why: 'its orchestration is over and something is left' };
  // No lease is no permission: an installation that cannot read its own tag must not delete by it.
  if (it.leaseEndsAt === null) return { kind: 'leave', why: 'no lease can be read' };
  const late = Date.parse(it.now) - Date.parse(it.leaseEndsAt);
  if (!(late > 0)) return { kind: 'leave', why: 'its lease runs' };
  if (it.instance === 'unknown')
    return { kind: 'remove', reason: 'lease', why: 'its lease has passed and no orchestration is known' };
  return late > STUCK_AFTER_MS
    ? { kind: 'replace', why: 'its lease has passed long ago and it does not end' }
    : { kind: 'ask-to-end', why: 'its lease has passed' };
}
