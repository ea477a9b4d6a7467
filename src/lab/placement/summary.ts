/** A plan in lines that a person reads: what goes where, and where next; or, where nothing fits, what to ask for, where, and by how much. */
import { QUOTA_REQUESTS } from '../catalog/regions.ts';
import { quotaChange, requestsOf, SERVICES, type Reason } from './blockers.ts';
import type { Impossible, Plan } from './plan.ts';

export const describePlan = (plan: Plan | Impossible): string[] =>
  plan.kind === 'plan' ? describePlaces(plan) : describeRefusal(plan);

function describePlaces(plan: Plan): string[] {
  const [openai] = plan.openai;
  const [databricks] = plan.databricks;
  if (openai === undefined || databricks === undefined) return [];
  const next = [...nextRegions('openai', plan.openai), ...nextRegions('databricks', plan.databricks)];
  return [
    openai.region === databricks.region
      ? `${model(plan)} and ${cluster(plan)}, both in ${openai.region}.`
      : `${model(plan)} in ${openai.region}, ${cluster(plan)} in ${databricks.region}.`,
    `The model: ${openai.choice.reason}.`,
    ...(plan.register.length === 0 ? [] : [`Registered with the subscription first: ${plan.register.join(', ')}.`]),
    ...(plan.notes ?? []).map((it) => `Note: ${it}.`),
    ...(next.length === 0 ? [] : [`Should Azure refuse: ${next.join('; ')}.`]),
    ...plan.rejected.map((it) => `Ruled out: ${SERVICES[it.service]} in ${it.region}, ${it.reason}.`),
  ];
}

function model({ openai: [first], borrowed }: Plan): string {
  if (borrowed?.deployment !== undefined) return `the deployment ${borrowed.deployment.name}`;
  const { model: name, sku, capacity } = first?.choice ?? {};
  const deployment = `${name} (${sku}, ${capacity}K tokens a minute)`;
  return borrowed?.account === undefined ? deployment : `${deployment} in the account ${borrowed.account.name}`;
}

function cluster({ databricks: [first], borrowed }: Plan): string {
  if (borrowed?.cluster !== undefined) return `the cluster ${borrowed.cluster.id}`;
  return borrowed?.workspace === undefined
    ? `Azure Databricks (${first?.nodeType})`
    : `a cluster (${first?.nodeType}) in the workspace ${borrowed.workspace.name}`;
}

function nextRegions(service: keyof typeof SERVICES, places: readonly { region: string }[]): string[] {
  const [first, ...others] = new Set(places.map((it) => it.region));
  if (others.length > 0) return [`${SERVICES[service]} in ${others.join(', ')}`];
  return places.length > 1 ? [`another model or sku in ${first}`] : [];
}

function describeRefusal({ reasons }: Impossible): string[] {
  const { needed, changes: requests } = requestsOf(reasons);
  const also = needed === 'any' ? 'Or' : 'And';
  const besides = reasons.filter((it) => it.changes === undefined);
  return [
    'No place for this lab: nothing was created.',
    ...requests.slice(0, 3).map(({ region, quotas }, index) => {
      const enough = besides.some((it) => !isAlternative(it, reasons))
        ? 'In addition to what follows it takes'
        : 'It takes';
      return `${index === 0 ? enough : also} in ${region}: ${quotas.map(quotaChange).join('; ')}.`;
    }),
    ...(requests.length > 3
      ? [
          `Or the like in ${requests
            .slice(3)
            .map((it) => it.region)
            .join(', ')}.`,
        ]
      : []),
    ...(['openai', 'databricks'] as const)
      .filter((service) => reasons.some((it) => it.service === service && it.changes !== undefined))
      .map((service) => `Where to ask, ${SERVICES[service]}: ${QUOTA_REQUESTS[service]}`),
    ...besides.map((it) => `${isAlternative(it, reasons) ? 'Or mend this: ' : ''}${it.message} ${it.suggestion}`),
  ];
}

/** Whether a quota would do as well: each service needs only one of its reasons removed. */
const isAlternative = (reason: Reason, all: readonly Reason[]): boolean =>
  reason.service !== undefined && all.some((it) => it.service === reason.service && it.changes !== undefined);
