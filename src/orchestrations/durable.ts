/**
 * The only file of the app that knows durable-functions' own protocol. Orchestrators delegate to these helpers with `yield*` and see typed answers.
 *
 * 1. Every task is yielded once, alone or inside one `Task.all` / `Task.any`: a task that is raced twice is scheduled twice.
 * 2. The losing timer of a race is cancelled: an open timer keeps an instance Running.
 * 3. A waiter for an event is made afresh for each race, and stays open when it loses. An event that comes between two races goes to the latest waiter that is
 *    open, so every waiter of the past is looked at before the next race; only an event that no waiter took is buffered, and wins the next one.
 * 4. `retryTimeoutInMilliseconds` is never set: when it expires, the instance stays Running for ever (Azure/azure-functions-durable-js#629).
 * 5. Branches of a `Task.all` are sub-orchestrations that return their failure instead of throwing it.
 */
import { RetryOptions, type OrchestrationContext, type Task, type TimerTask } from 'durable-functions';
import { contracts, RETRY_PROFILES, type ActivityName, type InputOf, type OutputOf } from '../contracts/activities.ts';
import { EVENTS, type EndEvent, type KeepaliveEvent, type TokensEvent } from '../lab/events.ts';
import type { Ending, Memo, Outcome, Problem } from '../lab/outcome.ts';

/** A piece of an orchestrator: yields tasks, returns T. */
export type Flow<T> = Generator<Task, T, unknown>;

/** Time as the history tells it, in milliseconds. */
export const now = (context: OrchestrationContext): number => context.df.currentUtcDateTime.getTime();
export const isoNow = (context: OrchestrationContext): string => context.df.currentUtcDateTime.toISOString();

/** Runs one activity. @throws what it threw at its last retry. */
export function* call<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  input: InputOf<N>,
): Flow<OutputOf<N>> {
  const profile = RETRY_PROFILES[contracts[name].retry];
  const options = new RetryOptions(profile.firstRetryMs, profile.attempts);
  options.backoffCoefficient = profile.backoffCoefficient;
  options.maxRetryIntervalInMilliseconds = profile.maxRetryMs;
  return (yield context.df.callActivityWithRetry(name, options, input)) as OutputOf<N>;
}

/** Runs one activity; what it threw at its last retry is answered as "not yet". */
export function* callSafely<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  input: InputOf<N>,
): Flow<Outcome<Done<OutputOf<N>>>> {
  try {
    return (yield* call(context, name, input)) as Outcome<Done<OutputOf<N>>>;
  } catch (error: unknown) {
    return { kind: 'pending', note: wordsOf(error) };
  }
}

/**
 * Runs one activity once, and goes on without it when it fails or takes longer than `ms`. For what is good to have and must not hold anything up: the activity
 * itself may still be running afterwards.
 */
export function* callWithin<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  input: InputOf<N>,
  ms: number,
): Flow<OutputOf<N> | null> {
  const work = context.df.callActivity(name, input);
  const timer = timerIn(context, ms);
  const winner = (yield context.df.Task.any([work, timer])) as Task;
  if (winner === timer) return null;
  timer.cancel();
  return work.isFaulted ? null : (work.result as OutputOf<N>);
}

/** Runs one orchestration as a child under an id of our choosing. */
export const child = (context: OrchestrationContext, name: string, id: string, input: unknown): Task =>
  context.df.callSubOrchestrator(name, input, id);

/** Waits for all children side by side. Their types, a list or one for each, are the caller's knowledge of what they return. */
export function* all<T extends unknown[]>(context: OrchestrationContext, tasks: { [K in keyof T]: Task }): Flow<T> {
  if (tasks.length === 0) return tasks as T; // An empty Task.all throws.
  return (yield context.df.Task.all(tasks)) as T;
}

/** How often children that have been told to end are looked after. */
const CHILDREN_END_MS = 10_000;

/**
 * Waits for all children side by side. An end that comes meanwhile is passed on to them, and they are waited for all the same: whoever asked for it may have asked
 * before a child was there to hear. That wait looks on, because a task is yielded only once.
 */
export function* allHearingEnd<T extends unknown[]>(
  context: OrchestrationContext,
  tasks: { [K in keyof T]: Task },
  passOn: (end: EndEvent) => Flow<void>,
): Flow<{ results: T; end: EndEvent | null }> {
  const work = context.df.Task.all(tasks);
  yield context.df.Task.any([work, listen(context, EVENTS.end)]);
  const end = heard<EndEvent>(context, EVENTS.end);
  if (end !== null && !work.isCompleted) yield* passOn(end);
  while (!work.isCompleted) yield* sleep(context, CHILDREN_END_MS);
  if (work.isFaulted) throw work.result;
  return { results: work.result as T, end };
}

