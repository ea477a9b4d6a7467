/**
 * Everything that goes stale: models, regions, API versions, prices, typical durations. One file, so that one look a quarter keeps the app current.
 *
 * 1. Every entry names its source and the date on which the source was read. A note says where the value is second-hand or assumed.
 * 2. Nothing here is a promise: the plan reads what the subscription really offers, and every sum of money is called an estimate.
 */

/** Where a value comes from. `date` is the day on which the source stated it (ISO). */
export type Source = { url: string; date: string; note?: string };

export type Sku = 'Standard' | 'DataZoneStandard' | 'GlobalStandard';
export type TokenParam = 'max_tokens' | 'max_completion_tokens';

// ---- Regions

/**
 * The lab's four regions, then a spare. Switzerland West is named by the lab and yet missing from the model's own region table, where Switzerland North stands.
 * https://github.com/MicrosoftLearning/mslearn-databricks/blob/main/Instructions/Exercises/AI-07-LLMOps.md (2026-03-11);
 * https://github.com/MicrosoftDocs/azure-ai-docs/blob/main/articles/ai-services/openai/includes/model-matrix/standard-models.md (2025-04)
 */
export const PREFERRED_REGIONS = [
  'eastus2',
  'northcentralus',
  'swedencentral',
  'switzerlandwest',
  'switzerlandnorth',
] as const;

/** Regions that are not the lab's own: taken only when the others cannot serve. */
export const SPARE_REGIONS: readonly string[] = ['switzerlandnorth'];

/**
 * Resource providers whose types a lab creates, directly or through its workspace.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/azure-services-resource-providers (2026-06)
 */
export const REQUIRED_PROVIDERS = [
  'Microsoft.CognitiveServices',
  'Microsoft.Databricks',
  'Microsoft.Compute',
  'Microsoft.Network',
  'Microsoft.Storage',
] as const;

// ---- Models

/** How a model is deployed and called. */
export type ModelRule = {
  model: string;
  /** Allowed deployment skus, best first. */
  skus: readonly Sku[];
  /** Version of the Azure OpenAI data-plane API that serves the model. */
  apiVersion: string;
  tokenParam: TokenParam;
  source: Source;
};

/** What the lab asks for. */
export const DEFAULT_MODEL = 'gpt-35-turbo';

/** Thousands of tokens per minute of the deployment, as the lab sets it. */
export const DEPLOYMENT_CAPACITY = 5;

/** Skus that the app deploys, best first: in the region, in its data zone, anywhere. Provisioned and batch skus are never used. */
export const SKU_ORDER: readonly Sku[] = ['Standard', 'DataZoneStandard', 'GlobalStandard'];

const GENERALLY_AVAILABLE: Pick<ModelRule, 'apiVersion' | 'tokenParam'> = {
  apiVersion: '2024-10-21',
  tokenParam: 'max_tokens',
};
const NEWEST: Pick<ModelRule, 'apiVersion' | 'tokenParam'> = {
  apiVersion: '2025-04-01-preview',
  tokenParam: 'max_completion_tokens',
};

const RETIREMENTS: Source = {
  url: 'https://learn.microsoft.com/azure/ai-foundry/openai/concepts/model-retirements',
  date: '2026-07-07',
};

/**
 * Models in order of preference. The lab's own comes first although its retirement date has passed: regions and catalogues decide, not this list.
 * gpt-5.4-mini and gpt-5-mini take no new customers since 2026-09-18 and 2026-08-07; they serve subscriptions that deploy them already.
 */
export const MODEL_PREFERENCES: readonly ModelRule[] = [
  { model: DEFAULT_MODEL, skus: SKU_ORDER, ...GENERALLY_AVAILABLE, source: RETIREMENTS },
  { model: 'gpt-5.4-mini', skus: SKU_ORDER, ...NEWEST, source: RETIREMENTS },
  { model: 'gpt-5-mini', skus: SKU_ORDER, ...NEWEST, source: RETIREMENTS },
  { model: 'gpt-5.1', skus: SKU_ORDER, ...NEWEST, source: RETIREMENTS },
  { model: 'gpt-5.5', skus: SKU_ORDER, ...NEWEST, source: RETIREMENTS },
];

/** The rule for models that no family is known for, reasoning models among them: the newest dated version, and no `max_tokens`. */
export const NEWEST_RULE: Omit<ModelRule, 'model'> = {
  skus: SKU_ORDER,
  ...NEWEST,
  source: {
    url: 'https://github.com/Azure-Samples/azure-search-openai-demo/pull/2496',
    date: '2025-08-07',
    note: 'reasoning models; GPT-5 is reported with 2025-04-01-preview',
  },
};

