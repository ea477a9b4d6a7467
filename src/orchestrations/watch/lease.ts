/** Renews the lease of a lab that is being built or watched. */
import type { OrchestrationContext } from 'durable-functions';
import type { Limits } from '../../lab/limits.ts';
import type { LabRef } from '../../lab/names.ts';
import { describeOutcome } from '../../lab/outcome.ts';
import { callSafely, type Flow } from '../durable/call.ts';
import { now } from '../durable/clock.ts';
import { logOnce } from '../durable/progress.ts';

/** How long after a lease could not be renewed it is tried again. */
const LEASE_AGAIN_MS = 2 * 60_000;

/** ISO time of a lease that reaches to a time in milliseconds, but never past the hard deadline. */
export const leaseUntil = (limits: Limits, until: number): string =>
  new Date(Math.min(until, Date.parse(limits.hardAt))).toISOString();

/**
 * Sets the lease once; @returns whether that was done. A lease that cannot be renewed is no reason to end a lab that is used, nor to hold it up: it still has the
 * old one, and whoever renews it tries again.
 */
function* renewLease(context: OrchestrationContext, lab: LabRef, limits: Limits, until: number): Flow<boolean> {
  const lease = leaseUntil(limits, until);
  const renewed = yield* callSafely(context, 'renewLease', { lab, lease });
  if (renewed.kind === 'done') return true;
  logOnce(
    context,
    lab,
    'lab.lease',
    { outcome: 'not-renewed', reason: describeOutcome(renewed), until: lease },
    'warning',
  );
  return false;
}

/** The lease of a lab as its orchestration keeps it. */
export type Lease = {
  /** Renews it when that is due: called before each sleep. */
  keep: () => Flow<void>;
  /** When it is due, in milliseconds: nobody sleeps longer. */
  dueAt: () => number;
};

/**
 * Keeps the lease of a lab, which is renewed when a third of it has passed: that leaves time for sleeps, and for renewals that fail. A lab that is lost goes when
 * its lease has passed, whatever idle time it asked for, so no lease is longer than its setting.
 *
 * @param setAt when it was last set, in milliseconds.
 */
export function createLease(context: OrchestrationContext, lab: LabRef, limits: Limits, setAt: number): Lease {
  const leaseMs = limits.leaseMinutes * 60_000;
  let dueAt = setAt + leaseMs / 3;
  return {
    keep: function* () {
      if (now(context) < dueAt) return;
      const renewed = yield* renewLease(context, lab, limits, now(context) + leaseMs);
      dueAt = now(context) + (renewed ? leaseMs / 3 : LEASE_AGAIN_MS);
    },
    dueAt: () => dueAt,
  };
}

/** Keeps the lease of a lab that is being built, whose last one was set when this was made, or later. */
export const keepLease = (context: OrchestrationContext, lab: LabRef, limits: Limits): (() => Flow<void>) =>
  createLease(context, lab, limits, now(context)).keep;
