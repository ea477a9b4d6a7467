// MLflow runs, REST 2.0. https://mlflow.org/docs/latest/api_reference/rest-api.html
//
// Invariants
// M1  A param is written once: the same value again is fine, another one is refused. Metrics append, but equal ones are one. Tags overwrite.
// M2  The limits of log-batch are checked before anything is written. What of a batch stays when a param is refused is a matter of dialect.
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { WorkspaceCall } from '../databricks/gate.ts';
import { keyOf, rowsOf } from '../databricks/tables.ts';
import { pageOf, type Fields } from '../databricks/wire.ts';
import { parseFilter, parseOrder } from './filter.ts';
import { fit } from './dialect.ts';
import { mlflowOf, type Experiment, type Metric, type MlflowRun } from './records.ts';
import { runInfo, runSearch, runView } from './run-views.ts';
import {
  absent,
  answer,
  bad,
  maxResultsOf,
  mlflowRoutesOf,
  objectsParameter,
  optionalNumberParameter,
  optionalString,
  pairsOf,
  parametersOf,
  required,
  stringParameter,
  stringsParameter,
} from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'];
const LIMITS = { metrics: 1_000, params: 100, tags: 100 } as const;
const MAX_PARAM_LENGTH = 6_000;
const MAX_TAG_LENGTH = 8_000;
const NAME = /^[\w\-./ :]+$/;

