/**
 * W3C trace context: what an invocation was given goes on with every call that it makes, so that the portal shows an HTTP request, the orchestration that it started,
 * the activities, and their calls to Azure as one transaction. https://www.w3.org/TR/trace-context/
 *
 * 1. The Functions host makes a span for each invocation and tells the worker its identity; the calls name that span as their parent. The app makes no spans.
 * 2. durable-functions sends a trace along with the start of an orchestration only where OpenTelemetry knows of an active span and a propagator
 *    (azure-functions-durable-js, src/durableClient/DurableClient.ts). Without an SDK there is neither; here is the least of both.
 * 3. From there on the Durable extension carries the trace to orchestrators and activities ("distributedTracingEnabled" in host.json).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  context,
  createTraceState,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Context,
  type ContextManager,
  type TextMapPropagator,
} from '@opentelemetry/api';

/** As the worker gives it to an invocation. */
export type TraceContext = { traceParent?: string | undefined; traceState?: string | undefined };

const TRACE_PARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})/;

/** Runs the work of an invocation, so that whatever it calls belongs to the invocation's trace. */
export function inTrace<T>(given: TraceContext | undefined, work: () => T): T {
  const [, traceId, spanId, flags] = TRACE_PARENT.exec(given?.traceParent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return context.with(ROOT_CONTEXT, work);
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags ?? '0', 16), isRemote: true };
  const state = given?.traceState ? { traceState: createTraceState(given.traceState) } : {};
  return context.with(trace.setSpanContext(ROOT_CONTEXT, { ...span, ...state }), work);
}

/** `traceparent` and `tracestate` for a call out; empty outside an invocation, or where the host traces nothing. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** Once per process. Of an OpenTelemetry SDK that was registered before, its own manager and propagator stay. */
export function followTraces(): void {
  context.setGlobalContextManager(createContextManager());
  propagation.setGlobalPropagator(propagator);
}

function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, thisArg, ...given) =>
      storage.run(active, (thisArg === undefined ? work : work.bind(thisArg)) as never, ...given),
    bind: (active, target) =>
      typeof target === 'function'
        ? (((...given: never[]): unknown => storage.run(active, target as never, ...given)) as typeof target)
        : target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}

const propagator: TextMapPropagator = {
  inject: (active, carrier, setter) => {
    const span = trace.getSpanContext(active);
    if (span === undefined) return;
    const flags = span.traceFlags.toString(16).padStart(2, '0');
    setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-${flags}`);
    const state = span.traceState?.serialize();
    if (state) setter.set(carrier, 'tracestate', state);
  },
  extract: (active) => active,
  fields: () => ['traceparent', 'tracestate'],
};
