/** What ends the branches of a lab before they are built: that the lab is to end, or that the other one has failed for good. Half a lab is none. */
import type { OrchestrationContext } from 'durable-functions';
import type { Branch } from '../../lab/resources.ts';
import type { EndEvent } from '../../lab/events.ts';
import type { LabRef } from '../../lab/names.ts';
import type { Ending } from '../../lab/outcome.ts';
import { isoNow, settle, type Flow } from '../durable.ts';
import { PACES } from '../durable/wait-times.ts';

/** A branch that does not hear of it builds to its end, and is taken down then. */
export function* endBranch(context: OrchestrationContext, lab: LabRef, branch: Branch, end: EndEvent): Flow<void> {
  yield* settle(context, { name: 'endBranch', input: { lab, branch, end }, pace: PACES.quick, stopsFor: 'never' });
}

/** A branch that has failed tells the other one, which then starts nothing more that would be billed. */
export function* endOtherHalf(
  context: OrchestrationContext,
  lab: LabRef,
  other: Branch,
  ending: Ending<unknown>,
): Flow<void> {
  if (ending.kind !== 'failed') return;
  yield* endBranch(context, lab, other, { reason: 'failed', by: 'app', at: isoNow(context) });
}
