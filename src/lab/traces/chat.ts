/**
 * One chat completion as a trace holds it, whoever wrote the trace: this app, or `mlflow.openai.autolog()` of MLflow 2.14 to 3.x.
 *
 * 1. Inputs are the keyword arguments of the call: `messages`, `model`, and whatever else was set.
 * 2. Outputs are the service's answer; MLflow 2.14 to 2.17 keep its JSON text under `result`, and of a stream the joined text alone.
 * 3. What is not there is null: nothing is guessed.
 * https://github.com/mlflow/mlflow/blob/master/mlflow/openai/autolog.py
 */
import { tokenCount } from '../token-count.ts';
import { z } from 'zod';
import { parseJson } from '../json.ts';

export type ChatReading = {
  messages: { role: string; content: string }[];
  /** Parameters of the request beside model and messages. */
  parameters: Record<string, unknown>;
  /** The model that was asked for: the deployment's name, in Azure. */
  deployment: string | null;
  /** The model that answered, with its version. */
  model: string | null;
  answer: string | null;
  finishReason: string | null;
  /** Whether the model or its content filter declined; null where there is no answer to judge. */
  refused: boolean | null;
  usage: { input: number | null; output: number; total: number | null } | null;
};

const request = z.looseObject({
  model: z.string().nullish(),
  messages: z.array(z.looseObject({ role: z.string().default(''), content: z.unknown() })).default([]),
});

const answer = z.object({
  model: z.string().nullish(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.unknown(), refusal: z.string().nullish() }).nullish(),
      }),
    )
    .default([]),
  usage: z
    .object({ prompt_tokens: tokenCount.nullish(), completion_tokens: tokenCount, total_tokens: tokenCount.nullish() })
    .nullish()
    .catch(null),
});

const wrapped = z.object({ result: z.string() });

/** Reads the root span's inputs and outputs, given as JSON text or decoded. */
export function readChatSpan(inputs: unknown, outputs: unknown): ChatReading {
  const asked = request.safeParse(decoded(inputs));
  const { model: deployment = null, messages = [], ...parameters } = asked.success ? asked.data : {};
  return {
    messages: messages.map(({ role, content }) => ({ role, content: textOf(content) ?? '' })),
    parameters,
    deployment,
    ...readChatAnswer(outputs),
  };
}

export type ChatAnswered = Pick<ChatReading, 'model' | 'answer' | 'finishReason' | 'refused' | 'usage'>;

/** Reads the service's answer, as it came or as a span's output holds it. */
export function readChatAnswer(outputs: unknown): ChatAnswered {
  const inner = wrapped.safeParse(decoded(outputs));
  const said = decoded(inner.success ? inner.data.result : outputs);
  return typeof said === 'string' ? { ...NOTHING_SAID, answer: said } : answered(said);
}

const NOTHING_SAID: ChatAnswered = { model: null, answer: null, finishReason: null, refused: null, usage: null };

function answered(said: unknown): ChatAnswered {
  const parsed = answer.safeParse(said);
  if (!parsed.success) return NOTHING_SAID;
  const { choices, model = null, usage: counted } = parsed.data;
  const usage = counted
    ? { input: counted.prompt_tokens ?? null, output: counted.completion_tokens, total: counted.total_tokens ?? null }
    : null;
  const [first] = choices;
  if (first === undefined) return { ...NOTHING_SAID, model, usage };
  const refusal = first.message?.refusal ?? null;
  const finishReason = first.finish_reason ?? null;
  return {
    model,
    answer: textOf(first.message?.content) ?? refusal,
    finishReason,
    refused: refusal !== null || finishReason === 'content_filter',
    usage,
  };
}

/** A message's text: a string, or the texts of its parts. */
function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  return content
    .map((part: unknown) => (part as { text?: unknown } | null)?.text)
    .filter((it) => typeof it === 'string')
    .join('\n');
}

const decoded = (value: unknown): unknown => {
  const parsed = typeof value === 'string' ? parseJson(value) : undefined;
  return parsed === undefined ? value : parsed;
};

/** What the user said last; empty where nobody did. */
export const promptOf = ({ messages }: ChatReading): string =>
  messages.findLast(({ role }) => role === 'user')?.content ?? '';

export const systemPromptOf = ({ messages }: ChatReading): string | null =>
  messages.find(({ role }) => role === 'system' || role === 'developer')?.content ?? null;
