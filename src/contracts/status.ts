/**
 * Custom status of the orchestrations, and the bound on its size. Durable Functions refuses a custom status above 16 KB of UTF-16 and fails the instance
 * (https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-custom-orchestration-status), so every status passes through `bounded`.
 */
import type { Verification, CompletionFacts, LabPlace } from '../lab/resources.ts';
import type { TokenLine } from '../lab/cost/ledger.ts';
import type { Problem } from '../lab/outcome.ts';
import type { AccessSummary } from '../lab/participants.ts';
import type { Phase, Step } from '../lab/steps.ts';
import type { Plan } from '../lab/placement/plan.ts';
import { truncate } from '../lab/text.ts';

/** Custom status of the lab itself. */
export type LabStatus = {
  phase: Phase;
  steps: Step[];
  plan?: { openai: string[]; databricks: string[]; model: string; reason: string; notes?: string[] };
  completions?: CompletionFacts[];
  verifications?: Verification[];
  /** Of completions through the API, by model. */
  tokens?: TokenLine[];
  /** Once it is built. */
  place?: LabPlace;
  /** ISO times; `endsAt` is the earliest, and `endsBy` says which it is. */
  deadlines?: {
    idleAt: string;
    hardAt: string;
    /** Null: nothing that runs costs anything by the hour. */
    budgetAt: string | null;
    endsAt: string;
    endsBy: 'idle' | 'deadline' | 'budget';
    /** The warning time before `endsAt` has begun. */
    endsSoon?: boolean;
    /** No sign of use, and no proof of silence: the workspace cannot be read, or a cluster runs. At `idleAt` it is looked at again. */
    held?: 'unread' | 'unproven';
  };
  problem?: Problem;
  access?: AccessSummary;
};

/** Custom status of a branch (`{id}.openai`, `{id}.databricks`) or of one chain of the teardown. */
export type BranchStatus = { steps: Step[] };

/** Custom status of `{id}.teardown`. */
export type TeardownStatus = {
  round: number;
  steps: Step[];
  /** Instance ids of the chains of this round, whose own status tells their steps. */
  chains: string[];
  /** What could not be removed, or read, so far, and why. */
  left: { id: string; why: string }[];
};

/** Characters of JSON: well below the limit of 8,192 UTF-16 units, so that a field which grows in a later release has room. */
export const STATUS_LIMIT = 7_500;

type AnyStatus = Partial<LabStatus & TeardownStatus>;

const CUTS: readonly ((status: AnyStatus) => AnyStatus)[] = [
  (status) => ({
    ...status,
    steps: (status.steps ?? []).map(({ note, ...step }) =>
      note === undefined ? step : { ...step, note: truncate(note, 80) },
    ),
  }),
  (status) => (status.round === undefined ? status : { ...status, steps: withoutRepetitions(status.steps ?? []) }),
  (status) => withLeft(status, 300, Infinity),
  (status) =>
    status.completions
      ? {
          ...status,
          completions: status.completions.map((one) => ({
            ...one,
            answer: truncate(one.answer, 300),
            warnings: one.warnings.slice(0, 2).map((text) => truncate(text, 100)),
          })),
        }
      : status,
  (status) => withLeft(status, 80, Infinity),
  (status) => withLeft(status, 80, 20),
  (status) => ({ ...status, steps: (status.steps ?? []).map(({ note: _note, ...step }) => step) }),
  (status) => ({ ...status, steps: (status.steps ?? []).map(({ subject: _subject, ...step }) => step) }),
  (status) =>
    status.completions
      ? {
          ...status,
          completions: status.completions.map((one) => ({ ...one, answer: truncate(one.answer, 80), warnings: [] })),
        }
      : status,
  (status) => ({ ...status, steps: (status.steps ?? []).slice(-30) }),
  (status) => ({ ...status, steps: (status.steps ?? []).slice(-8) }),
  // Without these nobody could tell any more whether the lab lives, or what is left of it.
  ({ phase, place, deadlines, round, chains, left }) => ({
    steps: [],
    ...(phase && { phase }),
    ...(place && { place }),
    ...(deadlines && { deadlines }),
    ...(round && { round, chains: chains ?? [], left: left ?? [] }),
  }),
];

/** Of what a teardown has tried again and again: when it was first done, and the latest try. */
const withoutRepetitions = (steps: readonly Step[]): Step[] => {
  const alike = (a: Step) => (b: Step) => a.name === b.name && a.subject === b.subject;
  return steps.filter((step, index) => {
    const first =
      step.state === 'done' && !steps.slice(0, index).some((one) => alike(step)(one) && one.state === 'done');
    return first || !steps.slice(index + 1).some(alike(step));
  });
};

const withLeft = (status: AnyStatus, characters: number, most: number): AnyStatus => {
  if (status.left === undefined) return status;
  const more = status.left.length - most;
  const rest = more > 0 ? [{ id: `${more} more`, why: 'The log names them: lab.leftover.' }] : [];
  return {
    ...status,
    left: [
      ...status.left.slice(0, most).map(({ id, why }) => ({ id: truncate(id, 300), why: truncate(why, characters) })),
      ...rest,
    ],
  };
};

/** The status, shortened as little as is needed to stay within {@link STATUS_LIMIT}: notes first, then repetitions, reasons and answers, then the oldest steps. */
export function bounded<S extends object>(status: S): S {
  let shortened: S = status;
  for (const shorten of CUTS) {
    if (JSON.stringify(shortened).length <= STATUS_LIMIT) return shortened;
    shortened = shorten(shortened) as S;
  }
  return JSON.stringify(shortened).length <= STATUS_LIMIT ? shortened : ({ steps: [] } as unknown as S);
}

/** Each once, in the order in which they are tried first: a region may stand in a plan with several models and skus. */
const regionsOf = (places: readonly { region: string }[]): string[] => [...new Set(places.map((it) => it.region))];

export function planSummary(plan: Plan): NonNullable<LabStatus['plan']> {
  return {
    openai: regionsOf(plan.openai),
    databricks: regionsOf(plan.databricks),
    model: plan.openai[0]?.choice.model ?? '',
    reason: truncate(plan.openai[0]?.choice.reason ?? '', 300),
    ...(plan.notes === undefined ? {} : { notes: plan.notes.slice(0, 6).map((it) => truncate(it, 200)) }),
  };
}
