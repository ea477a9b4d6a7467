/**
 * `{id}.monitor`: looks for drift every so many minutes while its lab is watched, and says so in its status and in the log. It ends with the lab: told by it, or
 * because the next look finds it over. Looking is no activity: a lab cannot keep itself alive.
 */
import type { OrchestrationContext } from 'durable-functions';
import { instanceIds } from '../contracts/instance-ids.ts';
import type { DriftLook, MonitorInput, MonitorStatus } from '../contracts/monitor.ts';
import { call, type Flow } from './durable/call.ts';
import { isoNow, now } from './durable/clock.ts';
import { sleepUnlessEnded } from './durable/events.ts';
import { requireOwnInstance } from './durable/own-instance.ts';
import { endByTime } from './durable/poll.ts';
import { logOnce } from './durable/progress.ts';

export function* monitor(context: OrchestrationContext): Flow<MonitorStatus> {
  const { lab, limits, place, everyMinutes } = context.df.getInput<MonitorInput>();
  requireOwnInstance(context, instanceIds(lab).monitor);
  const status: MonitorStatus = { looks: 0, flagged: false };
  let baselineUntil: string | null = null;
  for (;;) {
    status.nextAt = new Date(now(context) + everyMinutes * 60_000).toISOString();
    context.df.setCustomStatus(status);
    const end = (yield* sleepUnlessEnded(context, everyMinutes * 60_000)) ?? endByTime(context, limits);
    delete status.nextAt;
    if (end !== null) return ended(context, status);
    const seen: DriftLook | null = yield* look(context, { lab, place, baselineUntil, looks: status.looks });
    if (seen === null) continue; // A look that failed is made again at its next time.
    if (seen.kind === 'lab-over') return ended(context, status);
    status.last = { at: isoNow(context), ...seen };
    if (seen.kind === 'baseline') baselineUntil = seen.until;
    if (seen.kind !== 'compared' || seen.verdict === 'not-enough-data') continue;
    status.looks += 1;
    status.flagged = seen.verdict === 'drift';
    if (!status.flagged) baselineUntil = seen.until;
    const told = {
      outcome: seen.verdict,
      reason: seen.text,
      features: seen.features.join(','),
      baseline: seen.baseline,
      current: seen.current,
      attempt: status.looks,
    };
    logOnce(context, lab, 'lab.drift', told, status.flagged ? 'warning' : 'information');
  }
}

function ended(context: OrchestrationContext, status: MonitorStatus): MonitorStatus {
  context.df.setCustomStatus(status);
  return status;
}

function* look(
  context: OrchestrationContext,
  input: Pick<MonitorInput, 'lab' | 'place'> & { baselineUntil: string | null; looks: number },
): Flow<DriftLook | null> {
  try {
    const outcome = yield* call(context, 'lookForDrift', input);
    return outcome.kind === 'done' ? outcome.value : null;
  } catch {
    return null;
  }
}
