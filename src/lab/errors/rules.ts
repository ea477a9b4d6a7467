/** The common shape of the classifiers: a failed call goes in, the first rule that fits decides, a verdict comes out. */
import type { Problem, Remedy } from '../outcome.ts';
import type { Reason } from './reasons.ts';
import { safeMessage } from '../redact.ts';

/** A failed call, as a client saw it. No `status`: the service was not reached (network, DNS, timeout). */
export type Failure = {
  status?: number | undefined;
  /** The service's own code, where the body had one. */
  code?: string | undefined;
  message: string;
  /** Every reason in the body, the deepest first, where it has more than one. */
  reasons?: readonly Reason[] | undefined;
  retryAfterSeconds?: number | undefined;
};

/**
 * What a failed call means. `transient`: the same call may work later, throw or wait; `in-progress`: something is still on its way, look again;
 * `gone`: the thing is not there (what a removal wants to hear); `exists`: it is there already, adopt it; `problem`: a refusal to report.
 */
export type Verdict =
  | { kind: 'transient'; afterSeconds?: number }
  | { kind: 'in-progress'; note: string }
  | { kind: 'gone' }
  | { kind: 'exists' }
  | { kind: 'problem'; problem: Problem };

type Advice = string | ((failure: Failure) => string | undefined);

export type Rule = {
  code?: RegExp;
  status?: readonly number[];
  message?: RegExp;
  /** Only inside the readiness gate of a new workspace. */
  gate?: true;
  /** Only where something is being removed. */
  removing?: true;
  then:
    'transient' | 'gone' | 'exists' | { note: string; withMessage?: true } | { remedy: Remedy; suggestion?: Advice };
};

/** Under which circumstances a call has failed, where they change what that means. */
export type Circumstances = { gate?: boolean | undefined; removing?: boolean | undefined };

const fits = (rule: Rule, failure: Failure, { gate = false, removing = false }: Circumstances): boolean =>
  (rule.gate === undefined || gate) &&
  (rule.removing === undefined || removing) &&
  (rule.code === undefined || rule.code.test(failure.code ?? '')) &&
  (rule.status === undefined || rule.status.includes(failure.status ?? 0)) &&
  (rule.message === undefined || rule.message.test(failure.message));

/** Statuses and codes that the same call usually survives, after every rule that knows better. */
const isTransient = ({ status }: Failure): boolean =>
  status === undefined || status === 0 || status === 408 || status === 429 || status >= 500;

/** Kinds of verdict that a reason inside an error may bring: what is absent or there already is said of the thing that was called, by the error itself. */
const mayLieInside = ({ code, message, then }: Rule): boolean =>
  (code !== undefined || message !== undefined) && then !== 'gone' && then !== 'exists';

/**
 * The most specific reason that a rule knows decides: the deepest first, then the error as a whole; in each the first rule that fits.
 *
 * @returns what the failure means; where no rule knows it, `transient` for 408, 429, 5xx and no answer, else a problem that a fresh start may cure, because a
 * refusal that nobody listed is not known to be final.
 */
export function classify(rules: readonly Rule[], failure: Failure, circumstances: Circumstances = {}): Verdict {
  const inside = (failure.reasons ?? []).map(({ code, message }): Failure => ({ ...failure, code, message }));
  for (const reason of inside) {
    const rule = rules.find((it) => mayLieInside(it) && fits(it, reason, circumstances));
    if (rule !== undefined) return verdictBy(rule, reason, failure);
  }
  const rule = rules.find((it) => fits(it, failure, circumstances));
  if (rule !== undefined) return verdictBy(rule, failure, failure);
  return isTransient(failure) ? transient(failure) : { kind: 'problem', problem: toProblem(failure, 'fresh-start') };
}

