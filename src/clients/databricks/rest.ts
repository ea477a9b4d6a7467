/**
 * REST calls to a Databricks workspace: authentication, strict JSON, one error type. Own code, because Databricks' SDK for JavaScript calls itself "not for
 * production", drops PATCH bodies and does not verify TLS by default (https://github.com/databricks/databricks-sdk-js).
 *
 * 1. A principal with Contributor on the resource is enrolled by a call with a management token and the workspace's resource id
 *    (https://learn.microsoft.com/azure/databricks/dev-tools/service-prin-aad-token). That call is the readiness probe, until it succeeds; no other has that token.
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
  /** A document as it is. @throws ServiceError `too-large` beyond so many bytes */
  text: (path: string, query: Query, maxBytes: number) => Promise<string>;
  /** Stores a document as it is. */
  put: (path: string, document: string) => Promise<void>;
};

/** Who the caller is: the readiness probe, and the one call that enrols the app in a workspace. */
export const ME = '/api/2.0/preview/scim/v2/Me';

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
    authentication: authenticate(credential),
  });

  /** Workspaces that have let the app in, by this process. */
  const enrolled = new Set<string>();

  return (workspace) => {
    const sendOnce = async (
      method: HttpMethods,
      path: string,
      query: Query,
      { body, maxBytes, management }: { body?: string; maxBytes?: number; management?: string },
    ): Promise<string> => {
      const headers = {
        accept: 'application/json',
        'X-Databricks-Azure-Workspace-Resource-Id': workspace.id,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(management === undefined ? {} : { 'X-Databricks-Azure-SP-Management-Token': management }),
      };
      const url = `${workspace.url}${path}${toSearch(query)}`;
      return sendRequest({
        ...{ method, url, headers },
        ...(body === undefined ? {} : { body }),
        ...(maxBytes === undefined ? {} : { maxBytes }),
      });
    };
    /** The management token can do more than any other that the app holds: it goes to this one address. */
    const enrol = async (): Promise<string> => {
      const text = await sendOnce('GET', ME, {}, { management: await credential.token(options.managementScope) });
      enrolled.add(workspace.id);
      return text;
    };
    const send = async (
      method: HttpMethods,
      path: string,
      query: Query,
      body?: string,
      maxBytes?: number,
    ): Promise<string> => {
      const more = { ...(body === undefined ? {} : { body }), ...(maxBytes === undefined ? {} : { maxBytes }) };
      if (path === ME && !enrolled.has(workspace.id)) return enrol();
      try {
        return await sendOnce(method, path, query, more);
      } catch (error: unknown) {
        if (!isOfGate(error)) throw error;
        enrolled.delete(workspace.id);
        if (path === ME) return enrol();
        // The workspace may not know the app yet, or no more; where it does, the call is refused again.
        await enrol().catch(() => {
          throw error;
        });
        return sendOnce(method, path, query, more);
      }
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
      text: (path, query, maxBytes) => send('GET', path, query, undefined, maxBytes),
      put: async (path, document) => {
        await send('PUT', path, {}, document);
      },
    };
  };
}

/** A 403 of the gate before the workspace's APIs: those name their reason, `PERMISSION_DENIED` for one. */
const isOfGate = (error: unknown): boolean =>
  error instanceof ServiceError && error.status === 403 && /^(?:http-)?403$/.test(error.code);

const authenticate = (credential: Credential): PipelinePolicy => ({
  name: 'databricksAuthentication',
  sendRequest: async (request, next) => {
    request.headers.set('Authorization', `Bearer ${await credential.token(DATABRICKS_SCOPE)}`);
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
