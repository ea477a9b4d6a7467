// Somebody who works in a workspace by hand, in a notebook of their own: they leave what Azure Databricks leaves of it, and nothing else.
import type { Workspace } from '../arm/records.ts';
import type { CloudState } from '../core/state.ts';
import { mlflowOf } from './records.ts';
import { databricksOf, decimals, enrol, keyOf, newNode } from '../databricks/tables.ts';

export type Person = {
  /** Runs a cell on the cluster, if it is up. No published part of the API tells of it. @returns whether it could run. */
  runCell(clusterId: string): boolean;
  /** Runs a cell that logs a run to the notebook's own experiment, on whatever compute. */
  logRun(): string;
  /** Types into the notebook. */
  edit(): void;
};

export function createPerson(state: CloudState, workspace: Workspace, userName: string): Person {
  const { workspaceId } = workspace;
  const { nodes, clusters } = databricksOf(state);
  enrol(state, workspace, { objectId: `person-${userName}`, clientId: userName, userName });
  const path = `/Users/${userName}/My own notebook`;
  const experimentId = decimals(15);

  const edit = (): void => {
    const now = state.now();
    const former = nodes.get(keyOf(workspaceId, path)) ?? newNode(path, 'NOTEBOOK', now, userName);
    nodes.put(keyOf(workspaceId, path), { ...former, modifiedAt: now });
  };
  edit();

  return {
    edit,
    runCell: (clusterId) => {
      const key = keyOf(workspaceId, clusterId);
      const cluster = clusters.get(key);
      if (cluster?.state !== 'RUNNING') return false;
      clusters.put(key, { ...cluster, lastActivityAt: state.now() });
      return true;
    },
    logRun: () => {
      const now = state.now();
      const { experiments, runs } = mlflowOf(state);
      experiments.put(keyOf(workspaceId, experimentId), {
        ...{ id: experimentId, workspaceId, name: path, stage: 'active', createdAt: now, updatedAt: now, tags: {} },
        artifactLocation: `dbfs:/databricks/mlflow-tracking/${experimentId}`,
      });
      const id = `${decimals(16)}${decimals(16)}`;
      runs.put(keyOf(workspaceId, id), {
        ...{ id, workspaceId, experimentId, name: 'by hand', userId: userName, status: 'FINISHED', stage: 'active' },
        ...{ startTime: now, endTime: now, params: {}, metrics: [], tags: { 'mlflow.user': userName } },
        artifactUri: `dbfs:/databricks/mlflow-tracking/${experimentId}/${id}/artifacts`,
      });
      return id;
    },
  };
}
