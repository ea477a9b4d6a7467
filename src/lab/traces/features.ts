/**
 * What a trace tells a listing and a comparison, from the results of a search alone: no span is read for it.
 *
 * 1. The app writes what MLflow does not keep beside the trace (finish reason, model, lengths, refusal) into tags of the trace, for its own completions
 *    and for the notebook's. Traces that people make have no such tags: they have time, state, latency and, since MLflow 3.1, tokens.
 * 2. Tags hold fingerprints of the parameters and of the system prompt, never their text.
 */
import { z } from 'zod';
import { fingerprint, type TraceFeatures } from '../../drift/features.ts';
import { parseJson } from '../json.ts';
import { promptOf, systemPromptOf, type ChatReading } from './chat.ts';

/** Tags of a trace. Values are strings of at most 250 characters. */
export const FEATURE_TAGS = {
  finishReason: 'llmops.finish_reason',
  model: 'llmops.model',
  deployment: 'llmops.deployment',
  promptTokens: 'llmops.prompt_tokens',
  completionTokens: 'llmops.completion_tokens',
  promptChars: 'llmops.prompt_chars',
  responseChars: 'llmops.response_chars',
  refusal: 'llmops.refusal',
  parameters: 'llmops.parameters_hash',
  systemPrompt: 'llmops.system_prompt_hash',
  /** Code of the error with which the call failed. */
  error: 'llmops.error_code',
} as const;

/** What a search answers of one trace. */
export type TraceRow = {
  trace_id: string;
  request_time?: string | null | undefined;
  execution_duration?: string | null | undefined;
  state?: string | null | undefined;
  request_preview?: string | null | undefined;
  response_preview?: string | null | undefined;
  trace_metadata: Record<string, string>;
  tags: Record<string, string>;
};

/** MLflow's own names in a trace's metadata. */
export const SOURCE_RUN = 'mlflow.sourceRun';
const SESSION = 'mlflow.trace.session';
export const TOKEN_USAGE = 'mlflow.trace.tokenUsage';
/** A refusal of Azure OpenAI's content filter comes as an error with one of these codes. */
const FILTERED = /^(?:content_filter|ResponsibleAIPolicyViolation)$/;

/** The tags to write for one completion. `errorCode` is that of the call that failed. */
export function featureTags(reading: ChatReading, errorCode?: string): Record<string, string> {
  const filtered = errorCode !== undefined && FILTERED.test(errorCode);
  const refused = filtered ? true : reading.refused;
  const system = systemPromptOf(reading);
  const values: Record<keyof typeof FEATURE_TAGS, string | number | boolean | null | undefined> = {
    finishReason: filtered ? 'content_filter' : reading.finishReason,
    model: reading.model,
    deployment: reading.deployment,
    promptTokens: reading.usage?.input,
    completionTokens: reading.usage?.output,
    promptChars: reading.messages.length === 0 ? null : promptOf(reading).length,
    responseChars: reading.answer?.length,
    refusal: refused,
    parameters: fingerprint(reading.parameters),
    systemPrompt: system === null ? null : fingerprint(system),
    error: errorCode,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === null || value === undefined
        ? []
        : [[FEATURE_TAGS[name as keyof typeof FEATURE_TAGS], String(value).slice(0, 250)]],
    ),
  );
}

/** One line of a listing. Times are ISO, latency in milliseconds; null: not recorded. */
export type TraceLine = Omit<TraceFeatures, 'requestTimeMs' | 'state' | 'promptText' | 'responseText' | 'tags'> & {
  traceId: string;
  time: string | null;
  /** OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED. */
  state: string;
  errorCode: string | null;
  /** Who made it: `app` (the lab's own completion), `api`, `notebook`, or null for people. */
  source: string | null;
  /** Tags that neither MLflow nor the app gives. */
  tags: Record<string, string>;
};

export function traceLine(row: TraceRow): TraceLine {
  const { tags, trace_metadata: metadata } = row;
  const usage = recordedUsage(row);
  const tag = (name: keyof typeof FEATURE_TAGS): string | null => tags[FEATURE_TAGS[name]] ?? null;
  const refusal = tag('refusal');
  return {
    traceId: row.trace_id,
    time: row.request_time ?? null,
    state: row.state ?? 'STATE_UNSPECIFIED',
    promptTokens: count(tag('promptTokens')) ?? usage?.input_tokens ?? null,
    completionTokens: count(tag('completionTokens')) ?? usage?.output_tokens ?? null,
    latencyMs: durationMs(row),
    promptChars: count(tag('promptChars')),
    responseChars: count(tag('responseChars')),
    finishReason: tag('finishReason'),
    refusal: refusal === null ? null : refusal === 'true',
    model: tag('model'),
    deployment: tag('deployment'),
    paramsHash: tag('parameters'),
    promptHash: tag('systemPrompt'),
    errorCode: tag('error'),
    session: metadata[SESSION] ?? null,
    sourceRun: metadata[SOURCE_RUN] ?? null,
    source: tags['llmops.source'] ?? null,
    tags: Object.fromEntries(
      Object.entries(tags).filter(([name]) => !name.startsWith('mlflow.') && !name.startsWith('llmops.')),
    ),
  };
}

/** What drift is measured on; null while the trace is still being written. */
export function featuresOf(row: TraceRow): TraceFeatures | null {
  const { time, state, errorCode: _errorCode, source: _source, ...features } = traceLine(row);
  const requestTimeMs = Date.parse(time ?? '');
  if ((state !== 'OK' && state !== 'ERROR') || Number.isNaN(requestTimeMs)) return null;
  const promptText = plainPreview(row.request_preview);
  const responseText = state === 'OK' ? plainPreview(row.response_preview) : undefined;
  return {
    ...features,
    requestTimeMs,
    state,
    ...(promptText === undefined ? {} : { promptText }),
    ...(responseText === undefined ? {} : { responseText }),
  };
}

/** Some releases of MLflow preview the whole request as JSON, whose words are not the prompt's. */
const plainPreview = (preview: string | null | undefined): string | undefined =>
  preview === null || preview === undefined || preview === '' || /^\s*[[{]/.test(preview) ? undefined : preview;

const usage = z.object({ input_tokens: z.int(), output_tokens: z.int() }).partial();

/** Tokens that MLflow itself counted for the whole trace; undefined where the MLflow that wrote it counts none (before 3.1). */
export const recordedUsage = ({ trace_metadata: metadata }: TraceRow): z.infer<typeof usage> | undefined =>
  usage.safeParse(parseJson(metadata[TOKEN_USAGE] ?? '')).data;

const count = (text: string | null): number | null => (text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null);

/** Whole milliseconds, from seconds such as `0.900s`; null where none are recorded. */
export const durationMs = ({ execution_duration: duration }: TraceRow): number | null => {
  const seconds = Number.parseFloat(duration ?? '');
  return Number.isFinite(seconds) ? Math.round(seconds * 1_000) : null;
};
