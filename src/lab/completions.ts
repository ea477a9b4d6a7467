/**
 * Completions through the API: what a caller may ask for, and the batch that it becomes.
 *
 * 1. A batch's prompts are stored once, in the input of its orchestration; everything else refers to them by index.
 * 2. Index i always means the same prompt, so a repetition logs nothing twice: run and trace derive from batch and index.
 */
import { z } from 'zod';
import type { CompletionFacts } from '../contracts.ts';
import type { Limits } from './input.ts';
import type { LabRef } from './names.ts';
import type { LabPlace } from './place.ts';
import { PROBE_PROMPTS } from './completions-probe.ts';
import type { Memo } from './outcome.ts';

/** Completions of one batch, repeats included. */
export const MOST_COMPLETIONS = 500;
/** The whole body of a request: prompts are kept in the durable store. */
export const BATCH_BODY_BYTES = 256 * 1024;

/** Where the app's own tags and MLflow's begin with these, a caller's must not. */
const TAG_KEY = z.string().regex(/^(?!mlflow\.|llmops\.)[A-Za-z0-9][\w.-]{0,49}$/, {
  error: 'must be 1-50 of A-Z, a-z, 0-9, _, . and -, and begin with neither "mlflow." nor "llmops."',
});
const TAG_VALUE = z.string().regex(/^[^'"`\\\p{Cc}]{1,100}$/u, 'must be 1-100 characters without quotes');

/** Half a surrogate pair cannot be written as UTF-8, and would reach the services as another text. */
const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((it) => it.isWellFormed(), 'must be well-formed Unicode');

const choices = {
  system: text(4_000).optional().describe('System prompt. Left out: that of the lab.'),
  n: z.int().min(1).max(MOST_COMPLETIONS).optional().describe('How often each prompt is asked. Left out: once.'),
  sessionId: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'must be 1-100 of A-Z, a-z, 0-9, _, ., : and -')
    .optional()
    .describe('Session of the traces, by which a window of drift can be chosen. Left out: the id of the batch.'),
  temperature: z.number().min(0).max(2).optional().describe('Left out: the model’s own.'),
  maxTokens: z
    .int()
    .min(1)
    .max(16_384)
    .optional()
    .describe('Most tokens of an answer. Left out: the model’s own limit.'),
  tags: z
    .record(TAG_KEY, TAG_VALUE)
    .refine((it) => Object.keys(it).length <= 5, 'must be at most 5')
    .optional()
    .describe('At most five tags of run and trace, by which a window of drift can be chosen.'),
};
const prompt = text(8_000);

/** One prompt: a text, or a text with choices of its own. */
export const PromptSchema = z.preprocess(
  (it) => (typeof it === 'string' ? { prompt: it } : it),
  z.strictObject({ prompt, ...choices }),
);
export const PromptListSchema = z.array(PromptSchema).min(1).max(MOST_COMPLETIONS);

/** The body of POST …/completions where it is an object; it may as well be a list of prompts, as JSON or as lines of JSON. */
export const CompletionsSchema = z
  .strictObject({
    prompt: prompt.optional().describe('One prompt; this, or `prompts`.'),
    prompts: PromptListSchema.optional().describe(
      'Texts, or objects with `prompt` and any of the fields below, which then hold for it alone.',
    ),
    ...choices,
  })
  .refine((it) => (it.prompt === undefined) !== (it.prompts === undefined), {
    path: ['prompt'],
    message: 'or prompts must be given, and not both',
  });

export const ProbeSchema = z.strictObject({
  n: z.int().min(1).max(MOST_COMPLETIONS).default(PROBE_PROMPTS.length).describe('Questions, which are asked in turn.'),
  sessionId: choices.sessionId,
  tags: choices.tags,
});

export type Prompt = z.infer<typeof PromptSchema>;

/** What every completion of a batch needs besides its prompt. */
export type BatchOrder = {
  lab: LabRef;
  limits: Limits;
  place: LabPlace;
  id: string;
  kind: 'completions' | 'probe';
  /** Hashes that tell a repeated request from another one. */
  identity: { bodyHash: string; keyHash: string | null };
  /** Session of the prompts that name none. */
  session: string;
  /** System prompt of the prompts that bring none. */
  system: string;
  prompts: Prompt[];
  askedAt: string;
};

export const countOf = (prompts: readonly Prompt[]): number => prompts.reduce((sum, { n = 1 }) => sum + n, 0);

/** The prompt of an index: repeats of one prompt follow each other. @throws RangeError beyond the batch. */
export function promptAt(order: Pick<BatchOrder, 'prompts'>, index: number): Prompt {
  let first = 0;
  for (const it of order.prompts) {
    first += it.n ?? 1;
    if (index < first) return it;
  }
  throw new RangeError(`The batch has no completion ${index}.`);
}

/** A caller's choices for the whole batch, taken over by each prompt that has none of its own. */
export function promptsOf(body: z.infer<typeof CompletionsSchema>): Prompt[] {
  const { prompt: one, prompts, ...common } = body;
  const list = prompts ?? [{ prompt: one ?? '' }];
  return list.map((it) => ({ ...common, ...it, ...mergedTags(common.tags, it.tags) }));
}

const mergedTags = (common: Prompt['tags'], own: Prompt['tags']): Pick<Prompt, 'tags'> =>
  common === undefined && own === undefined ? {} : { tags: { ...common, ...own } };

/** What one completion of a batch came to. A refusal of the service is a result: it is logged, and the batch goes on. */
export type CompletionLine = { index: number } & (
  | ({ kind: 'answered' } & Pick<
      CompletionFacts,
      | 'answer'
      | 'finishReason'
      | 'model'
      | 'promptTokens'
      | 'completionTokens'
      | 'latencyMs'
      | 'runId'
      | 'traceId'
      | 'warnings'
    >)
  | { kind: 'refused'; code: string; message: string; runId: string; traceId: string | null; warnings: string[] }
);

export type Tally = {
  answered: number;
  refused: number;
  promptTokens: number;
  completionTokens: number;
  /** Completions whose telemetry is not whole. */
  withWarnings: number;
};
export const NOTHING: Tally = { answered: 0, refused: 0, promptTokens: 0, completionTokens: 0, withWarnings: 0 };

export const tallyOf = (lines: readonly CompletionLine[]): Tally =>
  lines.reduce<Tally>(
    (sum, line) => ({
      answered: sum.answered + (line.kind === 'answered' ? 1 : 0),
      refused: sum.refused + (line.kind === 'refused' ? 1 : 0),
      promptTokens: sum.promptTokens + (line.kind === 'answered' ? line.promptTokens : 0),
      completionTokens: sum.completionTokens + (line.kind === 'answered' ? line.completionTokens : 0),
      withWarnings: sum.withWarnings + (line.warnings.length > 0 ? 1 : 0),
    }),
    NOTHING,
  );

export const addTallies = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (sum, it) => ({
      answered: sum.answered + it.answered,
      refused: sum.refused + it.refused,
      promptTokens: sum.promptTokens + it.promptTokens,
      completionTokens: sum.completionTokens + it.completionTokens,
      withWarnings: sum.withWarnings + it.withWarnings,
    }),
    NOTHING,
  );

