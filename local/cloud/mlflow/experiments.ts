// MLflow experiments, REST 2.0. On Azure Databricks they are named by an absolute workspace path, and shown in the workspace's tree.
// https://docs.databricks.com/api/azure/workspace/experiments
import { databricksOf, decimals, keyOf, newNode, rowsOf } from '../databricks/tables.ts';
import type { WorkspaceCall } from '../databricks/gate.ts';
import { nodeAt, parentOf, treePath } from '../databricks/tree.ts';
import { pageOf, refuse, type Fields } from '../databricks/wire.ts';
import { NO_PAGE } from './artifacts.ts';
import { NUMBERS, parseFilter, parseOrder, TEXTS, type Searchable } from './filter.ts';
import { mlflowOf, type Experiment } from './records.ts';
import {
  absent,
  answer,
  bad,
  compact,
  maxResultsOf,
  mlflowRoutesOf,
  optionalString,
  pairsOf,
  parametersOf,
  stringParameter,
  stringsParameter,
  toPairs,
} from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const searchable: Searchable<Experiment> = {
  attributes: {
    name: { kind: 'string', operators: TEXTS },
    experiment_id: { kind: 'string', operators: ['=', '!='] },
    creation_time: { kind: 'number', operators: NUMBERS },
    last_update_time: { kind: 'number', operators: NUMBERS },
  },
  maps: { tags: { kind: 'string', operators: TEXTS } },
  read: (row, entity, key) => {
    if (entity === 'tags') return row.tags[key];
    return { name: row.name, experiment_id: row.id, creation_time: row.createdAt, last_update_time: row.updatedAt }[
      key
    ];
  },
};

/** Marks the experiment of a deleted node of the tree as deleted. */
export function forgetExperiment(state: CloudState, workspaceId: string, experimentId: number): void {
  const { experiments } = mlflowOf(state);
  const key = keyOf(workspaceId, experimentId);
  const row = experiments.get(key);
  if (row !== undefined) experiments.put(key, { ...row, stage: 'deleted', updatedAt: state.now() });
}

