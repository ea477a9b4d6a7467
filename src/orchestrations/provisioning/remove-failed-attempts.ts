/**
 * Takes down what failed tries have left, beside the try that follows: a turn of it in each pause of the next one's waits.
 *
 * 1. It never ends a branch: what it cannot do, and what is not done when the branch is, the teardown does.
 * 2. What it has removed goes on the receipt.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { Removal } from '../../lab/removal/inventory.ts';
import type { LabRef } from '../../lab/names.ts';
import type { Memo, Outcome } from '../../lab/outcome.ts';
import type { Chain, RemovalActivity, RemovalStep } from '../../contracts/removal-chains.ts';
import type { BranchStatus } from '../../contracts/status.ts';
import { call, isoNow, now, wordsOf, type Flow } from '../durable.ts';
import { PACES } from '../durable/wait-times.ts';
import type { OpenStep, Progress } from '../durable/progress.ts';

type FailedTry = {
  region: string;
  attempt: number;
  chain: Chain;
  /** Which link of the chain it is at. */
  at: number;
  memo?: Memo | undefined;
  /** Lab time of the next look, in milliseconds. */
  dueAt: number;
  step?: OpenStep | undefined;
};

export type FailedTries = {
  /** Begins at once. */
  add: (where: { region: string; attempt: number }, chain: Chain) => Flow<void>;
  turn: () => Flow<void>;
  /** Closes its steps in the status, and gives what the teardown goes on with. */
  handOver: () => Chain[];
  readonly removals: Removal[];
};

export function createFailedTries(
  context: OrchestrationContext,
  lab: LabRef,
  progress: Progress<BranchStatus>,
): FailedTries {
  const tries: FailedTry[] = [];
  const removals: Removal[] = [];

  const next = (it: FailedTry): void => {
    it.at += 1;
    it.memo = undefined;
    it.step = undefined;
  };

  function* look(it: FailedTry): Flow<void> {
    for (let link = it.chain[it.at]; link !== undefined; link = it.chain[it.at]) {
      const { region, attempt } = it;
      it.step ??= progress.begin({ name: link.step, region, attempt, subject: link.subject });
      const outcome = yield* removeOnce(context, withMemo(link, it.memo));
      if (outcome.kind !== 'done') {
        it.dueAt = now(context) + (outcome.afterSeconds ?? PACES.removal.everySeconds) * 1_000;
        it.memo = outcome.memo ?? it.memo;
        it.step.hear(outcome.note);
        return;
      }
      removals.push(...outcome.value);
      it.step.end({ kind: 'ok', value: null });
      next(it);
    }
  }

  return {
    removals,
    *add({ region, attempt }, chain) {
      const it: FailedTry = { region, attempt, chain, at: 0, dueAt: 0 };
      tries.push(it);
      yield* look(it);
    },
    *turn() {
      for (const it of tries) if (it.at < it.chain.length && it.dueAt <= now(context)) yield* look(it);
    },
    handOver() {
      const end = { reason: 'left-over' as const, by: 'app', at: isoNow(context) };
      for (const it of tries) it.step?.end({ kind: 'ended', end });
      const unfinished = tries.filter((it) => it.at < it.chain.length);
      return unfinished.map(({ chain, at, memo }) =>
        // What the next link has seen so far goes along: that something was deleted by us cannot be read anywhere.
        chain.slice(at).map((link, index) => (index === 0 ? withMemo(link, memo) : link)),
      );
    },
  };
}

const withMemo = (link: RemovalStep, memo: Memo | undefined): RemovalStep =>
  memo === undefined ? link : ({ ...link, input: { ...link.input, memo } } as RemovalStep);

/** A refusal and a surprise are looked at again later: both may pass, and neither may end the lab. */
function* removeOnce(
  context: OrchestrationContext,
  { activity, input }: RemovalStep,
): Flow<Exclude<Outcome<Removal[]>, { kind: 'refused' }>> {
  try {
    const outcome = yield* call<RemovalActivity>(context, activity, input);
    if (outcome.kind !== 'refused') return outcome;
    return { kind: 'pending', note: `${outcome.problem.code}: ${outcome.problem.message}`, afterSeconds: 60 };
  } catch (error: unknown) {
    return { kind: 'pending', note: wordsOf(error), afterSeconds: 60 };
  }
}
