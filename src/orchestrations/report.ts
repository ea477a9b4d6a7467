/** `{id}.report`: keeps the lab's report as its output, with a retention of its own. It does nothing else, so that its history is as small as can be. */
import type { OrchestrationContext } from 'durable-functions';
import type { LabReport } from '../lab/report.ts';
import type { Flow } from './durable.ts';

export function* report(context: OrchestrationContext): Flow<LabReport> {
  return context.df.getInput<LabReport>();
}
