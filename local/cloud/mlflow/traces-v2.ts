// MLflow traces, REST 2.0, as the clients of MLflow 2.14 to 2.22 write and read them: a trace is begun, and ended by a second call. The same traces as those
// of `mlflow-traces.ts`, in another dress. https://github.com/mlflow/mlflow/blob/v2.21.3/mlflow/protos/service.proto
import { randomBytes } from 'node:crypto';
import type { WorkspaceCall } from '../databricks/gate.ts';
import { keyOf } from '../databricks/tables.ts';
import { artifactLocationOf } from './artifacts.ts';
import { mlflowOf, traceOf, type Trace } from './records.ts';
import { findTraces } from './traces.ts';
import {
  absent,
  answer,
  compact,
  mlflowRoutesOf,
  optionalNumberParameter,
  optionalString,
  pairsOf,
  parametersOf,
  stringParameter,
  stringsParameter,
  toPairs,
} from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

export function olderTraceRoutes(state: CloudState): Route[] {
  const mlflow = mlflowOf(state);
  const { experiments, traces } = mlflow;
  const put = (trace: Trace) => {
    traces.put(keyOf(trace.workspaceId, trace.id), trace);
    return answer({ trace_info: olderView(trace) });
  };

  const start = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const { workspaceId } = call.workspace;
    const experimentId = stringParameter(fields, 'experiment_id');
    if (experiments.get(keyOf(workspaceId, experimentId)) === undefined)
      absent(`No Experiment with id=${experimentId} exists`);
    const id = randomBytes(16).toString('hex');
    const requestTimeMs = optionalNumberParameter(fields, 'timestamp_ms') ?? 0;
    return put({
      id,
      workspaceId,
      experimentId,
      requestTimeMs,
      requestTime: new Date(requestTimeMs).toISOString(),
      state: 'IN_PROGRESS',
      metadata: Object.fromEntries(pairsOf(fields, 'request_metadata')),
      tags: {
        ...Object.fromEntries(pairsOf(fields, 'tags')),
        'mlflow.artifactLocation': artifactLocationOf(mlflow.knobs.dialect, experimentId, id),
      },
      receivedAt: state.now(),
    });
  };

  const end = (call: WorkspaceCall) => {
    const trace = traceOf(state, call);
    const fields = parametersOf(call);
    const executionMs = (optionalNumberParameter(fields, 'timestamp_ms') ?? 0) - trace.requestTimeMs;
    return put({
      ...trace,
      executionMs,
      executionDuration: `${(executionMs / 1_000).toFixed(3)}s`,
      state: optionalString(fields, 'status') ?? trace.state,
      metadata: { ...trace.metadata, ...Object.fromEntries(pairsOf(fields, 'request_metadata')) },
      tags: { ...trace.tags, ...Object.fromEntries(pairsOf(fields, 'tags')) },
    });
  };

  const search = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const page = findTraces(state, call, stringsParameter(fields, 'experiment_ids'), fields);
    return answer({ traces: page.rows.map(olderView), next_page_token: page.next });
  };

  return mlflowRoutesOf(state, [
    ['POST 2.0 traces', start],
    ['PATCH 2.0 traces/{traceId}', end],
    ['GET 2.0 traces/{traceId}/info', (call) => answer({ trace_info: olderView(traceOf(state, call)) })],
    ['GET 2.0 traces', search],
  ]);
}

const olderView = (trace: Trace) =>
  compact({
    request_id: trace.id,
    experiment_id: trace.experimentId,
    timestamp_ms: trace.requestTimeMs,
    execution_time_ms: trace.executionMs ?? 0,
    status: trace.state,
    request_metadata: toPairs(trace.metadata),
    tags: toPairs(trace.tags),
  });
