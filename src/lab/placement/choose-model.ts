/**
 * Which model a lab deploys: the one asked for, else the list of preferences, else any chat model that is open
 * to new deployments; the last by price, then by latest retirement.
 *
 * 1. Retirement is judged at the time of the reading, never at that of the machine.
 * 2. `Deprecating` means closed to new customers: open only to a subscription that deploys that model already
 *    (https://learn.microsoft.com/azure/ai-foundry/openai/concepts/model-retirements).
 * 3. Names are compared without regard to case.
 */
import { sameId } from '../names.ts';
import type { Facts, ModelFact, ModelSkuFact, RegionFacts } from './facts.ts';
import { TOKEN_PRICES } from '../catalog/prices.ts';
import {
  DEPLOYMENT_CAPACITY,
  MODEL_FAMILIES,
  MODEL_PREFERENCES,
  NEWEST_RULE,
  SPECIALISED_MODELS,
  type ModelRule,
} from '../catalog/models.ts';

/** Skus, API version and token parameter of any model: from the list, else by family. */
export function modelRule(model: string): ModelRule {
  const listed = MODEL_PREFERENCES.find((it) => sameId(it.model, model));
  if (listed !== undefined) return listed;
  const { skus, apiVersion, tokenParam, source } = MODEL_FAMILIES.find((it) => it.pattern.test(model)) ?? NEWEST_RULE;
  return { model, skus, apiVersion, tokenParam, source };
}

/** What eligibility depends on besides the model. */
export type Situation = Pick<Facts, 'at' | 'deployedModels'>;

/** Null where this version may be deployed anew; else the reason why not. */
export function closedBecause(fact: ModelFact, { at, deployedModels }: Situation): string | null {
  if (!fact.chatCompletion) return 'no chat model';
  if (sameId(fact.lifecycleStatus, 'Deprecated')) return `retired${since(fact.inferenceRetiresAt)}`;
  if (fact.inferenceRetiresAt !== undefined && Date.parse(fact.inferenceRetiresAt) <= Date.parse(at)) {
    return `retired${since(fact.inferenceRetiresAt)}`;
  }
  if (sameId(fact.lifecycleStatus, 'Deprecating') && !deployedModels.some((it) => sameId(it, fact.name))) {
    return 'closed to subscriptions that do not deploy it already';
  }
  return null;
}

const since = (iso: string | undefined): string => (iso === undefined ? '' : ` since ${iso.slice(0, 10)}`);

export const skuOpen = (sku: ModelSkuFact, { at }: Situation): boolean =>
  sku.deprecatesAt === undefined || Date.parse(sku.deprecatesAt) > Date.parse(at);

/** The capacity to deploy, in thousands of tokens a minute: the lab's, moved into what the sku allows. */
export function deploymentCapacity({ capacity: { minimum = 1, maximum = Infinity, step = 1 } }: ModelSkuFact): number {
  const wanted = Math.max(DEPLOYMENT_CAPACITY, minimum);
  const stepped = Math.ceil(wanted / step) * step;
  return stepped <= maximum ? stepped : maximum;
}

/** USD for a million tokens in and a million out; Infinity for a model whose price is not known. */
export function modelPrice(model: string): number {
  const price = Object.entries(TOKEN_PRICES).find(([name]) => sameId(name, model))?.[1];
  return price === undefined ? Infinity : price.inputUsdPerMillion + price.outputUsdPerMillion;
}

const retirement = (fact: ModelFact): number =>
  fact.inferenceRetiresAt === undefined ? Infinity : Date.parse(fact.inferenceRetiresAt);

export type RankedModel = { model: string; because: 'requested' | 'preferred' | 'cheapest' };

/**
 * Names of models in the order in which they are considered, with what put them there.
 * Specialised chat models are considered only when asked for by name. Equals in price and retirement stand by name.
 */
export function rankModels(requested: string, regions: readonly RegionFacts[], situation: Situation): RankedModel[] {
  const preferred = MODEL_PREFERENCES.map((it) => it.model).filter((it) => !sameId(it, requested));
  const known = [requested, ...preferred];
  const others = new Map<string, { model: string; retires: number }>();
  for (const fact of regions.flatMap((it) => it.models)) {
    if (known.some((it) => sameId(it, fact.name)) || SPECIALISED_MODELS.test(fact.name)) continue;
    if (closedBecause(fact, situation) !== null) continue;
    const entry = others.get(fact.name.toLowerCase());
    others.set(fact.name.toLowerCase(), {
      model: fact.name,
      retires: Math.max(entry?.retires ?? -Infinity, retirement(fact)),
    });
  }
  const ranked = [...others.values()].sort(
    (a, b) =>
      descending(modelPrice(b.model), modelPrice(a.model)) ||
      descending(a.retires, b.retires) ||
      (a.model < b.model ? -1 : 1),
  );
  return [
    { model: requested, because: 'requested' },
    ...preferred.map((model) => ({ model, because: 'preferred' as const })),
    ...ranked.map(({ model }) => ({ model, because: 'cheapest' as const })),
  ];
}

/** Larger first, infinities included. */
const descending = (a: number, b: number): number => (a === b ? 0 : b > a ? 1 : -1);

/**
 * The versions of a model in a region that are open and offered in this sku, best first: the default version, then the one that retires last.
 * Version strings carry no order (0125 came after 1106).
 */
export function openVersions(
  region: RegionFacts,
  model: string,
  sku: string,
  situation: Situation,
): { fact: ModelFact; sku: ModelSkuFact }[] {
  return region.models
    .filter((fact) => sameId(fact.name, model) && closedBecause(fact, situation) === null)
    .flatMap((fact) =>
      fact.skus.filter((it) => it.name === sku && skuOpen(it, situation)).map((it) => ({ fact, sku: it })),
    )
    .sort(
      (a, b) =>
        Number(b.fact.isDefaultVersion) - Number(a.fact.isDefaultVersion) ||
        descending(retirement(a.fact), retirement(b.fact)) ||
        (a.fact.version > b.fact.version ? -1 : 1),
    );
}
