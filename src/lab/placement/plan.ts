/**
 * Where a lab goes, decided from facts alone before anything is created.
 *
 * 1. Pure: the same facts, request and lab give the same plan.
 * 2. Nothing is ever placed outside the allowed regions, except beside a resource that the request itself brings.
 * 3. A plan holds at least one place for each service; everything that was ruled out is listed with its reason.
 */
import type { Facts, RegionFacts } from './facts.ts';
import type { Borrowed } from '../resources.ts';
import { modelRule, rankModels, type RankedModel } from './choose-model.ts';
import { NODE } from '../catalog/cluster.ts';
import { REQUIRED_PROVIDERS } from '../catalog/regions.ts';
import {
  assessDatabricks,
  assessOpenAI,
  reasonAgainst,
  type DatabricksFit,
  type Obstacle,
  type OpenAIFit,
} from './assess-regions.ts';
import { missingRights, reasonsFor, type Reason } from './blockers.ts';
import { orderDatabricks, orderOpenAI, orderRegions, regionName, type RegionOrder } from './order.ts';

export type ModelChoice = {
  model: string;
  /** Absent: the service's default version, as the lab asks. */
  version?: string;
  /** Deployment sku: Standard, DataZoneStandard or GlobalStandard. */
  sku: string;
  /** Thousands of tokens per minute. */
  capacity: number;
  /** Version of the Azure OpenAI data-plane API that serves this model. */
  apiVersion: string;
  tokenParam: 'max_tokens' | 'max_completion_tokens';
  /** Why this model, in plain words: shown in the status and the report. */
  reason: string;
};

export type OpenAIPlacement = { region: string; choice: ModelChoice; reason: string };
export type DatabricksPlacement = { region: string; nodeType: string; reason: string };
export type Rejection = { service: 'openai' | 'databricks'; region: string; reason: string };

export type Plan = {
  kind: 'plan';
  /** In the order in which they are tried. */
  openai: OpenAIPlacement[];
  databricks: DatabricksPlacement[];
  rejected: Rejection[];
  /** Resource providers that must be registered first. */
  register: string[];
  /** Number of the first try of Azure OpenAI, where the global name of the first one is taken. */
  firstOpenAITry?: number;
  /** What the request brings: used as it is. */
  borrowed?: Borrowed;
  /** What is done besides, in plain words: a stopped cluster started, MLflow upgraded. */
  notes?: string[];
};

export type Impossible = {
  kind: 'impossible';
  reasons: Reason[];
  rejected: Rejection[];
};

/** Nothing is known yet: quotas and catalogues of a provider can be read only once the subscription is registered with it. */
export type Unregistered = { kind: 'unregistered'; register: string[] };

export type PlanRequest = {
  model: string;
  /** Allowed regions. */
  regions: readonly string[];
  /** `as-given` where the request itself orders the regions; `spread` (the default) where they are the installation's. */
  order?: RegionOrder;
  /** What the request brings; its fitness is checked before. */
  existing?: { openai?: ExistingOpenAI; databricks?: ExistingDatabricks };
};

export type ExistingOpenAI = {
  region: string;
  /** Present: nothing is deployed, this is used as it is. */
  deployment?: { model: string; version?: string; sku: string; capacity: number };
};
export type ExistingDatabricks = {
  region: string;
  /** True: the request brings the cluster too, so that no cores are needed. */
  cluster: boolean;
};

/** @param facts must hold the regions of what the request brings, besides the allowed ones. */
export function planLab(facts: Facts, request: PlanRequest, lab: { id: string }): Plan | Impossible | Unregistered {
  const regions = orderRegions(request.regions, request.order ?? 'spread', lab.id);
  const openai = findOpenAI(facts, request, regions);
  const databricks = findDatabricks(facts, request, regions);
  const rejected = [...rejections('openai', openai.obstacles), ...rejections('databricks', databricks.obstacles)];
  const register = toRegister(facts);
  const rights = missingRights(facts.missingRights, register);
  if (facts.regions.some((it) => it.unreadable.some((one) => one.unregistered))) {
    return rights.length > 0
      ? { kind: 'impossible', reasons: rights, rejected: [] }
      : { kind: 'unregistered', register };
  }
  if (rights.length > 0 || openai.fits.length === 0 || databricks.fits.length === 0) {
    const reasons = [
      ...rights,
      ...(openai.fits.length === 0 ? reasonsFor('openai', openai.obstacles) : []),
      ...(databricks.fits.length === 0 ? reasonsFor('databricks', databricks.obstacles) : []),
    ];
    return { kind: 'impossible', reasons, rejected };
  }
  const order = openai.brought === undefined ? orderOpenAI(openai.fits, databricks.fits, regions) : openai.fits;
  const homes = orderDatabricks(databricks.fits, order, regions);
  const explain = explainModel(facts, request, order, openai.searched);
  const both = new Set(homes.map((it) => it.region));
  return {
    kind: 'plan',
    openai: order.map((fit) => ({
      region: fit.region,
      choice: openai.brought ?? chosen(fit, explain(fit)),
      reason:
        openai.brought === undefined
          ? `${together(both.has(fit.region), 'Azure Databricks')}; ${quotaLeft(fit.free, 'K of its quota')}`
          : 'the request brings the deployment',
    })),
    databricks: homes.map((fit) => ({
      region: fit.region,
      nodeType: NODE.type,
      reason: `${together(
        order.some((it) => it.region === fit.region),
        'Azure OpenAI',
      )}; ${quotaLeft(fit.cores, ' vCPUs')}`,
    })),
    rejected,
    register,
    ...(facts.firstNameFree === false && openai.brought === undefined && request.existing?.openai === undefined
      ? { firstOpenAITry: 2, notes: ['the name of the first account is taken: it gets the next one'] }
      : {}),
  };
}

