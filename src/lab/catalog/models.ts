/** Models: in which order they are preferred, and how each is deployed and called. */
import type { Source } from './source.ts';

export type Sku = 'Standard' | 'DataZoneStandard' | 'GlobalStandard';
export type TokenParam = 'max_tokens' | 'max_completion_tokens';

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
