/** The plan, the providers it needs, and the group that carries the lease: everything that comes before the two branches. */
import type { Ending, Problem } from '../../lab/outcome.ts';
import { borrowedIds } from '../../lab/placement/borrowed.ts';
import type { Plan, Unregistered } from '../../lab/placement/plan.ts';
import type { Flow } from '../durable/call.ts';
import { pollStep, runStep } from '../durable/run-step.ts';
import type { LabContext } from './context.ts';

export function* makePlan(lab: LabContext): Flow<Ending<Plan>> {
  const first = yield* requestPlan(lab);
  if (first.kind !== 'ok') return first;
  const { kind, register: namespaces } = first.value;
  if (namespaces.length > 0) {
    const registered = yield* runStep(lab, 'providers', { namespaces }, { subject: namespaces.join(', ') });
    if (registered.kind !== 'ok') return registered;
  }
  if (kind === 'plan') return { kind: 'ok', value: first.value };
  // Now the quotas can be read.
  const second = yield* requestPlan(lab);
  if (second.kind !== 'ok') return second;
  return second.value.kind === 'plan'
    ? { kind: 'ok', value: second.value }
    : { kind: 'failed', problem: stillUnregistered(second.value) };
}

const requestPlan = (lab: LabContext): Flow<Ending<Plan | Unregistered>> =>
  lab.progress.step({ name: 'plan' }, function* (onPending): Flow<Ending<Plan | Unregistered>> {
    const planned = yield* pollStep(lab, 'plan', { request: lab.input.request }, onPending);
    if (planned.kind !== 'ok') return planned;
    return planned.value.kind === 'impossible'
      ? { kind: 'failed', problem: impossible(planned.value.reasons) }
      : { kind: 'ok', value: planned.value };
  });

const stillUnregistered = ({ register }: Unregistered): Problem => ({
  code: 'unregistered',
  message: `The registration of ${register.join(', ')} did not last.`,
  remedy: 'none',
  suggestion: 'See in the portal who unregisters resource providers of this subscription.',
});

function impossible(reasons: { code: string; message: string; suggestion: string }[]): Problem {
  const texts = reasons.map((it) => it.message).join(' ');
  const ways = reasons.map((it) => it.suggestion).join(' ');
  return {
    code: reasons[0]?.code ?? 'impossible',
    message: texts.slice(0, 500),
    remedy: 'none',
    suggestion: ways.slice(0, 500),
  };
}

/** A group's region only says where its metadata is kept, so that any allowed one will do: policies may forbid some of them to groups. */
export function* makeGroup(lab: LabContext, plan: Plan, lease: string): Flow<Ending<{ id: string }>> {
  const { ref, input } = lab;
  const regions = [...plan.openai, ...plan.databricks].map((it) => it.region);
  let group: Ending<{ id: string }> = { kind: 'failed', problem: NO_REGION };
  for (const [index, region] of [...new Set([...regions, ...input.request.regions])].entries()) {
    const settings = { region, lease, borrowed: borrowedIds(plan.borrowed ?? {}) };
    group = yield* runStep(lab, 'group', settings, { region, attempt: index + 1, subject: ref.group });
    if (group.kind !== 'failed' || !['another-region', 'fresh-start'].includes(group.problem.remedy)) return group;
  }
  return group;
}

const NO_REGION: Problem = { code: 'no-region', message: 'The request allows no region.', remedy: 'none' };
