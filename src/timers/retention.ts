/**
 * Forgets what the task hub need not know any more: histories after a week, reports after a retention of their own.
 *
 * 1. Once a day, by the first sweep of that day: five minutes are soon enough for a lab, and a day is for a history.
 * 2. Only the days in which something falls due are read, without inputs. What was missed there goes with the reports of its time, which the hub purges by itself.
 */
import type { InvocationContext, Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { OrchestrationRuntimeStatus, type DurableClient } from 'durable-functions';
import { listInstances } from '../hub/list-instances.ts';
import { DAY_MS } from '../lab/time-constants.ts';

/** How long the history of ended orchestrations is kept: for whoever asks why. */
const HISTORY_DAYS = 7;
/** Between its creation and its end an instance may live three days, and as long again may no sweep have run. */
const WINDOW_DAYS = 7;
const { Completed, Failed, Terminated } = OrchestrationRuntimeStatus;
/** The hub knows no other names of what is over: it ignores those that it does not know, and with none left a filter takes everything. */
const OVER = [Completed, Failed, Terminated];
const REPORTS = ['report', 'report-line'];

export const isFirstOfDay = ({ scheduleStatus }: Partial<Timer>, at: Date): boolean =>
  scheduleStatus?.last === undefined || scheduleStatus.last.slice(0, 10) !== at.toISOString().slice(0, 10);

export async function forget(context: InvocationContext, at: Date, reportDays: number): Promise<void> {
  const client = df.getClient(context);
  const before = (days: number) => new Date(at.getTime() - days * DAY_MS);
  const due = await listInstances(context, {
    createdFrom: before(HISTORY_DAYS + WINDOW_DAYS),
    createdTo: before(Math.min(HISTORY_DAYS, reportDays)),
    states: OVER,
  });
  for (const { instanceId, name, lastUpdatedTime } of due) {
    const keptDays = REPORTS.includes(name) ? reportDays : HISTORY_DAYS;
    if (new Date(lastUpdatedTime) < before(keptDays)) await purge(client, instanceId);
  }
  await client.purgeInstanceHistoryBy({
    createdTimeFrom: new Date(0),
    createdTimeTo: before(Math.max(HISTORY_DAYS, reportDays)),
    runtimeStatus: OVER,
  });
}

/** What lives again, because it was started or restarted meanwhile, is refused with 412: it is not due any more. */
async function purge(client: DurableClient, instanceId: string): Promise<void> {
  try {
    await client.purgeInstanceHistory(instanceId);
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('status code: 412'))) throw error;
  }
}
