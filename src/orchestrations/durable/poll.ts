/** Polling: calls an activity again and again, on durable timers, until its outcome is final. */
import type { OrchestrationContext } from 'durable-functions';
import type { ActivityName, InputOf } from '../../contracts/activities.ts';
import type { EndEvent } from '../../lab/events.ts';
import type { Ending, Memo, Outcome, Problem } from '../../lab/outcome.ts';
import { secondsToNextPoll, type PollPolicy } from '../../lab/steps.ts';
import { call, errorText, type Flow, type ValueOf } from './call.ts';
import { isoNow, now } from './clock.ts';
import { sleep, sleepUnlessEnded } from './events.ts';

/** Absolute ISO times at which a lab ends by itself; without a budget's time, the budget stops nothing. */
export type StopTimes = { hardAt: string; budgetAt?: string | null };

type Polling<N extends ActivityName> = {
  name: N;
  input: InputOf<N>;
  policy: PollPolicy;
  /** With times, a request to end the lab, its hard deadline and its budget cut the wait short. `never`: teardown, which nothing stops. */
  stops: StopTimes | 'never';
  /** Hears what the service says while the thing is on its way. */
  onPending?: (note: string) => void;
  /** Runs once before each sleep. */
  meanwhile?: (() => Flow<void>) | undefined;
};

/** Never throws: an error that outlived its retries is a failure with the code `gave-up`. */
export function* poll<N extends ActivityName>(
  context: OrchestrationContext,
  { name, input, policy, stops, onPending, meanwhile }: Polling<N>,
): Flow<Ending<ValueOf<N>>> {
  const startedAt = now(context);
  const deadline = startedAt + policy.deadlineMinutes * 60_000;
  let memo: Memo | undefined;
  for (let isFirst = true; ; isFirst = false) {
    let outcome: Outcome<ValueOf<N>>;
    try {
      const withMemo = memo === undefined ? input : ({ ...(input as object), memo } as InputOf<N>);
      outcome = (yield* call(context, name, withMemo)) as Outcome<ValueOf<N>>;
    } catch (error) {
      return { kind: 'failed', problem: gaveUp(error) };
    }
    if (outcome.kind === 'done') return { kind: 'ok', value: outcome.value };
    if (outcome.kind === 'refused') return { kind: 'failed', problem: outcome.problem };
    memo = outcome.memo ?? memo;
    onPending?.(outcome.note);
    if (meanwhile !== undefined) yield* meanwhile();
    if (now(context) >= deadline)
      return { kind: 'failed', problem: timedOut(name, policy.deadlineMinutes, outcome.note) };
    const seconds = outcome.afterSeconds ?? secondsToNextPoll(policy, { isFirst, ageMs: now(context) - startedAt });
    const ms = Math.max(0, Math.min(seconds * 1_000, deadline - now(context), firstStop(stops) - now(context)));
    if (stops === 'never') {
      yield* sleep(context, ms);
    } else {
      const end = (yield* sleepUnlessEnded(context, ms)) ?? endByTime(context, stops);
      if (end !== null) return { kind: 'ended', end };
    }
  }
}

const firstStop = (stops: StopTimes | 'never'): number =>
  stops === 'never'
    ? Infinity
    : Math.min(Date.parse(stops.hardAt), stops.budgetAt ? Date.parse(stops.budgetAt) : Infinity);

/** The end that a deadline or an empty budget brings, when its time has come. */
export function endByTime(context: OrchestrationContext, { hardAt, budgetAt }: StopTimes): EndEvent | null {
  const at = now(context);
  if (at >= Date.parse(hardAt)) return { reason: 'deadline', by: 'app', at: isoNow(context) };
  if (budgetAt && at >= Date.parse(budgetAt)) return { reason: 'budget', by: 'app', at: isoNow(context) };
  return null;
}

/** A service that kept answering 5xx, or did not answer at all, may be well in another region; of everything else nothing is known. */
function gaveUp(error: unknown): Problem {
  const message = errorText(error);
  return {
    code: 'gave-up',
    message: message.slice(0, 500),
    remedy: REGIONAL_OUTAGE.test(message) ? 'another-region' : 'none',
    suggestion: OUTAGE.test(message)
      ? 'The service kept failing, or did not answer. See https://azure.status.microsoft, then start the lab again.'
      : 'The call kept failing for a reason the app does not know. Read the log of this activity, then start the lab again.',
  };
}

/** In the words of `ServiceError`: service, method, address, status. */
const OUTAGE = /\b[a-z]+: [A-Z]+ \S+ (?:5\d\d|no answer) /;
/** Of these another region may be well. */
const REGIONAL_OUTAGE = /\b(?:arm|databricks): [A-Z]+ \S+ (?:5\d\d|no answer) /;

const timedOut = (name: ActivityName, minutes: number, note: string): Problem => ({
  code: 'timed-out',
  message: `${name} was not done after ${minutes} minutes; the last word was: ${note}`.slice(0, 500),
  remedy: 'fresh-start',
});
