/**
 * W3C trace context: what an invocation was given goes on with every call that it makes, so that the portal shows an HTTP request, the orchestration that it started,
 * the activities, and their calls to Azure as one transaction. https://www.w3.org/TR/trace-context/
 *
 * 1. The Functions host makes a span for each invocation and tells the worker its identity; the calls name that span as their parent. The app makes no spans.
 * 2. durable-functions sends a trace along with the start of an orchestration only where OpenTelemetry knows of an active span and a propagator
 *    (azure-functions-durable-js, src/durableClient/DurableClient.ts). Without an SDK there is neither; here is the least of both.
 * 3. From there on the Durable extension carries the trace to orchestrators and activities ("distributedTracingEnabled" in host.json).
 */
import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

/** As the worker gives it to an invocation. */
export type TraceContext = { traceParent?: string | undefined; traceState?: string | undefined };

/** Runs the work of an invocation, so that whatever it calls belongs to the invocation's trace. */
export const inTrace = <T>(given: TraceContext | undefined, work: () => T): T =>
  context.with(
    propagation.extract(ROOT_CONTEXT, { traceparent: given?.traceParent, tracestate: given?.traceState }),
    work,
  );

/** `traceparent` and `tracestate` for a call out; empty outside an invocation, or where the host traces nothing. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** Once per process. Of an OpenTelemetry SDK that was registered before, its own manager and propagator stay. */
export function followTraces(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}
