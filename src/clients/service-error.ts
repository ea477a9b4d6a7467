/**
 * The one error of every outgoing call: what was asked, what was answered, and how long the service wants to be left alone. Its message is safe to store:
 * redacted, and the URL without its query, where ARM and storage put signatures. The SDK's own error is not kept as the cause, because it holds the request.
 */
import type { Reason } from '../lab/errors/reasons.ts';
import { safeMessage } from '../lab/redact.ts';

/** What a service said, as far as any of its error bodies tells. */
export type Said = {
  code: string;
  message: string;
  /** Every reason in the body, the deepest first, where it has more than one. */
  reasons?: readonly Reason[] | undefined;
};

export type ServiceErrorFacts = Said & {
  /** `arm`, `databricks`, `mlflow`, `openai`, `storage`, `identity`. */
  service: string;
  method: string;
  url: string;
  /** 0 where no answer came. */
  status: number;
  requestId?: string | undefined;
  afterSeconds?: number | undefined;
};

/** A call that did not succeed: refused by the service, or never answered (`status` 0 and a code such as `ENOTFOUND`, `ECONNRESET`, `timed-out`). */
export class ServiceError extends Error {
  readonly service: string;
  readonly status: number;
  /** The service's own code, or Node's, or ours in kebab-case. */
  readonly code: string;
  /** The service's sentence alone, redacted. */
  readonly said: string;
  readonly requestId: string | undefined;
  readonly reasons: readonly Reason[];
  /** Seconds after which the service accepts another call, if it said so. */
  readonly afterSeconds: number | undefined;

  constructor(facts: ServiceErrorFacts) {
    const said = safeMessage(facts.message);
    const id = facts.requestId === undefined ? '' : ` (request id: ${facts.requestId})`;
    super(
      `${facts.service}: ${facts.method} ${withoutQuery(facts.url)} ${facts.status || 'no answer'} ${facts.code}: ${said}${id}`,
    );
    this.name = 'ServiceError';
    this.service = facts.service;
    this.status = facts.status;
    this.code = facts.code;
    this.said = said;
    this.reasons = (facts.reasons ?? []).map(({ code, message }) => ({ code, message: safeMessage(message, 1_000) }));
    this.requestId = facts.requestId;
    this.afterSeconds = facts.afterSeconds;
  }
}

/**
 * Whether the service itself says that the thing does not exist. Absence is the proof of a deletion, so a gateway's page with status 404, and a 404 about the
 * subscription, do not count. MLflow and Databricks answer some of theirs without a body.
 */
const isNotFound = (error: unknown): boolean =>
  error instanceof ServiceError &&
  error.status === 404 &&
  error.code !== 'not-json' &&
  !(error.service === 'arm' && /^http-404$|Subscription|Namespace|ProviderFound/i.test(error.code));

/** Resolves to undefined where the service says that the thing does not exist. */
export const orAbsent = <T>(call: Promise<T>): Promise<T | undefined> =>
  call.catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });

/**
 * The same for lists of a provider's resources, where a subscription that never registered the provider has none: a provider that holds anything cannot be
 * unregistered (https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types).
 */
export const orNoneYet = <T>(call: Promise<T>): Promise<T | undefined> =>
  call.catch((error: unknown) => {
    if (isNotFound(error) || isUnregistered(error)) return undefined;
    throw error;
  });

/** Whether the subscription is not registered with the provider that was called; every call of a provider is refused so, reads included. */
export const isUnregistered = (error: unknown): boolean =>
  error instanceof ServiceError && /^(?:MissingSubscriptionRegistration|SubscriptionNotRegistered)$/.test(error.code);

const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, '');

type Headers = { get(name: string): string | null | undefined };

/**
 * Seconds to wait, from `Retry-After` (seconds or an HTTP date) or its variants in milliseconds; rounded up, at most a week.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
export function retryAfterSeconds(headers: Headers, now: number = Date.now()): number | undefined {
  const bound = (seconds: number): number | undefined =>
    Number.isFinite(seconds) && seconds >= 0 ? Math.min(Math.ceil(seconds), 7 * 24 * 3_600) : undefined;
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const ms = headers.get(name);
    if (ms) return bound(Number(ms) / 1_000);
  }
  const value = headers.get('retry-after');
  if (!value) return undefined;
  return bound(/^\d+(\.\d+)?$/.test(value) ? Number(value) : Math.max(0, Date.parse(value) - now) / 1_000);
}

export const requestIdOf = (headers: Headers): string | undefined =>
  headers.get('x-ms-request-id') ??
  headers.get('x-databricks-request-id') ??
  headers.get('apim-request-id') ??
  undefined;

/** The same for a call that got no answer: DNS, refused or broken connections, our own timeout. */
export function unanswered(service: string, method: string, url: string, error: unknown): ServiceError {
  const { name, code, message } = (error ?? {}) as { name?: string; code?: unknown; message?: string };
  const timedOut = name === 'TimeoutError' || name === 'AbortError';
  return new ServiceError({
    service,
    method,
    url,
    status: 0,
    code: timedOut ? 'timed-out' : typeof code === 'string' ? code : 'no-answer',
    message: timedOut ? 'The call took longer than its timeout.' : (message ?? String(error)),
  });
}
