/** Builds facts about a subscription: healthy unless a test says otherwise. */
import type { Facts, ModelFact, ModelSkuFact, QuotaFact, RegionFacts } from '../../src/lab/placement/facts.ts';

export const AT = '2026-11-02T10:00:00Z';
export const FAMILY = 'standardDDSv5Family';

export const usage = (sku: string, model: string): string => `OpenAI.${sku}.${model}`;

export function model(name: string, skus: readonly string[] = ['Standard'], more: Partial<ModelFact> = {}): ModelFact {
  return {
    name,
    version: '1',
    isDefaultVersion: true,
    lifecycleStatus: 'GenerallyAvailable',
    chatCompletion: true,
    skus: skus.map((sku): ModelSkuFact => ({
      name: sku,
      usageName: usage(sku, name),
      capacity: { minimum: 1, maximum: 300, step: 1 },
    })),
    ...more,
  };
}

export const quota = (name: string, used: number, limit: number): QuotaFact => ({ name, used, limit });

/** Every model of the region has 100K tokens free, and 40 cores are free. */
export function region(name: string, models: ModelFact[], more: Partial<RegionFacts> = {}): RegionFacts {
  const usages = [...new Set(models.flatMap((it) => it.skus.map((sku) => sku.usageName)))];
  return {
    region: name,
    models,
    tokenQuota: usages.map((it) => quota(it, 0, 100)),
    coreQuota: [quota('cores', 0, 50), quota(FAMILY, 0, 40)],
    node: { offered: true, family: FAMILY, vcpus: 4, restriction: null },
    offers: { openai: true, databricks: true },
    unreadable: [],
    ...more,
  };
}

export function subscription(regions: RegionFacts[], more: Partial<Facts> = {}): Facts {
  return {
    at: AT,
    regions,
    providers: ['Microsoft.CognitiveServices', 'Microsoft.Databricks'].map((namespace) => ({
      namespace,
      state: 'Registered',
    })),
    deployedModels: [],
    missingRights: [],
    ...more,
  };
}