const together = (fits: boolean, other: string): string =>
  fits ? 'one region for both' : `${other} does not fit here`;
const quotaLeft = (free: number | null, what: string): string => {
  if (free === null) return 'its quota is not known yet';
  return `${Number.isFinite(free) ? String(free) : 'enough'}${what} are free`;
};

type Found<F> = { fits: F[]; obstacles: Obstacle[] };

function findOpenAI(
  facts: Facts,
  { model, existing }: PlanRequest,
  allowed: readonly string[],
): Found<OpenAIFit> & { searched: RegionFacts[]; brought?: ModelChoice } {
  const given = existing?.openai;
  if (given?.deployment !== undefined) {
    const { version, ...deployment } = given.deployment;
    const { apiVersion, tokenParam } = modelRule(deployment.model);
    const brought: ModelChoice = {
      ...deployment,
      ...(version === undefined ? {} : { version }),
      apiVersion,
      tokenParam,
      reason: `${deployment.model}, as the deployment has it that the request brings`,
    };
    const fit: OpenAIFit = {
      region: regionName(given.region),
      model: deployment.model,
      because: 'requested',
      rank: 0,
      skuRank: 0,
      sku: deployment.sku,
      capacity: deployment.capacity,
      free: Infinity,
    };
    return { fits: [fit], obstacles: [], searched: [], brought };
  }
  const names = given === undefined ? allowed : [regionName(given.region)];
  const { searched, obstacles } = look(facts, names);
  const ranked: RankedModel[] = rankModels(model, searched, facts);
  const found = searched.map((it) => assessOpenAI(it, ranked, facts, given === undefined));
  return {
    fits: found.flatMap((it) => it.fits),
    obstacles: [...obstacles, ...found.flatMap((it) => it.obstacles)],
    searched,
  };
}

function findDatabricks(facts: Facts, { existing }: PlanRequest, allowed: readonly string[]): Found<DatabricksFit> {
  const given = existing?.databricks;
  if (given?.cluster === true) return { fits: [{ region: regionName(given.region), cores: Infinity }], obstacles: [] };
  const { searched, obstacles } = look(facts, given === undefined ? allowed : [regionName(given.region)]);
  const found = searched.map(assessDatabricks);
  return {
    fits: found.flatMap((it) => ('fit' in it ? [it.fit] : [])),
    obstacles: [...obstacles, ...found.flatMap((it) => ('obstacle' in it ? [it.obstacle] : []))],
  };
}

/** The facts of these regions, in this order; a region without facts is an obstacle of its own. */
function look(facts: Facts, names: readonly string[]): { searched: RegionFacts[]; obstacles: Obstacle[] } {
  const known = new Map(facts.regions.map((it) => [regionName(it.region), it]));
  return {
    searched: names.flatMap((name) => {
      const region = known.get(name);
      return region === undefined ? [] : [{ ...region, region: name }];
    }),
    obstacles: names
      .filter((name) => !known.has(name))
      .map((region) => ({ region, cause: 'unreadable', reason: 'nothing could be read of this region' })),
  };
}

function rejections(service: 'openai' | 'databricks', obstacles: readonly Obstacle[]): Rejection[] {
  const regions = [...new Set(obstacles.map((it) => it.region))];
  return regions.map((region) => {
    const reasons = obstacles.filter((it) => it.region === region).map((it) => it.reason);
    const more = reasons.length > 2 ? `; and ${reasons.length - 2} more` : '';
    return { service, region, reason: `${reasons.slice(0, 2).join('; ')}${more}` };
  });
}

function toRegister(facts: Facts): string[] {
  const required = REQUIRED_PROVIDERS.map((it) => it.toLowerCase());
  return facts.providers
    .filter((it) => required.includes(it.namespace.toLowerCase()) && it.state !== 'Registered')
    .map((it) => it.namespace);
}

function chosen(fit: OpenAIFit, reason: string): ModelChoice {
  const { apiVersion, tokenParam } = modelRule(fit.model);
  const { model, version, sku, capacity } = fit;
  return { model, ...(version === undefined ? {} : { version }), sku, capacity, apiVersion, tokenParam, reason };
}

/** Says of each choice why it is this model: as asked, or what stood against the one that was asked for. */
function explainModel(
  facts: Facts,
  { model }: PlanRequest,
  order: readonly OpenAIFit[],
  searched: readonly RegionFacts[],
): (fit: OpenAIFit) => string {
  const possible = order.some((it) => it.because === 'requested');
  const against = new Map<string, string[]>();
  for (const region of searched) {
    const why = reasonAgainst(region, model, facts) ?? 'not tried first';
    against.set(why, [...(against.get(why) ?? []), region.region]);
  }
  const reasons = [...against].map(([why, where]) => `${why} in ${where.join(', ')}`).join('; ');
  // What stood against the model that was asked for is said once: a plan may hold forty places.
  let said = false;
  return ({ model: taken, because }) => {
    if (because === 'requested') return `${taken}, as asked`;
    const how =
      because === 'preferred' ? 'next of the preferred models' : 'cheapest chat model open to new deployments';
    if (possible) return `${taken}, ${how}, should ${model} fail`;
    const against = said ? '' : ` (${reasons})`;
    said = true;
    return `${taken}, ${how}, instead of ${model}${against}`;
  };
}
