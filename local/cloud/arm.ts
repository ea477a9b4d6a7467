// Azure Resource Manager: the routes of all its providers.
import { accountRoutes } from './accounts.ts';
import { cognitiveLocationRoutes } from './cognitive-locations.ts';
import { computeRoutes } from './compute.ts';
import { deletedAccountRoutes } from './deleted-accounts.ts';
import { deploymentRoutes } from './deployments.ts';
import { groupRoutes } from './groups.ts';
import { operationRoutes } from './operations.ts';
import { providerRoutes } from './providers.ts';
import { resourceRoutes } from './resources.ts';
import { roleRoutes } from './roles.ts';
import type { Route } from './router.ts';
import type { CloudState } from './state.ts';
import { workspaceRoutes } from './workspaces.ts';

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
