/**
 * Lists instances of the task hub through the Durable extension's own API on this machine: its client can neither leave out inputs nor ask for ids that begin alike.
 * https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api#get-all-instances-status
 */
import type { InvocationContext } from '@azure/functions';
import { OrchestrationRuntimeStatus } from 'durable-functions';
import { z } from 'zod';
import { DAY_MS } from '../lab/time-constants.ts';
import { REPORT_LINES } from '../contracts/instance-ids.ts';
import { ReportLineSchema, type ReportLine } from '../contracts/report-line.ts';

const { Pending, Running, ContinuedAsNew, Suspended } = OrchestrationRuntimeStatus;
const TIMEOUT_MS = 60_000;
/** Older ones are still read by their ids, as long as they are kept. */
export const LISTED_DAYS = 31;

const Binding = z.looseObject({ rpcBaseUrl: z.url() });
const Row = z.object({
  instanceId: z.string(),
  name: z.string(),
  runtimeStatus: z.string(),
  lastUpdatedTime: z.string(),
  input: z.unknown(),
});
export type Row = z.infer<typeof Row>;

export type Filter = {
  idsFrom?: string;
  createdFrom?: Date;
  createdTo?: Date;
  states?: readonly OrchestrationRuntimeStatus[];
  withInput?: boolean;
};

/** All pages. A row that is no instance is left out. @throws where the extension does not answer: a hub that cannot be read is not an empty hub. */
export async function listInstances(context: InvocationContext, filter: Filter): Promise<Row[]> {
  const url = new URL('instances/', baseOf(context));
  const asked = {
    instanceIdPrefix: filter.idsFrom,
    createdTimeFrom: filter.createdFrom?.toISOString(),
    createdTimeTo: filter.createdTo?.toISOString(),
    runtimeStatus: filter.states?.join(','),
    showInput: String(filter.withInput ?? false),
  };
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) url.searchParams.set(name, value);
  const states = filter.states && new Set(filter.states.map(String));
  const rows: Row[] = [];
  let token = '';
  do {
    const headers = token === '' ? {} : { 'x-ms-continuation-token': token };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`The Durable extension answered ${response.status} to a list of instances.`);
    rows.push(
      ...z
        .array(z.unknown())
        .parse(await response.json())
        .flatMap((it) => Row.safeParse(it).data ?? [])
        // The hub ignores a filter that it does not understand.
        .filter(({ runtimeStatus }) => states === undefined || states.has(runtimeStatus)),
    );
    token = response.headers.get('x-ms-continuation-token') ?? '';
  } while (token !== '');
  return rows;
}

function baseOf(context: InvocationContext): string {
  const input = context.options.extraInputs.find((it) => it.type === 'durableClient');
  if (input === undefined) throw new Error('The function has no durable client.');
  return Binding.parse(context.extraInputs.get(input)).rpcBaseUrl;
}

/** Instances of that orchestration that are not over, without their inputs. */
export const listLive = async (context: InvocationContext, names: readonly string[]): Promise<Row[]> =>
  (await listInstances(context, { states: [Pending, Running, ContinuedAsNew, Suspended] })).filter((it) =>
    names.includes(it.name),
  );

/** Labs that have ended of late, newest first. */
export async function listReports(context: InvocationContext, now: Date): Promise<ReportLine[]> {
  const rows = await listInstances(context, {
    idsFrom: REPORT_LINES,
    createdFrom: new Date(now.getTime() - LISTED_DAYS * DAY_MS),
    states: [OrchestrationRuntimeStatus.Completed],
    withInput: true,
  });
  return rows
    .flatMap((it) => ReportLineSchema.safeParse(it.input).data ?? [])
    .sort((a, b) => b.endedAt.localeCompare(a.endedAt));
}