/** The rule for models outside the list whose family is known. The older families accept the last dated GA version. */
export const MODEL_FAMILIES: readonly (Omit<ModelRule, 'model'> & { pattern: RegExp })[] = [
  {
    pattern: /^gpt-(?:35|3\.5|4)(?:[^0-9]|$)/i,
    skus: SKU_ORDER,
    ...GENERALLY_AVAILABLE,
    source: { url: 'https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle', date: '2026-07-07' },
  },
];

/**
 * Chat models that do not answer a plain chat completion (they want audio, search the web, or speak the Responses API only): never chosen unless asked for by name.
 * https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/models-sold-directly-by-azure (2026-07)
 */
export const SPECIALISED_MODELS =
  /audio|realtime|transcribe|tts|whisper|image|search|codex|computer-use|deep-research|instruct|embedding|-pro(?:-|$)/i;

/** Where a subscription asks for more quota. */
export const QUOTA_REQUESTS = {
  openai: 'https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits#request-quota-increases',
  databricks: 'https://learn.microsoft.com/azure/quotas/per-vm-quota-requests',
} as const;

// ---- Cluster

/** The lab's node. https://learn.microsoft.com/azure/virtual-machines/sizes/general-purpose/ddsv5-series (2026-06) */
export const NODE = { type: 'Standard_D4ds_v5', family: 'standardDDSv5Family', vcpus: 4 } as const;

/** Oldest ML runtime that a borrowed cluster may have: the lab's own words. */
export const OLDEST_REUSABLE_RUNTIME = { major: 13, minor: 3 } as const;

/**
 * First ML runtime whose MLflow traces OpenAI calls without an upgrade (16.4 carries MLflow 2.21; 15.4 carries 2.13).
 * https://learn.microsoft.com/azure/databricks/release-notes/runtime/ (2026-08)
 */
export const FIRST_TRACING_RUNTIME = { major: 16, minor: 4 } as const;

// ---- Durations

/**
 * Typical seconds of each step: the first wait before a poll, and the ETA that people see.
 * Account 60 and workspace under 300: https://github.com/Azure/azure-cli-extensions/blob/main/src/databricks (recorded 2026-02) and
 * https://github.com/Azure/azure-cli (cognitiveservices recordings, 2025-10); cluster 300-510: field reports of September 2026; the rest judged from those.
 */
export const TYPICAL_SECONDS = {
  plan: 5,
  providers: 60,
  group: 5,
  account: 60,
  deployment: 5,
  workspace: 180,
  readiness: 30,
  notebookImport: 5,
  cluster: 360,
  library: 60,
  connect: 10,
  completion: 10,
  /** The notebook's run as a job. */
  notebook: 90,
  verification: 15,
  removeClusters: 60,
  removeWorkspace: 240,
  removeDeployments: 5,
  removeAccount: 10,
  purgeAccount: 30,
  removeGroup: 60,
} as const;
export type TypicalStep = keyof typeof TYPICAL_SECONDS;

/** Seconds between two looks at an operation, once its typical time has passed. */
export const POLL_SECONDS = 15;

// ---- Prices: list prices in USD, East US, pay as you go. Estimates, never a bill.

export type RateId = 'vm' | 'dbu-premium' | 'dbu-trial' | 'disk' | 'public-ip' | 'nat-gateway';
export type Rate = { what: string; usdPerHour: number; source: Source };

export const RATES: Readonly<Record<RateId, Rate>> = {
  vm: {
    what: 'virtual machine Standard_D4ds_v5, Linux',
    usdPerHour: 0.226,
    source: {
      url: "https://prices.azure.com/api/retail/prices?$filter=serviceName eq 'Virtual Machines' and armSkuName eq 'Standard_D4ds_v5' and armRegionName eq 'eastus'",
      date: '2026-10-01',
      note: 'value second-hand, the same in several public price tables; the query refreshes it',
    },
  },
  'dbu-premium': {
    what: '1 DBU an hour of All-Purpose Compute, premium',
    usdPerHour: 0.55,
    source: {
      url: 'https://azure.microsoft.com/pricing/details/databricks/',
      date: '2026-04-01',
      note: 'the price of a DBU is listed, 1 DBU an hour for the node is second-hand',
    },
  },
  'dbu-trial': {
    what: 'DBUs of a trial workspace, free for 14 days',
    usdPerHour: 0,
    source: { url: 'https://azure.microsoft.com/pricing/details/databricks/', date: '2026-04-01' },
  },
  disk: {
    what: 'managed disks of the node',
    usdPerHour: 0.027,
    source: {
      url: 'https://azure.microsoft.com/pricing/details/managed-disks/',
      date: '2026-04-01',
      note: 'assumed: one P10 of 128 GiB at 19.71 USD a month',
    },
  },
  'public-ip': {
    what: 'static public IPv4 address, Standard',
    usdPerHour: 0.005,
    source: {
      url: 'https://azure.microsoft.com/pricing/details/ip-addresses/',
      date: '2026-10-16',
      note: 'value second-hand, the same in several public price tables; the page shows it once a region is chosen',
    },
  },
  'nat-gateway': {
    what: 'NAT gateway of the workspace, without data',
    usdPerHour: 0.045,
    source: {
      url: 'https://azure.microsoft.com/pricing/details/azure-nat-gateway/',
      date: '2026-10-16',
      note: 'value second-hand, the same in several public price tables; the page shows it once a region is chosen',
    },
  },
};

