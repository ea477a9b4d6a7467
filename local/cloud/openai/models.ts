// What the local Azure OpenAI knows of models beyond their names: which encoding counts their tokens, which parameters they take, and from which
// version of the data-plane API on they answer.
// https://learn.microsoft.com/azure/ai-services/openai/api-version-deprecation,
// https://learn.microsoft.com/azure/ai-services/openai/how-to/reasoning
import type { Deployment } from '../arm/records.ts';
import type { CloudState } from '../core/state.ts';

export type ModelTraits = {
  encoding: 'cl100k_base' | 'o200k_base';
  /** Takes `max_completion_tokens` only, and no temperature but the default. */
  reasoning: boolean;
  /** First dated API version that serves it. */
  since: string;
  /** Thinks before it answers unless told otherwise: those tokens count as completion tokens. */
  thinks: boolean;
  contextTokens: number;
  /** The most that it writes in one answer. https://learn.microsoft.com/azure/ai-services/openai/concepts/models */
  outputTokens: number;
};

const OLDEST_VERSION = '2024-02-01';
const NEWEST_VERSION = '2025-04-01-preview';

export function traitsOf(model: string): ModelTraits {
  const modern = { encoding: 'o200k_base', reasoning: true, contextTokens: 272_000 } as const;
  if (/^gpt-5/.test(model))
    return { ...modern, since: '2025-04-01-preview', thinks: /^gpt-5(-|$)/.test(model), outputTokens: 128_000 };
  if (/^o\d/.test(model)) return { ...modern, since: '2024-12-01-preview', thinks: true, outputTokens: 100_000 };
  const classic = { reasoning: false, since: OLDEST_VERSION, thinks: false } as const;
  if (/^gpt-(35|3\.5)/.test(model))
    return { ...classic, encoding: 'cl100k_base', contextTokens: 16_385, outputTokens: 4_096 };
  if (/^gpt-4(-|$)/.test(model))
    return { ...classic, encoding: 'cl100k_base', contextTokens: 128_000, outputTokens: 4_096 };
  const outputTokens = /^gpt-4\.1/.test(model) ? 32_768 : 16_384;
  return { ...classic, encoding: 'o200k_base', contextTokens: 128_000, outputTokens };
}

/** Whether the data plane has that dated version at all: retired ones and such as never were are 404. */
export const isKnownVersion = (version: string): boolean =>
  /^\d{4}-\d\d-\d\d(-preview)?$/.test(version) && version >= OLDEST_VERSION && version <= NEWEST_VERSION;

/** Whether a model's inference has ended, by the region's catalogue. */
export function isRetired(state: CloudState, deployment: Deployment): boolean {
  const { name, version } = deployment.model;
  const entry = state.landscape.models[deployment.location]?.find((it) => it.name === name && it.version === version);
  return entry !== undefined && entry.retiresAt <= state.now();
}

/** The model as an answer names it: with its version, and gpt-35-turbo by its older name. */
export const reportedModel = ({ model }: Deployment): string =>
  `${model.name.replace(/^gpt-35/, 'gpt-3.5')}-${model.version}`;
