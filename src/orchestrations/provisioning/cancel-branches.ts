/** Ends the branches of a lab before they are done: because the lab is to end, or because the other branch has failed for good. */
import type { OrchestrationContext } from 'durable-functions';
import type { EndEvent } from '../../lab/events.ts';
import type { LabRef } from '../../lab/names.ts';
import type { Ending } from '../../lab/outcome.ts';
import type { Branch } from '../../lab/resources.ts';
import { QUICK_POLL } from '../../lab/steps.ts';
import type { Flow } from '../durable/call.ts';
import { isoNow } from '../durable/clock.ts';
import { poll } from '../durable/poll.ts';

/** A branch that does not hear of it builds to its end, and is taken down then. */
export function* cancelBranch(context: OrchestrationContext, lab: LabRef, branch: Branch, end: EndEvent): Flow<void> {
  yield* poll(context, { name: 'endBranch', input: { lab, branch, end }, policy: QUICK_POLL, stops: 'never' });
}

/** A branch that has failed tells the other one, which then starts nothing more that would be billed. */
export function* cancelOtherBranch(
  context: OrchestrationContext,
  lab: LabRef,
  other: Branch,
  ending: Ending<unknown>,
): Flow<void> {
  if (ending.kind !== 'failed') return;
  yield* cancelBranch(context, lab, other, { reason: 'failed', by: 'app', at: isoNow(context) });
}
