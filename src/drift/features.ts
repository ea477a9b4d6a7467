/**
 * One line of features per trace, and the windows that comparisons are made between.
 *
 * Nothing here knows where a trace comes from: MLflow's search, an export, or the report of a lab that is long gone.
 */
import { createHash } from 'node:crypto';

/** What a comparison reads of one trace. Null: not recorded. */
export interface TraceFeatures {
  traceId: string | null;
  /** Epoch milliseconds. */
  requestTimeMs: number;
  state: 'OK' | 'ERROR';
  promptTokens: number | null;
  completionTokens: number | null;
  latencyMs: number | null;
  promptChars: number | null;
  responseChars: number | null;
  finishReason: string | null;
  /** Whether the model or its content filter declined to answer. */
  refusal: boolean | null;
  /** The model version that answered, as the service names it. */
  model: string | null;
  deployment: string | null;
  /** `fingerprint` of the request parameters (temperature, max tokens, …). */
  paramsHash: string | null;
  /** `fingerprint` of the system prompt. */
  promptHash: string | null;
  session: string | null;
  /** The MLflow run that logged the trace. */
  sourceRun: string | null;
  /** Tags of that run by which windows are chosen. */
  tags?: Readonly<Record<string, string>>;
  /** For the wording test; never kept beyond the lab. */
  promptText?: string;
  responseText?: string;
}

/** How to pick a window. Times and counts are half-open: two windows that meet share no trace. */
export type WindowSpec =
  | { by: 'all' }
  /** Request times in [fromMs, toMs). */
  | { by: 'time'; fromMs: number; toMs: number }
  /** The newest `count` traces after leaving out the `skip` newest. */
  | { by: 'count'; count: number; skip?: number }
  | { by: 'run'; run: string }
  | { by: 'tag'; key: string; value: string }
  | { by: 'session'; session: string };

/** The traces of one window, oldest first. */
export function selectWindow(features: readonly TraceFeatures[], spec: WindowSpec): TraceFeatures[] {
  const chosen = features.filter(belongsTo(spec)).sort((a, b) => a.requestTimeMs - b.requestTimeMs);
  if (spec.by !== 'count') return chosen;
  const end = Math.max(0, chosen.length - (spec.skip ?? 0));
  return chosen.slice(Math.max(0, end - spec.count), end);
}

function belongsTo(spec: WindowSpec): (trace: TraceFeatures) => boolean {
  switch (spec.by) {
    case 'all':
    case 'count':
      return () => true;
    case 'time':
      return (trace) => trace.requestTimeMs >= spec.fromMs && trace.requestTimeMs < spec.toMs;
    case 'run':
      return (trace) => trace.sourceRun === spec.run;
    case 'tag':
      return (trace) => trace.tags?.[spec.key] === spec.value;
    case 'session':
      return (trace) => trace.session === spec.session;
  }
}

/**
 * Sixteen hexadecimal digits that stand for a prompt or a set of parameters: equal values have equal digits, whatever
 * the order of their keys, and the text itself is not kept.
 */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}
