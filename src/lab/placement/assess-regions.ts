/**
 * What one region can serve: every (model, sku) that a lab could deploy there, and whether its cluster would start there; where not, what stands in the way and
 * what would remove it.
 *
 * A quota that is missing in a list counts as zero: nothing is placed on hope. An empty list is no list: fresh subscriptions have one for a while, so the quota is
 * unknown and the deployment tells.
 */
import type { QuotaFact, Reading, RegionFacts } from './facts.ts';
import {
  closedBecause,
  deploymentCapacity,
  modelRule,
  openVersions,
  type RankedModel,
  type Situation,
} from './choose-model.ts';
import { NODE } from '../catalog/cluster.ts';

/** Quotas of one region that together would have to grow: to that limit, so that the lab just fits. */
export type QuotaChange = { region: string; quotas: { name: string; from: number; to: number }[] };

export type Cause =
  | 'unreadable'
  | 'not-offered'
  | 'model-unavailable'
  | 'no-token-quota'
  | 'no-account-quota'
  | 'node-unavailable'
  | 'no-core-quota';

export type Obstacle = { region: string; cause: Cause; reason: string; change?: QuotaChange };

export type OpenAIFit = {
  region: string;
  model: string;
  because: RankedModel['because'];
  /** Position of the model in the order of preference, and of the sku in that of the model: 0 is best. */
  rank: number;
  skuRank: number;
  sku: string;
  /** Absent: the default version. */
  version?: string;
  capacity: number;
  /** Null where the quota is unknown. */
  free: number | null;
};

const quotaLine = (lines: readonly QuotaFact[], name: string): QuotaFact | null =>
  lines.length === 0
    ? null
    : (lines.find((it) => it.name.toLowerCase() === name.toLowerCase()) ?? { name, used: 0, limit: 0 });

/** Compute says -1 for "no limit". */
const freeIn = ({ limit, used }: QuotaFact): number => (limit < 0 ? Infinity : Math.max(0, limit - used));
/** Null where nothing is known. */
const freeOf = (quota: QuotaFact | null): number | null => (quota === null ? null : freeIn(quota));
const suffices = (free: number | null, needed: number): boolean => free === null || free >= needed;

/** The usage line that counts accounts, soft-deleted ones included. Unlike a quota, a count that is not listed is no obstacle. */
const ACCOUNT_COUNT = 'OpenAI.S0.AccountCount';

const NEEDS: Readonly<Record<'openai' | 'databricks', readonly Reading[]>> = {
  openai: ['models', 'token-quota', 'offers'],
  databricks: ['core-quota', 'node', 'offers'],
};

function unreadable(facts: RegionFacts, service: 'openai' | 'databricks'): Obstacle | null {
  const failed = facts.unreadable.filter((it) => NEEDS[service].includes(it.what));
  if (failed.length === 0) return null;
  const reason = `could not be read: ${failed.map((it) => `${it.what} (${it.reason})`).join(', ')}`;
  return { region: facts.region, cause: 'unreadable', reason };
}

/**
 * Everything that could be deployed in a region, unordered; obstacles only where that is nothing.
 *
 * @param makesAccount false where the request brings the account.
 */
export function assessOpenAI(
  facts: RegionFacts,
  ranked: readonly RankedModel[],
  situation: Situation,
  makesAccount: boolean,
): { fits: OpenAIFit[]; obstacles: Obstacle[] } {
  const { region } = facts;
  const blind = unreadable(facts, 'openai');
  if (blind !== null) return { fits: [], obstacles: [blind] };
  if (!facts.offers.openai) {
    return { fits: [], obstacles: [{ region, cause: 'not-offered', reason: 'Azure OpenAI is not offered here' }] };
  }
  const accounts = facts.tokenQuota.find((it) => it.name === ACCOUNT_COUNT);
  if (makesAccount && accounts !== undefined && freeIn(accounts) < 1) {
    const reason = `${accounts.used} of ${accounts.limit} Azure OpenAI accounts are used here, deleted ones included`;
    return { fits: [], obstacles: [{ region, cause: 'no-account-quota', reason }] };
  }
  const offers = ranked.flatMap((it, rank) => offersOf(facts, it, rank, situation));
  const fits = offers.filter((it) => suffices(it.fit.free, it.fit.capacity)).map((it) => it.fit);
  if (fits.length > 0) return { fits, obstacles: [] };
  if (offers.length === 0) {
    const asked = ranked[0]?.model ?? '';
    const reason = `no chat model is open to new deployments here (${asked}: ${reasonAgainst(facts, asked, situation) ?? 'open'})`;
    return { fits: [], obstacles: [{ region, cause: 'model-unavailable', reason }] };
  }
  return {
    fits: [],
    obstacles: offers.flatMap(({ fit, quota }) => (quota === null ? [] : [tokenObstacle(region, fit, quota)])),
  };
}

