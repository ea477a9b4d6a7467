/** Why no place serves a lab, and what would have to change: which quota, where, by how much; which permission, at which scope. */
import type { Facts } from './facts.ts';
import { bucket, type Cause, type Obstacle, type QuotaChange } from './assess-regions.ts';
import { QUOTA_REQUESTS } from '../catalog/regions.ts';

export const SERVICES = { openai: 'Azure OpenAI', databricks: 'Azure Databricks' } as const;
type Service = keyof typeof SERVICES;

export type Reason = {
  code: string;
  message: string;
  suggestion: string;
  /** The service that finds no place; absent where the reason stands before any place. Of several reasons for one service, it is enough to remove one. */
  service?: Service;
  /** Any one of these makes room, easiest first: at most one for each region. All quotas of one entry belong together. */
  changes?: QuotaChange[];
};

/** Permissions that stop the lab before anything is spent. Rights to register providers count only where one must be registered. */
export function missingRights(rights: Facts['missingRights'], register: readonly string[]): Reason[] {
  return rights
    .filter((it) => isNeeded(it.action, register))
    .map(({ action, scope }) => ({
      code: 'missing-right',
      message: `The app may not do ${action} at ${scope}.`,
      suggestion: PURGE.test(action)
        ? `Grant ${action} at the scope of the whole subscription: on a resource group it has no effect, and deleted accounts could not be purged.`
        : `Grant ${action} at ${scope}.`,
    }));
}

const PURGE = /deletedAccounts\/(?:delete|\*)$/i;

function isNeeded(action: string, register: readonly string[]): boolean {
  const namespace = /^(.+)\/register\/action$/i.exec(action)?.[1];
  return (
    namespace === undefined ||
    (namespace === '*' ? register.length > 0 : register.some((it) => it.toLowerCase() === namespace.toLowerCase()))
  );
}

/** A start registers providers by itself; a rehearsal changes nothing, so it can only say what stands before the plan. */
export const beforeRegistration = (register: readonly string[]): Reason => ({
  code: 'unregistered',
  message: `Quotas and models cannot be read before the subscription is registered with ${register.join(', ')}.`,
  suggestion: `Start the lab: it registers them, and plans before it creates anything. Or do it yourself: ${register.map((it) => `az provider register --namespace ${it}`).join('; ')}.`,
});

/** In the order of what is easiest to change. */
const CAUSES: readonly Cause[] = [
  'no-token-quota',
  'no-core-quota',
  'no-account-quota',
  'unreadable',
  'node-unavailable',
  'model-unavailable',
  'not-offered',
];

/** One reason for each cause that was met, over all allowed regions of a service. */
export function reasonsFor(service: Service, obstacles: readonly Obstacle[]): Reason[] {
  return CAUSES.flatMap((cause): Reason[] => {
    const met = obstacles.filter((it) => it.cause === cause);
    if (met.length === 0) return [];
    const regions = [...new Set(met.map((it) => it.region))];
    const changes = regions
      .flatMap((region) => easiest(met.filter((it) => it.region === region).flatMap((it) => it.change ?? [])))
      .sort((a, b) => raise(a) - raise(b));
    return [
      {
        code: cause,
        message: `${SERVICES[service]} in ${regions.join(', ')}: ${summary(met)}.`,
        suggestion: suggestion(service, cause, changes),
        service,
        ...(changes.length === 0 ? {} : { changes }),
      },
    ];
  });
}

const raise = ({ quotas }: QuotaChange): number => quotas.reduce((sum, it) => sum + it.to - it.from, 0);
/** Of equals the first: they come in the order of preference. */
const easiest = (changes: readonly QuotaChange[]): QuotaChange[] =>
  changes.toSorted((a, b) => raise(a) - raise(b)).slice(0, 1);

