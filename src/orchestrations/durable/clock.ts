/**
 * Time as an orchestrator knows it, in milliseconds, and timers on it. Durable timers fire up to a second early, because the visibility of a queue's messages has
 * whole seconds: a timer that has fired is due all the same, so that the time never lags behind the timers that have fired.
 */
import type { OrchestrationContext, TimerTask } from 'durable-functions';

/** The latest time for which a timer has fired, of each execution, which has a context of its own. */
const reached = new WeakMap<OrchestrationContext, number>();

export const now = (context: OrchestrationContext): number =>
  Math.max(context.df.currentUtcDateTime.getTime(), reached.get(context) ?? 0);
export const isoNow = (context: OrchestrationContext): string => new Date(now(context)).toISOString();

/** `settle` is called once after the timer's race: it cancels one that has not fired, for an open timer keeps an instance Running. */
export type Timer = { task: TimerTask; settle: () => void };

export function timerAt(context: OrchestrationContext, at: number): Timer {
  const task = context.df.createTimer(new Date(at));
  return {
    task,
    settle: () => {
      if (task.isCompleted) reached.set(context, Math.max(at, reached.get(context) ?? 0));
      else task.cancel();
    },
  };
}
