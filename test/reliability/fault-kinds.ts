/** What may go wrong with a call, by name. Bodies are those that each family of services has. */
import type { FaultRule } from '../../local/cloud/core/faults.ts';
import type { DistinctCall } from './calls.ts';

const TWO_MINUTES = { fire: Infinity, forMs: 120_000 };
/** Longer than the app waits for any call in these tests. */
const TOO_SLOW_MS = 1_500;

const bodyOf = (
  service: string,
  code: { arm: string; databricks: string; openai: string },
  message: string,
): unknown => {
  if (service === 'databricks') return { error_code: code.databricks, message };
  return { error: { code: service === 'openai' ? code.openai : code.arm, message } };
};

type Fault = Omit<FaultRule, 'pattern' | 'service'>;

/** `lasting`: it goes on for two minutes, so that a repetition at once meets it again. */
export const FAULT_KINDS: Record<string, { lasting?: true; of: (service: string) => Fault }> = {
  'reset before': { of: () => ({ kind: 'reset', when: 'before' }) },
  'reset after the effect': { of: () => ({ kind: 'reset', when: 'after' }) },
  '429 with Retry-After': {
    of: (service) => ({
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '17' },
      body: bodyOf(
        service,
        { arm: 'TooManyRequests', databricks: 'REQUEST_LIMIT_EXCEEDED', openai: '429' },
        'Too many requests. Please retry after 17 seconds.',
      ),
    }),
  },
  '429 without Retry-After': {
    of: (service) => ({
      kind: 'status',
      status: 429,
      body: bodyOf(
        service,
        { arm: 'TooManyRequests', databricks: 'REQUEST_LIMIT_EXCEEDED', openai: '429' },
        'Too many requests.',
      ),
    }),
  },
  '500': {
    of: (service) => ({
      kind: 'status',
      status: 500,
      body: bodyOf(
        service,
        { arm: 'InternalServerError', databricks: 'INTERNAL_ERROR', openai: 'InternalServerError' },
        'An internal error occurred.',
      ),
    }),
  },
  '503': {
    of: (service) => ({
      kind: 'status',
      status: 503,
      body: bodyOf(
        service,
        { arm: 'ServiceUnavailable', databricks: 'TEMPORARILY_UNAVAILABLE', openai: 'ServiceUnavailable' },
        'The service is temporarily unavailable.',
      ),
    }),
  },
  '504': { of: () => ({ kind: 'html', status: 504 }) },
  '403 for two minutes': {
    lasting: true,
    of: (service) => ({
      kind: 'status',
      status: 403,
      ...TWO_MINUTES,
      body: bodyOf(
        service,
        { arm: 'AuthorizationFailed', databricks: 'PERMISSION_DENIED', openai: 'PermissionDenied' },
        'The client does not have authorization to perform this action.',
      ),
    }),
  },
  '404 for two minutes': {
    lasting: true,
    of: (service) => ({
      kind: 'status',
      status: 404,
      ...TWO_MINUTES,
      body: bodyOf(
        service,
        { arm: 'ResourceNotFound', databricks: 'RESOURCE_DOES_NOT_EXIST', openai: 'DeploymentNotFound' },
        'The resource was not found.',
      ),
    }),
  },
  hang: { of: () => ({ kind: 'hang' }) },
  'HTML instead of JSON': { of: () => ({ kind: 'html' }) },
  'slow body': { of: () => ({ kind: 'slow', ms: TOO_SLOW_MS }) },
  'truncated JSON': { of: () => ({ kind: 'truncated' }) },
};

/** @param skip That many calls of its kind pass first. */
export const ruleOf = (call: DistinctCall, kind: string, skip: number): FaultRule =>
  ({
    pattern: call.pattern,
    service: call.service,
    skip,
    ...(FAULT_KINDS[kind] as (typeof FAULT_KINDS)[string]).of(call.service),
  }) as FaultRule;
