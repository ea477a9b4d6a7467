// MLflow traces, REST 3.0: the information about a trace. Where its spans go is the business of `mlflow-artifacts.ts`, the older API that of
// `mlflow-traces-v2.ts`.
//
// Invariants
// T1  A trace that is posted again is merged: what comes replaces what was, and what does not come stays.
// T2  What was posted can be read at once by its id, and is found by searches a little later.
import type { WorkspaceCall } from '../databricks/gate.ts';
import { keyOf, rowsOf } from '../databricks/tables.ts';
import { isFields, pageOf, refuse, type Fields } from '../databricks/wire.ts';
import { artifactLocationOf } from './artifacts.ts';
import { fit } from './dialect.ts';
import { NUMBERS, parseFilter, parseOrder, TEXTS, type Field, type Searchable } from './filter.ts';
import { mlflowOf, traceOf, type Trace } from './records.ts';
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
} from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const STATES = ['STATE_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'];
const METADATA_LENGTH = 250;
const TAG_LENGTH = 4_096;
const KEY_LENGTH = 250;
const EQUALS = ['=', '!='] as const;
const named = { kind: 'string', operators: ['=', '!=', 'IN', 'NOT IN'] } as const;
const number = { kind: 'number', operators: NUMBERS } as const;

/** By what traces can be searched. */
const searchable = (texts: Field['operators']): Searchable<Trace> => ({
  aliases: ['trace'],
  attributes: {
    request_id: named,
    client_request_id: named,
    name: named,
    run_id: named,
    status: named,
    timestamp: number,
    timestamp_ms: number,
    execution_time: number,
    execution_time_ms: number,
  },
  maps: { tags: { kind: 'string', operators: texts }, metadata: { kind: 'string', operators: texts } },
  read: (row, entity, key) => {
    if (entity === 'tags') return row.tags[key];
    if (entity === 'metadata') return row.metadata[key];
    return {
      request_id: row.id,
      client_request_id: row.clientRequestId,
      name: row.tags['mlflow.traceName'],
      run_id: row.metadata['mlflow.sourceRun'],
      status: row.state,
      timestamp: row.requestTimeMs,
      timestamp_ms: row.requestTimeMs,
      execution_time: row.executionMs,
      execution_time_ms: row.executionMs,
    }[key];
  },
});

/**
 * One page of the traces in the experiments `ids`, as `filter`, `order_by`, `max_results` and `page_token` ask for. A page that is full has a token, even
 * where nothing follows.
 */
export function findTraces(
  state: CloudState,
  call: WorkspaceCall,
  ids: readonly string[],
  fields: Fields,
): { rows: Trace[]; next?: string } {
  const { traces, knobs } = mlflowOf(state);
  const size = maxResultsOf(fields, 100, 500);
  const table = searchable(knobs.dialect.tracesLike ? TEXTS : EQUALS);
  const matches = parseFilter(optionalString(fields, 'filter'), table);
  const order = parseOrder(
    stringsParameter(fields, 'order_by'),
    table,
    (a, b) => b.requestTimeMs - a.requestTimeMs || (a.id < b.id ? -1 : 1),
  );
  const settled = state.now() - knobs.traceSearchLagMs;
  const rows = rowsOf(traces, call.workspace.workspaceId)
    .filter((trace) => trace.receivedAt <= settled && ids.includes(trace.experimentId))
    .filter(matches)
    .sort(order);
  return pageOf(rows, size, optionalString(fields, 'page_token'), 'when-full');
}

const experimentIdOf = (location: unknown): string => {
  const where = isFields(location) ? location.mlflow_experiment : undefined;
  return isFields(where)
    ? stringParameter(where, 'experiment_id')
    : bad('Only traces in an MLflow experiment are supported');
};

