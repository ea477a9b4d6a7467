// The published shape of a chat completion request, by version of the data-plane API.
// https://github.com/Azure/azure-rest-api-specs/tree/main/specification/cognitiveservices/data-plane/AzureOpenAI/inference
// (createChatCompletionRequest of stable/2024-02-01, 2024-06-01 and 2024-10-21), and for previews
// https://learn.microsoft.com/azure/ai-services/openai/api-version-deprecation#changes-between-preview-api-versions
import { z } from 'zod';

const anything = z.unknown().optional();
const text = z.string().nullish();
const flag = z.boolean().nullish();
const between = (least: number, most: number) => z.number().min(least).max(most).nullish();
const count = (least: number, most = Number.MAX_SAFE_INTEGER) => z.int().min(least).max(most).nullish();
const object = <S extends z.core.$ZodLooseShape>(shape: S) => z.strictObject(shape).nullish();

export const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;

const part = z.strictObject({
  type: z.enum(['text', 'image_url', 'input_audio', 'file', 'refusal']),
  text,
  image_url: anything,
  input_audio: anything,
  file: anything,
  refusal: text,
});
const call = z.strictObject({
  id: z.string(),
  type: z.enum(['function']),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});
const message = z.strictObject({
  role: z.enum(ROLES),
  content: z.union([z.string(), z.array(part)]).nullish(),
  name: text,
  refusal: text,
  audio: anything,
  tool_calls: z.array(call).nullish(),
  tool_call_id: text,
  function_call: anything,
});

const NAMES = {
  model: text,
  messages: z.array(message).min(1),
  temperature: between(0, 2),
  top_p: between(0, 1),
  n: count(1, 128),
  stream: flag,
  stop: z.union([z.string(), z.array(z.string()).min(1).max(4)]).nullish(),
  max_tokens: count(1),
  presence_penalty: between(-2, 2),
  frequency_penalty: between(-2, 2),
  logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
  user: text,
  seed: z.int().nullish(),
  response_format: object({ type: z.enum(['text', 'json_object', 'json_schema']), json_schema: anything }),
  tools: z.array(z.unknown()).max(128).nullish(),
  tool_choice: anything,
  functions: z.array(z.unknown()).nullish(),
  function_call: anything,
  data_sources: z.array(z.unknown()).nullish(),
  logprobs: flag,
  top_logprobs: count(0, 20),
  parallel_tool_calls: flag,
  max_completion_tokens: count(1),
  stream_options: object({ include_usage: flag, include_obfuscation: flag }),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).nullish(),
  store: flag,
  metadata: z.record(z.string(), z.string()).nullish(),
  user_security_context: anything,
  modalities: z.array(z.enum(['text', 'audio'])).nullish(),
  audio: anything,
  prediction: anything,
} satisfies Record<string, z.ZodType>;
type Name = keyof typeof NAMES;

/** From which version on a name is known, where that is not every version: generally available ones, and previews. */
const SINCE: Partial<Record<Name, { stable: string | null; preview: string }>> = {
  logprobs: { stable: '2024-06-01', preview: '2024-03-01-preview' },
  top_logprobs: { stable: '2024-06-01', preview: '2024-03-01-preview' },
  parallel_tool_calls: { stable: '2024-10-21', preview: '2024-08-01-preview' },
  // https://github.com/openai/openai-python/issues/1724
  max_completion_tokens: { stable: null, preview: '2024-09-01-preview' },
  stream_options: { stable: null, preview: '2024-09-01-preview' },
  reasoning_effort: { stable: null, preview: '2024-12-01-preview' },
  store: { stable: null, preview: '2024-12-01-preview' },
  metadata: { stable: null, preview: '2024-12-01-preview' },
  user_security_context: { stable: null, preview: '2024-12-01-preview' },
  modalities: { stable: null, preview: '2025-01-01-preview' },
  audio: { stable: null, preview: '2025-01-01-preview' },
  prediction: { stable: null, preview: '2025-01-01-preview' },
};

const isKnown = (name: Name, version: string): boolean => {
  const since = SINCE[name];
  if (since === undefined || version === 'v1') return true;
  const first = version.endsWith('-preview') ? since.preview : since.stable;
  return first !== null && version >= first;
};

const shapes = new Map<string, z.ZodType>();

/** The shape in that version, `2024-10-21` or `v1`. */
export function chatShape(version: string): z.ZodType {
  const former = shapes.get(version);
  if (former !== undefined) return former;
  const known = Object.entries(NAMES).filter(([name]) => isKnown(name as Name, version));
  const shape = z.strictObject(Object.fromEntries(known));
  shapes.set(version, shape);
  return shape;
}
