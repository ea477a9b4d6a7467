/** What every endpoint is given, and the frame around it: the durable client, the lab id of the route, and one answer for what nobody expected. */
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { Settings } from '../settings.ts';
import type { Estate } from '../lab/estate.ts';
import { LAB_ID } from '../lab/request.ts';
import { notFound, problem } from './responses.ts';

export type HttpDeps = { settings: Settings; estate: Estate; now: () => Date };

export type Call = {
  request: HttpRequest;
  context: InvocationContext;
  client: df.DurableClient;
  /** Absolute URL of `/api/labs` as the caller reached it. */
  base: string;
};

export type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>;

/** Wraps an endpoint. A surprise is logged whole and answered with nothing but its invocation id. */
export const endpoint =
  (handle: (call: Call) => Promise<HttpResponseInit>): Handler =>
  async (request, context) => {
    try {
      return await handle({
        request,
        context,
        client: df.getClient(context),
        base: `${new URL(request.url).origin}/api/labs`,
      });
    } catch (error) {
      context.error('request failed', error);
      return problem(
        {
          status: 503,
          code: 'unavailable',
          title: 'The request could not be served just now',
          detail: `Nothing was changed that a repetition would change twice. Try again; the log has it under invocation ${context.invocationId}.`,
        },
        { 'retry-after': '10' },
      );
    }
  };

/** An endpoint of one lab. An id that no lab can have is answered as one that no lab has. */
export const labEndpoint = (handle: (id: string, call: Call) => Promise<HttpResponseInit>): Handler =>
  endpoint(async (call) => {
    const id = call.request.params['id'] ?? '';
    return LAB_ID.safeParse(id).success ? handle(id, call) : problem(notFound(id.slice(0, 40)));
  });
