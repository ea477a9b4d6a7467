// MLflow traces, REST 3.0: the information about a trace. Where its spans go is the business of `mlflow-artifacts.ts`.
//
// Invariants
// T1  Metadata never changes after a trace was posted; tags do. Posting an id again is answered with success and changes neither.
// T2  What was posted can be read at once by its id, and is found by searches a little later.
import type { WorkspaceCall } from './databricks-gate.ts';
import { keyOf, rowsOf } from './databricks-state.ts';
import { isFields, pageOf, refuse, type Fields } from './databricks-wire.ts';
import { artifactLocationOf } from './mlflow-artifacts.ts';
import { NUMBERS, parseFilter, parseOrder, type Searchable } from './mlflow-filter.ts';
import { mlflowOf, traceOf, type Trace } from './mlflow-records.ts';
import {
  absent,
  answer,
  bad,
  compact,
  maxResultsOf,
  mlflowRoutesOf,
  objectsParameter,
  optionalNumberParameter,
  optionalString,
  parametersOf,
  required,
  stringParameter,
  stringsParameter,
} from './mlflow-wire.ts';
import type { Route } from './router.ts';
import type { CloudState } from './state.ts';

const STATES = ['STATE_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'];
const PREVIEW_LIMIT = 10_000;
const EQUALS = ['=', '!='] as const;
const named = { kind: 'string', operators: ['=', '!=', 'IN', 'NOT IN'] } as const;
const number = { kind: 'number', operators: NUMBERS } as const;

const searchable: Searchable<Trace> = {
  aliases: ['trace'],
  attributes: {
    request_id: named,
    trace_id: named,
    experiment_id: named,
    name: named,
    run_id: named,
    status: named,
    timestamp: number,
    timestamp_ms: number,
    execution_time: number,
    execution_time_ms: number,
  },
  maps: { tags: { kind: 'string', operators: EQUALS }, metadata: { kind: 'string', operators: EQUALS } },
  read: (row, entity, key) => {
    if (entity === 'tags') return row.tags[key];
    if (entity === 'metadata') return row.metadata[key];
    return {
      request_id: row.id,
      trace_id: row.id,
      experiment_id: row.experimentId,
      name: row.tags['mlflow.traceName'],
      run_id: row.metadata['mlflow.sourceRun'],
      status: row.state,
      timestamp: row.requestTimeMs,
      timestamp_ms: row.requestTimeMs,
      execution_time: row.executionMs,
      execution_time_ms: row.executionMs,
    }[key];
  },
};

