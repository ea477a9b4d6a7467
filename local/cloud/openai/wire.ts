// Shapes of the Azure OpenAI data plane: the request as it is answered, and the errors in the two forms in which the gateway and the model give them.
import { chatShape } from './chat-shape.ts';
import type { Reply } from '../core/router.ts';
import { faultIn, type BodyFault } from '../core/shapes.ts';

export type ChatMessage = { role: string; content: string };
export type ChatRequest = {
  messages: ChatMessage[];
  stream: boolean;
  includeUsage: boolean;
  /** From `max_tokens` or `max_completion_tokens`. */
  maxTokens?: number;
  choices: number;
  stop: readonly string[];
  /** Whether the answer must be a JSON object. */
  json: boolean;
  /** As it came, to be forwarded. */
  raw: Readonly<Record<string, unknown>>;
};

/** An error of the gateway: code and message. */
export const gatewayError = (
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Reply => ({ status, headers, json: { error: { code, message } } });

/** An error of the model, in OpenAI's own form. */
export const modelError = (message: string, code: string | null = null, param: string | null = null): Reply => ({
  status: 400,
  json: { error: { message, type: 'invalid_request_error', param, code } },
});

/** Reads a chat completion request in that version of the API; a Reply is the refusal. */
export function readChat(body: unknown, apiVersion: string): ChatRequest | Reply {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return modelError('We could not parse the JSON body of your request.');
  }
  const fault = faultIn(chatShape(apiVersion), body);
  if (fault !== undefined) return misshapen(fault);
  const raw = body as Record<string, unknown>;
  const maxTokens = raw.max_completion_tokens ?? raw.max_tokens;
  const options = raw.stream_options as { include_usage?: unknown } | null | undefined;
  const stop = raw.stop ?? [];
  return {
    messages: (raw.messages as { role: string; content?: unknown }[]).map(({ role, content }) => ({
      role,
      content: textOf(content),
    })),
    stream: raw.stream === true,
    includeUsage: options?.include_usage === true,
    ...(typeof maxTokens === 'number' ? { maxTokens } : {}),
    choices: typeof raw.n === 'number' ? raw.n : 1,
    stop: (Array.isArray(stop) ? stop : [stop]) as string[],
    json: (raw.response_format as { type?: string } | null | undefined)?.type === 'json_object',
    raw,
  };
}

// A string, or the texts of a list of parts. An assistant's message may have none.
const textOf = (content: unknown): string => {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return (content as { text?: unknown }[]).map((part) => (typeof part.text === 'string' ? part.text : '')).join('\n');
};

const TYPES: Record<string, string> = {
  int: 'an integer',
  number: 'a decimal',
  array: 'an array',
  object: 'an object',
};

/**
 * In the words of the API. Unknown names: https://github.com/openai/openai-python/issues/1724; the other sentences are those of OpenAI's own API, and that
 * Azure has the same is assumed.
 */
function misshapen(fault: BodyFault): Reply {
  const { path, name, value } = fault;
  switch (fault.kind) {
    case 'unknown':
      return path === name
        ? modelError(`Unrecognized request argument supplied: ${name}`)
        : modelError(`Unknown parameter: '${path}'.`, 'unknown_parameter', path);
    case 'missing':
      return path === name
        ? modelError(`'${name}' is a required property`, null, name)
        : modelError(`Missing required parameter: '${path}'.`, 'missing_required_parameter', path);
    case 'type':
    case 'pattern':
      return modelError(
        `Invalid type for '${path}': expected ${fault.kind === 'type' ? (TYPES[fault.expected] ?? `a ${fault.expected}`) : 'another form'}, but got ${article(value)} instead.`,
        'invalid_type',
        path,
      );
    case 'value':
      return modelError(
        `Invalid value: '${String(value)}'. Supported values are: '${fault.expected.join("', '")}'.`,
        'invalid_value',
        path,
      );
    case 'below':
    case 'above': {
      const [side, sign] = fault.kind === 'below' ? ['below minimum', '>='] : ['above maximum', '<='];
      const end = fault.kind === 'below' ? 'below_min' : 'above_max';
      if (fault.of === 'length') {
        const length = Array.isArray(value) ? value.length : String(value).length;
        return modelError(
          `Invalid '${path}': array length ${length} is ${side}. Expected an array with a length ${sign} ${fault.bound}.`,
          `array_${end}_length`,
          path,
        );
      }
      const kind = Number.isInteger(value) && Number.isInteger(fault.bound) && COUNTS.has(name) ? 'integer' : 'decimal';
      return modelError(
        `Invalid '${path}': ${kind} ${side} value. Expected a value ${sign} ${fault.bound}, but got ${JSON.stringify(value)} instead.`,
        `${kind}_${end}_value`,
        path,
      );
    }
  }
}

const COUNTS = new Set(['n', 'max_tokens', 'max_completion_tokens', 'top_logprobs', 'seed']);

const article = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  const type = typeof value;
  if (type === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return type === 'object' ? 'an object' : `a ${type}`;
};