export function traceRoutes(state: CloudState): Route[] {
  const mlflow = mlflowOf(state);
  const { experiments, traces, traceData } = mlflow;
  const put = (trace: Trace): void => {
    traces.put(keyOf(trace.workspaceId, trace.id), trace);
  };
  const experimentOf = (call: WorkspaceCall, location: unknown): string => {
    const id = experimentIdOf(location);
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
    const { dialect } = mlflow.knobs;
    if (former?.tags['mlflow.trace.spansLocation'] === 'ARTIFACT_REPO' && dialect.artifactTraces === 'closed') {
      refuse(500, 'INVALID_STATE', `Cannot update traces that are no longer DB-backed: '${id}'.`);
    }
    const preview = (name: string) => optionalString(info, name)?.slice(0, dialect.previewLength);
    const requestTime = stringParameter(info, 'request_time');
    const requestTimeMs = Date.parse(requestTime);
    if (Number.isNaN(requestTimeMs)) bad(`Invalid value "${requestTime}" for parameter 'request_time' supplied`);
    const duration = optionalString(info, 'execution_duration');
    if (duration !== undefined && !/^\d+(\.\d+)?s$/.test(duration))
      bad(`Invalid value "${duration}" for parameter 'execution_duration' supplied`);
    const traceState = optionalString(info, 'state') ?? 'STATE_UNSPECIFIED';
    if (!STATES.includes(traceState)) bad(`Invalid value "${traceState}" for parameter 'state' supplied`);
    const trace: Trace = {
      ...former,
      id,
      workspaceId,
      experimentId,
      ...textField('clientRequestId', optionalString(info, 'client_request_id')),
      ...textField('requestPreview', preview('request_preview')),
      ...textField('responsePreview', preview('response_preview')),
      requestTimeMs,
      requestTime,
      ...(duration === undefined
        ? {}
        : { executionMs: Math.round(Number.parseFloat(duration) * 1_000), executionDuration: duration }),
      state: traceState,
      metadata: { ...former?.metadata, ...textMap(info, 'trace_metadata', METADATA_LENGTH) },
      tags: {
        ...former?.tags,
        ...textMap(info, 'tags', TAG_LENGTH),
        'mlflow.artifactLocation': artifactLocationOf(dialect, experimentId, id),
      },
      receivedAt: former?.receivedAt ?? state.now(),
    };
    put(trace);
    return answer({ trace: { trace_info: view(trace) } });
  };

  const search = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const ids = objectsParameter(fields, 'locations').map((location) => experimentIdOf(location));
    const page = findTraces(state, call, ids, fields);
    return answer({ traces: page.rows.map(view), next_page_token: page.next });
  };

  const fitted = (map: Record<string, string>, what: string, length: number): Record<string, string> => {
    const { dialect } = mlflow.knobs;
    return Object.fromEntries(
      Object.entries(map).map(([key, value]) => [
        fit(dialect, `Trace ${what} key`, key, KEY_LENGTH),
        fit(dialect, `Trace ${what} value`, value, length),
      ]),
    );
  };
  const textMap = (fields: Fields, name: string, length: number): Record<string, string> => {
    const map = fields[name] ?? {};
    if (!isFields(map)) return bad(`Invalid value for parameter '${name}' supplied`);
    const odd = Object.keys(map).find((key) => typeof map[key] !== 'string');
    if (odd !== undefined) bad(`Invalid value for parameter '${name}' supplied: '${odd}' is not a string`);
    return fitted(map as Record<string, string>, name === 'tags' ? 'tag' : 'metadata', length);
  };

  const setTag = (call: WorkspaceCall) => {
    const trace = traceOf(state, call);
    const fields = parametersOf(call);
    const key = stringParameter(fields, 'key');
    const value = optionalString(fields, 'value') ?? '';
    put({ ...trace, tags: { ...trace.tags, ...fitted({ [key]: value }, 'tag', TAG_LENGTH) } });
    return answer();
  };

  const deleteTag = (call: WorkspaceCall) => {
    const trace = traceOf(state, call);
    const key = stringParameter(parametersOf(call), 'key');
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

  const read = (call: WorkspaceCall) => answer({ trace: { trace_info: view(traceOf(state, call)) } });

  // Clients of newer releases ask 4.0 first and go on with 3.0 on this answer.
  const noSuchApi = () => refuse(404, 'ENDPOINT_NOT_FOUND', 'Unified Trace APIs are not enabled in this workspace.');

  // Tags and deletion are the same in both versions of the API.
  const common = ['2.0', '3.0'].flatMap((version) => [
    [`PATCH ${version} traces/{traceId}/tags`, setTag] as const,
    [`DELETE ${version} traces/{traceId}/tags`, deleteTag] as const,
    [`POST ${version} traces/delete-traces`, deleteTraces] as const,
  ]);
  return mlflowRoutesOf(state, [
    ...common,
    ['POST 3.0 traces', start],
    ['POST 3.0 traces/search', search],
    // Clients of 2.21 ask for what is new in 3.0 under the older path.
    ['GET 2.0 traces/{traceId}', read],
    ['GET 3.0 traces/{traceId}', read],
    ['POST 4.0 traces/search', noSuchApi],
    ['POST 4.0 traces/search-long-running', noSuchApi],
    ['POST 4.0 traces/{location}/{traceId}/info', noSuchApi],
    ['GET 4.0 traces/{location}/{traceId}/info', noSuchApi],
  ]);
}

const textField = <K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [name]: value } as Record<K, string>);

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
