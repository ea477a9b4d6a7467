/** Whether an owner may start one more lab: counted from the tagged groups, and from the task hub for what tags do not hold (see `lab/limits.ts`). */
import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { DAY_MS } from '../lab/time-constants.ts';
import type { LabGroup } from '../lab/survey.ts';
import { limitReached, type KnownStart, type LimitReached, type OwnerLimits } from '../lab/owner-limits.ts';
import { listInstances, listLive } from '../hub/list-instances.ts';
import { findInstance, inputOf, isLive, type Instance } from '../hub/instances.ts';
import type { HttpProblem } from '../lab/http-problem.ts';

export async function overLimit(
  { client, context }: { client: DurableClient; context: InvocationContext },
  it: { owner: string; limits: OwnerLimits; groups: readonly LabGroup[]; budgetUsd: number; now: Date },
): Promise<LimitReached | null> {
  if (Object.values(it.limits).every((limit) => limit === 0)) return null;
  const [recent, live] = await Promise.all([
    listInstances(context, { createdFrom: new Date(it.now.getTime() - DAY_MS) }),
    listLive(context, ['lab']),
  ]);
  const ids = new Set([...recent.filter((one) => one.name === 'lab'), ...live].map((one) => one.instanceId));
  const labs = await Promise.all([...ids].map((id) => findInstance(client, id)));
  const known = [
    ...it.groups
      .filter(({ lab }) => lab.owner === it.owner)
      .map(({ lab }) => ({ id: lab.id, startedAt: lab.startedAt, living: true, budgetUsd: null })),
    ...labs.flatMap((instance) => startOf(instance, it.owner)),
  ];
  return limitReached(it.limits, known, it.budgetUsd, it.now.toISOString());
}

function startOf(instance: Instance | null, owner: string): KnownStart[] {
  if (!instance?.input) return [];
  const { lab, request } = inputOf(instance);
  if (lab.owner !== owner) return [];
  return [{ id: lab.id, startedAt: lab.startedAt, living: isLive(instance), budgetUsd: request.budgetUsd }];
}

const SAYS: Readonly<Record<LimitReached['limit'], (it: LimitReached) => string>> = {
  labs: ({ allowed, living }) =>
    `At most ${allowed} labs at once; you have ${living.length}: ${living.slice(0, 10).join(', ')}.`,
  starts: ({ allowed }) => `At most ${allowed} starts in 24 hours.`,
  usd: ({ allowed, wanted }) =>
    `The budgets of the labs that you start in 24 hours may sum up to ${allowed} USD; with this one it is ${Math.round(wanted * 100) / 100} USD.`,
};
const SUGGESTIONS: Readonly<Record<LimitReached['limit'], string>> = {
  labs: 'End a lab that you no longer need.',
  starts: 'Wait, or use a lab that is active.',
  usd: 'Ask for a smaller budgetUsd, or wait.',
};

export function limitProblem(it: LimitReached, now: Date): { problem: HttpProblem; headers: Record<string, string> } {
  const seconds = it.freeAt === null ? null : Math.max(1, Math.ceil((Date.parse(it.freeAt) - now.getTime()) / 1_000));
  const problem: HttpProblem = {
    status: 429,
    code: `owner-limit-${it.limit}`,
    title: 'The limit of one owner is reached',
    detail: `${SAYS[it.limit](it)}${it.freeAt === null ? '' : ` There is room again at ${it.freeAt}.`}`,
    suggestion: SUGGESTIONS[it.limit],
  };
  return { problem, headers: seconds === null ? {} : { 'retry-after': String(seconds) } };
}
