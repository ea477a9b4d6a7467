/** What is read before anything is created: plain facts about the subscription and its regions, joined by no rule yet. */

/** One model that a region's catalogue lists for accounts of kind OpenAI (format OpenAI), with the skus it can be deployed as. */
export type ModelFact = {
  name: string;
  version: string;
  isDefaultVersion: boolean;
  /** As the service says it: Stable, Preview, GenerallyAvailable, Legacy, Deprecating, Deprecated. */
  lifecycleStatus: string;
  /** ISO time after which inference stops, where known. */
  inferenceRetiresAt?: string;
  chatCompletion: boolean;
  skus: ModelSkuFact[];
};

export type ModelSkuFact = {
  name: string;
  /** Joins the sku with the quota of the same name. */
  usageName: string;
  /** Thousands of tokens per minute. */
  capacity: { minimum?: number; maximum?: number; step?: number; default?: number };
  /** ISO time after which the sku is gone, where known. */
  deprecatesAt?: string;
};

/** A quota line: of tokens (in thousands a minute) or of vCPUs. */
export type QuotaFact = { name: string; used: number; limit: number };

export type RegionFacts = {
  region: string;
  models: ModelFact[];
  tokenQuota: QuotaFact[];
  coreQuota: QuotaFact[];
  /** The compute sku of the cluster's node: its quota family, and why the subscription may not use it here (null: it may). `offered` is false where the region has no such sku. */
  node: { offered: boolean; family: string; vcpus: number; restriction: string | null };
  /** Whether the Databricks and Cognitive Services providers list this region for their resource types. */
  offers: { openai: boolean; databricks: boolean };
  /**
   * Reads of this region that were refused (permission, unknown region). The services that need the reading are then rejected here, with this reason.
   * `unregistered`: they are refused everywhere until the provider is registered.
   */
  unreadable: { what: Reading; reason: string; unregistered?: true }[];
};

/** Models and token quota decide on OpenAI, core quota and node on Databricks, offers on both. */
export type Reading = 'models' | 'token-quota' | 'core-quota' | 'node' | 'offers';

/** `state` as the service says it: Registered, Registering, NotRegistered, Unregistered. */
export type ProviderFact = {
  namespace: string;
  state: string;
};

export type Facts = {
  /** ISO time of the reading: retirement is judged against it. */
  at: string;
  regions: RegionFacts[];
  providers: ProviderFact[];
  /** Names of models that the subscription deploys already: models closed to new customers stay open to it. */
  deployedModels: string[];
  /** Rights that a probe found missing, by action name, with the scope. Empty where nothing is known to be missing. */
  missingRights: { action: string; scope: string }[];
  /** Whether the global name of the first try's account is free; absent where that was not asked or could not be read. */
  firstNameFree?: boolean;
};
