/**
 * What every endpoint is given, and the frame around it.
 *
 * 1. No handler runs for a caller who is nobody, or for a page of somebody else's: an unsafe request of a foreign origin is refused before it is read.
 * 2. A body is JSON, declared as such, and small; also where nothing is read from it. A query holds what the endpoint knows, and nothing else.
 * 3. A lab of another owner is answered, to the byte, as one that does not exist: its handler is given what it is given of an unknown one, so that neither the order
 *    of its checks nor the calls it makes can tell the two apart.
 * 4. What nobody expected is logged whole and answered with nothing but its invocation id.
 */
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { LabGroup } from '../lab/survey.ts';
import { safeError } from '../lab/redact.ts';
import { LAB_ID } from '../lab/request.ts';
import { logEvent } from '../log.ts';
import type { HttpDeps } from '../services.ts';
import { maySee, readCaller, type Caller } from './caller.ts';
import { findInstance, findNewestFamily, type Family } from '../hub/instances.ts';
import { findBegun } from '../hub/start-instance.ts';
import { queryFaults, type QueryRule } from './query.ts';
import { badFields, bodyRefusal, JSON_BODY, notFound, problem, SAFE_METHODS, type BodyRule } from './responses.ts';
import type { HttpProblem } from '../lab/http-problem.ts';

export type Call = {
  request: HttpRequest;
  context: InvocationContext;
  client: df.DurableClient;
  caller: Caller;
  /** Absolute URL of `/api/labs` as the caller reached it. */
  base: string;
  /** Groups of the labs that exist for this caller. */
  groups: () => Promise<LabGroup[]>;
};

/** A call about one lab, with what the hub knows of it: an empty family where it knows nothing. */
export type LabCall = Call & { id: string; family: Family };

export type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>;

/** What a body may be: a small JSON one unless the endpoint takes another. What its query may hold: nothing unless it says so; null: it checks that beside its body. */
export type Takes = { body?: BodyRule; query?: QueryRule | null };

export const endpoint =
  (
    deps: HttpDeps,
    handle: (call: Call) => Promise<HttpResponseInit>,
    { body = JSON_BODY, query = {} }: Takes = {},
  ): Handler =>
  async (request, context) => {
    try {
      if (isForeign(request)) return problem(FOREIGN);
      const caller = readCaller(request.headers, deps.settings);
      if (caller === null) return problem(NOBODY);
      const refusal = bodyRefusal(request, body);
      if (refusal !== null) return problem(refusal);
      const faults = query === null ? [] : queryFaults(request.query, query);
      if (faults.length > 0) return problem(badFields(faults));
      const groups = async () => (await deps.labSurvey.listLabGroups()).filter((it) => maySee(caller, it.lab.owner));
      const base = `${new URL(request.url).origin}/api/labs`;
      return await handle({ request, context, client: df.getClient(context), caller, base, groups });
    } catch (error) {
      const { message, stack } = safeError(error);
      logEvent(context, 'request.failed', { subject: context.functionName, reason: message, stack }, 'error');
      return problem(unavailable(context.invocationId), { 'retry-after': '10' });
    }
  };

/** An endpoint of one lab. An id that no lab can have is answered as one that no lab has. */
export const labEndpoint = (
  deps: HttpDeps,
  handle: (call: LabCall) => Promise<HttpResponseInit>,
  takes: Takes = {},
): Handler =>
  endpoint(
    deps,
    async (call) => {
      const id = call.request.params['id'] ?? '';
      if (!LAB_ID.safeParse(id).success) return problem(notFound(id.slice(0, 40)));
      const changes = !SAFE_METHODS.includes(call.request.method);
      const sees = (owner: string) => maySee(call.caller, owner);
      const family = await findNewestFamily(call, id, sees, changes ? findBegun : findInstance);
      return handle({ ...call, id, family });
    },
    takes,
  );

/** Browsers say where a request comes from; other clients send neither header. */
function isForeign(request: HttpRequest): boolean {
  if (SAFE_METHODS.includes(request.method)) return false;
  const site = request.headers.get('sec-fetch-site');
  // No page can set this header (https://w3c.github.io/webappsec-fetch-metadata/), and it knows better than a comparison of origins: a form on a page without
  // referrer hides its origin from its own site as well, and behind a front door the app is called by another name than the page.
  if (site === 'same-origin') return false;
  if (site !== null && site !== 'none') return true;
  const origin = request.headers.get('origin');
  return origin !== null && origin !== new URL(request.url).origin;
}

const FOREIGN: HttpProblem = {
  status: 403,
  code: 'foreign-origin',
  title: 'The request comes from a page of another site',
  detail: 'Requests that change something are taken from this app’s own pages, and from clients that are no browsers.',
};

const NOBODY: HttpProblem = {
  status: 401,
  code: 'not-signed-in',
  title: 'Nobody is signed in',
  detail: 'Sign in first; this app’s sign-in page is at /.auth/login/aad.',
};

const unavailable = (invocationId: string): HttpProblem => ({
  status: 503,
  code: 'unavailable',
  title: 'The request could not be served just now',
  detail: `Nothing was changed that a repetition would change twice. Try again; the log has it under invocation ${invocationId}.`,
});
