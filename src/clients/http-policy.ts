/**
 * What all HTTP calls to Azure and Databricks have in common, as one policy of their pipelines.
 *
 * 1. A timeout covers the whole call, its body included.
 * 2. Whatever is not a success comes out as a {@link ServiceError}, from every SDK alike.
 * 3. A success whose body is not JSON is an error: gateways and private-link pages answer 200 with HTML.
 * 4. A call belongs to the trace of the invocation that makes it.
 * 5. Nothing is retried and no redirect is followed here; durable timers do the waiting.
 */
import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import { parseJson } from '../lab/json.ts';
import { traceHeaders } from '../trace-context.ts';
import { requestIdOf, retryAfterSeconds, ServiceError, unanswered, type Said } from './service-error.ts';

export type PolicyOptions = {
  service: string;
  timeoutMs: number;
  /** Reads the error body of this family of services. */
  read: (body: string, status: number, location: string | undefined) => Said;
};

/** Options that keep an SDK's pipeline from retrying and redirecting. */
export const NO_RETRIES = { retryOptions: { maxRetries: 0 }, redirectOptions: { maxRetries: 0 } } as const;

/** Goes outermost (`position: 'perCall'`), so that authentication challenges and deserialisation happen inside it. */
export function servicePolicy({ service, timeoutMs, read }: PolicyOptions): PipelinePolicy {
  const judge = (request: PipelineRequest, response: PipelineResponse): PipelineResponse => {
    const body = response.bodyAsText ?? '';
    const fail = (said: Said): never => {
      throw new ServiceError({
        service,
        method: request.method,
        url: request.url,
        status: response.status,
        requestId: requestIdOf(response.headers),
        afterSeconds: retryAfterSeconds(response.headers),
        ...said,
      });
    };
    if (response.status < 200 || response.status >= 300)
      return fail(read(body, response.status, response.headers.get('location')));
    if (body.trim() !== '' && parseJson(body) === undefined)
      return fail({ code: 'not-json', message: `Not JSON: ${body.slice(0, 200)}` });
    return response;
  };
  return {
    name: 'servicePolicy',
    sendRequest: async (request, next) => {
      for (const [name, value] of Object.entries(traceHeaders())) request.headers.set(name, value);
      const timeout = AbortSignal.timeout(timeoutMs);
      request.abortSignal = request.abortSignal
        ? AbortSignal.any([request.abortSignal as AbortSignal, timeout])
        : timeout;
      let response: PipelineResponse;
      try {
        response = await next(request);
      } catch (error: unknown) {
        if (error instanceof ServiceError) throw error;
        const answer = (error as { response?: PipelineResponse }).response;
        if (answer === undefined) throw unanswered(service, request.method, request.url, error);
        response = answer;
      }
      return judge(request, response);
    },
  };
}

/** How much of a page is looked at: what it says stands at its beginning. */
const PAGE_READ = 4_000;

/** The first heading or preformatted text of an HTML page, or its beginning without tags. */
export function textOfPage(body: string): string {
  const beginning = body.slice(0, PAGE_READ);
  return (
    /<(?:pre|title|h1)[^<>]*>\s*([^<]+)/i.exec(beginning)?.[1]?.trim() ??
    beginning
      .replace(/<[^<>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 300)
  );
}