export function* one<T>(task: Task): Flow<T> {
  return (yield task) as T;
}

export function* sleep(context: OrchestrationContext, ms: number): Flow<void> {
  yield timerIn(context, ms);
}

/** Sleeps, unless the lab is asked to end: then it answers with that event at once. Zero milliseconds only looks whether the event has come. */
export const sleepUnlessEnded = (context: OrchestrationContext, ms: number): Flow<EndEvent | null> =>
  sleepUnless<EndEvent>(context, EVENTS.end, ms);

function* sleepUnless<E>(context: OrchestrationContext, event: string, ms: number): Flow<E | null> {
  const early = heard<E>(context, event);
  if (early !== null) return early;
  const timer = timerIn(context, ms);
  yield context.df.Task.any([timer, listen(context, event)]);
  if (!timer.isCompleted) timer.cancel();
  return heard<E>(context, event);
}

/** What batches have told and nobody has heard. */
export function* unheardTokens(context: OrchestrationContext): Flow<TokensEvent[]> {
  const told: TokensEvent[] = [];
  for (;;) {
    const next = yield* sleepUnless<TokensEvent>(context, EVENTS.tokens, 0);
    if (next === null) return told;
    told.push(next);
  }
}

export type Woken =
  | { by: 'timer' }
  | { by: 'end'; end: EndEvent }
  | { by: 'keepalive'; keepalive: KeepaliveEvent }
  | { by: 'tokens'; tokens: TokensEvent };

/** Sleeps until a time, or until somebody wants the lab to live longer or to end, or has used tokens of it. */
export function* watchUntil(context: OrchestrationContext, at: number): Flow<Woken> {
  const early = wokenBy(context);
  if (early !== null) return early;
  const timer = context.df.createTimer(new Date(at));
  yield context.df.Task.any([timer, ...[EVENTS.end, EVENTS.keepalive, EVENTS.tokens].map((it) => listen(context, it))]);
  if (!timer.isCompleted) timer.cancel();
  return wokenBy(context) ?? { by: 'timer' };
}

function wokenBy(context: OrchestrationContext): Woken | null {
  const end = heard<EndEvent>(context, EVENTS.end);
  if (end !== null) return { by: 'end', end };
  const keepalive = heard<KeepaliveEvent>(context, EVENTS.keepalive);
  if (keepalive !== null) return { by: 'keepalive', keepalive };
  const tokens = heard<TokensEvent>(context, EVENTS.tokens);
  return tokens === null ? null : { by: 'tokens', tokens };
}

/** Every waiter that this execution has made and not heard from. An execution has a context of its own. */
const waiters = new WeakMap<OrchestrationContext, { name: string; task: Task }[]>();

function listen(context: OrchestrationContext, name: string): Task {
  const task = context.df.waitForExternalEvent(name);
  const known = waiters.get(context) ?? [];
  waiters.set(context, [...known, { name, task }]);
  return task;
}

/** An event of that name that has come, to whichever waiter; each is told once. */
function heard<E>(context: OrchestrationContext, name: string): E | null {
  const known = waiters.get(context) ?? [];
  const found = known.find((it) => it.name === name && it.task.isCompleted);
  if (found === undefined) return null;
  waiters.set(
    context,
    known.filter((it) => it !== found),
  );
  return found.task.result as E;
}

const timerIn = (context: OrchestrationContext, ms: number): TimerTask =>
  context.df.createTimer(new Date(now(context) + ms));

/** How an orchestrator waits for one thing: the typical time first, then steadily, and not for ever. */
export type Pace = {
  firstSeconds: number;
  everySeconds: number;
  deadlineMinutes: number;
  /** What has taken that long is looked at once a minute. */
  slowAfterMinutes?: number;
};

type Done<O> = Extract<O, { kind: 'done' }> extends { value: infer T } ? T : never;

/** Absolute ISO times. A budget that is not given does not stop what is waited for. */
export type Stops = { hardAt: string; budgetAt?: string | null };

type Settling<N extends ActivityName> = {
  pace: Pace;
  /** With limits, a request to end the lab, its hard deadline and its budget cut the wait short. `never`: teardown, which nothing stops. */
  stopsFor: Stops | 'never';
  /** Hears what the service said while the thing is on its way. */
  onPending?: (note: string) => void;
  /** What goes on beside the wait: a turn of it before each sleep. */
  beside?: () => Flow<void>;
  name: N;
  input: InputOf<N>;
};

