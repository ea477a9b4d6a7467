/**
 * REST calls to a Databricks workspace: authentication, strict JSON, one error type. Own code, because Databricks' SDK for JavaScript calls itself "not for
 * production", drops PATCH bodies and does not verify TLS by default (https://github.com/databricks/databricks-sdk-js).
 *
 * 1. Every call carries both tokens and the workspace's resource id: the first call of a principal with Contributor on the resource then enrols it
 *    (https://learn.microsoft.com/azure/databricks/dev-tools/service-prin-aad-token).
 * 2. A redirect is an error: it leads to a login page.
 * 3. A whole number beyond 2^53 becomes a bigint, which no schema of an id accepts: it is refused, never rounded.
 */
import type { HttpMethods, PipelinePolicy } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { parseExact, parseJson } from '../../lab/json.ts';
import { DATABRICKS_SCOPE, type Credential } from '../credential.ts';
import { textOfPage } from '../http-policy.ts';
import { createPipeline } from '../pipeline.ts';
import { ServiceError, type Said } from '../service-error.ts';

export type WorkspaceAddress = { id: string; url: string };
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export type Rest = {
  get: <T>(path: string, query: Query, answer: z.ZodType<T>) => Promise<T>;
  post: <T>(path: string, body: unknown, answer: z.ZodType<T>) => Promise<T>;
  patch: (path: string, body: unknown) => Promise<void>;
  /** A document as it is. */
  text: (path: string) => Promise<string>;
  /** Stores a document as it is. */
  put: (path: string, document: string) => Promise<void>;
};

/** For calls whose answer says nothing: `{}` or an empty body. */
export const NOTHING = z.unknown();

export type WorkspaceRestOptions = { managementScope: string; timeoutMs: number };

export function createWorkspaceRest(
  options: WorkspaceRestOptions,
  credential: Credential,
): (workspace: WorkspaceAddress) => Rest {
  const sendRequest = createPipeline({
    service: 'databricks',
    timeoutMs: options.timeoutMs,
    read: readDatabricksError,
    authentication: authenticate(credential, options.managementScope),
  });

  return (workspace) => {
    const send = (method: HttpMethods, path: string, query: Query, body?: string): Promise<string> => {
      const headers = { accept: 'application/json', 'X-Databricks-Azure-Workspace-Resource-Id': workspace.id };
      const url = `${workspace.url}${path}${toSearch(query)}`;
      return body === undefined
        ? sendRequest({ method, url, headers })
        : sendRequest({ method, url, headers: { ...headers, 'content-type': 'application/json' }, body });
    };
    const read = <T>(text: string, answer: z.ZodType<T>, method: HttpMethods, path: string): T => {
      const parsed = answer.safeParse(text.trim() === '' ? {} : parseExact(text));
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      const unsafe = parsed.error.issues.some((it) => it.code === 'invalid_type' && / bigint$/.test(it.message));
      throw new ServiceError({
        service: 'databricks',
        method,
        url: `${workspace.url}${path}`,
        status: 200,
        code: unsafe ? 'unsafe-number' : 'unexpected-answer',
        message: `${issue?.path.join('.') ?? ''}: ${unsafe ? 'a number beyond 2^53, refused rather than rounded' : (issue?.message ?? '')}`,
      });
    };
    return {
      get: async (path, query, answer) => read(await send('GET', path, query), answer, 'GET', path),
      post: async (path, body, answer) =>
        read(await send('POST', path, {}, JSON.stringify(body)), answer, 'POST', path),
      patch: async (path, body) => {
        await send('PATCH', path, {}, JSON.stringify(body));
      },
      text: (path) => send('GET', path, {}),
      put: async (path, document) => {
        await send('PUT', path, {}, document);
      },
    };
  };
}

const authenticate = (credential: Credential, managementScope: string): PipelinePolicy => ({
  name: 'databricksAuthentication',
  sendRequest: async (request, next) => {
    const [token, management] = await Promise.all([
      credential.token(DATABRICKS_SCOPE),
      credential.token(managementScope),
    ]);
    request.headers.set('Authorization', `Bearer ${token}`);
    request.headers.set('X-Databricks-Azure-SP-Management-Token', management);
    return next(request);
  },
});

function toSearch(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) search.append(name, String(one));
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}

const errorBody = z.object({
  error_code: z.union([z.string(), z.number()]).nullish(),
  message: z.string().nullish(),
  error: z.string().nullish(),
  detail: z.string().nullish(),
  scimType: z.string().nullish(),
});

/**
 * The error bodies of a workspace: `{error_code, message}` (the code may be a number or missing), `{error}` of API 1.2, SCIM's `{detail, scimType}`, the text
 * `CODE: message`, a gateway's page, nothing, and a redirect to a login page that names its error.
 * https://github.com/databricks/databricks-sdk-go/blob/main/apierr/errors.go
 */
export function readDatabricksError(body: string, status: number, location?: string): Said {
  const code = `http-${status}`;
  if (status >= 300 && status < 400) return { code, message: `Redirected to ${location ?? 'nowhere'}` };
  if (body.trim() === '') return { code, message: `HTTP ${status} without a body` };
  const parsed = errorBody.safeParse(parseJson(body));
  if (parsed.success) {
    const it = parsed.data;
    const message = it.message ?? it.detail ?? it.error ?? `HTTP ${status}`;
    return { code: String(it.error_code ?? it.scimType ?? '') || code, message };
  }
  const line = /^([A-Z][A-Z0-9_]+): (.*)$/s.exec(body.trim());
  if (line) return { code: line[1] ?? code, message: line[2] ?? '' };
  // A gateway's page is no word of the workspace on what it holds.
  return { code: status === 404 ? 'not-json' : code, message: textOfPage(body) };
}
