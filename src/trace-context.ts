/**
 * W3C trace context: what an invocation was given goes on with every call that it makes, so that the portal shows an HTTP request, the orchestration that it started,
 * the activities, and their calls to Azure as one transaction. https://www.w3.org/TR/trace-context/
 *
 * 1. The Functions host makes a span for each invocation and tells the worker its identity; the calls name that span as their parent. The app makes no spans.
 * 2. durable-functions asks OpenTelemetry's global propagator for the headers with which it starts an orchestration
 *    (azure-functions-durable-js, src/durableClient/DurableClient.ts). Without an SDK nobody answers; here the invocation does.
 * 3. From there on the Durable extension carries the trace to orchestrators and activities ("distributedTracingEnabled" in host.json).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { propagation } from '@opentelemetry/api';

export type TraceContext = { traceParent?: string | undefined; traceState?: string | undefined };

const invocation = new AsyncLocalStorage<TraceContext | undefined>();

/** Runs the work of an invocation, so that whatever it calls belongs to the invocation's trace. */
export const inTrace = <T>(context: TraceContext | undefined, work: () => T): T => invocation.run(context, work);

const TRACE_PARENT = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/;

/** `traceparent` and `tracestate` for a call out; empty outside an invocation, or where the host traces nothing. */
export function traceHeaders(): Record<string, string> {
  const { traceParent, traceState } = invocation.getStore() ?? {};
  if (traceParent === undefined || !TRACE_PARENT.test(traceParent)) return {};
  return traceState ? { traceparent: traceParent, tracestate: traceState } : { traceparent: traceParent };
}

/** Once per process. An OpenTelemetry SDK that is registered before keeps its own propagator. */
export function answerForOpenTelemetry(): void {
  propagation.setGlobalPropagator({
    inject: (_context, carrier, setter) => {
      for (const [name, value] of Object.entries(traceHeaders())) setter.set(carrier, name, value);
    },
    extract: (context) => context,
    fields: () => ['traceparent', 'tracestate'],
  });
}
