/** The plan, the providers it needs, and the group that carries the lease: everything that comes before the two branches. */
import type { Ending, Problem } from '../../lab/outcome.ts';
import { borrowedIds } from '../../lab/placement/borrowed.ts';
import type { Plan, Unregistered } from '../../lab/placement/plan.ts';
import type { Site } from './build-lab.ts';
import { settle, type Flow } from '../durable.ts';
import { PACES } from '../durable/wait-times.ts';

export function* makePlan(site: Site): Flow<Ending<Plan>> {
  const first = yield* askForPlan(site);
  if (first.kind !== 'ok') return first;
  const { kind, register } = first.value;
  if (register.length > 0) {
    const registered = yield* registerProviders(site, register);
    if (registered.kind !== 'ok') return registered;
  }
  if (kind === 'plan') return { kind: 'ok', value: first.value };
  // Now the quotas can be read.
  const second = yield* askForPlan(site);
  if (second.kind !== 'ok') return second;
  return second.value.kind === 'plan'
    ? { kind: 'ok', value: second.value }
    : { kind: 'failed', problem: stillUnregistered(second.value) };
}

const askForPlan = ({ context, input, progress }: Site): Flow<Ending<Plan | Unregistered>> =>
  progress.step({ name: 'plan' }, function* (onPending): Flow<Ending<Plan | Unregistered>> {
    const planned = yield* settle(context, {
      name: 'planLab',
      input: { lab: input.lab, request: input.request },
      pace: PACES.quick,
      stopsFor: input.limits,
      onPending,
    });
    if (planned.kind !== 'ok') return planned;
    return planned.value.kind === 'impossible'
      ? { kind: 'failed', problem: impossible(planned.value.reasons) }
      : { kind: 'ok', value: planned.value };
  });

const registerProviders = ({ context, input, progress }: Site, namespaces: string[]): Flow<Ending<null>> =>
  progress.step({ name: 'providers', subject: namespaces.join(', ') }, (onPending) =>
    settle(context, {
      name: 'registerProviders',
      input: { lab: input.lab, namespaces },
      pace: PACES.providers,
      stopsFor: input.limits,
      onPending,
    }),
  );

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

/** Where a group is says only where its metadata is kept, so that every allowed region will do: policies may forbid some of them to groups. */
export function* makeGroup(
  { context, input, progress }: Site,
  plan: Plan,
  lease: string,
): Flow<Ending<{ id: string }>> {
  const { lab, request, limits } = input;
  const regions = [...plan.openai, ...plan.databricks].map((it) => it.region);
  let group: Ending<{ id: string }> = { kind: 'failed', problem: NO_REGION };
  for (const [index, region] of [...new Set([...regions, ...request.regions])].entries()) {
    group = yield* progress.step({ name: 'group', region, attempt: index + 1, subject: lab.group }, (onPending) =>
      settle(context, {
        name: 'ensureGroup',
        input: { lab, region, lease, borrowed: borrowedIds(plan.borrowed ?? {}) },
        pace: PACES.quick,
        stopsFor: limits,
        onPending,
      }),
    );
    if (group.kind !== 'failed' || group.problem.remedy !== 'another-region') return group;
  }
  return group;
}

const NO_REGION: Problem = { code: 'no-region', message: 'The request allows no region.', remedy: 'none' };
