// Workspaces as rows and as JSON.
import { randomInt } from 'node:crypto';
import type { Workspace } from '../arm/records.ts';
import type { Maker, Tags } from '../core/records.ts';
import { systemDataOf } from '../arm/common-fields.ts';
import { WORKSPACE_TYPE } from '../arm/types.ts';
import type { CloudState } from '../core/state.ts';

/** A new workspace's row, with its endpoint open. The caller puts it, and its managed group. `group` is the group's id. */
export async function newWorkspace(
  state: CloudState,
  spec: {
    group: string;
    name: string;
    location: string;
    tags: Tags;
    sku: string;
    managedGroupId: string;
    maker: Maker;
    parameters?: Record<string, unknown>;
    requiredNsgRules?: string;
    createdBy?: Workspace['createdBy'];
  },
): Promise<Workspace> {
  const [, , subscriptionId, , group] = spec.group.split('/') as [string, string, string, string, string];
  const id = `${spec.group}/providers/${WORKSPACE_TYPE}/${spec.name}`;
  const { objectId, clientId } = state.identity;
  return {
    id,
    subscriptionId,
    group,
    name: spec.name,
    location: spec.location,
    sku: { name: spec.sku },
    tags: spec.tags,
    maker: spec.maker,
    state: 'Creating',
    computeMode: 'Hybrid',
    managedGroupId: spec.managedGroupId,
    parameters: spec.parameters ?? {},
    publicNetworkAccess: 'Enabled',
    requiredNsgRules: spec.requiredNsgRules ?? 'AllRules',
    workspaceId: `${randomInt(1e7, 9e7)}${randomInt(1e7, 9e7)}`,
    origin: await state.openListener('workspace', id.toLowerCase()),
    createdBy: spec.createdBy ?? { objectId, clientId },
    createdAt: state.now(),
  };
}

export const workspaceJson = (state: CloudState, workspace: Workspace): object => ({
  id: workspace.id,
  name: workspace.name,
  type: WORKSPACE_TYPE,
  location: workspace.location,
  sku: workspace.sku,
  tags: workspace.tags,
  systemData: systemDataOf(state, workspace),
  properties: {
    provisioningState: workspace.state,
    computeMode: workspace.computeMode,
    managedResourceGroupId: workspace.managedGroupId,
    parameters: workspace.parameters,
    publicNetworkAccess: workspace.publicNetworkAccess,
    requiredNsgRules: workspace.requiredNsgRules,
    createdDateTime: new Date(workspace.createdAt).toISOString(),
    createdBy: { oid: workspace.createdBy.objectId, applicationId: workspace.createdBy.clientId },
    authorizations: [],
    // The address is known only when the workspace is.
    ...(workspace.succeededAt === undefined
      ? {}
      : {
          workspaceUrl: workspace.origin.replace('https://', ''),
          workspaceId: workspace.workspaceId,
          isUcEnabled: true,
        }),
  },
});
