// What a chat completion request may ask of a model, beyond its shape: parameters that go together, or with this model, and what the built-in
// responder does not do, which is refused by name.
import type { ModelTraits } from './models.ts';
import { gatewayError, modelError, type ChatRequest } from './wire.ts';
import type { Deployment } from '../arm/records.ts';
import type { Reply } from '../core/router.ts';

type Fields = ChatRequest['raw'];
type Message = { role: string; content?: unknown; tool_calls?: { id: string }[] | null; tool_call_id?: string | null };

const given = (raw: Fields, name: string): boolean => raw[name] !== undefined && raw[name] !== null;

/** Undefined where the model takes the request. */
export const refuseRequest = (
  raw: Fields,
  { model }: Deployment,
  traits: ModelTraits,
  apiVersion: string,
): Reply | undefined =>
  refuseLimit(raw, traits, apiVersion) ??
  refuseSampling(raw, traits) ??
  refuseCombination(raw) ??
  refuseMessages(raw.messages as Message[]) ??
  (model.name.startsWith('text-embedding') ? notChat() : undefined);

const refuseLimit = (raw: Fields, traits: ModelTraits, apiVersion: string): Reply | undefined => {
  const [older, newer] = [given(raw, 'max_tokens'), given(raw, 'max_completion_tokens')];
  // https://github.com/langchain-ai/langgraph/issues/5943
  if (older && newer) {
    return modelError(
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      'invalid_parameter_combination',
      'max_tokens',
    );
  }
  // https://github.com/vercel/ai/issues/3309
  if (older && traits.reasoning) {
    return modelError(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'unsupported_parameter',
      'max_tokens',
    );
  }
  // At first for models that reason alone: https://learn.microsoft.com/azure/ai-services/openai/api-version-deprecation;
  // for the others with 2024-12-01-preview: https://github.com/activepieces/activepieces/pull/11584
  if (newer && !traits.reasoning && apiVersion !== 'v1' && apiVersion < '2024-12-01')
    return unrecognized('max_completion_tokens');
  const name = older ? 'max_tokens' : 'max_completion_tokens';
  const limit = Number(raw[name] ?? 0);
  if (limit <= traits.outputTokens) return undefined;
  // https://github.com/charmbracelet/catwalk/issues/41
  return modelError(
    `${name} is too large: ${limit}. This model supports at most ${traits.outputTokens} completion tokens, whereas you provided ${limit}.`,
    'invalid_value',
    name,
  );
};

/** https://learn.microsoft.com/azure/ai-services/openai/how-to/reasoning#not-supported */
const UNSUPPORTED_WHEN_REASONING = ['logprobs', 'top_logprobs', 'logit_bias'];
const DEFAULTS = { temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0 };

const refuseSampling = (raw: Fields, traits: ModelTraits): Reply | undefined => {
  if (!traits.reasoning) return undefined;
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if (!given(raw, name) || raw[name] === value) continue;
    return modelError(
      `Unsupported value: '${name}' does not support ${JSON.stringify(raw[name])} with this model. Only the default (${value}) value is supported.`,
      'unsupported_value',
      name,
    );
  }
  const unsupported = UNSUPPORTED_WHEN_REASONING.find((name) => given(raw, name) && raw[name] !== false);
  if (unsupported === undefined) return undefined;
  return modelError(
    `Unsupported parameter: '${unsupported}' is not supported with this model.`,
    'unsupported_parameter',
    unsupported,
  );
};

const refuseCombination = (raw: Fields): Reply | undefined => {
  // https://github.com/BerriAI/litellm/issues/5803
  if (given(raw, 'stream_options') && raw.stream !== true) {
    return modelError(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      null,
      'stream_options',
    );
  }
  // The words are assumed; the rule: https://github.com/Azure/azure-rest-api-specs (top_logprobs of createChatCompletionRequest).
  if (given(raw, 'top_logprobs') && raw.logprobs !== true) {
    return modelError("'logprobs' must be true to use 'top_logprobs'.", null, 'top_logprobs');
  }
  // https://learn.microsoft.com/azure/ai-services/openai/how-to/json-mode
  const format = (raw.response_format as { type?: string } | null | undefined)?.type;
  if (format === 'json_object' && !/json/i.test(JSON.stringify(raw.messages))) {
    return modelError(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      null,
      'messages',
    );
  }
  return undefined;
};

const refuseMessages = (messages: readonly Message[]): Reply | undefined => {
  const called = new Set<string>();
  for (const [index, { role, content, tool_calls: calls, tool_call_id: id }] of messages.entries()) {
    const empty = content === null || content === undefined;
    // Published as required for all but an assistant that calls; the words are assumed.
    if (empty && !(role === 'assistant' && (calls ?? []).length > 0)) {
      return modelError(
        `Invalid value for 'content': expected a string, got null.`,
        'invalid_type',
        `messages.[${index}].content`,
      );
    }
    for (const { id: made } of calls ?? []) called.add(made);
    // https://github.com/smarter-sh/smarter/issues/264
    if (role === 'tool' && !called.has(id ?? '')) {
      return modelError(
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        null,
        `messages.[${index}].role`,
      );
    }
  }
  return undefined;
};

const unrecognized = (name: string): Reply => modelError(`Unrecognized request argument supplied: ${name}`);

/** As reports quote it. */
const notChat = (): Reply =>
  gatewayError(
    400,
    'OperationNotSupported',
    'The chatCompletion operation does not work with the specified model. Please choose different model and try again.',
  );

/** What the built-in responder makes nothing of: an answer that ignored it would be taken for one that obeys. */
const UNANSWERED = [
  'tools',
  'functions',
  'data_sources',
  'logprobs',
  'logit_bias',
  'audio',
  'prediction',
  'store',
] as const;

/** 501 by name for what the built-in responder does not do. A model of one's own is asked instead. */
export function refuseUnanswered(raw: Fields): Reply | undefined {
  const name = UNANSWERED.find((it) => {
    const value = raw[it];
    return given(raw, it) && value !== false && !(Array.isArray(value) && value.length === 0);
  });
  const format = (raw.response_format as { type?: string } | null | undefined)?.type;
  const parts = (raw.messages as Message[]).flatMap(({ content }) =>
    Array.isArray(content) ? (content as { type: string }[]) : [],
  );
  const what =
    name ??
    (format === 'json_schema' ? 'response_format of type json_schema' : undefined) ??
    (parts.some(({ type }) => type !== 'text') ? 'messages with parts that are no text' : undefined);
  if (what === undefined) return undefined;
  return gatewayError(
    501,
    'NotImplemented',
    `The local cloud's own model does not do ${what}; see LOCAL_CLOUD_MODEL_URL.`,
  );
}
