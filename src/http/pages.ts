/** A visitor of the pages, out of a request; and refusals as pages, for those who asked for one. */
import type { HttpRequest } from '@azure/functions';
import { readCaller, type Caller } from './caller.ts';
import type { Handler } from './endpoint.ts';
import type { HttpProblem } from '../lab/http-problem.ts';
import type { Settings } from '../settings.ts';
import type { Viewer } from '../pages/frame/layout.ts';
import { formOf, localeOf, type Form } from '../pages/frame/negotiate.ts';

/** @param path of the page that is shown, where it is not the request's own. */
export function viewerOf(request: HttpRequest, caller: Caller | null, path?: string): Viewer {
  const url = new URL(path ?? request.url, request.url);
  for (const name of ['code', 'done', 'id']) url.searchParams.delete(name);
  return {
    locale: localeOf(request),
    path: `${url.pathname}${url.search}`,
    chosen: request.query.has('lang'),
    callerId: caller?.id ?? '',
    person: caller?.kind === 'user' ? caller.name : null,
  };
}

/** The handler, whose problems are answered as pages to those who prefer HTML. */
export const withProblemPages =
  (settings: Settings, forms: readonly Form[], handle: Handler): Handler =>
  async (request, context) => {
    const answer = await handle(request, context);
    const type = new Headers(answer.headers).get('content-type') ?? '';
    if (!type.startsWith('application/problem+json') || formOf(request, forms) !== 'html') return answer;
    const problem = JSON.parse(answer.body as string) as HttpProblem;
    const { problemPage } = await import('../pages/problem-page.ts');
    const page = problemPage(problem, viewerOf(request, readCaller(request.headers, settings)));
    const retryAfter = new Headers(answer.headers).get('retry-after');
    return retryAfter === null ? page : { ...page, headers: { ...page.headers, 'retry-after': retryAfter } };
  };