type Offer = { fit: OpenAIFit; quota: QuotaFact | null };

/** One offer for each sku of a model that is open here: of its versions the best one with quota, else the best one. */
function offersOf(facts: RegionFacts, { model, because }: RankedModel, rank: number, situation: Situation): Offer[] {
  return modelRule(model).skus.flatMap((sku, skuRank): Offer[] => {
    const offers = openVersions(facts, model, sku, situation).map((open): Offer => {
      const quota = quotaLine(facts.tokenQuota, open.sku.usageName);
      const fit: OpenAIFit = {
        region: facts.region,
        model: open.fact.name,
        because,
        rank,
        skuRank,
        sku,
        ...(open.fact.isDefaultVersion ? {} : { version: open.fact.version }),
        capacity: deploymentCapacity(open.sku),
        free: freeOf(quota),
      };
      return { fit, quota };
    });
    const best = offers.find((it) => suffices(it.fit.free, it.fit.capacity)) ?? offers[0];
    return best === undefined ? [] : [best];
  });
}

const tokenObstacle = (region: string, fit: OpenAIFit, quota: QuotaFact): Obstacle => ({
  region,
  cause: 'no-token-quota',
  reason: `${fit.model} as ${fit.sku} needs ${fit.capacity}K tokens per minute, ${freeIn(quota)}K of ${quota.limit}K are free (${quota.name})`,
  change: { region, quotas: [{ name: quota.name, from: quota.limit, to: quota.used + fit.capacity }] },
});

/** Why a model cannot be deployed in a region at present; null where it can. For the explanation of a choice. */
export function reasonAgainst(facts: RegionFacts, model: string, situation: Situation): string | null {
  const versions = facts.models.filter((it) => it.name.toLowerCase() === model.toLowerCase());
  if (versions.length === 0) return 'not in the catalogue';
  const open = versions.filter((it) => closedBecause(it, situation) === null);
  if (open.length === 0) {
    const spokesman = versions.find((it) => it.isDefaultVersion) ?? versions[0];
    return spokesman === undefined ? 'not in the catalogue' : closedBecause(spokesman, situation);
  }
  const offers = offersOf(facts, { model, because: 'requested' }, 0, situation);
  if (offers.length === 0) return 'offered in no sku that the app deploys';
  return offers.some((it) => suffices(it.fit.free, it.fit.capacity)) ? null : 'no quota left';
}

/** `cores`: null where the quota is unknown. */
export type DatabricksFit = { region: string; cores: number | null };

/** Whether a workspace and its single node fit into a region. */
export function assessDatabricks(facts: RegionFacts): { fit: DatabricksFit } | { obstacle: Obstacle } {
  const { region, node } = facts;
  const blind = unreadable(facts, 'databricks');
  if (blind !== null) return { obstacle: blind };
  if (!facts.offers.databricks) {
    return { obstacle: { region, cause: 'not-offered', reason: 'Azure Databricks is not offered here' } };
  }
  if (!node.offered)
    return { obstacle: { region, cause: 'node-unavailable', reason: `${NODE.type} is not offered here` } };
  if (node.restriction !== null) {
    const reason = `the subscription may not use ${NODE.type} here (${node.restriction})`;
    return { obstacle: { region, cause: 'node-unavailable', reason } };
  }
  const lines = [quotaLine(facts.coreQuota, node.family), quotaLine(facts.coreQuota, 'cores')].filter(
    (it) => it !== null,
  );
  const short = lines.filter((it) => freeIn(it) < node.vcpus);
  if (short.length === 0) return { fit: { region, cores: lines.length === 0 ? null : Math.min(...lines.map(freeIn)) } };
  const reason = short
    .map((it) => `${node.vcpus} vCPUs needed, ${freeIn(it)} of ${it.limit} free (${bucket(it.name)})`)
    .join('; ');
  const quotas = short.map((it) => ({ name: it.name, from: it.limit, to: it.used + node.vcpus }));
  return { obstacle: { region, cause: 'no-core-quota', reason, change: { region, quotas } } };
}

export const bucket = (name: string): string => (name.toLowerCase() === 'cores' ? 'Total Regional vCPUs' : name);
