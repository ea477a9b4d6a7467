/** Time as the history tells it, in milliseconds, and timers on it. */
import type { OrchestrationContext, TimerTask } from 'durable-functions';

export const now = (context: OrchestrationContext): number => context.df.currentUtcDateTime.getTime();
export const isoNow = (context: OrchestrationContext): string => new Date(now(context)).toISOString();

export const timerAt = (context: OrchestrationContext, at: number): TimerTask => context.df.createTimer(new Date(at));
