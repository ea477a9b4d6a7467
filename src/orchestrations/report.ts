/**
 * `{id}.report`: keeps the lab's report as its input, with a retention of its own, and beside it the line that lists of labs show. It does nothing else, so that
 * its history is as small as can be, and returns nothing: what is in an input is not kept a second time.
 */
import type { OrchestrationContext } from 'durable-functions';
import { instanceIds } from '../contracts/instance-ids.ts';
import { lineOf } from '../contracts/report-line.ts';
import type { LabReport } from '../contracts/report.ts';
import { child, one, type Flow } from './durable/call.ts';
import { requireOwnInstance } from './durable/own-instance.ts';

export function* report(context: OrchestrationContext): Flow<null> {
  const kept = context.df.getInput<LabReport>();
  const ids = instanceIds(kept.lab);
  requireOwnInstance(context, { prefix: ids.report });
  const line = ids.reportLine;
  return yield* one<null>(child(context, 'report-line', line, lineOf(kept)));
}

/** `ended_{id}`: its input is all that there is to it. */
export function* reportLine(): Flow<null> {
  return null;
}
