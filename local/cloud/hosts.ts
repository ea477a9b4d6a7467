// Which routes stand behind which host: Azure Resource Manager's one, and each workspace's own.
import { computeRoutes } from './arm/compute.ts';
import { groupRoutes } from './arm/groups.ts';
import { operationRoutes } from './arm/operations.ts';
import { providerRoutes } from './arm/providers.ts';
import { resourceRoutes } from './arm/resources.ts';
import { subscriptionRoutes } from './arm/subscriptions.ts';
import { roleRoutes } from './arm/roles.ts';
import type { Route } from './core/router.ts';
import type { CloudState } from './core/state.ts';
import { createClusterLife } from './databricks/cluster-life.ts';
import { clusterRoutes } from './databricks/clusters.ts';
import { jobRoutes } from './databricks/jobs.ts';
import { libraryRoutes } from './databricks/libraries.ts';
import { pageRoutes } from './databricks/pages.ts';
import { permissionRoutes } from './databricks/permissions.ts';
import { createRunLife } from './databricks/run-life.ts';
import { secretRoutes } from './databricks/secrets.ts';
import { keyOf } from './databricks/tables.ts';
import { userRoutes } from './databricks/users.ts';
import { treeRoutes } from './databricks/tree.ts';
import { workspaceRoutes } from './databricks/workspaces.ts';
import { forgetExperiment } from './mlflow/experiments.ts';
import { mlflowOf } from './mlflow/records.ts';
import { mlflowRoutes } from './mlflow/routes.ts';
import { upstreamRoutes } from './mlflow/upstream.ts';
import { createKernel } from './notebook/kernel.ts';
import { createPythonKernel, type PythonKernel } from './notebook/real-python.ts';
import { accountRoutes } from './openai/accounts.ts';
import { deletedAccountRoutes } from './openai/deleted-accounts.ts';
import { deploymentRoutes } from './openai/deployments.ts';
import { cognitiveLocationRoutes } from './openai/locations.ts';
import { workspaceByOrigin } from './arm/tables.ts';

/** Every route of ARM. Building them also registers what their providers do when time passes. */
export const armHostRoutes = (state: CloudState): Route[] => [
  ...subscriptionRoutes(state),
  ...groupRoutes(state),
  ...resourceRoutes(state),
  ...providerRoutes(state),
  ...roleRoutes(state),
  ...operationRoutes(state),
  ...cognitiveLocationRoutes(state),
  ...accountRoutes(state),
  ...deploymentRoutes(state),
  ...deletedAccountRoutes(state),
  ...workspaceRoutes(state),
  ...computeRoutes(state),
];

/**
 * Call once per state: the routes register their transitions with it. The host authenticates by itself: no token is required before its handlers.
 * Notebooks run in the simulated kernel unless there is a `python` to run them for real.
 */
export function workspaceHostRoutes(state: CloudState, python?: PythonKernel): Route[] {
  const clusterLife = createClusterLife(state);
  const mlflow = python === undefined ? mlflowRoutes(state) : upstreamRoutes(state, python.mlflowServer);
  const kernel = python === undefined ? createKernel(state, mlflow) : createPythonKernel(state, python);
  const runLife = createRunLife(state, clusterLife, kernel);
  // Where clients learn what kind of host this is, before they have any credential.
  const describe: Route['handler'] = ({ origin }) => ({
    status: 200,
    json: {
      oidc_endpoint: `${origin}/oidc`,
      workspace_id: workspaceByOrigin(state, origin)?.workspaceId,
      cloud: 'Azure',
      host_type: 'workspace',
    },
  });
  return [
    { method: 'GET', template: '/.well-known/databricks-config', handler: describe },
    ...pageRoutes(state),
    ...clusterRoutes(state, clusterLife),
    ...libraryRoutes(state),
    ...userRoutes(state),
    ...secretRoutes(state),
    ...treeRoutes(state, (workspaceId, node) => {
      if (node.type === 'MLFLOW_EXPERIMENT') forgetExperiment(state, workspaceId, node.objectId);
    }),
    ...permissionRoutes(
      state,
      (workspaceId, id) =>
        python !== undefined || mlflowOf(state).experiments.get(keyOf(workspaceId, id)) !== undefined,
    ),
    ...jobRoutes(state, runLife),
    ...mlflow,
  ];
}