/**
 * Calls an `ensure…` or `remove…` activity again and again, on durable timers, until its outcome is final, the deadline passes, or the lab is asked to end.
 * Never throws: a surprise that outlived its retries is a failure with the code `gave-up`.
 */
export function* settle<N extends ActivityName>(
  context: OrchestrationContext,
  it: Settling<N>,
): Flow<Ending<Done<OutputOf<N>>>> {
  const { firstSeconds, everySeconds, deadlineMinutes, slowAfterMinutes = Infinity } = it.pace;
  const from = now(context);
  const deadline = from + deadlineMinutes * 60_000;
  let memo: Memo | undefined;
  for (let turn = 1; ; turn++) {
    let outcome: Outcome<Done<OutputOf<N>>>;
    try {
      const input = memo === undefined ? it.input : ({ ...(it.input as object), memo } as InputOf<N>);
      outcome = (yield* call(context, it.name, input)) as Outcome<Done<OutputOf<N>>>;
    } catch (error) {
      return { kind: 'failed', problem: gaveUp(error) };
    }
    if (outcome.kind === 'done') return { kind: 'ok', value: outcome.value };
    if (outcome.kind === 'refused') return { kind: 'failed', problem: outcome.problem };
    memo = outcome.memo ?? memo;
    it.onPending?.(outcome.note);
    if (it.beside !== undefined) yield* it.beside();
    if (now(context) >= deadline) return { kind: 'failed', problem: timedOut(it.name, it.pace, outcome.note) };
    const usual = now(context) - from < slowAfterMinutes * 60_000 ? everySeconds : 60;
    const seconds = outcome.afterSeconds ?? (turn === 1 ? firstSeconds : usual);
    const wait = Math.max(0, Math.min(seconds * 1_000, deadline - now(context), stopsAt(it.stopsFor) - now(context)));
    if (it.stopsFor === 'never') {
      yield* sleep(context, wait);
    } else {
      const end = (yield* sleepUnlessEnded(context, wait)) ?? overLimit(it.stopsFor, context);
      if (end !== null) return { kind: 'ended', end };
    }
  }
}

/** What goes on beside a wait, as one: a turn of each. */
export const besides = (...turns: (() => Flow<void>)[]): (() => Flow<void>) =>
  function* () {
    for (const turn of turns) yield* turn();
  };

const stopsAt = (stops: Stops | 'never'): number =>
  stops === 'never'
    ? Infinity
    : Math.min(Date.parse(stops.hardAt), stops.budgetAt ? Date.parse(stops.budgetAt) : Infinity);

/** The end that a deadline or an empty budget brings, when its time has come. */
export function overLimit({ hardAt, budgetAt }: Stops, context: OrchestrationContext): EndEvent | null {
  const at = now(context);
  if (at >= Date.parse(hardAt)) return { reason: 'deadline', by: 'app', at: isoNow(context) };
  if (budgetAt && at >= Date.parse(budgetAt)) return { reason: 'budget', by: 'app', at: isoNow(context) };
  return null;
}

/** A service that kept answering 5xx, or did not answer at all, may be well in another region; of everything else nothing is known. */
function gaveUp(error: unknown): Problem {
  const message = wordsOf(error);
  return {
    code: 'gave-up',
    message: message.slice(0, 500),
    remedy: OUTAGE.test(message) ? 'another-region' : 'none',
    suggestion: UNWELL.test(message)
      ? 'The service kept failing, or did not answer. See https://azure.status.microsoft, then start the lab again.'
      : 'The call kept failing for a reason the app does not know. Read the log of this activity, then start the lab again.',
  };
}

/** What an activity threw: durable-functions says before it which one failed, and below it the same once more as a serialised .NET exception. */
export function wordsOf(error: unknown): string {
  const [said = ''] = (error instanceof Error ? error.message : String(error)).split(' \n ');
  return said.replace(/^Activity function '[^']*' failed:\s*/, '');
}

/** In the words of `ServiceError`: service, method, address, status. */
const UNWELL = /\b[a-z]+: [A-Z]+ \S+ (?:5\d\d|no answer) /;
/** Of these another region may be well. */
const OUTAGE = /\b(?:arm|databricks): [A-Z]+ \S+ (?:5\d\d|no answer) /;

function timedOut(name: ActivityName, pace: Pace, note: string): Problem {
  return {
    code: 'timed-out',
    message: `${name} was not done after ${pace.deadlineMinutes} minutes; the last word was: ${note}`.slice(0, 500),
    remedy: 'fresh-start',
  };
}
