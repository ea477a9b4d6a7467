/**
 * Waiting, and the external events that are heard meanwhile. `waitUntil` is the only place of the orchestrators that sleeps.
 *
 * A waiter for an event is made afresh for each race, and stays open when it loses. An event between two races goes to the latest open waiter, so all former
 * waiters are looked at before the next race; an event that no waiter took is buffered, and wins the next race.
 */
import type { OrchestrationContext, Task } from 'durable-functions';
import { EVENTS, type EndEvent, type KeepaliveEvent, type TokensEvent } from '../../lab/events.ts';
import type { Flow } from './call.ts';
import { now, timerAt } from './clock.ts';

type Events = { end: EndEvent; keepalive: KeepaliveEvent; tokens: TokensEvent };
type Name = keyof Events;
export type Received<N extends Name = Name> = { [K in N]: { name: K; data: Events[K] } }[N];

/** Waits until a time in milliseconds, or until one of these events comes, the first of the list first. Null: the time has come. */
export function* waitUntil<N extends Name>(
  context: OrchestrationContext,
  at: number,
  names: readonly N[],
): Flow<Received<N> | null> {
  const early = received(context, names);
  if (early !== null) return early;
  const timer = timerAt(context, at);
  if (names.length === 0) yield timer.task;
  else yield context.df.Task.any([timer.task, ...names.map((name) => listen(context, name))]);
  timer.settle();
  return received(context, names);
}

export function* sleep(context: OrchestrationContext, ms: number): Flow<void> {
  yield* waitUntil(context, now(context) + ms, []);
}

/** Sleeps, unless the lab is asked to end: then it answers with that event at once. */
export function* sleepUnlessEnded(context: OrchestrationContext, ms: number): Flow<EndEvent | null> {
  return (yield* waitUntil(context, now(context) + ms, [EVENTS.end]))?.data ?? null;
}

/** The request to end the lab, if it has come. */
export const endRequest = (context: OrchestrationContext): Flow<EndEvent | null> => sleepUnlessEnded(context, 0);

/** What batches have reported and nobody has heard. */
export function* pendingTokens(context: OrchestrationContext): Flow<TokensEvent[]> {
  const events: TokensEvent[] = [];
  for (;;) {
    const next = yield* waitUntil(context, now(context), [EVENTS.tokens]);
    if (next === null) return events;
    events.push(next.data);
  }
}

/** How often children that have been told to end are looked after. */
const CHILDREN_END_MS = 10_000;

/**
 * Waits for all children side by side. An end that comes meanwhile is passed on to them, and they are waited for all the same: a child may not have been there
 * yet to hear it. That wait polls, because a task is yielded only once.
 */
export function* allUntilEnd<T extends unknown[]>(
  context: OrchestrationContext,
  tasks: { [K in keyof T]: Task },
  passOn: (end: EndEvent) => Flow<void>,
): Flow<{ results: T; end: EndEvent | null }> {
  const children = context.df.Task.all(tasks);
  yield context.df.Task.any([children, listen(context, EVENTS.end)]);
  const end = received(context, [EVENTS.end])?.data ?? null;
  // A task that has failed is not completed, by the library's words.
  const areDone = () => children.isCompleted || children.isFaulted;
  if (end !== null && !areDone()) yield* passOn(end);
  while (!areDone()) yield* sleep(context, CHILDREN_END_MS);
  if (children.isFaulted) throw children.result;
  return { results: children.result as T, end };
}

/** The open waiters of each execution, which has a context of its own. */
const waiters = new WeakMap<OrchestrationContext, { name: Name; task: Task }[]>();

function listen(context: OrchestrationContext, name: Name): Task {
  const task = context.df.waitForExternalEvent(name);
  waiters.set(context, [...(waiters.get(context) ?? []), { name, task }]);
  return task;
}

/** An event that has come to any of its waiters; each event is given out once. */
function received<N extends Name>(context: OrchestrationContext, names: readonly N[]): Received<N> | null {
  const open = waiters.get(context) ?? [];
  for (const name of names) {
    const waiter = open.find((it) => it.name === name && it.task.isCompleted);
    if (waiter === undefined) continue;
    waiters.set(
      context,
      open.filter((it) => it !== waiter),
    );
    return { name, data: waiter.task.result } as Received<N>;
  }
  return null;
}