/**
 * Where the Azure Retail Prices API has each rate: the filter, and the meter among its rows where several fit. One node draws 1 DBU an hour. Tokens stay with the table:
 * their meters are told by no name that holds still.
 * https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices (2026-10)
 */
export const RETAIL_METERS: Readonly<Partial<Record<RateId, { filter: (region: string) => string; meter?: string }>>> =
  {
    vm: {
      filter: (region) =>
        `serviceName eq 'Virtual Machines' and armSkuName eq '${NODE.type}' and armRegionName eq '${region}' and priceType eq 'Consumption'`,
    },
    'dbu-premium': {
      filter: (region) =>
        `serviceName eq 'Azure Databricks' and armRegionName eq '${region}' and meterName eq 'Premium All-purpose Compute DBU'`,
      meter: 'Premium All-purpose Compute DBU',
    },
    disk: {
      filter: (region) =>
        `serviceName eq 'Storage' and armRegionName eq '${region}' and productName eq 'Premium SSD Managed Disks' and meterName eq 'P10 LRS Disk'`,
      meter: 'P10 LRS Disk',
    },
    'public-ip': {
      filter: () => `serviceName eq 'Virtual Network' and meterName eq 'Standard IPv4 Static Public IP'`,
      meter: 'Standard IPv4 Static Public IP',
    },
    'nat-gateway': {
      filter: () => `serviceName eq 'NAT Gateway' and meterName eq 'Standard Gateway'`,
      meter: 'Standard Gateway',
    },
  };

export type TokenPrice = { inputUsdPerMillion: number; outputUsdPerMillion: number; source: Source };

const price = (inputUsdPerMillion: number, outputUsdPerMillion: number, source: Source): TokenPrice => ({
  inputUsdPerMillion,
  outputUsdPerMillion,
  source,
});
const LIST_2026_03: Source = {
  url: 'https://deploybase.ai/articles/openai-pricing',
  date: '2026-03-21',
  note: 'OpenAI list price',
};
const LIST_2026_06: Source = {
  url: 'https://tokenmix.ai/blog/openai-api-cost-2026-gpt-5-5-5-4-nano-batch',
  date: '2026-06-04',
  note: 'OpenAI list price',
};

/** By model name. A model that is missing here is treated as dearer than every one that is present. */
export const TOKEN_PRICES: Readonly<Record<string, TokenPrice>> = {
  'gpt-35-turbo': price(0.5, 1.5, {
    url: 'https://developers.openai.com/api/docs/models/gpt-3.5-turbo',
    date: '2026-03-01',
  }),
  'gpt-4o': price(2.5, 10, LIST_2026_03),
  'gpt-4o-mini': price(0.15, 0.6, LIST_2026_03),
  'gpt-4.1': price(2, 8, LIST_2026_03),
  'gpt-4.1-mini': price(0.4, 1.6, LIST_2026_03),
  'gpt-4.1-nano': price(0.1, 0.4, LIST_2026_03),
  'gpt-5': price(1.25, 10, LIST_2026_03),
  'gpt-5-mini': price(0.25, 2, LIST_2026_03),
  'gpt-5-nano': price(0.05, 0.4, LIST_2026_03),
  'gpt-5.1': price(1.25, 10, LIST_2026_03),
  'gpt-5.2': price(1.75, 14, {
    url: 'https://nativeai.agency/hub/tools/openai-api/model-families',
    date: '2026-01-01',
    note: 'OpenAI list price',
  }),
  'gpt-5.4': price(2.5, 15, LIST_2026_06),
  'gpt-5.4-mini': price(0.75, 4.5, LIST_2026_06),
  'gpt-5.4-nano': price(0.2, 1.25, LIST_2026_06),
  'gpt-5.5': price(5, 30, LIST_2026_06),
  o3: price(2, 8, LIST_2026_03),
  'o3-mini': price(1.1, 4.4, LIST_2026_03),
  'o4-mini': price(1.1, 4.4, LIST_2026_03),
};
