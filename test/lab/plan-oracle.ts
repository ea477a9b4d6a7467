/**
 * A second opinion on plans, by brute force: every pair of places is tried and scored. Written from the rules alone, with none of the plan's code;
 * only the tables of preferences and prices are shared, because they are data.
 */
import type { Facts, ModelFact, RegionFacts } from '../../src/lab/placement/facts.ts';
import { TOKEN_PRICES } from '../../src/lab/catalog/prices.ts';
import { MODEL_PREFERENCES, SPECIALISED_MODELS } from '../../src/lab/catalog/models.ts';
import { SPARE_REGIONS } from '../../src/lab/catalog/regions.ts';
import type { PlanRequest } from '../../src/lab/placement/plan.ts';

export type Deployable = {
  region: string;
  model: string;
  version: string;
  isDefault: boolean;
  sku: string;
  capacity: number;
};

const SKUS = ['Standard', 'DataZoneStandard', 'GlobalStandard'];
const blind = (region: RegionFacts, ...readings: string[]): boolean =>
  region.unreadable.some((it) => readings.includes(it.what));

function alive(fact: ModelFact, facts: Facts): boolean {
  const now = new Date(facts.at).getTime();
  if (!fact.chatCompletion || fact.lifecycleStatus === 'Deprecated') return false;
  if (fact.inferenceRetiresAt && new Date(fact.inferenceRetiresAt).getTime() <= now) return false;
  return fact.lifecycleStatus !== 'Deprecating' || facts.deployedModels.includes(fact.name);
}

/** Every version of every model that can be deployed in a region right now, quota included. */
export function deployables(facts: Facts, region: RegionFacts, asked: string, ownAccount = false): Deployable[] {
  const found: Deployable[] = [];
  const accounts = region.tokenQuota.filter((it) => it.name === 'OpenAI.S0.AccountCount');
  if (!ownAccount && accounts.some((it) => it.used >= it.limit)) return found;
  if (!region.offers.openai || blind(region, 'models', 'token-quota', 'offers')) return found;
  for (const fact of region.models) {
    const listed = fact.name === asked || MODEL_PREFERENCES.some((it) => it.model === fact.name);
    if (!alive(fact, facts) || (!listed && SPECIALISED_MODELS.test(fact.name))) continue;
    for (const sku of fact.skus) {
      if (!SKUS.includes(sku.name)) continue;
      if (sku.deprecatesAt && new Date(sku.deprecatesAt).getTime() <= new Date(facts.at).getTime()) continue;
      let capacity = 5;
      while (capacity < (sku.capacity.minimum ?? 1) || capacity % (sku.capacity.step ?? 1) !== 0) capacity += 1;
      if (sku.capacity.maximum !== undefined && capacity > sku.capacity.maximum) capacity = sku.capacity.maximum;
      const line = region.tokenQuota.find((it) => it.name === sku.usageName);
      const known = region.tokenQuota.length > 0;
      if (known && (line === undefined || line.limit - line.used < capacity)) continue;
      found.push({
        region: region.region,
        model: fact.name,
        version: fact.version,
        isDefault: fact.isDefaultVersion,
        sku: sku.name,
        capacity,
      });
    }
  }
  return found;
}

export function clusterFits(region: RegionFacts): boolean {
  if (!region.offers.databricks || blind(region, 'core-quota', 'node', 'offers')) return false;
  if (!region.node.offered || region.node.restriction !== null) return false;
  return ['cores', region.node.family].every((name) => {
    const line = region.coreQuota.find((it) => it.name === name);
    return line !== undefined && line.limit - line.used >= region.node.vcpus;
  });
}

export type Verdict = {
  openai: Deployable[];
  /** Regions where a workspace (or the borrowed cluster) is possible. */
  databricks: string[];
  /** Score of the best pair, smaller is better, and of any pair. */
  best: number[] | null;
  score: (openai: Deployable, databricks: string) => number[];
};

export function judge(facts: Facts, request: PlanRequest): Verdict {
  const allowed = facts.regions.filter((it) => request.regions.includes(it.region));
  const { openai: account, databricks: workspace } = request.existing ?? {};
  const accountRegions = account === undefined ? allowed : facts.regions.filter((it) => it.region === account.region);
  const openai = accountRegions.flatMap((it) => deployables(facts, it, request.model, account !== undefined));
  const workspaceRegions =
    workspace === undefined ? allowed : facts.regions.filter((it) => it.region === workspace.region);
  const databricks =
    workspace?.cluster === true ? [workspace.region] : workspaceRegions.filter(clusterFits).map((it) => it.region);

  const retires = (model: string): number =>
    Math.max(
      ...accountRegions
        .flatMap((it) => it.models)
        .filter((it) => it.name === model && alive(it, facts))
        .map((it) => (it.inferenceRetiresAt ? new Date(it.inferenceRetiresAt).getTime() : Number.MAX_SAFE_INTEGER)),
    );
  // Equal in price and retirement: by name, so that the order is total.
  const names = [...new Set(openai.map((it) => it.model))].sort();
  const place = (region: string): number[] =>
    request.order === 'as-given' ? [request.regions.indexOf(region)] : [SPARE_REGIONS.includes(region) ? 1 : 0];
  const score = (it: Deployable, home: string): number[] => {
    const preference = MODEL_PREFERENCES.map((rule) => rule.model)
      .filter((name) => name !== request.model)
      .indexOf(it.model);
    const price = TOKEN_PRICES[it.model];
    return [
      it.model === request.model ? 0 : 1,
      it.region === home ? 0 : 1,
      it.model === request.model ? -1 : preference === -1 ? 100 : preference,
      preference === -1 && it.model !== request.model
        ? price
          ? price.inputUsdPerMillion + price.outputUsdPerMillion
          : 1e9
        : 0,
      preference === -1 && it.model !== request.model ? -retires(it.model) : 0,
      preference === -1 && it.model !== request.model ? names.indexOf(it.model) : 0,
      SKUS.indexOf(it.sku),
      ...place(it.region),
      ...place(home),
    ];
  };
  let best: number[] | null = null;
  for (const candidate of openai) {
    for (const home of databricks) {
      const its = score(candidate, home);
      if (best === null || less(its, best)) best = its;
    }
  }
  return { openai, databricks, best, score };
}

function less(a: number[], b: number[]): boolean {
  for (const [index, value] of a.entries()) if (value !== b[index]) return value < (b[index] ?? 0);
  return false;
}