export function traceRoutes(state: CloudState): Route[] {
  const mlflow = mlflowOf(state);
  const { experiments, traces, traceData } = mlflow;
  const put = (trace: Trace): void => {
    traces.put(keyOf(trace.workspaceId, trace.id), trace);
  };
  const experimentOf = (call: WorkspaceCall, location: unknown): string => {
    const where = isFields(location) ? location.mlflow_experiment : undefined;
    if (!isFields(where)) return bad('Only traces in an MLflow experiment are supported');
    const id = stringParameter(where, 'experiment_id');
    if (experiments.get(keyOf(call.workspace.workspaceId, id)) === undefined)
      absent(`No Experiment with id=${id} exists`);
    return id;
  };

  const start = (call: WorkspaceCall) => {
    const { trace: outer } = parametersOf(call);
    const info = isFields(outer) ? outer.trace_info : undefined;
    if (!isFields(info)) return required('trace');
    const id = stringParameter(info, 'trace_id');
    const experimentId = experimentOf(call, info.trace_location);
    const { workspaceId } = call.workspace;
    const former = traces.get(keyOf(workspaceId, id));
    if (former !== undefined) return answer({ trace: { trace_info: view(former) } });
    const requestTime = stringParameter(info, 'request_time');
    const requestTimeMs = Date.parse(requestTime);
    if (Number.isNaN(requestTimeMs)) bad(`Invalid value "${requestTime}" for parameter 'request_time' supplied`);
    const duration = optionalString(info, 'execution_duration');
    if (duration !== undefined && !/^\d+(\.\d+)?s$/.test(duration))
      bad(`Invalid value "${duration}" for parameter 'execution_duration' supplied`);
    const traceState = optionalString(info, 'state') ?? 'STATE_UNSPECIFIED';
    if (!STATES.includes(traceState)) bad(`Invalid value "${traceState}" for parameter 'state' supplied`);
    const trace: Trace = {
      id,
      workspaceId,
      experimentId,
      ...textField('clientRequestId', optionalString(info, 'client_request_id')),
      ...textField('requestPreview', optionalString(info, 'request_preview')?.slice(0, PREVIEW_LIMIT)),
      ...textField('responsePreview', optionalString(info, 'response_preview')?.slice(0, PREVIEW_LIMIT)),
      requestTimeMs,
      requestTime,
      ...(duration === undefined
        ? {}
        : { executionMs: Math.round(Number.parseFloat(duration) * 1_000), executionDuration: duration }),
      state: traceState,
      metadata: textMap(info, 'trace_metadata', 250),
      tags: { 'mlflow.artifactLocation': artifactLocationOf(experimentId, id), ...textMap(info, 'tags', 4_096) },
      receivedAt: state.now(),
    };
    put(trace);
    return answer({ trace: { trace_info: view(trace) } });
  };

  const search = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const locations = objectsParameter(fields, 'locations');
    if (locations.length === 0) required('locations');
    const ids = locations.map((location) => experimentOf(call, location));
    const size = maxResultsOf(fields, 100, 500);
    const matches = parseFilter(optionalString(fields, 'filter'), searchable);
    const order = parseOrder(
      stringsParameter(fields, 'order_by'),
      searchable,
      (a, b) => b.requestTimeMs - a.requestTimeMs || (a.id < b.id ? -1 : 1),
    );
    const settled = state.now() - mlflow.knobs.traceSearchLagMs;
    const rows = rowsOf(traces, call.workspace.workspaceId)
      .filter((trace) => trace.receivedAt <= settled && ids.includes(trace.experimentId))
      .filter(matches)
      .sort(order);
    const page = pageOf(rows, size, optionalString(fields, 'page_token'));
    return answer({ traces: page.rows.map(view), next_page_token: page.next });
  };

  const setTag = (call: WorkspaceCall) => {
    const trace = traceOf(state, call);
    const fields = parametersOf(call);
    const key = stringParameter(fields, 'key');
    const value = optionalString(fields, 'value') ?? '';
    if (key.length > 250 || value.length > 4_096) bad(`Tag '${key.slice(0, 50)}' exceeds its length limit`);
    put({ ...trace, tags: { ...trace.tags, [key]: value } });
    return answer();
  };

  const deleteTag = (call: WorkspaceCall) => {
    const trace = traceOf(state, call);
    const key = optionalString(parametersOf(call), 'key') ?? call.query.get('key') ?? required('key');
    const { [key]: gone, ...tags } = trace.tags;
    if (gone === undefined) absent(`No trace tag with key '${key}' for trace with ID '${trace.id}'`);
    put({ ...trace, tags });
    return answer();
  };

  const deleteTraces = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const experimentId = stringParameter(fields, 'experiment_id');
    const ids = [...stringsParameter(fields, 'request_ids'), ...stringsParameter(fields, 'trace_ids')];
    const until = optionalNumberParameter(fields, 'max_timestamp_millis');
    if (ids.length === 0 && until === undefined) bad('Either `max_timestamp_millis` or `trace_ids` must be specified.');
    if (ids.length > 0 && until !== undefined)
      bad('Only one of `max_timestamp_millis` and `trace_ids` can be specified.');
    const most = optionalNumberParameter(fields, 'max_traces') ?? Number.POSITIVE_INFINITY;
    const gone = rowsOf(traces, call.workspace.workspaceId)
      .filter((trace) => trace.experimentId === experimentId)
      .filter((trace) => (until === undefined ? ids.includes(trace.id) : trace.requestTimeMs <= until))
      .sort((a, b) => a.requestTimeMs - b.requestTimeMs)
      .slice(0, most);
    for (const trace of gone) {
      traces.delete(keyOf(trace.workspaceId, trace.id));
      traceData.delete(keyOf(trace.workspaceId, trace.id));
    }
    return { status: 200, json: { traces_deleted: gone.length } };
  };

  // Clients of newer releases ask 4.0 first and go on with 3.0 on this answer.
  const noSuchApi = () => refuse(404, 'ENDPOINT_NOT_FOUND', 'Unified Trace APIs are not enabled in this workspace.');

  return mlflowRoutesOf(state, [
    ['POST 3.0 traces', start],
    ['POST 3.0 traces/search', search],
    ['GET 3.0 traces/{traceId}', (call) => answer({ trace: { trace_info: view(traceOf(state, call)) } })],
    ['PATCH 3.0 traces/{traceId}/tags', setTag],
    ['DELETE 3.0 traces/{traceId}/tags', deleteTag],
    ['POST 3.0 traces/delete-traces', deleteTraces],
    ['POST 4.0 traces/search', noSuchApi],
    ['POST 4.0 traces/{location}/{traceId}/info', noSuchApi],
    ['GET 4.0 traces/{location}/{traceId}/info', noSuchApi],
  ]);
}

const textField = <K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [name]: value } as Record<K, string>);

const textMap = (fields: Fields, name: string, valueLimit: number): Record<string, string> => {
  const map = fields[name] ?? {};
  if (!isFields(map)) return bad(`Invalid value for parameter '${name}' supplied`);
  for (const [key, value] of Object.entries(map)) {
    if (typeof value !== 'string') bad(`Invalid value for parameter '${name}' supplied: '${key}' is not a string`);
    else if (key.length > 250 || value.length > valueLimit)
      bad(`The key or value of ${name} '${key.slice(0, 50)}' exceeds the length limit of ${valueLimit}`);
  }
  return map as Record<string, string>;
};

const view = (trace: Trace) =>
  compact({
    trace_id: trace.id,
    client_request_id: trace.clientRequestId,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: trace.experimentId } },
    request_preview: trace.requestPreview,
    response_preview: trace.responsePreview,
    request_time: trace.requestTime,
    execution_duration: trace.executionDuration,
    state: trace.state,
    trace_metadata: trace.metadata,
    tags: trace.tags,
  });
