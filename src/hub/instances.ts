/** What the task hub knows of labs: one lab is a family of instances, whose ids `contracts/instance-ids.ts` gives. */
import type { InvocationContext } from '@azure/functions';
import { OrchestrationRuntimeStatus, type DurableClient, type DurableOrchestrationStatus } from 'durable-functions';
import { z } from 'zod';
import { EVENTS, type EndEvent, type KeepaliveEvent } from '../lab/events.ts';
import { idsBesideLab, instanceIds, type LabStart } from '../contracts/instance-ids.ts';
import type { LabInput } from '../contracts/inputs.ts';
import type { LabReport } from '../contracts/report.ts';
import type { Step } from '../lab/steps.ts';
import type { BranchStatus, LabStatus, TeardownStatus } from '../contracts/status.ts';
import { listInstances } from './list-instances.ts';
import { statusOf } from './status.ts';

const { Pending, Running, ContinuedAsNew, Suspended } = OrchestrationRuntimeStatus;
const LIVE: readonly OrchestrationRuntimeStatus[] = [Pending, Running, ContinuedAsNew, Suspended];

export type Instance = DurableOrchestrationStatus;

export const isLive = (instance: Instance | null): instance is Instance =>
  instance !== null && LIVE.includes(instance.runtimeStatus);

/** Null where the hub has no such instance. @throws for every other failure: a hub that cannot be asked is not an empty hub. */
export async function findInstance(client: DurableClient, id: string): Promise<Instance | null> {
  try {
    // The SDK's answer for an unknown id is an exception with this status in its text; it has no other form.
    return (await client.getStatus(id, { showInput: true })) ?? null;
  } catch (error) {
    if (error instanceof Error && error.message.includes('replied with HTTP 404')) return null;
    throw error;
  }
}

export type Family = {
  lab: Instance | null;
  openai: Instance | null;
  databricks: Instance | null;
  teardown: Instance | null;
  monitor: Instance | null;
  report: LabReport | null;
};

/** Of an id that the hub has never heard of. */
export const UNKNOWN: Family = {
  lab: null,
  openai: null,
  databricks: null,
  teardown: null,
  monitor: null,
  report: null,
};

/** How many teardowns and reports of one id are read for the newest start: each start has one of each. */
const STARTS_READ = 100;

/** Whose instances may be told of: each owner is judged by itself. */
export type Sees = (owner: string) => boolean;
export const everything: Sees = () => true;

/** How the task hub is asked: by its client, and for lists through the extension, which the invocation knows. */
export type HubAccess = { client: DurableClient; context: InvocationContext };

/**
 * What the hub knows of one start. The lab's own instance may be another start's: then it is none of this one.
 * @param findStarted reads what clients start: whoever acts on a lab must not take a start for it that is not executed.
 */
export async function findFamily(client: DurableClient, start: LabStart, findStarted = findInstance): Promise<Family> {
  const ids = instanceIds(start);
  const find = (instanceId: string) => findInstance(client, instanceId);
  const [lab, openai, databricks, teardown, monitor, report] = await Promise.all([
    findStarted(client, ids.lab),
    find(ids.openai),
    find(ids.databricks),
    findStarted(client, ids.teardown),
    find(ids.monitor),
    find(ids.report),
  ]);
  const own = lab !== null && isSameStart(lab, start) ? lab : null;
  return { lab: own, openai, databricks, teardown, monitor, report: reportOf(report) };
}

/** What the hub knows of the newest start under an id that the caller may see. */
export async function findNewestFamily(
  { client, context }: HubAccess,
  id: string,
  sees: Sees,
  findStarted = findInstance,
): Promise<Family> {
  const lab = await findStarted(client, id);
  const living = lab === null ? null : startOf(lab.input);
  if (living !== null && sees(living.owner)) return findFamily(client, living, findStarted);
  const rows = await listInstances(context, { idsFrom: idsBesideLab(id) });
  const told = rows
    .filter(({ name }) => name === 'teardown' || name === 'report')
    .sort((a, b) => b.lastUpdatedTime.localeCompare(a.lastUpdatedTime))
    .slice(0, STARTS_READ);
  const instances = await Promise.all(told.map(({ instanceId }) => findInstance(client, instanceId)));
  const [newest] = instances
    .flatMap((it) => startOf(it?.input) ?? [])
    .filter(({ owner }) => sees(owner))
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  return newest === undefined ? UNKNOWN : findFamily(client, newest, findStarted);
}

const StartedFor = z.looseObject({
  lab: z.looseObject({ installation: z.string(), id: z.string(), owner: z.string(), startedAt: z.string() }),
});