/** @param reason the part of the failure that the rule knows; the words of the whole are told as well. */
function verdictBy({ then }: Rule, reason: Failure, failure: Failure): Verdict {
  if (then === 'transient') return transient(failure);
  if (typeof then === 'string') return { kind: then };
  if ('note' in then) {
    const said = then.withMessage === true && reason.message !== '' ? `: ${safeMessage(reason.message, 300)}` : '';
    return { kind: 'in-progress', note: `${then.note}${said}` };
  }
  const suggestion = typeof then.suggestion === 'function' ? then.suggestion(reason) : then.suggestion;
  const message = failure.message.includes(reason.message) ? failure.message : `${reason.message} ${failure.message}`;
  const code = reason.code === '' ? failure.code : reason.code;
  return { kind: 'problem', problem: toProblem({ ...failure, code, message }, then.remedy, suggestion) };
}

/** A wait that a service asks for is shortened to this: what it guards may be free earlier, and the look costs little. */
export const LONGEST_WAIT_SECONDS = 3_600;

const transient = ({ retryAfterSeconds }: Failure): Verdict =>
  retryAfterSeconds === undefined
    ? { kind: 'transient' }
    : { kind: 'transient', afterSeconds: Math.min(retryAfterSeconds, LONGEST_WAIT_SECONDS) };

export function toProblem(failure: Failure, remedy: Remedy, suggestion?: string): Problem {
  const code = failure.code !== undefined && failure.code !== '' ? failure.code : `http-${failure.status ?? 'none'}`;
  const message = safeMessage(failure.message === '' ? code : failure.message);
  return suggestion === undefined
    ? { code, message, remedy }
    : { code, message, remedy, suggestion: safeMessage(suggestion) };
}

/**
 * A policy that forbids a place rather than a thing. The two ids are the built-in "Allowed locations" policies, for resources and for groups
 * (https://github.com/Azure/azure-policy/tree/master/built-in-policies/policyDefinitions/General).
 */
export const POLICY_BY_REGION =
  /The policy looked at: (?:[\w.[\]*]+\.)?location\b|\b(?:allowed|permitted|restrict\w*|denied|disallowed)\b[^.]{0,60}\b(?:locations?|regions?)\b|\b(?:locations?|regions?)\b[^.]{0,60}\bnot (?:allowed|permitted)\b|e56962a6-4747-49cd-b67b-bf8b01975c4c|e765b5de-1225-4ba3-bd56-1ac6695af988/i;

/** The same inside the text of another failure, where code and sentence come together. */
export const REFUSED_FOR_ITS_REGION = new RegExp(
  `RequestDisallowedByAzure|RequestDisallowedByPolicy[\\s\\S]*(?:${POLICY_BY_REGION.source})`,
  'i',
);

/** vCPU quota, as compute says it: "…results in exceeding approved standardDDSv5Family Cores quota. … Location: eastus2, Current Limit: 10, … (Minimum) New Limit Required: 12". */
export const CORE_QUOTA = /exceeding approved\s+(.+?)\s+quota/i;

/** A size that is sold out, or not sold here. Seen wrapped in quota codes (MicrosoftLearning/DP-203-Data-Engineer issue 164): the text decides. */
export const STOCK_OUT =
  /not available in location|SkuNotAvailable|AllocationFailed|OverconstrainedAllocation|sufficient capacity|insufficient capacity|out of capacity|STOCKOUT/i;

/** Names the exhausted bucket and the smallest sufficient limit, as far as the text tells. */
export function coreQuotaSuggestion(text: string): string {
  const bucket = CORE_QUOTA.exec(text)?.[1]?.replace(/\s*cores$/i, '') ?? 'vCPU';
  const location = /Location:\s*([\w-]+)/i.exec(text)?.[1];
  const limit = /Current Limit:\s*(\d+)/i.exec(text)?.[1];
  const needed = /New Limit Required:\s*(\d+)/i.exec(text)?.[1];
  const amount = needed === undefined ? '' : `${limit === undefined ? '' : ` from ${limit}`} to at least ${needed}`;
  const where = location === undefined ? 'in this region' : `in ${location}`;
  return `Raise the quota "${bucket}" ${where}${amount}, or allow another region.`;
}