export function mlflowRunRoutes(state: CloudState): Route[] {
  const mlflow = mlflowOf(state);
  const { experiments, runs } = mlflow;

  const find = (call: WorkspaceCall, fields: Fields = parametersOf(call)): MlflowRun => {
    const id = optionalString(fields, 'run_id') ?? optionalString(fields, 'run_uuid') ?? required('run_id');
    return runs.get(keyOf(call.workspace.workspaceId, id)) ?? absent(`Run with id=${id} not found`);
  };
  const active = (run: MlflowRun): MlflowRun =>
    run.stage === 'active'
      ? run
      : bad(`The run ${run.id} must be in the 'active' state. Current state is ${run.stage}.`);
  const put = (run: MlflowRun): MlflowRun => {
    runs.put(keyOf(run.workspaceId, run.id), run);
    return run;
  };
  const activeExperiment = (call: WorkspaceCall, id: string): Experiment => {
    const found =
      experiments.get(keyOf(call.workspace.workspaceId, id)) ?? absent(`No Experiment with id=${id} exists`);
    if (found.stage !== 'active') bad(`The experiment ${id} must be in the 'active' state. Current state is deleted.`);
    return found;
  };

  const create = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const experiment = activeExperiment(call, stringParameter(fields, 'experiment_id'));
    const id = randomBytes(16).toString('hex');
    const tags: Record<string, string> = Object.fromEntries(pairsOf(fields, 'tags'));
    const [given, tagged] = [optionalString(fields, 'run_name'), tags['mlflow.runName']];
    if (given !== undefined && tagged !== undefined && given !== tagged) {
      bad(
        `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given}', mlflow.runName='${tagged}').`,
      );
    }
    const name = given ?? tagged ?? `gentle-lab-${id.slice(0, 3)}`;
    const run = put({
      id,
      workspaceId: call.workspace.workspaceId,
      experimentId: experiment.id,
      name,
      userId: optionalString(fields, 'user_id') ?? '',
      status: 'RUNNING',
      startTime: optionalNumberParameter(fields, 'start_time') ?? 0,
      artifactUri: `${experiment.artifactLocation}/${id}/artifacts`,
      stage: 'active',
      params: {},
      tags: { ...tags, 'mlflow.runName': name },
      metrics: [],
    });
    const { outputs: _, ...view } = runView(run);
    return answer({ run: view });
  };

  const update = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const run = active(find(call, fields));
    // A status that is none is no status, as for every enumeration of the API.
    const status = STATUSES.find((it) => it === fields.status);
    const endTime = optionalNumberParameter(fields, 'end_time');
    const name = optionalString(fields, 'run_name');
    const updated = put({
      ...run,
      ...(status === undefined ? {} : { status }),
      ...(endTime === undefined ? {} : { endTime }),
      ...(name === undefined ? {} : { name, tags: { ...run.tags, 'mlflow.runName': name } }),
    });
    return answer({ run_info: runInfo(updated) });
  };

  const search = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const ids = stringsParameter(fields, 'experiment_ids');
    const type = optionalString(fields, 'run_view_type') ?? 'ACTIVE_ONLY';
    const size = maxResultsOf(fields, 1_000, 50_000);
    const matches = parseFilter(optionalString(fields, 'filter'), runSearch);
    const order = parseOrder(
      stringsParameter(fields, 'order_by'),
      runSearch,
      (a, b) => b.startTime - a.startTime || (a.id < b.id ? -1 : 1),
    );
    const rows = rowsOf(runs, call.workspace.workspaceId)
      .filter((run) => ids.includes(run.experimentId))
      .filter((run) => type === 'ALL' || (run.stage === 'active') === (type === 'ACTIVE_ONLY'))
      .filter(matches)
      .sort(order);
    const page = pageOf(rows, size, optionalString(fields, 'page_token'));
    return answer({ runs: page.rows.map(runView), next_page_token: page.next });
  };

  const logParam = (run: MlflowRun, [key, text]: [string, string]): MlflowRun => {
    nameOf('Param', key);
    const value = fit(mlflow.knobs.dialect, 'Param value', text, MAX_PARAM_LENGTH);
    const former = run.params[key];
    if (former !== undefined && former !== value) {
      bad(
        `Changing param values is not allowed. Param with key='${key}' was already logged with value='${former}' for run ID='${run.id}'. Attempted logging new value '${value}'.`,
      );
    }
    return put({ ...run, params: { ...run.params, [key]: value } });
  };
  const logMetric = (run: MlflowRun, metric: Metric): MlflowRun =>
    run.metrics.some((it) => isDeepStrictEqual(it, metric)) ? run : put({ ...run, metrics: [...run.metrics, metric] });
  const setTag = (run: MlflowRun, [key, text]: [string, string]): MlflowRun => {
    nameOf('Tag', key);
    const value = fit(mlflow.knobs.dialect, 'Tag value', text, MAX_TAG_LENGTH);
    const name = key === 'mlflow.runName' ? { name: value } : {};
    return put({ ...run, ...name, tags: { ...run.tags, [key]: value } });
  };

  const logBatch = (call: WorkspaceCall) => {
    const { batch, batchBytes } = mlflow.knobs.dialect;
    if (call.rawBody.length > batchBytes)
      bad(`Batched logging API requests must be at most ${batchBytes} bytes in size`);
    const fields = parametersOf(call);
    let run = find(call, fields);
    let total = 0;
    for (const kind of ['metrics', 'params', 'tags'] as const) {
      const { length } = objectsParameter(fields, kind);
      total += length;
      if (length > LIMITS[kind]) {
        bad(
          `A batch logging request can contain at most ${LIMITS[kind]} ${kind}. Got ${length} ${kind}. Please split up ${kind} across multiple requests and try again.`,
        );
      }
    }
    if (total > 1_000)
      bad(
        `A batch logging request can contain at most 1000 metrics, params, and tags. Got ${total} metrics, params, and tags. Please split up metrics, params, and tags across multiple requests and try again.`,
      );
    const params = pairsOf(fields, 'params');
    const repeated = params.map(([key]) => key).find((key, index, keys) => keys.indexOf(key) !== index);
    if (repeated !== undefined) {
      bad(
        `Duplicate parameter keys have been submitted: ['${repeated}']. Please ensure the request contains only one param value per param key.`,
      );
    }
    const metrics = objectsParameter(fields, 'metrics').map((it, at) => metricOf(it, `metrics[${at}].`));
    run = active(run);
    const changed = params.filter(([key, value]) => (run.params[key] ?? value) !== value);
    if (batch === 'all-or-none' && changed.length > 0) {
      const said = changed.map(
        ([key, to]) => `{'key': '${key}', 'old_value': '${run.params[key]}', 'new_value': '${to}'}`,
      );
      bad(
        `Changing param values is not allowed. Params were already logged='[${said.join(', ')}]' for run ID='${run.id}'.`,
      );
    }
    for (const param of params) run = logParam(run, param);
    for (const metric of metrics) run = logMetric(run, metric);
    for (const tag of pairsOf(fields, 'tags')) run = setTag(run, tag);
    return answer();
  };

  const one = (write: (run: MlflowRun, fields: Fields) => unknown) => (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    write(active(find(call, fields)), fields);
    return answer();
  };
  const pair = (fields: Fields): [string, string] => [
    stringParameter(fields, 'key'),
    optionalString(fields, 'value') ?? '',
  ];

  const deleteTag = (run: MlflowRun, fields: Fields): void => {
    const key = stringParameter(fields, 'key');
    const { [key]: gone, ...tags } = run.tags;
    if (gone === undefined) absent(`No tag with name: ${key} in run with id ${run.id}`);
    put({ ...run, tags });
  };

  const stage = (to: MlflowRun['stage']) => (call: WorkspaceCall) => {
    put({ ...find(call), stage: to });
    return answer();
  };

  const history = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const key = stringParameter(fields, 'metric_key');
    const metrics = find(call, fields).metrics.filter((it) => it.key === key);
    const ordered = metrics.toSorted(
      (a, b) => a.timestamp - b.timestamp || a.step - b.step || Number(a.value) - Number(b.value),
    );
    return answer({ metrics: ordered });
  };

  return mlflowRoutesOf(state, [
    ['POST 2.0 runs/create', create],
    ['GET 2.0 runs/get', (call) => answer({ run: runView(find(call)) })],
    ['POST 2.0 runs/update', update],
    ['POST 2.0 runs/search', search],
    ['POST 2.0 runs/log-parameter', one((run, fields) => logParam(run, pair(fields)))],
    ['POST 2.0 runs/log-metric', one((run, fields) => logMetric(run, metricOf(fields)))],
    ['POST 2.0 runs/log-batch', logBatch],
    ['POST 2.0 runs/set-tag', one((run, fields) => setTag(run, pair(fields)))],
    ['POST 2.0 runs/delete-tag', one(deleteTag)],
    ['POST 2.0 runs/delete', stage('deleted')],
    ['POST 2.0 runs/restore', stage('active')],
    ['GET 2.0 metrics/get-history', history],
    ['GET 2.0 artifacts/list', (call) => answer({ root_uri: find(call).artifactUri })],
  ]);
}

const nameOf = (what: 'Param' | 'Metric' | 'Tag', key: string, at = ''): void => {
  if (key.length > 250) bad(`'${what} key' exceeds the maximum length of 250 characters`);
  if (!NAME.test(key)) {
    bad(
      `Invalid value "${key}" for parameter '${at}key' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    );
  }
};

const metricOf = (fields: Fields, at = ''): Metric => {
  const key = stringParameter(fields, 'key');
  nameOf('Metric', key, at);
  const value = optionalNumberParameter(fields, 'value') ?? required(`${at}value`);
  return {
    key,
    value: Number.isNaN(value) ? 'NaN' : Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE),
    timestamp: optionalNumberParameter(fields, 'timestamp') ?? required(`${at}timestamp`),
    step: optionalNumberParameter(fields, 'step') ?? 0,
  };
};
