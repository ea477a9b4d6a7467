/**
 * What an activity answers. Expected outcomes are values, so that an orchestrator can switch over them and the durable history tells the story;
 * only the transient and the unknown are thrown, and only those are retried.
 */

import type { EndEvent } from './events.ts';
import { safeMessage } from './redact.ts';

/** What would cure a refusal. Orchestrators decide on this alone, never on a service's own code or message. */
export type Remedy =
  /** Quota, capacity, a policy by region, or a region that does not offer the thing: the next placement may work. */
  | 'another-region'
  /** The model is retired or closed to new deployments, everywhere. */
  | 'another-model'
  /** A global name is taken, or a soft-deleted resource holds it. */
  | 'another-name'
  /** A failure on the service's side that one fresh start usually cures. */
  | 'fresh-start'
  /** Nothing that the app can do by itself: permission, policy, subscription, or a bad request. */
  | 'none';

/** Why a service refused, in a form that is safe to store and to show. */
export type Problem = {
  /** Stable code: the service's own (`InsufficientQuota`) or ours in kebab-case (`timed-out`). */
  code: string;
  /** The service's sentence, redacted and cut to 500 characters. */
  message: string;
  remedy: Remedy;
  /** What a person can do about it, where the app knows. */
  suggestion?: string;
};

/** Facts that an `ensure` or `remove` activity wants to see again on its next call: ids of things started, counts of confirmations. Small, no secrets. */
export type Memo = Readonly<Record<string, string | number | boolean>>;

/**
 * The answer of an activity that brings one thing to one state and may be called again and again until it is there.
 * `pending` says that the thing is on its way (or throttled, or not readable yet); the caller sleeps on a durable timer and calls again with the memo.
 */
export type Outcome<T> =
  | { kind: 'done'; value: T }
  | { kind: 'pending'; note: string; afterSeconds?: number; memo?: Memo }
  | { kind: 'refused'; problem: Problem };

/** What a sub-orchestration or a wait answers: an outcome that is final, or that the lab was asked to end meanwhile. */
export type Ending<T> =
  { kind: 'ok'; value: T } | { kind: 'failed'; problem: Problem } | { kind: 'ended'; end: EndEvent };

export const done = <T>(value: T): Outcome<T> => ({ kind: 'done', value });

/** The note is often what a service says of the thing's state, and is stored: it is made safe here. */
export const pending = (note: string, more: { afterSeconds?: number; memo?: Memo } = {}): Outcome<never> => ({
  kind: 'pending',
  note: safeMessage(note, 300),
  ...more,
});

export const refused = (problem: Problem): Outcome<never> => ({ kind: 'refused', problem });

/** What stands in the way of an outcome that is not `done`, in one line. */
export const describeOutcome = (outcome: Exclude<Outcome<unknown>, { kind: 'done' }>): string =>
  outcome.kind === 'pending' ? outcome.note : `${outcome.problem.code}: ${outcome.problem.message}`;
