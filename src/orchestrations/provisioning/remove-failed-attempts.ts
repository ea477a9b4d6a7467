/**
 * Takes down what failed attempts have left, beside the attempt that follows: once before each of its sleeps.
 *
 * 1. It never ends a branch: what it cannot do, and what is not done when the branch is, the teardown does.
 * 2. What it has removed goes on the receipt.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { Chain, RemovalActivity, RemovalStep } from '../../contracts/removal-chains.ts';
import type { BranchStatus } from '../../contracts/status.ts';
import type { LabRef } from '../../lab/names.ts';
import type { Memo, Outcome } from '../../lab/outcome.ts';
import type { Removal } from '../../lab/removal/inventory.ts';
import { secondsToNextPoll, STEPS } from '../../lab/steps.ts';
import { call, errorText, type Flow } from '../durable/call.ts';
import { isoNow, now } from '../durable/clock.ts';
import type { OpenStep, Progress } from '../durable/progress.ts';

type FailedAttempt = {
  region: string;
  attempt: number;
  chain: Chain;
  /** Which link of the chain it is at. */
  at: number;
  memo?: Memo | undefined;
  /** Lab times in milliseconds: of the first poll of this link, and of the next one. */
  since: number;
  dueAt: number;
  step?: OpenStep | undefined;
};

export type FailedAttempts = {
  /** Begins at once. */
  add: (where: { region: string; attempt: number }, chain: Chain) => Flow<void>;
  /** Polls what is due. */
  pollDue: () => Flow<void>;
  /** Closes its steps in the status, and gives what the teardown goes on with. */
  handOver: () => Chain[];
  readonly removals: Removal[];
};

export function createFailedAttempts(
  context: OrchestrationContext,
  lab: LabRef,
  progress: Progress<BranchStatus>,
): FailedAttempts {
  const attempts: FailedAttempt[] = [];
  const removals: Removal[] = [];

  function* pollChain(failed: FailedAttempt): Flow<void> {
    for (let link = failed.chain[failed.at]; link !== undefined; link = failed.chain[failed.at]) {
      const { region, attempt } = failed;
      failed.step ??= progress.begin({ name: link.step, region, attempt, subject: link.subject });
      const outcome = yield* removeOnce(context, withMemo(link, failed.memo));
      if (outcome.kind !== 'done') {
        const age = { isFirst: false, ageMs: now(context) - failed.since };
        const seconds = outcome.afterSeconds ?? secondsToNextPoll(STEPS[link.step].poll, age);
        failed.dueAt = now(context) + seconds * 1_000;
        failed.memo = outcome.memo ?? failed.memo;
        failed.step.hear(outcome.note);
        return;
      }
      removals.push(...outcome.value);
      failed.step.end({ kind: 'ok', value: null });
      Object.assign(failed, { at: failed.at + 1, since: now(context), memo: undefined, step: undefined });
    }
  }

  return {
    removals,
    *add({ region, attempt }, chain) {
      const failed: FailedAttempt = { region, attempt, chain, at: 0, since: now(context), dueAt: 0 };
      attempts.push(failed);
      yield* pollChain(failed);
    },
    *pollDue() {
      for (const failed of attempts)
        if (failed.at < failed.chain.length && failed.dueAt <= now(context)) yield* pollChain(failed);
    },
    handOver() {
      const end = { reason: 'left-over' as const, by: 'app', at: isoNow(context) };
      for (const { step } of attempts) step?.end({ kind: 'ended', end });
      const unfinished = attempts.filter(({ at, chain }) => at < chain.length);
      return unfinished.map(({ chain, at, memo }) =>
        // What the next link has seen so far goes along: that something was deleted by us cannot be read anywhere.
        chain.slice(at).map((link, index) => (index === 0 ? withMemo(link, memo) : link)),
      );
    },
  };
}

const withMemo = (link: RemovalStep, memo: Memo | undefined): RemovalStep =>
  memo === undefined ? link : ({ ...link, input: { ...link.input, memo } } as RemovalStep);

/** A refusal and an error are looked at again later: both may pass, and neither may end the lab. */
function* removeOnce(
  context: OrchestrationContext,
  { activity, input }: RemovalStep,
): Flow<Exclude<Outcome<Removal[]>, { kind: 'refused' }>> {
  try {
    const outcome = yield* call<RemovalActivity>(context, activity, input);
    if (outcome.kind !== 'refused') return outcome;
    return { kind: 'pending', note: `${outcome.problem.code}: ${outcome.problem.message}`, afterSeconds: 60 };
  } catch (error: unknown) {
    return { kind: 'pending', note: errorText(error), afterSeconds: 60 };
  }
}