/** The first reason of each region; where all regions say the same, once. */
function summary(obstacles: readonly Obstacle[]): string {
  const regions = [...new Set(obstacles.map((it) => it.region))];
  const said = regions.map((region) => {
    const [first, ...more] = obstacles.filter((it) => it.region === region).map((it) => it.reason);
    return `${first}${more.length === 0 ? '' : `; and ${more.length} more`}`;
  });
  const [only] = said;
  if (only !== undefined && new Set(said).size === 1) return only;
  const shown = said.slice(0, 3).map((text, index) => `${regions[index]}: ${text}`);
  const hidden = regions.length - shown.length;
  return `${shown.join('. ')}${hidden === 0 ? '' : `. And ${hidden} more regions`}`;
}

function suggestion(service: Service, cause: Cause, changes: readonly QuotaChange[]): string {
  switch (cause) {
    case 'no-token-quota':
    case 'no-core-quota':
      return `Raise the quota ${raises(changes)}; or free some of it, or allow another region. Where to ask: ${QUOTA_REQUESTS[service]}.${upgrade(changes)}`;
    case 'no-account-quota':
      return 'Delete accounts that nobody uses, purge deleted ones, or allow another region.';
    case 'unreadable':
      return service === 'openai'
        ? 'Give the app Reader and Cognitive Services Usages Reader on the subscription, and check the names of the regions.'
        : 'Give the app Reader on the subscription, and check the names of the regions.';
    case 'node-unavailable':
      return 'Allow another region, or ask Azure support to lift the restriction of the size.';
    case 'model-unavailable':
      return 'Allow another region, or ask for a model that takes new deployments.';
    case 'not-offered':
      return 'Allow a region that offers the service.';
  }
}

/** The three easiest kinds of change, each with the regions in which it would do. */
function raises(changes: readonly QuotaChange[]): string {
  const where = new Map<string, string[]>();
  for (const { region, quotas } of changes) {
    const text = quotas.map(quotaChange).join(' and ');
    where.set(text, [...(where.get(text) ?? []), region]);
  }
  return [...where]
    .slice(0, 3)
    .map(([text, regions]) => `${text} in ${orList(regions)}`)
    .join(', or ');
}

const orList = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;

/** "Total Regional vCPUs (cores) from 50 to 53 vCPUs", "OpenAI.Standard.gpt-5.1 from 0K to 5K tokens a minute". */
export const quotaChange = ({ name, from, to }: QuotaChange['quotas'][number]): string =>
  name.startsWith('OpenAI.')
    ? `${name} from ${from}K to ${to}K tokens a minute`
    : `${name.toLowerCase() === 'cores' ? `${bucket(name)} (${name})` : name} from ${from} to ${to} vCPUs`;

/** A free trial has four cores and no tokens: https://learn.microsoft.com/azure/quotas/quotas-overview */
const MOST_OF_A_TRIAL = 4;
const upgrade = (changes: readonly QuotaChange[]): string =>
  changes.every(({ quotas }) => quotas.some((it) => it.from <= MOST_OF_A_TRIAL))
    ? ' A free, trial or student subscription cannot raise a quota: it needs an upgrade to pay as you go first.'
    : '';

/**
 * What to ask for, easiest first. `any`: one entry is enough, for each makes room for all that is short in one region. `all`: no region can have everything, so
 * every entry is needed, one for each service. Empty where no quota would help.
 */
export function requestsOf(reasons: readonly Reason[]): { needed: 'any' | 'all'; changes: QuotaChange[] } {
  const perService = [...new Set(reasons.map((it) => it.service))]
    .map((service) => reasons.filter((it) => it.service === service).flatMap((it) => it.changes ?? []))
    .filter((changes) => changes.length > 0);
  const [first = [], ...others] = perService;
  const together = first.flatMap(({ region, quotas }): QuotaChange[] => {
    const there = others.map((changes) => changes.find((it) => it.region === region));
    return there.every((it) => it !== undefined)
      ? [{ region, quotas: [...quotas, ...there.flatMap((it) => it.quotas)] }]
      : [];
  });
  return together.length > 0
    ? { needed: 'any', changes: together.sort((a, b) => raise(a) - raise(b)) }
    : { needed: 'all', changes: perService.flatMap((changes) => changes.slice(0, 1)) };
}
