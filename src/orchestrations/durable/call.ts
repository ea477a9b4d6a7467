/**
 * Calls of activities and of child orchestrations, delegated to with `yield*` and typed.
 *
 * 1. Every task is yielded once, alone or inside one `Task.all` or `Task.any`: a task that is raced twice is scheduled twice.
 * 2. `retryTimeoutInMilliseconds` is never set: when it expires, the instance stays Running for ever (Azure/azure-functions-durable-js#629).
 * 3. Branches of a `Task.all` are sub-orchestrations that return their failure instead of throwing it.
 */
import { RetryOptions, type OrchestrationContext, type Task } from 'durable-functions';
import {
  contracts,
  RETRY_PROFILES,
  type ActivityName,
  type InputOf,
  type OutputOf,
} from '../../contracts/activities.ts';
import type { Outcome } from '../../lab/outcome.ts';
import { now, timerAt } from './clock.ts';

/** A piece of an orchestrator: yields tasks, returns T. */
export type Flow<T> = Generator<Task, T, unknown>;

/** What an activity answers when it is done. */
export type ValueOf<N extends ActivityName> =
  Extract<OutputOf<N>, { kind: 'done' }> extends { value: infer T } ? T : never;

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

/** Runs one activity; what it threw at its last retry is answered as `pending`. */
export function* callSafely<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  input: InputOf<N>,
): Flow<Outcome<ValueOf<N>>> {
  try {
    return (yield* call(context, name, input)) as Outcome<ValueOf<N>>;
  } catch (error: unknown) {
    return { kind: 'pending', note: errorText(error) };
  }
}

/** Runs one activity once, and answers null when it fails or takes longer than `ms`; it may still be running afterwards. */
export function* callWithin<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  input: InputOf<N>,
  ms: number,
): Flow<OutputOf<N> | null> {
  const activity = context.df.callActivity(name, input);
  const timer = timerAt(context, now(context) + ms);
  const winner = (yield context.df.Task.any([activity, timer.task])) as Task;
  timer.settle();
  if (winner === timer.task) return null;
  return activity.isFaulted ? null : (activity.result as OutputOf<N>);
}

/** Starts one orchestration as a child under an id of our choosing. */
export const child = (context: OrchestrationContext, name: string, id: string, input: unknown): Task =>
  context.df.callSubOrchestrator(name, input, id);

/** Waits for all children side by side. Their types, a list or one for each, are the caller's knowledge of what they return. */
export function* all<T extends unknown[]>(context: OrchestrationContext, tasks: { [K in keyof T]: Task }): Flow<T> {
  if (tasks.length === 0) return tasks as T; // An empty Task.all throws.
  return (yield context.df.Task.all(tasks)) as T;
}

export function* one<T>(task: Task): Flow<T> {
  return (yield task) as T;
}

/** What an activity threw: durable-functions puts its name before the message and the serialised .NET exception below it. */
export function errorText(error: unknown): string {
  const [message = ''] = (error instanceof Error ? error.message : String(error)).split(' \n ');
  return message.replace(/^Activity function '[^']*' failed:\s*/, '');
}
