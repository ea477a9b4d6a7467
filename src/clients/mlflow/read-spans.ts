/**
 * All spans of a `traces.json`, in the shapes that MLflow has given them: since 3.0 OpenTelemetry's names with ids in base64 and a status object, before it
 * `context`, `start_time` and `status_code`. Attribute values are JSON text (Python) or decoded (TypeScript).
 * https://github.com/mlflow/mlflow/blob/master/mlflow/entities/span.py
 */
import { z } from 'zod';
import { parseExact } from '../../lab/json.ts';

export type Span = {
  id: string;
  /** Null for the root. */
  parentId: string | null;
  name: string;
  /** MLflow's span type: CHAT_MODEL, CHAIN, TOOL, …; null where none is recorded. */
  type: string | null;
  /** Unix milliseconds. */
  startMs: number | null;
  endMs: number | null;
  /** OK, ERROR or UNSET. */
  status: string;
  statusMessage: string;
  inputs: unknown;
  outputs: unknown;
  /** The other attributes, decoded. */
  attributes: Record<string, unknown>;
  events: { name: string; atMs: number | null; attributes: Record<string, unknown> }[];
};

const nanoseconds = z.union([z.number(), z.bigint(), z.string()]).nullish();
const attributes = z.record(z.string(), z.unknown()).nullish();
const status = z.object({
  code: z.string().nullish(),
  status_code: z.string().nullish(),
  message: z.string().nullish(),
  description: z.string().nullish(),
});

const span = z.object({
  name: z.string().default(''),
  span_id: z.string().nullish(),
  parent_span_id: z.string().nullish(),
  parent_id: z.string().nullish(),
  context: z.object({ span_id: z.string().nullish() }).nullish(),
  start_time_unix_nano: nanoseconds,
  end_time_unix_nano: nanoseconds,
  start_time: nanoseconds,
  end_time: nanoseconds,
  status: status.nullish(),
  status_code: z.string().nullish(),
  status_message: z.string().nullish(),
  attributes,
  events: z
    .array(
      z.object({
        name: z.string().default(''),
        time_unix_nano: nanoseconds,
        timestamp: nanoseconds,
        attributes,
      }),
    )
    .nullish(),
});
const document = z.object({ spans: z.array(span).default([]) });

/** In the order of the document; none where the text is no `traces.json`, as that of a file that was created and not yet filled. */
export function readSpans(text: string): Span[] {
  const parsed = document.safeParse(parseExact(text));
  if (!parsed.success) return [];
  return parsed.data.spans.map((it): Span => {
    const all = Object.fromEntries(Object.entries(it.attributes ?? {}).map(([name, value]) => [name, decoded(value)]));
    const { 'mlflow.spanInputs': inputs, 'mlflow.spanOutputs': outputs, 'mlflow.spanType': type, ...rest } = all;
    const said = it.status?.code ?? it.status?.status_code ?? it.status_code ?? 'UNSET';
    return {
      id: it.span_id ?? it.context?.span_id ?? '',
      parentId: it.parent_span_id || it.parent_id || null,
      name: it.name,
      type: typeof type === 'string' ? type : null,
      startMs: milliseconds(it.start_time_unix_nano ?? it.start_time),
      endMs: milliseconds(it.end_time_unix_nano ?? it.end_time),
      status: said.replace(/^(?:STATUS_CODE_|StatusCode\.)/, ''),
      statusMessage: it.status?.message ?? it.status?.description ?? it.status_message ?? '',
      inputs: inputs ?? null,
      outputs: outputs ?? null,
      attributes: rest,
      events: (it.events ?? []).map((event) => ({
        name: event.name,
        atMs: milliseconds(event.time_unix_nano ?? event.timestamp),
        attributes: event.attributes ?? {},
      })),
    };
  });
}

/** The span that holds the whole trace; undefined where no text of it can be read. */
export const readRootSpan = (text: string): Span | undefined => readSpans(text).find((it) => it.parentId === null);

const milliseconds = (nanos: number | bigint | string | null | undefined): number | null =>
  nanos === null || nanos === undefined || nanos === '' ? null : Math.round(Number(nanos) / 1e6);

const decoded = (value: unknown): unknown => {
  const parsed = typeof value === 'string' ? parseExact(value) : value;
  return parsed === undefined ? (value ?? null) : plain(parsed);
};

/** Whole numbers beyond 2^53 become their digits: JSON has no other way to hold them unchanged. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, (_key, it: unknown) => (typeof it === 'bigint' ? it.toString() : it)),
  ) as unknown;
