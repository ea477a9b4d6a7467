/** Half a lab is none: a branch that has failed for good tells the other one, which then starts nothing more that would be billed. */
import type { OrchestrationContext } from 'durable-functions';
import type { Branch } from '../contracts.ts';
import type { LabRef } from '../lab/names.ts';
import type { Ending } from '../lab/outcome.ts';
import { call, isoNow, type Flow } from './durable.ts';

/** A branch that does not hear of it builds to its end, and is taken down then. */
export function* endOtherHalf(
  context: OrchestrationContext,
  lab: LabRef,
  other: Branch,
  ending: Ending<unknown>,
): Flow<void> {
  if (ending.kind !== 'failed') return;
  try {
    const end = { reason: 'failed', by: 'app', at: isoNow(context) } as const;
    yield* call(context, 'endBranch', { lab, branch: other, end });
  } catch {
    return;
  }
}
