/** Renews the lease of a lab that is still being built or watched. */
import type { OrchestrationContext } from 'durable-functions';
import type { Limits } from '../lab/input.ts';
import type { LabRef } from '../lab/names.ts';
import { whyNot } from '../lab/outcome.ts';
import { callSafely, type Flow } from './durable.ts';
import { logOnce } from './progress.ts';

/** How long after a lease could not be renewed it is tried again. */
export const LEASE_AGAIN_MS = 2 * 60_000;

/** ISO time of a lease that reaches to a time in milliseconds, but never past the hard deadline. */
export const leaseUntil = (limits: Limits, until: number): string =>
  new Date(Math.min(until, Date.parse(limits.hardAt))).toISOString();

/**
 * Sets the lease once; @returns whether that was done. A lease that cannot be renewed is no reason to end a lab that is used, nor to hold it up: it still has the
 * old one, and whoever renews it tries again.
 */
export function* renewLease(context: OrchestrationContext, lab: LabRef, limits: Limits, until: number): Flow<boolean> {
  const lease = leaseUntil(limits, until);
  const renewed = yield* callSafely(context, 'renewLease', { lab, lease });
  if (renewed.kind === 'done') return true;
  logOnce(context, lab, 'lab.lease', { outcome: 'not-renewed', reason: whyNot(renewed), until: lease }, 'warning');
  return false;
}
