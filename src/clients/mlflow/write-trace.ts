/**
 * MLflow traces as data: how one chat completion is written down (`mlflow-spans.ts` reads what any MLflow wrote).
 *
 * 1. Native `mlflow.*` attributes, as `mlflow.openai.autolog()` sets them, so that the app's traces and the notebook's compare. Nothing translates foreign
 *    attributes on this route.
 * 2. Times are nanoseconds beyond 2^53: they are written as digits.
 * https://github.com/mlflow/mlflow/blob/master/mlflow/tracing/constant.py, https://github.com/mlflow/mlflow/blob/master/mlflow/entities/span.py
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readChatSpan } from '../../lab/traces/chat.ts';
import { featureTags, SOURCE_RUN, TOKEN_USAGE } from '../../lab/traces/features.ts';

/** What the app adds to its own traces and runs, so that they are told from those of people. */
export const LLMOPS_TAGS = {
  lab: 'llmops.lab',
  source: 'llmops.source',
  key: 'llmops.key',
  traceId: 'llmops.trace_id',
  answer: 'llmops.answer',
  /** The batch that a completion through the API belongs to. */
  batch: 'llmops.batch',
  /** Code and sentence of a completion that was refused. */
  problem: 'llmops.problem',
} as const;

/** Newer servers look for spans in their database (TRACKING_STORE) unless the trace says otherwise. */
export const SPANS_LOCATION = 'mlflow.trace.spansLocation';

export const traceInfo = z.object({
  trace_id: z.string(),
  request_time: z.string().nullish(),
  execution_duration: z.string().nullish(),
  state: z.string().nullish(),
  trace_location: z.object({ mlflow_experiment: z.object({ experiment_id: z.string() }).nullish() }).nullish(),
  request_preview: z.string().nullish(),
  response_preview: z.string().nullish(),
  trace_metadata: z.record(z.string(), z.string()).default({}),
  tags: z.record(z.string(), z.string()).default({}),
});
export type TraceInfo = z.infer<typeof traceInfo>;

/** What the app asks; also how it is found again in its own trace, which people can edit. */
export const chatRequest = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user']), content: z.string() })),
  temperature: z.number().exactOptional(),
  max_tokens: z.int().exactOptional(),
  max_completion_tokens: z.int().exactOptional(),
});
export type Chat = z.infer<typeof chatRequest>;
export type TokenUsage = { input: number; output: number; total: number };

export type ChatCall = {
  traceId: string;
  experimentId: string;
  runId: string;
  labId: string;
  key: string;
  /** `app` (the default): the lab's own completion, `api`: one that somebody asked for. */
  source?: 'app' | 'api';
  /** The lab's id unless given. */
  session?: string;
  /** Further tags, of the caller's. */
  tags?: Record<string, string>;
  request: Chat;
  startedAtMs: number;
  durationMs: number;
  outcome:
    /** `answer`: the service's, whole, which the span's output shows. */
    { ok: true; answer: unknown; text: string; usage: TokenUsage } | { ok: false; code: string; message: string };
};

/** Derived from what identifies the call, so that a repetition writes the same trace. `ordinal` counts the calls that were made under one key. */
export const traceIdOf = (labHash: string, key: string, ordinal: number): string =>
  `tr-${createHash('sha256').update(`${labHash}|${key}|${ordinal}`).digest('hex').slice(0, 32)}`;

/** The trace's row, as `POST /api/3.0/mlflow/traces` takes it. Metadata values hold 250 characters, previews 1,000. */
export function chatTraceInfo(call: ChatCall) {
  const { outcome } = call;
  return {
    trace_id: call.traceId,
    client_request_id: call.traceId,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: call.experimentId } },
    request_preview: (call.request.messages.at(-1)?.content ?? '').slice(0, 1_000),
    response_preview: (outcome.ok ? outcome.text : outcome.message).slice(0, 1_000),
    request_time: new Date(call.startedAtMs).toISOString(),
    execution_duration: `${(call.durationMs / 1_000).toFixed(3)}s`,
    state: outcome.ok ? 'OK' : 'ERROR',
    trace_metadata: {
      [SOURCE_RUN]: call.runId,
      'mlflow.trace_schema.version': '3',
      'mlflow.trace.session': call.session ?? call.labId,
      'mlflow.source.name': 'llmops-lab',
      'mlflow.source.type': 'JOB',
      ...(outcome.ok ? { [TOKEN_USAGE]: JSON.stringify(usageAttribute(outcome.usage)) } : {}),
    },
    tags: {
      ...call.tags,
      'mlflow.traceName': 'Completions',
      [SPANS_LOCATION]: 'ARTIFACT_REPO',
      [LLMOPS_TAGS.lab]: call.labId,
      [LLMOPS_TAGS.source]: call.source ?? 'app',
      [LLMOPS_TAGS.key]: call.key.slice(0, 250),
      ...featureTags(
        readChatSpan(call.request, outcome.ok ? outcome.answer : null),
        outcome.ok ? undefined : outcome.code,
      ),
    },
  };
}

/** The trace's data, the content of `traces.json`: one span. */
export function chatTraceDocument(call: ChatCall): string {
  const { outcome, request } = call;
  const id = Buffer.from(call.traceId.slice(3), 'hex');
  const attributes: Record<string, unknown> = {
    'mlflow.traceRequestId': call.traceId,
    'mlflow.spanType': 'CHAT_MODEL',
    'mlflow.spanInputs': request,
    model: request.model,
    'mlflow.message.format': 'openai',
    ...(outcome.ok
      ? { 'mlflow.spanOutputs': outcome.answer, 'mlflow.chat.tokenUsage': usageAttribute(outcome.usage) }
      : {}),
  };
  const failure = outcome.ok ? undefined : { 'exception.type': outcome.code, 'exception.message': outcome.message };
  const endMs = call.startedAtMs + call.durationMs;
  const span = {
    trace_id: id.toString('base64'),
    span_id: id.subarray(0, 8).toString('base64'),
    parent_span_id: '',
    name: 'Completions',
    start_time_unix_nano: nanoseconds(call.startedAtMs),
    end_time_unix_nano: nanoseconds(endMs),
    status: outcome.ok
      ? { code: 'STATUS_CODE_OK', message: '' }
      : { code: 'STATUS_CODE_ERROR', message: outcome.message },
    attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, JSON.stringify(value)])),
    events:
      failure === undefined ? [] : [{ name: 'exception', time_unix_nano: nanoseconds(endMs), attributes: failure }],
  };
  return JSON.stringify({ spans: [span] });
}

const usageAttribute = (it: TokenUsage) => ({
  input_tokens: it.input,
  output_tokens: it.output,
  total_tokens: it.total,
});

/** Digits, not a double: the value exceeds 2^53. `JSON.rawJSON` is in every Node since 21; its type is not in TypeScript's library of ES2024. */
const nanoseconds = (ms: number): unknown =>
  (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(`${Math.round(ms)}000000`);
