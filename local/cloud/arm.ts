// Azure Resource Manager: the routes of all its providers.
import { accountRoutes } from './openai/accounts.ts';
import { cognitiveLocationRoutes } from './openai/locations.ts';
import { computeRoutes } from './arm/compute.ts';
import { deletedAccountRoutes } from './openai/deleted-accounts.ts';
import { deploymentRoutes } from './openai/deployments.ts';
import { groupRoutes } from './arm/groups.ts';
import { operationRoutes } from './arm/operations.ts';
import { providerRoutes } from './arm/providers.ts';
import { resourceRoutes } from './arm/resources.ts';
import { roleRoutes } from './arm/roles.ts';
import type { Route } from './core/router.ts';
import type { CloudState } from './core/state.ts';
import { workspaceRoutes } from './databricks/workspaces.ts';

/** Every route of ARM. Building them also registers what their providers do when time passes. */
export const armRoutes = (state: CloudState): Route[] => [
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
