/** Answers of the HTTP API. Errors are problem details (RFC 9457) with a stable `code`; a bad request names every bad field at once. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';

export type FieldFault = { field: string; message: string };

export type HttpProblem = {
  status: number;
  code: string;
  title: string;
  detail?: string;
  errors?: FieldFault[];
  wayOut?: string;
};

/** For answers that are data: kept nowhere, rendered nowhere. */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

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

/** Largest body that a start may have: prompts are at most 12,000 characters, so this is generous. */
export const BODY_LIMIT_BYTES = 64 * 1024;

export type Body = { kind: 'json'; value: unknown } | { kind: 'bad'; problem: HttpProblem };

/** Reads a JSON body; an empty one is `{}`. */
export async function readJson(request: HttpRequest): Promise<Body> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > BODY_LIMIT_BYTES) {
    return bad({
      status: 413,
      code: 'body-too-large',
      title: 'The body is too large',
      detail: `At most ${BODY_LIMIT_BYTES / 1024} KB.`,
    });
  }
  if (bytes.byteLength === 0) return { kind: 'json', value: {} };
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i.test(type)) {
    return bad({
      status: 415,
      code: 'not-json',
      title: 'The body must be JSON',
      detail: 'Send it with "content-type: application/json".',
    });
  }
  try {
    return { kind: 'json', value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown };
  } catch {
    return bad({
      status: 400,
      code: 'not-json',
      title: 'The body is not JSON',
      errors: [{ field: '', message: 'must be valid JSON in UTF-8' }],
    });
  }
}

const bad = (it: HttpProblem): Body => ({ kind: 'bad', problem: it });

/** Every fault that zod found, one line a field; a name that is not known is a fault of its own. */
export function fieldFaults(error: z.ZodError): FieldFault[] {
  return error.issues.flatMap((issue): FieldFault[] => {
    const path = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: path === '' ? key : `${path}.${key}`,
        message: 'is not a known field',
      }));
    }
    return [{ field: path, message: issue.message }];
  });
}

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
