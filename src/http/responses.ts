/** Answers of the HTTP API. Errors are problem details (RFC 9457) with a stable `code`; a bad request names every bad field at once. */
import { SECURITY_HEADERS } from '../pages/frame/security-headers.ts';
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { HttpProblem, FieldFault } from '../lab/http-problem.ts';

/** For answers that are data: rendered nowhere. */
const HEADERS = { ...SECURITY_HEADERS, 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" };

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): HttpResponseInit => ({
  status,
  headers: { ...HEADERS, ...headers, 'content-type': 'application/json; charset=utf-8' },
  body: `${JSON.stringify(body, null, 2)}\n`,
});

export const problem = ({ status, ...rest }: HttpProblem, headers: Record<string, string> = {}): HttpResponseInit => ({
  status,
  headers: { ...HEADERS, ...headers, 'content-type': 'application/problem+json; charset=utf-8' },
  body: `${JSON.stringify({ type: 'about:blank', status, ...rest }, null, 2)}\n`,
});

/** What a body may be: so many bytes, and of such a type. */
export type BodyRule = { bytes: number; type: RegExp };

/**
 * Of every endpoint that does not say otherwise. A start has prompts of at most 12,000 characters, so 64 KB are generous. A form of a foreign page cannot send
 * this type without asking first (https://fetch.spec.whatwg.org/#cors-safelisted-request-header).
 */
export const JSON_BODY: BodyRule = { bytes: 64 * 1024, type: /^application\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i };

export type Body = { kind: 'json'; value: unknown } | { kind: 'bad'; problem: HttpProblem };

/** What is wrong with a body by its headers alone, whatever the endpoint does with it; null where nothing is. */
export function bodyRefusal(request: HttpRequest, rule: BodyRule): HttpProblem | null {
  const length = Number(request.headers.get('content-length') ?? 0);
  if (length > rule.bytes) return tooLarge(rule);
  if (SAFE_METHODS.includes(request.method)) return null;
  // The Functions host hands on no body whose length is not announced. It would be read as none, and none is a good start of a lab.
  if (length === 0) return request.headers.get('transfer-encoding') === null ? null : LENGTH_REQUIRED;
  if (!/^(?:identity)?$/i.test(request.headers.get('content-encoding') ?? '')) return ENCODED;
  return isOfType(request, rule) ? null : NOT_JSON;
}

/** Reads a JSON body; an empty one is `{}`. */
export async function readJson(request: HttpRequest): Promise<Body> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > JSON_BODY.bytes) return bad(tooLarge(JSON_BODY));
  if (bytes.byteLength === 0) return { kind: 'json', value: {} };
  return isOfType(request, JSON_BODY) ? parseBody(bytes) : bad(NOT_JSON);
}

/** The value of JSON in UTF-8, or where it stops to be that. */
export function parseBody(bytes: ArrayBuffer): Body {
  const text = decodeBody(bytes);
  if (text === null) return bad(brokenJson('must be UTF-8'));
  try {
    return { kind: 'json', value: JSON.parse(text) as unknown };
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1];
    return bad(brokenJson(`must be valid JSON${at === undefined ? '' : `; it breaks at character ${Number(at) + 1}`}`));
  }
}

/** Null for what is no UTF-8. */
export function decodeBody(bytes: ArrayBuffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const brokenJson = (message: string): HttpProblem => ({
  status: 400,
  code: 'not-json',
  title: 'The body is not JSON',
  detail: `The body ${message}.`,
  errors: [{ field: '', message }],
});

/** Methods that change nothing. */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

const isOfType = (request: HttpRequest, { type }: BodyRule): boolean =>
  type.test(request.headers.get('content-type') ?? '');

const tooLarge = ({ bytes }: BodyRule): HttpProblem => ({
  status: 413,
  code: 'body-too-large',
  title: 'The body is too large',
  detail: `At most ${bytes / 1024} KB.`,
});

const NOT_JSON: HttpProblem = {
  status: 415,
  code: 'not-json',
  title: 'The body must be JSON',
  detail: 'Send it with "content-type: application/json".',
};

const LENGTH_REQUIRED: HttpProblem = {
  status: 411,
  code: 'length-required',
  title: 'The length of the body must be announced',
  detail: 'Send it with "content-length", not in chunks: the platform hands on no other body.',
};

const ENCODED: HttpProblem = {
  status: 415,
  code: 'not-json',
  title: 'The body must not be compressed',
  detail: 'Send it without "content-encoding".',
};

const bad = (it: HttpProblem): Body => ({ kind: 'bad', problem: it });

export const badFields = (errors: FieldFault[]): HttpProblem => ({
  status: 400,
  code: 'bad-request',
  title: 'The request has bad fields',
  detail: errors.map((it) => `${it.field === '' ? 'body' : it.field} ${it.message}`).join('; '),
  errors,
});

export const notFound = (id: string): HttpProblem => ({
  status: 404,
  code: 'lab-not-found',
  title: 'There is no such lab',
  detail: `No lab "${id}" is known here.`,
});