/** Why a batch ended before its last completion. */
export type Stop = { code: string; message: string };

/** Custom status of a slice of a batch, and, with what lies above it, of the batch. */
export type SliceStatus = { tally: Tally; note?: string };
export type BatchStatus = SliceStatus & {
  total: number;
  /** Instances of the slices under way, whose own tallies are not in this one yet. */
  slices: string[];
  /** The first few warnings. */
  warnings: string[];
};
export type SliceResult = { lines: CompletionLine[]; stop: Stop | null };
export type BatchResult = { total: number; tally: Tally; stop: Stop | null; lines: CompletionLine[]; endedAt: string };

/** What a slice is told: positions, not prompts. */
export type SliceOrder = {
  lab: LabRef;
  limits: Limits;
  place: LabPlace;
  /** Instance of the batch, in whose input the prompts are. */
  batch: string;
  from: number;
  /** Exclusive. */
  to: number;
  answerCharacters: number;
  /** Tokens a minute below which the slice stays; null: as fast as the service answers. */
  tokensPerMinute: number | null;
};

/** Slices of a batch that are worked off side by side, and the most completions of one: the history of an orchestration is read again at each of its steps. */
export const LANES = 4;
const MOST_IN_A_SLICE = 25;

/** Ranges [from, to) that cover a batch; as even as can be, so that lanes end together. */
export function slicesOf(total: number, lanes: number): { from: number; to: number }[] {
  const count = Math.max(Math.min(lanes, total), Math.ceil(total / MOST_IN_A_SLICE));
  return Array.from({ length: count }, (_, index) => ({
    from: Math.floor((index * total) / count),
    to: Math.floor(((index + 1) * total) / count),
  }));
}

/** How much of each answer the batch's result keeps: all of a few, the beginning of many. The whole answer is in the trace. */
export const answerCharacters = (total: number): number =>
  Math.max(100, Math.min(1_000, Math.floor(50_000 / Math.max(1, total))));

/** Input of the activity that makes one completion. */
export type PromptInput = {
  lab: LabRef;
  place: LabPlace;
  batch: string;
  index: number;
  answerCharacters: number;
  memo?: Memo;
};
