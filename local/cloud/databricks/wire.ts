// What the workspace's APIs have in common on the wire: the error body with `error_code`, and reading a JSON body field by field.
import type { Call, Reply } from '../core/router.ts';
import type { BodyFault } from '../core/shapes.ts';

/** An answer that ends a handler early. Thrown inside the local cloud only; the guard turns it into the reply. */
export class Refusal extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.reply = reply;
  }
}

export const failure = (status: number, code: string | number, message: string): Reply => ({
  status,
  json: { error_code: code, message },
});

/** Ends the handler with an error body of the REST API. */
export const refuse = (status: number, code: string | number, message: string): never => {
  throw new Refusal(failure(status, code, message));
};

export const invalid = (message: string): never => refuse(400, 'INVALID_PARAMETER_VALUE', message);

/** What of a body does not fit. The codes are the service's own, the sentences are assumed. */
export function misshapen(fault: BodyFault): Reply {
  const malformed = (why: string): Reply => failure(400, 'MALFORMED_REQUEST', `Could not parse request object: ${why}`);
  const { path } = fault;
  const value = JSON.stringify(fault.value) ?? 'null';
  switch (fault.kind) {
    case 'unknown':
      return malformed(`Unrecognized field "${path}"`);
    case 'missing':
      return failure(400, 'INVALID_PARAMETER_VALUE', `Missing required field: ${path}`);
    case 'type':
    case 'pattern':
      return malformed(`Expected another type for ${path}, but got ${value}`);
    case 'value':
      return failure(
        400,
        'INVALID_PARAMETER_VALUE',
        `Invalid value ${value} for ${path}. Expected one of: ${fault.expected.join(', ')}`,
      );
    case 'below':
    case 'above':
      return failure(
        400,
        'INVALID_PARAMETER_VALUE',
        `Invalid value ${value} for ${path}: must be ${fault.kind === 'below' ? 'at least' : 'at most'} ${fault.bound}`,
      );
  }
}

export const ok = (json: unknown = {}): Reply => ({ status: 200, json });

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON object of the request; an empty body is an empty object. */
export function bodyOf(call: Call): Fields {
  if (call.rawBody.length === 0) return {};
  if (!isFields(call.body)) {
    return refuse(400, 'MALFORMED_REQUEST', 'Could not parse request object: expected a JSON object');
  }
  return call.body;
}

export const missing = (name: string): never => invalid(`Missing required field: ${name}`);

/** A required, non-empty string. */
export function textOf(fields: Fields, name: string): string {
  const value = optionalText(fields, name);
  return value === undefined || value === '' ? missing(name) : value;
}

export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') {
    return refuse(
      400,
      'MALFORMED_REQUEST',
      `Invalid JSON given in the body of the request - expected a string for ${name}`,
    );
  }
  return value;
}

/** A number, also as a decimal string (how int64 may come). */
export function optionalNumber(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    return refuse(
      400,
      'MALFORMED_REQUEST',
      `Invalid JSON given in the body of the request - expected a number for ${name}`,
    );
  }
  return number;
}

/** The objects of a list; absent is empty. */
export function listOf(fields: Fields, name: string): Fields[] {
  const value = fields[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isFields)) {
    return refuse(
      400,
      'MALFORMED_REQUEST',
      `Invalid JSON given in the body of the request - expected a list of objects for ${name}`,
    );
  }
  return value;
}

export function textMapOf(fields: Fields, name: string): Record<string, string> {
  const value = fields[name];
  if (value === undefined || value === null) return {};
  if (!isFields(value) || !Object.values(value).every((entry) => typeof entry === 'string')) {
    return refuse(
      400,
      'MALFORMED_REQUEST',
      `Invalid JSON given in the body of the request - expected a map of strings for ${name}`,
    );
  }
  return value as Record<string, string>;
}

/** A query parameter that must be there. */
export const queryOf = (call: Call, name: string): string => {
  const value = call.query.get(name);
  return value === null || value === '' ? missing(name) : value;
};

/**
 * One page of `rows`; page tokens are opaque to the client. Throws on a token that is none of ours. Some services promise a next page only where
 * there is one, others wherever this one is full.
 */
export function pageOf<T>(
  rows: T[],
  size: number,
  token: string | null | undefined,
  promise: 'when-more' | 'when-full' = 'when-more',
): { rows: T[]; next?: string } {
  const offset = token === null || token === undefined || token === '' ? 0 : readToken(token);
  const next = offset + size;
  return next < rows.length + (promise === 'when-full' ? 1 : 0)
    ? { rows: rows.slice(offset, next), next: writeToken(next) }
    : { rows: rows.slice(offset) };
}

const writeToken = (offset: number): string => Buffer.from(JSON.stringify({ offset })).toString('base64');

const readToken = (token: string): number => {
  try {
    const { offset } = JSON.parse(Buffer.from(token, 'base64').toString()) as { offset?: unknown };
    if (typeof offset === 'number' && Number.isInteger(offset) && offset >= 0) return offset;
  } catch {
    // Answered below.
  }
  return invalid('Invalid page token, could not base64-decode');
};
