/**
 * The features of many traces as columns: what outlives the lab, so that a later lab can be compared with it.
 *
 * 1. No prompt, no answer and no trace id is kept; of the tags only those named.
 * 2. Bounded in traces and in bytes. What does not fit goes in this order: run ids, sessions and tags (names that mean
 *    little once the workspace is gone), then the oldest traces; how many is recorded.
 */
import { z } from 'zod';
import type { TraceFeatures } from './features.ts';

const numbers = z.array(z.number().nullable());
/** Repeated values: each trace holds the position of its value among `levels`, or null. */
const coded = <T extends z.ZodType>(level: T) =>
  z
    .object({ levels: z.array(level), codes: z.array(z.int().min(0).nullable()) })
    .refine(({ levels, codes }) => codes.every((code) => code === null || code < levels.length), 'a code has no level');
const strings = coded(z.string());

const NUMBER_FIELDS = ['promptTokens', 'completionTokens', 'latencyMs', 'promptChars', 'responseChars'] as const;
const STRING_FIELDS = [
  'finishReason',
  'model',
  'deployment',
  'paramsHash',
  'promptHash',
  'session',
  'sourceRun',
] as const;

const PLAIN_FIELDS = ['requestTimeMs', 'error', 'refusal', ...NUMBER_FIELDS] as const;

/** Reads stored columns; refuses those whose lengths differ or whose codes lead nowhere. */
export const featureColumnsSchema = z
  .object({
    version: z.literal(1),
    count: z.int().min(0),
    /** Traces left out, the oldest first. */
    left: z.int().min(0),
    baseTimeMs: z.number(),
    /** Milliseconds after `baseTimeMs`. */
    requestTimeMs: z.array(z.number()),
    error: z.array(z.union([z.literal(0), z.literal(1)])),
    refusal: z.array(z.union([z.literal(0), z.literal(1), z.null()])),
    promptTokens: numbers,
    completionTokens: numbers,
    latencyMs: numbers,
    promptChars: numbers,
    responseChars: numbers,
    finishReason: strings,
    model: strings,
    deployment: strings,
    paramsHash: strings,
    promptHash: strings,
    session: strings,
    sourceRun: strings,
    tags: coded(z.record(z.string(), z.string())),
  })
  .refine(
    (columns) =>
      PLAIN_FIELDS.every((name) => columns[name].length === columns.count) &&
      [...STRING_FIELDS, 'tags' as const].every((name) => columns[name].codes.length === columns.count),
    'columns differ in length',
  );

export type FeatureColumns = z.infer<typeof featureColumnsSchema>;

export interface ColumnLimits {
  maxTraces?: number;
  /** UTF-8 bytes of the JSON. */
  maxBytes?: number;
  /** Tags to keep, by key; none by default. */
  tagKeys?: readonly string[];
}

/** Packs the newest traces, oldest first, within 2,000 traces and 200,000 bytes of JSON unless told otherwise. */
export function toColumns(features: readonly TraceFeatures[], limits: ColumnLimits = {}): FeatureColumns {
  const { maxTraces = 2000, maxBytes = 200_000, tagKeys = [] } = limits;
  const newest = [...features].sort((a, b) => a.requestTimeMs - b.requestTimeMs).slice(-maxTraces);
  let kept = newest;
  let withoutNames: (keyof TraceFeatures)[] = [];
  for (;;) {
    const columns = pack(kept, features.length - kept.length, tagKeys, withoutNames);
    const bytes = Buffer.byteLength(JSON.stringify(columns));
    if (bytes <= maxBytes || kept.length === 0) return columns;
    if (withoutNames.length === 0) withoutNames = ['sourceRun'];
    else if (withoutNames.length === 1) withoutNames = ['sourceRun', 'session', 'tags'];
    else kept = kept.slice(Math.ceil(kept.length * (1 - Math.min(0.95, maxBytes / bytes))));
  }
}

function pack(
  traces: readonly TraceFeatures[],
  left: number,
  tagKeys: readonly string[],
  without: readonly (keyof TraceFeatures)[],
): FeatureColumns {
  const baseTimeMs = traces[0]?.requestTimeMs ?? 0;
  const number = (field: (typeof NUMBER_FIELDS)[number]): (number | null)[] =>
    traces.map((trace) => {
      const value = trace[field];
      return value === null || !Number.isFinite(value) ? null : Math.round(value * 1000) / 1000;
    });
  const string = (field: (typeof STRING_FIELDS)[number]): FeatureColumns['model'] =>
    encode(
      traces.map((trace) => (without.includes(field) ? null : trace[field])),
      (value) => value,
    );
  return {
    version: 1,
    count: traces.length,
    left,
    baseTimeMs,
    requestTimeMs: traces.map((trace) => trace.requestTimeMs - baseTimeMs),
    error: traces.map((trace) => (trace.state === 'ERROR' ? 1 : 0)),
    refusal: traces.map((trace) => (trace.refusal === null ? null : trace.refusal ? 1 : 0)),
    promptTokens: number('promptTokens'),
    completionTokens: number('completionTokens'),
    latencyMs: number('latencyMs'),
    promptChars: number('promptChars'),
    responseChars: number('responseChars'),
    finishReason: string('finishReason'),
    model: string('model'),
    deployment: string('deployment'),
    paramsHash: string('paramsHash'),
    promptHash: string('promptHash'),
    session: string('session'),
    sourceRun: string('sourceRun'),
    tags: encode(
      traces.map((trace) => (without.includes('tags') ? null : keptTags(trace, tagKeys))),
      JSON.stringify,
    ),
  };
}

function keptTags(trace: TraceFeatures, keys: readonly string[]): Record<string, string> | null {
  const kept = keys.flatMap((key) => {
    const value = trace.tags?.[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

function encode<T>(
  values: readonly (T | null)[],
  identity: (value: T) => string,
): { levels: T[]; codes: (number | null)[] } {
  const levels: T[] = [];
  const codeOf = new Map<string, number>();
  const codes = values.map((value) => {
    if (value === null) return null;
    const known = codeOf.get(identity(value));
    if (known !== undefined) return known;
    codeOf.set(identity(value), levels.length);
    return levels.push(value) - 1;
  });
  return { levels, codes };
}

/** Unpacks columns that `featureColumnsSchema` has read. */
export function fromColumns(columns: FeatureColumns): TraceFeatures[] {
  const level = <T>({ levels, codes }: { levels: T[]; codes: (number | null)[] }, row: number): T | null => {
    const code = codes[row] ?? null;
    return code === null ? null : levels[code]!;
  };
  return columns.requestTimeMs.map((offsetMs, row): TraceFeatures => {
    const refusal = columns.refusal[row] ?? null;
    const tags = level(columns.tags, row);
    return {
      traceId: null,
      requestTimeMs: columns.baseTimeMs + offsetMs,
      state: columns.error[row] === 1 ? 'ERROR' : 'OK',
      promptTokens: columns.promptTokens[row] ?? null,
      completionTokens: columns.completionTokens[row] ?? null,
      latencyMs: columns.latencyMs[row] ?? null,
      promptChars: columns.promptChars[row] ?? null,
      responseChars: columns.responseChars[row] ?? null,
      finishReason: level(columns.finishReason, row),
      refusal: refusal === null ? null : refusal === 1,
      model: level(columns.model, row),
      deployment: level(columns.deployment, row),
      paramsHash: level(columns.paramsHash, row),
      promptHash: level(columns.promptHash, row),
      session: level(columns.session, row),
      sourceRun: level(columns.sourceRun, row),
      ...(tags === null ? {} : { tags }),
    };
  });
}
