/** Why no place serves a lab, and what would have to change: which quota, where, by how much; which permission, at which scope. */
import type { Facts } from './facts.ts';
import type { Cause, Obstacle, QuotaChange } from './plan-assess.ts';

export type Reason = {
  code: string;
  message: string;
  wayOut: string;
  /** Any one of these makes room, cheapest first. All quotas of one entry belong together. */
  changes?: QuotaChange[];
};

const MOST_CHANGES = 5;

/** Permissions that stop the lab before anything is spent. Rights to register providers count only where one must be registered. */
export function missingRights(rights: Facts['missingRights'], register: readonly string[]): Reason[] {
  return rights
    .filter((it) => isNeeded(it.action, register))
    .map(({ action, scope }) => ({
      code: 'missing-right',
      message: `The app may not do ${action} at ${scope}.`,
      wayOut: PURGE.test(action)
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
  wayOut: `Start the lab: it registers them, and plans before it creates anything. Or do it yourself: ${register.map((it) => `az provider register --namespace ${it}`).join('; ')}.`,
});

const SERVICES = { openai: 'Azure OpenAI', databricks: 'Azure Databricks' } as const;
type Service = keyof typeof SERVICES;

/** In the order of what is easiest to change. */
const CAUSES: readonly Cause[] = [
  'no-token-quota',
  'no-core-quota',
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
    const changes = met.flatMap((it) => it.change ?? []).sort((a, b) => raise(a) - raise(b));
    return [
      {
        code: cause,
        message: `${SERVICES[service]} in ${regions.join(', ')}: ${summary(met)}.`,
        wayOut: wayOut(service, cause, changes),
        ...(changes.length === 0 ? {} : { changes: changes.slice(0, MOST_CHANGES) }),
      },
    ];
  });
}

const raise = ({ quotas }: QuotaChange): number => quotas.reduce((sum, it) => sum + it.to - it.from, 0);

/** Reasons as they are; where all say the same, once. */
function summary(obstacles: readonly Obstacle[]): string {
  const texts = [...new Set(obstacles.map((it) => it.reason))];
  const [only] = texts;
  if (texts.length === 1 && only !== undefined) return only;
  const shown = obstacles.slice(0, 3).map((it) => `${it.region}: ${it.reason}`);
  return obstacles.length > shown.length
    ? `${shown.join('; ')}; and ${obstacles.length - shown.length} more`
    : shown.join('; ');
}

function wayOut(service: Service, cause: Cause, changes: readonly QuotaChange[]): string {
  switch (cause) {
    case 'no-token-quota':
    case 'no-core-quota': {
      const all = changes
        .slice(0, 3)
        .map(
          ({ region, quotas }) =>
            `${quotas.map((it) => `${it.name} from ${it.from} to ${it.to}`).join(' and ')} in ${region}`,
        );
      const none = changes.every(({ quotas }) => quotas.every((it) => it.from === 0));
      const trial = none ? ' Free and trial subscriptions have no such quota: use a paid one.' : '';
      return `Raise the quota ${all.join(', or ')}; or free some of it, or allow another region.${trial}`;
    }
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
