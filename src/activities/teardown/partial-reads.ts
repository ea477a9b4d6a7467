/**
 * Reads of which each may fail by itself: what can be read is worth having while something else cannot, because what is seen can be removed. Whoever draws a
 * conclusion from an absence must look at the failures first.
 */
import { ServiceError } from '../../clients/service-error.ts';
import type { Unread } from '../../lab/removal/inventory.ts';
import { safeError, safeMessage } from '../../lab/redact.ts';
import { verdictOf } from '../outcome-of-error.ts';

/** Whoever asks for a longer pause than this is gone without: what is seen meanwhile goes on costing. */
const LONGEST_PAUSE_SECONDS = 60;

export type Failure = { what: string; error: unknown };

export type Reader = {
  /** @returns `otherwise` where the call failed. @param what is read: the path of the list or the thing. */
  read: <T, O>(what: string, call: Promise<T>, otherwise: O) => Promise<T | O>;
  readonly failures: readonly Failure[];
};

export function createReader(): Reader {
  const failures: Failure[] = [];
  return {
    read: (what, call, otherwise) =>
      call.catch((error: unknown) => {
        failures.push({ what, error });
        return otherwise;
      }),
    failures,
  };
}

/** Whether the same read may succeed in a moment: it was neither refused nor put off for long. */
export const mayPass = ({ error }: Failure): boolean => {
  if (!(error instanceof ServiceError)) return true;
  const verdict = verdictOf(error);
  if (verdict.kind === 'transient') return (verdict.afterSeconds ?? 0) <= LONGEST_PAUSE_SECONDS;
  return verdict.kind !== 'problem';
};

export function unreadOf({ what, error }: Failure): Unread {
  if (!(error instanceof ServiceError)) return { what, why: safeError(error).message };
  const verdict = verdictOf(error);
  const suggestion = verdict.kind === 'problem' ? (verdict.problem.suggestion ?? '') : '';
  return { what, why: safeMessage(`${error.code}: ${error.said} ${suggestion}`) };
}