export function experimentRoutes(state: CloudState): Route[] {
  const mlflow = mlflowOf(state);
  const { experiments } = mlflow;
  const { nodes } = databricksOf(state);

  const find = (call: WorkspaceCall): Experiment => {
    const id = stringParameter(parametersOf(call), 'experiment_id');
    return experiments.get(keyOf(call.workspace.workspaceId, id)) ?? absent(`No Experiment with id=${id} exists`);
  };
  const put = (row: Experiment): void => {
    experiments.put(keyOf(row.workspaceId, row.id), row);
  };

  const create = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const given = stringParameter(fields, 'name');
    if (mlflow.knobs.dialect.experimentNames === 'any') return createPlain(call, given, fields);
    if (!given.startsWith('/')) {
      bad(
        `Got an invalid experiment name '${given}'. An experiment name must be an absolute path within the Databricks workspace, e.g. '/Users/<some-username>/my-experiment'.`,
      );
    }
    const { workspaceId } = call.workspace;
    const name = treePath(given);
    const there = nodeAt(state, workspaceId, name);
    if (there !== undefined)
      refuse(400, 'RESOURCE_ALREADY_EXISTS', `Node named '${name.slice(name.lastIndexOf('/') + 1)}' already exists`);
    if (nodeAt(state, workspaceId, parentOf(name))?.type !== 'DIRECTORY') {
      absent(`Parent directory ${parentOf(name)} does not exist.`);
    }
    const at = state.now();
    const node = newNode(name, 'MLFLOW_EXPERIMENT', at, call.member.userName);
    const objectId = Number(decimals(16)) % Number.MAX_SAFE_INTEGER;
    const id = String(objectId);
    nodes.put(keyOf(workspaceId, name), { ...node, objectId });
    put({
      id,
      workspaceId,
      name,
      artifactLocation: optionalString(fields, 'artifact_location') ?? `dbfs:/databricks/mlflow-tracking/${id}`,
      stage: 'active',
      createdAt: at,
      updatedAt: at,
      tags: {
        'mlflow.ownerId': call.member.id,
        'mlflow.ownerEmail': call.member.userName,
        'mlflow.experimentType': 'MLFLOW_EXPERIMENT',
        'mlflow.experiment.sourceName': name,
        ...Object.fromEntries(pairsOf(fields, 'tags')),
      },
    });
    return answer({ experiment_id: id });
  };

  const createPlain = (call: WorkspaceCall, name: string, fields: Fields) => {
    const { workspaceId } = call.workspace;
    const rows = rowsOf(experiments, workspaceId);
    if (rows.some((it) => it.name === name)) {
      refuse(400, 'RESOURCE_ALREADY_EXISTS', `Experiment(name=${name}) already exists.`);
    }
    const at = state.now();
    const id = String(rows.length + 1);
    put({
      id,
      workspaceId,
      name,
      artifactLocation: optionalString(fields, 'artifact_location') ?? `mlflow-artifacts:/${id}`,
      stage: 'active',
      createdAt: at,
      updatedAt: at,
      tags: Object.fromEntries(pairsOf(fields, 'tags')),
    });
    return answer({ experiment_id: id });
  };

  const getByName = (call: WorkspaceCall) => {
    const given = stringParameter(parametersOf(call), 'experiment_name');
    const isPath = mlflow.knobs.dialect.experimentNames === 'path';
    const name = isPath && given.startsWith('/') ? treePath(given) : given;
    const rows = rowsOf(experiments, call.workspace.workspaceId).filter((it) => it.name === name);
    const row = rows.find((it) => it.stage === 'active') ?? rows.at(-1);
    const missing = isPath ? `Node '${given}' does not exist.` : `Could not find experiment with name '${given}'`;
    return answer({ experiment: view(row ?? absent(missing)) });
  };

  const search = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const type = optionalString(fields, 'view_type') ?? 'ACTIVE_ONLY';
    const matches = parseFilter(optionalString(fields, 'filter'), searchable);
    const order = parseOrder(
      stringsParameter(fields, 'order_by'),
      searchable,
      (a, b) => b.updatedAt - a.updatedAt || Number(b.id) - Number(a.id),
    );
    const rows = rowsOf(experiments, call.workspace.workspaceId)
      .filter((it) => type === 'ALL' || (it.stage === 'active') === (type === 'ACTIVE_ONLY'))
      .filter(matches)
      .sort(order);
    const page = pageOf(
      rows,
      maxResultsOf(fields, mlflow.knobs.dialect.experimentsInAPage ?? 0, 50_000),
      optionalString(fields, 'page_token'),
    );
    return answer({ experiments: page.rows.map(view), next_page_token: page.next });
  };

  const remove = (call: WorkspaceCall) => {
    const row = find(call);
    if (row.stage === 'deleted') absent(`No Experiment with id=${row.id} exists`);
    nodes.delete(keyOf(row.workspaceId, row.name));
    put({ ...row, stage: 'deleted', updatedAt: state.now() });
    return answer();
  };

  const restore = (call: WorkspaceCall) => {
    const row = find(call);
    if (row.stage === 'active') absent(`No Experiment with id=${row.id} exists`);
    if (mlflow.knobs.dialect.experimentNames === 'any') {
      put({ ...row, stage: 'active', updatedAt: state.now() });
      return answer();
    }
    const node = newNode(row.name, 'MLFLOW_EXPERIMENT', state.now(), call.member.userName);
    nodes.put(keyOf(row.workspaceId, row.name), { ...node, objectId: Number(row.id) });
    put({ ...row, stage: 'active', updatedAt: state.now() });
    return answer();
  };

  const setTag = (call: WorkspaceCall) => {
    const fields = parametersOf(call);
    const row = find(call);
    const tags = { ...row.tags, [stringParameter(fields, 'key')]: optionalString(fields, 'value') ?? '' };
    put({ ...row, tags, updatedAt: state.now() });
    return answer();
  };

  return mlflowRoutesOf(state, [
    ['POST 2.0 experiments/create', create],
    ['GET 2.0 experiments/get', (call) => answer({ experiment: view(find(call)) })],
    ['GET 2.0 experiments/get-by-name', getByName],
    ['POST 2.0 experiments/search', search],
    ['GET 2.0 experiments/search', search],
    ['GET 2.0 experiments/list', (call) => (mlflow.knobs.dialect.experimentList ? search(call) : NO_PAGE)],
    ['POST 2.0 experiments/delete', remove],
    ['POST 2.0 experiments/restore', restore],
    ['POST 2.0 experiments/set-experiment-tag', setTag],
  ]);
}

const view = (row: Experiment) =>
  compact({
    experiment_id: row.id,
    name: row.name,
    artifact_location: row.artifactLocation,
    lifecycle_stage: row.stage,
    last_update_time: row.updatedAt,
    creation_time: row.createdAt,
    tags: toPairs(row.tags),
  });
