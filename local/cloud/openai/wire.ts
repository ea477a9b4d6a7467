// Shapes of the Azure OpenAI data plane: the request that is read, and the errors in the two forms in which the gateway and the model give them.
import type { Reply } from '../core/router.ts';

export type ChatMessage = { role: string; content: string };
export type ChatRequest = {
  model?: string;
  messages: ChatMessage[];
  stream: boolean;
  includeUsage: boolean;
  /** From `max_tokens` or `max_completion_tokens`. */
  maxTokens?: number;
  choices: number;
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

/** Reads a chat completion request; a Reply is the refusal. */
export function readChat(body: unknown): ChatRequest | Reply {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return modelError('We could not parse the JSON body of your request.');
  }
  const raw = body as Record<string, unknown>;
  if (!Array.isArray(raw.messages) || raw.messages.length === 0) {
    return modelError("'messages' is a required property", null, 'messages');
  }
  const messages: ChatMessage[] = [];
  for (const [index, message] of (raw.messages as unknown[]).entries()) {
    const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
    const text = textOf(content);
    if (typeof role !== 'string' || !ROLES.includes(role)) {
      return modelError(
        `Invalid value: '${String(role)}'. Supported values are: '${ROLES.join("', '")}'.`,
        'invalid_value',
        `messages[${index}].role`,
      );
    }
    if (text === undefined) {
      return modelError(
        `Invalid type for 'messages[${index}].content': expected one of a string or array of objects.`,
        'invalid_type',
        `messages[${index}].content`,
      );
    }
    messages.push({ role, content: text });
  }
  const maxTokens = raw.max_completion_tokens ?? raw.max_tokens;
  if (maxTokens !== undefined && maxTokens !== null && !(Number.isInteger(maxTokens) && Number(maxTokens) > 0)) {
    return modelError(
      `Invalid 'max_tokens': integer below minimum value. Expected a value >= 1.`,
      'integer_below_min_value',
      'max_tokens',
    );
  }
  const options = raw.stream_options as { include_usage?: unknown } | undefined;
  return {
    ...(typeof raw.model === 'string' ? { model: raw.model } : {}),
    messages,
    stream: raw.stream === true,
    includeUsage: options?.include_usage === true,
    ...(typeof maxTokens === 'number' ? { maxTokens } : {}),
    choices: typeof raw.n === 'number' && raw.n > 1 ? Math.min(8, Math.floor(raw.n)) : 1,
    raw,
  };
}

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];

// A string, or the texts of a list of parts. An assistant's message may have none.
const textOf = (content: unknown): string | undefined => {
  if (typeof content === 'string') return content;
  if (content === null || content === undefined) return '';
  if (!Array.isArray(content)) return undefined;
  return (content as { text?: unknown }[]).map((part) => (typeof part.text === 'string' ? part.text : '')).join('\n');
};
