/**
 * From what services say to what activities answer. An expected refusal, a throttle and "not yet" are values; the transient and the unknown are thrown, with a
 * message that is safe to store.
 */
import { ServiceError, type Said } from '../clients/service-error.ts';
import { pending, refused, type Memo, type Outcome, type Problem } from '../lab/outcome.ts';
import { armProblem, chatProblem, databricksProblem, type Verdict } from '../lab/errors/arm.ts';
import { safeError, safeMessage } from '../lab/redact.ts';

export type Reading = {
  /** Inside the readiness gate of a new workspace, whatever is refused or not answered means "not yet". */
  gate?: boolean;
  /** Where something is being removed, a conflict that nobody knows is one that passes. */
  removing?: boolean;
  memo?: Memo | undefined;
  /** How long ago the lab began whose group this creates something in. */
  labAgeMs?: number;
};

/** By then the lab's group has been created and read: one that is not found was deleted by somebody. */
const GROUP_IS_READABLE_MS = 20 * 60_000;

/** Runs the body of an activity and turns every error into its answer. */
export async function answer<T>(work: () => Promise<Outcome<T>>, reading: Reading = {}): Promise<Outcome<T>> {
  try {
    return await work();
  } catch (error: unknown) {
    return outcomeOf(error, reading);
  }
}

/** What an error means to the service that answered. */
export function verdictOf(error: ServiceError, { gate = false, removing = false }: Reading = {}): Verdict {
  const failure = {
    status: error.status,
    message: error.said,
    reasons: error.reasons,
    retryAfterSeconds: error.afterSeconds,
  };
  // A page where data should be says nothing about the request.
  if (error.code === 'not-json' && error.service !== 'databricks') return { kind: 'transient' };
  if (error.code === 'unexpected-answer') return { kind: 'transient' };
  if (error.code === 'unsafe-number')
    return { kind: 'problem', problem: { code: error.code, message: error.said, remedy: 'none' } };
  switch (error.service) {
    case 'databricks':
      return databricksProblem({ ...failure, errorCode: error.code }, { gate });
    case 'openai':
      return chatProblem({ ...failure, code: error.code });
    default:
      return armProblem({ ...failure, code: error.code }, { removing });
  }
}

/** @throws the error itself, redacted, where only a repetition can help. */
export function outcomeOf(error: unknown, reading: Reading = {}): Outcome<never> {
  const more = reading.memo === undefined ? {} : { memo: reading.memo };
  if (!(error instanceof ServiceError)) throw safeError(error);
  const verdict = verdictOf(error, reading);
  switch (verdict.kind) {
    case 'problem':
      return refused(verdict.problem);
    case 'in-progress':
      return pending(verdict.note, more);
    case 'gone':
      if (error.code === 'ResourceGroupNotFound' && (reading.labAgeMs ?? 0) > GROUP_IS_READABLE_MS)
        return refused({
          code: error.code,
          message: error.said,
          remedy: 'none',
          suggestion: 'Somebody deleted the resource group of this lab. Start the lab again.',
        });
      return pending(`not readable yet: ${error.said}`, more);
    case 'exists':
      return pending(`exists already: ${error.said}`, more);
    case 'transient': {
      const { afterSeconds } = verdict;
      if (afterSeconds !== undefined)
        return pending(`asked to wait ${afterSeconds} s: ${error.said}`, { afterSeconds, ...more });
      if (error.status === 429 || reading.gate === true) return pending(error.said, more);
      throw error;
    }
  }
}

/** Whether the error says that the thing is not there. */
export const saysGone = (error: unknown): boolean => error instanceof ServiceError && verdictOf(error).kind === 'gone';
/** Whether the error says that the thing is there already. */
export const saysExists = (error: unknown): boolean =>
  error instanceof ServiceError && verdictOf(error).kind === 'exists';

/** Resolves to undefined where the service says, in whatever way, that the thing is not there. */
export const unlessGone = <T>(call: Promise<T>): Promise<T | undefined> =>
  call.catch((error: unknown) => {
    if (saysGone(error)) return undefined;
    throw error;
  });

/** The problem of a resource that ended in a failed state; `said` is the failed operation's own reason, where it is still known. */
export function failedState(what: string, state: string, said: Said | undefined): Problem {
  if (said !== undefined) {
    const verdict = armProblem({ ...said, status: 400, message: safeMessage(said.message) });
    if (verdict.kind === 'problem') return verdict.problem;
    return { code: said.code, message: safeMessage(said.message), remedy: 'fresh-start' };
  }
  return {
    code: 'ProvisioningFailed',
    message: `The ${what} ended in state ${state}; the service does not repeat its reason.`,
    remedy: 'fresh-start',
    suggestion: 'The activity log of the resource group holds the reason.',
  };
}

/** A resource that has the name which this lab would give, and not its tags. */
export const notOurs = (id: string): Outcome<never> =>
  refused({
    code: 'name-taken',
    message: `${id} exists already and does not carry this lab's tags.`,
    remedy: 'another-name',
    suggestion: 'Somebody else made it, or its tags were removed: restore the tags, or start a lab with another id.',
  });
