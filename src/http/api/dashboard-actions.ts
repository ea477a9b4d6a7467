/**
 * What the pages' forms post to: start, extend and end a lab. Each hands the request on to the API's own endpoint, so that rights, limits and refusals are the same.
 *
 * 1. Only with sign-in. A function key has no place in a page: with one these routes refuse everything.
 * 2. A form of a foreign page is refused before it is read (see `endpoint.ts`).
 * 3. An answer to a form is a redirection, so that a reload repeats nothing; a refused start shows the form again, with what is wrong.
 */
import { HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { linkTo } from '../../pages/frame/layout.ts';
import { fieldOf, requestOf, valuesOf } from '../../pages/dashboard/start-form.ts';
import { viewerOf, withProblemPages } from '../pages.ts';
import { answerDashboard } from './dashboard.ts';
import { endLab } from './end-lab.ts';
import { endpoint, type Call, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { keepAlive } from './keep-alive.ts';
import { LANGUAGE } from '../query.ts';
import { problem, type BodyRule } from '../responses.ts';
import type { HttpProblem } from '../../lab/http-problem.ts';
import { startLab } from './start-lab.ts';

const FORM_BODY: BodyRule = { bytes: 64 * 1024, type: /^application\/x-www-form-urlencoded(?:\s*;|$)/i };

export const startFromPage = (deps: HttpDeps): Handler =>
  action(deps, async (call, form) => {
    const values = valuesOf(form);
    const answer = await asApi(startLab(deps), call, '/api/labs', {
      body: requestOf(values),
      headers: { 'idempotency-key': form.get('idempotencyKey') ?? '' },
    });
    if (answer.status === 202) return seeOther(call, 'dashboard', { done: 'started', id: idOf(answer) });
    const refused = refusalOf(answer);
    return answerDashboard(deps, call, { values, faults: faultsOf(refused) }, refused.status);
  });

export const extendFromPage = (deps: HttpDeps): Handler =>
  action(deps, (call, form) => ofLab(keepAlive(deps), call, form, 'keepalive', 'extended'));

export const endFromPage = (deps: HttpDeps): Handler =>
  action(deps, (call, form) => ofLab(endLab(deps), call, form, 'end', 'ending'));

const action = (deps: HttpDeps, handle: (call: Call, form: URLSearchParams) => Promise<HttpResponseInit>): Handler =>
  withProblemPages(
    deps.settings,
    ['json', 'html'],
    endpoint(
      deps,
      async (call) => {
        if (call.caller.kind !== 'user') return problem(READ_ONLY);
        const text = await call.request.text();
        // The header may be missing or untrue; see `bodyRefusal` for what it says.
        if (text.length > FORM_BODY.bytes)
          return problem({ ...READ_ONLY, status: 413, code: 'body-too-large', title: 'The body is too large' });
        return handle(call, new URLSearchParams(text));
      },
      { body: FORM_BODY, query: LANGUAGE },
    ),
  );

async function ofLab(
  handler: Handler,
  call: Call,
  form: URLSearchParams,
  verb: 'keepalive' | 'end',
  done: 'extended' | 'ending',
): Promise<HttpResponseInit> {
  const id = call.request.params['id'] ?? '';
  const answer = await asApi(handler, call, `/api/labs/${encodeURIComponent(id)}/${verb}`, { params: { id } });
  if ((answer.status ?? 200) >= 400) return answer;
  return seeOther(call, form.get('from') === 'report' ? `labs/${id}/report` : 'dashboard', { done, id });
}

/** The same caller, asking the API. */
function asApi(
  handler: Handler,
  { request, context }: { request: HttpRequest; context: InvocationContext },
  path: string,
  asked: { body?: unknown; headers?: Record<string, string>; params?: Record<string, string> },
): Promise<HttpResponseInit> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const name of ['x-ms-client-principal', 'x-ms-client-principal-id', 'origin', 'sec-fetch-site']) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const inner = new HttpRequest({
    method: 'POST',
    url: new URL(path, request.url).href,
    headers: { ...headers, ...asked.headers },
    params: asked.params ?? {},
    ...(asked.body === undefined ? {} : { body: { string: JSON.stringify(asked.body) } }),
  });
  return handler(inner, context);
}

const seeOther = (call: Call, page: string, query: Record<string, string>): HttpResponseInit => {
  const path = `/api/${page}?${new URLSearchParams(query).toString()}`;
  const location = linkTo(path, viewerOf(call.request, call.caller));
  return { status: 303, headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } };
};

const idOf = (answer: HttpResponseInit): string => (JSON.parse(answer.body as string) as { id: string }).id;
const refusalOf = (answer: HttpResponseInit): HttpProblem => JSON.parse(answer.body as string) as HttpProblem;

/** By field of the form; what has none there stands above it. */
function faultsOf({ title, detail, suggestion, errors = [] }: HttpProblem): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const { field, message } of errors) {
    const name = fieldOf(field);
    const text = name === '' ? `${field} ${message}` : message;
    faults[name] = faults[name] === undefined ? text : `${faults[name]}; ${text}`;
  }
  return errors.length > 0 ? faults : { '': [detail ?? title, suggestion].filter((it) => it !== undefined).join(' ') };
}

const READ_ONLY: HttpProblem = {
  status: 403,
  code: 'pages-read-only',
  title: 'This page is read-only',
  detail: 'Forms need sign-in (App Service Authentication). With a function key, use the API.',
};