/** The start that an instance was started for; null where its input names none. */
export const startOf = (input: unknown): LabStart | null => StartedFor.safeParse(input).data?.lab ?? null;

const isSameStart = (instance: Instance, start: LabStart): boolean => {
  const own = startOf(instance.input);
  return own !== null && instanceIds(own).teardown === instanceIds(start).teardown;
};

export const reportOf = (instance: Instance | null): LabReport | null =>
  instance !== null && instance.runtimeStatus === OrchestrationRuntimeStatus.Completed
    ? (KeptReport.safeParse(instance.input).data ?? null)
    : null;

/** What every reader of a report counts on. One that holds less is none. */
const KeptReport = z.custom<LabReport>((it) => ReportCore.safeParse(it).success);
const ReportCore = z.looseObject({
  id: z.string(),
  lab: z.looseObject({ id: z.string(), owner: z.string(), startedAt: z.string() }),
  outcome: z.string(),
  end: z.looseObject({ reason: z.string() }),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  teardownSteps: z.array(z.looseObject({ name: z.string(), startedAt: z.iso.datetime() })),
  receipt: z.looseObject({ removals: z.array(z.unknown()), left: z.array(z.unknown()), foreign: z.array(z.unknown()) }),
});

/** Whether the instance is of this very start of the lab: an id that has ended may be started again. */
export const isOfStart = (instance: Instance | null, startedAt: string): instance is Instance =>
  (instance?.input as Partial<LabInput> | null | undefined)?.lab?.startedAt === startedAt;

/** What an orchestration that broke, or was terminated, was about goes on no more. @param endsAt ISO time at which one that lives ends, where it does. */
export function stepsOf(instance: Instance | null, endsAt?: string): Step[] {
  if (instance === null) return [];
  const { steps = [] } = statusOf<BranchStatus>(instance);
  const endedAt = LIVE.includes(instance.runtimeStatus) ? endsAt : instance.lastUpdatedTime.toISOString();
  if (endedAt === undefined) return steps;
  return steps.map((it) => (it.state === 'running' ? { ...it, state: 'ended', endedAt } : it));
}

/** What a teardown runs, or ran, beside itself. */
export async function findChains(client: DurableClient, teardown: Instance | null): Promise<Instance[]> {
  const { chains = [] } = statusOf<TeardownStatus>(teardown);
  const found = await Promise.all(chains.map((it) => findInstance(client, it)));
  return found.filter((it) => it !== null);
}

/** Terminates those of the instances that live. */
export async function terminateLiving(
  client: DurableClient,
  instances: readonly (Instance | null)[],
  reason: string,
): Promise<void> {
  for (const it of instances) if (isLive(it)) await client.terminate(it.instanceId, reason);
}

/** Whose lab it is, as the hub knows; null where it knows nothing. An instance that does not say whose it is belongs to no user. */
export function ownerOf({ lab, teardown, report }: Family): string | null {
  const instance = lab ?? teardown;
  if (instance === null) return report?.lab.owner ?? null;
  return (instance.input as Partial<LabInput> | null)?.lab?.owner ?? '';
}

export const inputOf = (instance: Instance): LabInput => instance.input as LabInput;

/** Asks a living lab to end, and its branches with it: an activity cannot see events, so each branch must hear it by itself. */
export async function raiseEnd(client: DurableClient, lab: LabStart, event: EndEvent): Promise<void> {
  const ids = instanceIds(lab);
  await client.raiseEvent(ids.lab, EVENTS.end, event);
  // A branch that has not begun, or is done, has nobody to hear the event: that is no failure of the request.
  await Promise.allSettled([ids.openai, ids.databricks].map((it) => client.raiseEvent(it, EVENTS.end, event)));
}

/** A shorter move of the idle deadline is no event: a lab's history keeps each, and is replayed whole with the next. */
const MOVE_MS = 30_000;

/** Moves the idle deadline of a living lab to its idle time from now; @returns where it then is (ISO), which may be {@link MOVE_MS} short of that. */
export async function raiseKeepalive(client: DurableClient, lab: Instance, by: string, at: Date): Promise<string> {
  const { deadlines } = statusOf<LabStatus>(lab);
  const idleAt = at.getTime() + inputOf(lab).request.idleMinutes * 60_000;
  if (deadlines !== undefined && idleAt - Date.parse(deadlines.idleAt) <= MOVE_MS) return deadlines.idleAt;
  await client.raiseEvent(lab.instanceId, EVENTS.keepalive, { by, at: at.toISOString() } satisfies KeepaliveEvent);
  return new Date(idleAt).toISOString();
}
