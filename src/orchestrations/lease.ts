/** Renews the lease of a lab that is still being built or watched. */
import type { OrchestrationContext } from 'durable-functions';
import type { Limits } from '../lab/input.ts';
import type { LabRef } from '../lab/names.ts';
import { call, type Flow } from './durable.ts';

/**
 * Sets the lease to a time in milliseconds, never past the hard deadline. A lease that cannot be renewed is no reason to end a lab that is used: it still has the
 * old one, and the next extension tries again.
 */
export function* renewLease(context: OrchestrationContext, lab: LabRef, limits: Limits, until: number): Flow<void> {
  const lease = new Date(Math.min(until, Date.parse(limits.hardAt))).toISOString();
  try {
    yield* call(context, 'renewLease', { lab, lease });
  } catch {
    return;
  }
}
