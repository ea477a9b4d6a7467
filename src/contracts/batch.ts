/**
 * Completions through the API: the batch that a request (`completions-request.ts`) becomes.
 *
 * 1. A batch's prompts are stored once, in the input of its orchestration; everything else refers to them by index.
 * 2. Index i always means the same prompt, so a repetition logs nothing twice: run and trace derive from batch and index.
 */
import type { CompletionFacts, LabPlace } from '../lab/resources.ts';
import type { Limits } from '../lab/limits.ts';
import type { LabRef } from '../lab/names.ts';
import type { Prompt } from '../lab/completions-request.ts';
import type { Memo } from '../lab/outcome.ts';

/** The whole body of a request: prompts are kept in the durable store. */
export const BATCH_BODY_BYTES = 256 * 1024;

/** What every completion of a batch needs besides its prompt. */
export type BatchInput = {
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
export function promptAt(order: Pick<BatchInput, 'prompts'>, index: number): Prompt {
  let first = 0;
  for (const prompt of order.prompts) {
    first += prompt.n ?? 1;
    if (index < first) return prompt;
  }
  throw new RangeError(`The batch has no completion ${index}.`);
}

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
export const EMPTY_TALLY: Tally = { answered: 0, refused: 0, promptTokens: 0, completionTokens: 0, withWarnings: 0 };

export const tallyOf = (lines: readonly CompletionLine[]): Tally =>
  lines.reduce<Tally>(
    (sum, line) => ({
      answered: sum.answered + (line.kind === 'answered' ? 1 : 0),
      refused: sum.refused + (line.kind === 'refused' ? 1 : 0),
      promptTokens: sum.promptTokens + (line.kind === 'answered' ? line.promptTokens : 0),
      completionTokens: sum.completionTokens + (line.kind === 'answered' ? line.completionTokens : 0),
      withWarnings: sum.withWarnings + (line.warnings.length > 0 ? 1 : 0),
    }),
    EMPTY_TALLY,
  );

export const addTallies = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (sum, tally) => ({
      answered: sum.answered + tally.answered,
      refused: sum.refused + tally.refused,
      promptTokens: sum.promptTokens + tally.promptTokens,
      completionTokens: sum.completionTokens + tally.completionTokens,
      withWarnings: sum.withWarnings + tally.withWarnings,
    }),
    EMPTY_TALLY,
  );

/** Why a batch ended before its last completion. */
export type BatchStop = { code: string; message: string };

/** Custom status of a slice of a batch, and, with what lies above it, of the batch. */
export type SliceStatus = { tally: Tally; note?: string };
export type BatchStatus = SliceStatus & {
  total: number;
  /** Instances of the slices under way, whose own tallies are not in this one yet. */
  slices: string[];
  /** The first few warnings. */
  warnings: string[];
};
export type SliceResult = { lines: CompletionLine[]; stop: BatchStop | null };
export type BatchResult = {
  total: number;
  tally: Tally;
  stop: BatchStop | null;
  lines: CompletionLine[];
  endedAt: string;
};

/** What a slice is told: positions, not prompts. */
export type SliceInput = {
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
