/**
 * Two traces side by side: what differs in how they were asked, what it took, and word by word in what was answered.
 *
 * 1. Two traces prove nothing about a distribution, and the result says so: drift is a matter of windows.
 * 2. Texts are the model's and the caller's: they are data, and whoever shows them escapes them.
 * 3. Bounded: texts are compared up to a length, and a comparison that would take long is given up, not waited for.
 */
import { diffWordsWithSpace } from 'diff';
import type { ChatReading } from './chat.ts';
import { promptOf, systemPromptOf } from './chat.ts';
import type { TraceLine } from './features.ts';

export type TraceSide = {
  trace: TraceLine;
  /** Parameters and metrics of the run that the trace belongs to; null where it belongs to none. */
  run: { id: string; status: string; params: Record<string, string>; metrics: Record<string, number> } | null;
  system: string | null;
  prompt: string;
  /** Of the request, beside model and messages. */
  parameters: Record<string, unknown>;
  answer: string | null;
};

export type Scalar = string | number | boolean | null;
export type Compared = {
  field: 'prompt' | 'system' | 'parameters' | 'model' | 'deployment' | keyof Measured;
  a: Scalar;
  b: Scalar;
  same: boolean;
  /** b - a, for numbers. */
  change: number | null;
};
type Measured = Pick<
  TraceLine,
  'promptTokens' | 'completionTokens' | 'latencyMs' | 'finishReason' | 'refusal' | 'state' | 'session' | 'errorCode'
>;

export type DiffPart = { kind: 'same' | 'removed' | 'added'; text: string };

export type TraceComparison = {
  a: TraceSide;
  b: TraceSide;
  fields: Compared[];
  answers: {
    same: boolean;
    /** Words of a's answer that are gone, new words of b's, in reading order; null where there is no answer on both sides or they differ beyond the limits. */
    diff: DiffPart[] | null;
    /** Whether a text was cut before it was compared. */
    cut: boolean;
  };
  note: string;
};

/** Characters of an answer that are compared, and how many edits are looked for. */
const MOST_CHARACTERS = 20_000;
const MOST_EDITS = 4_000;
const TIMEOUT_MS = 1_000;

/** A side from a trace's line, its run and its root span as read. */
export const sideOf = (trace: TraceLine, reading: ChatReading, run: TraceSide['run']): TraceSide => ({
  trace: {
    ...trace,
    // What the span says counts where tags are missing, as on traces of people.
    model: trace.model ?? reading.model,
    deployment: trace.deployment ?? reading.deployment,
    finishReason: trace.finishReason ?? reading.finishReason,
    refusal: trace.refusal ?? reading.refused,
    promptTokens: trace.promptTokens ?? reading.usage?.input ?? null,
    completionTokens: trace.completionTokens ?? reading.usage?.output ?? null,
    responseChars: trace.responseChars ?? reading.answer?.length ?? null,
    promptChars: trace.promptChars ?? promptOf(reading).length,
  },
  run,
  system: systemPromptOf(reading),
  prompt: promptOf(reading),
  parameters: reading.parameters,
  answer: reading.answer,
});

export function compareSides(a: TraceSide, b: TraceSide): TraceComparison {
  const field = (name: Compared['field'], of: (side: TraceSide) => Scalar): Compared => {
    const [left, right] = [of(a), of(b)];
    const change = typeof left === 'number' && typeof right === 'number' ? right - left : null;
    return { field: name, a: left, b: right, same: left === right, change };
  };
  const measured = (name: keyof Measured): Compared => field(name, (side) => side.trace[name]);
  return {
    a,
    b,
    fields: [
      field('prompt', (side) => side.prompt),
      field('system', (side) => side.system),
      field('parameters', (side) => canonical(side.parameters)),
      field('model', (side) => side.trace.model),
      field('deployment', (side) => side.trace.deployment),
      measured('promptTokens'),
      measured('completionTokens'),
      measured('latencyMs'),
      measured('finishReason'),
      measured('refusal'),
      measured('state'),
      measured('errorCode'),
      measured('session'),
    ],
    answers: compareAnswers(a.answer, b.answer),
    note: 'Two traces are an example, not evidence: whether answers have changed is a question for windows of traces (drift).',
  };
}

function compareAnswers(a: string | null, b: string | null): TraceComparison['answers'] {
  if (a === null || b === null) return { same: a === b, diff: null, cut: false };
  const cut = a.length > MOST_CHARACTERS || b.length > MOST_CHARACTERS;
  const changes = diffWordsWithSpace(a.slice(0, MOST_CHARACTERS), b.slice(0, MOST_CHARACTERS), {
    maxEditLength: MOST_EDITS,
    timeout: TIMEOUT_MS,
  });
  const diff = changes?.map(({ added, removed, value }): DiffPart => ({
    kind: added ? 'added' : removed ? 'removed' : 'same',
    text: value,
  }));
  return { same: a === b, diff: diff ?? null, cut };
}

const canonical = (parameters: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))));
