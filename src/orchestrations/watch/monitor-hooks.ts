/** What the lab's own orchestration does for its monitoring: starts and ends the monitor, and keeps what outlives the workspace. None of it can fail the lab, or hold it up. */
import type { OrchestrationContext } from 'durable-functions';
import type { LabInput } from '../../contracts/inputs.ts';
import type { KeptTraces } from '../../contracts/monitor.ts';
import type { EndEvent } from '../../lab/events.ts';
import type { LabPlace } from '../../lab/resources.ts';
import { call, callWithin, errorText, type Flow } from '../durable/call.ts';
import { logOnce } from '../durable/progress.ts';

/** Teardown does not wait longer for what is good to have. */
const KEEPING_MS = 60_000;

export function* keepFeatures(
  context: OrchestrationContext,
  { lab }: LabInput,
  place: LabPlace,
): Flow<KeptTraces | null> {
  const outcome = yield* callWithin(context, 'collectFeatures', { lab, place }, KEEPING_MS);
  return outcome?.kind === 'done' ? outcome.value : null;
}

/** A lab without its monitor is still the lab that was asked for. */
export function* beginMonitor(
  context: OrchestrationContext,
  { lab, limits, request }: LabInput,
  place: LabPlace,
): Flow<void> {
  const { monitorEveryMinutes: everyMinutes } = request;
  if (everyMinutes === undefined) return;
  try {
    yield* call(context, 'beginMonitor', { lab, limits, place, everyMinutes });
  } catch (error) {
    logOnce(context, lab, 'activity.failed', { subject: 'beginMonitor', reason: errorText(error) }, 'warning');
  }
}

/** A monitor that does not hear of it finds the lab over at its next look. */
export function* endMonitor(context: OrchestrationContext, { lab, request }: LabInput, end: EndEvent): Flow<void> {
  if (request.monitorEveryMinutes === undefined) return;
  try {
    yield* call(context, 'endMonitor', { lab, end });
  } catch {
    return;
  }
}
