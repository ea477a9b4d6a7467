/** What the API answers about completions, traces and drift, as schemas (see `openapi-lab.ts`). The deep parts, which MLflow and the statistics shape, are left open. */
import { z } from 'zod';
import type { BatchView } from './complete-lab-status.ts';
import { time } from './openapi-lab.ts';

const anything = z.record(z.string(), z.unknown());

export const BatchStartedSchema = z.object({
  id: z.string(),
  lab: z.string(),
  status: z.enum(['started', 'already-started', 'resumed']),
  total: z.int(),
  links: z.object({ self: z.string() }),
});

const tally = z.object({
  answered: z.int(),
  refused: z.int(),
  promptTokens: z.int(),
  completionTokens: z.int(),
  withWarnings: z.int(),
});

export const BatchSchema = z.object({
  id: z.string(),
  lab: z.string(),
  kind: z.enum(['completions', 'probe']),
  state: z
    .enum(['running', 'done', 'stopped', 'failed'])
    .describe('`stopped`: the same request goes on from where it stopped. `failed`: its orchestration broke.'),
  session: z.string(),
  total: z.int(),
  asked: z.int().describe('Completions that have been answered or refused.'),
  tally,
  askedAt: time('When it was asked for.'),
  endedAt: time('When it ended.').optional(),
  note: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  stop: z.object({ code: z.string(), message: z.string() }).optional(),
  completions: z
    .array(z.looseObject({ index: z.int(), kind: z.enum(['answered', 'refused']), runId: z.string() }))
    .optional()
    .describe('When it has ended: one line for each.'),
  links: z.object({ self: z.string(), lab: z.string(), traces: z.string() }),
});

export const TraceListSchema = z.object({
  traces: z.array(z.looseObject({ traceId: z.string(), links: z.object({ self: z.string() }) })),
  next: z.string().optional().describe('Token of the next page.'),
  links: z.object({ self: z.string(), next: z.string().optional() }),
});

export const TraceSchema = z.looseObject({
  spans: z.array(anything),
  complete: z.boolean().describe('False while the trace’s data has not arrived, or is gone.'),
  links: z.object({ self: z.string(), traces: z.string() }),
});

export const ComparisonSchema = anything.describe(
  'Both sides, and what differs: features, and the words of prompt and answer.',
);

const windowSummary = z.object({
  traces: z.int(),
  errors: z.int(),
  firstMs: z.number().nullable(),
  lastMs: z.number().nullable(),
});
const asked = z.object({
  window: z.string(),
  lab: z.string(),
  source: z.enum(['workspace', 'report']),
  cut: z.boolean().describe('Only the newest traces of the window were read.'),
});
export const DriftSchema = z.looseObject({
  asked: z.object({ baseline: asked, current: asked }),
  version: z.literal(1),
  windows: z.object({ baseline: windowSummary, current: windowSummary }),
  shared: z.int().describe('Traces that are in both windows, which hides drift.'),
  verdict: z.looseObject({ kind: z.string() }),
  knownChanges: z.array(anything),
  features: z.array(z.looseObject({ adjustedP: z.number().nullable(), verdict: z.looseObject({ kind: z.string() }) })),
  leftOut: z
    .array(z.string())
    .optional()
    .describe('Features that one window did not keep: the report of an ended lab has no texts.'),
  text: z.unknown().describe('The findings in words; Portuguese where `Accept-Language` asks for it.'),
});

type Documents<Schema, Answer extends Schema> = Answer;
/** @public Read by the compiler alone. */
export type DocumentedBatch = Documents<Omit<z.input<typeof BatchSchema>, 'completions'>, BatchView>;
