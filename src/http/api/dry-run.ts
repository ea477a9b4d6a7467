/**
 * POST /api/labs?dryRun=true: where a lab of this request would go, and what it would cost. The subscription is read; nothing is created, and no lab is started.
 *
 * A request that cannot be placed is answered with 200 as well: the question was what would happen, and `plan.kind` says it.
 */
import type { z } from 'zod';
import type { HttpResponseInit } from '@azure/functions';
import { estimatePlan, type PlanEstimate } from '../../lab/cost/estimate.ts';
import type { LabInput } from '../../contracts/inputs.ts';
import type { Problem } from '../../lab/outcome.ts';
import { describePlan } from '../../lab/placement/summary.ts';
import { beforeRegistration } from '../../lab/placement/blockers.ts';
import type { Impossible, Plan, Unregistered } from '../../lab/placement/plan.ts';
import type { LabRequest } from '../../lab/request.ts';
import type { HttpDeps } from '../../services.ts';
import type { DryRunSchema } from '../openapi/lab-schemas.ts';
import { json, problem } from '../responses.ts';

export type DryRun = z.infer<typeof DryRunSchema>;

export async function planOnly(
  deps: HttpDeps,
  { lab, request, prices }: Pick<LabInput, 'lab' | 'request' | 'prices'>,
): Promise<HttpResponseInit> {
  const outcome = await deps.plan({ lab, request });
  if (outcome.kind === 'pending') {
    const afterSeconds = outcome.afterSeconds ?? 10;
    return problem(
      {
        status: 503,
        code: 'unavailable',
        title: 'The subscription cannot be read just now',
        detail: `Nothing was created. Try again in ${afterSeconds} seconds: ${outcome.note}`,
      },
      { 'retry-after': String(afterSeconds) },
    );
  }
  const plan = outcome.kind === 'refused' ? unreadable(outcome.problem) : unlessUnregistered(outcome.value);
  const cost = estimate(plan, request, prices);
  const summary = [...describePlan(plan), ...(cost === null ? [] : describeCost(cost))];
  return json(200, { dryRun: true, id: lab.id, summary, plan, estimate: cost } satisfies DryRun);
}

const unlessUnregistered = (plan: Plan | Impossible | Unregistered): Plan | Impossible =>
  plan.kind === 'unregistered'
    ? { kind: 'impossible', reasons: [beforeRegistration(plan.register)], rejected: [] }
    : plan;

const unreadable = ({ code, message, suggestion }: Problem): Impossible => ({
  kind: 'impossible',
  reasons: [{ code, message, suggestion: suggestion ?? 'The app cannot say; the message is the service’s own.' }],
  rejected: [],
});

function describeCost(it: PlanEstimate): string[] {
  const usd = (value: number): string => `${value.toFixed(2)} USD`;
  const hours = (value: number | null): string => `${(value ?? 0).toFixed(1)} h`;
  if (it.budgetTooSmall)
    return [
      `The budget of ${usd(it.budgetUsd)} ends this lab before it is complete, after about ${hours(it.budgetHours)}.`,
    ];
  return [
    `By list prices about ${usd(it.expectedUsd)} if it is used once and falls idle (${hours(it.expectedHours)}), at most ${usd(it.maximumUsd)} (${hours(it.maximumHours)}).`,
    ...(it.budgetHours !== null && it.budgetHours < it.maximumHours
      ? [`The budget of ${usd(it.budgetUsd)} ends it after about ${hours(it.budgetHours)}, however much it is used.`]
      : []),
  ];
}

function estimate(plan: Plan | Impossible, request: LabRequest, prices: LabInput['prices']): PlanEstimate | null {
  if (plan.kind === 'impossible') return null;
  const { idleMinutes, maxHours, budgetUsd, databricks } = request;
  const { workspace, cluster } = plan.borrowed ?? {};
  const borrowed = { workspace: workspace !== undefined, cluster: cluster !== undefined };
  return estimatePlan(plan, { tier: databricks.tier, idleMinutes, maxHours, budgetUsd, borrowed, prices });
}
