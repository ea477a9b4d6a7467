// Workspaces as rows and as JSON.
import { randomInt } from 'node:crypto';
import type { Workspace } from '../arm/records.ts';
import type { Maker, Tags } from '../core/records.ts';
import { WORKSPACE_TYPE } from '../arm/types.ts';
import type { CloudState } from '../core/state.ts';

/** A new workspace's row, with its endpoint open. The caller puts it, and its managed group. `group` is the group's id. */
export async function newWorkspace(
  state: CloudState,
  it: {
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
  const [, , subscriptionId, , group] = it.group.split('/') as [string, string, string, string, string];
  const id = `${it.group}/providers/${WORKSPACE_TYPE}/${it.name}`;
  const { objectId, clientId } = state.identity;
  return {
    id,
    subscriptionId,
    group,
    name: it.name,
    location: it.location,
    sku: { name: it.sku },
    tags: it.tags,
    maker: it.maker,
    state: 'Creating',
    computeMode: 'Hybrid',
    managedGroupId: it.managedGroupId,
    parameters: it.parameters ?? {},
    publicNetworkAccess: 'Enabled',
    requiredNsgRules: it.requiredNsgRules ?? 'AllRules',
    workspaceId: `${randomInt(1e7, 9e7)}${randomInt(1e7, 9e7)}`,
    origin: await state.openListener('workspace', id.toLowerCase()),
    createdBy: it.createdBy ?? { objectId, clientId },
    createdAt: state.now(),
  };
}

export const workspaceJson = (it: Workspace): object => ({
  id: it.id,
  name: it.name,
  type: WORKSPACE_TYPE,
  location: it.location,
  sku: it.sku,
  tags: it.tags,
  properties: {
    provisioningState: it.state,
    computeMode: it.computeMode,
    managedResourceGroupId: it.managedGroupId,
    parameters: it.parameters,
    publicNetworkAccess: it.publicNetworkAccess,
    requiredNsgRules: it.requiredNsgRules,
    createdDateTime: new Date(it.createdAt).toISOString(),
    createdBy: { oid: it.createdBy.objectId, applicationId: it.createdBy.clientId },
    authorizations: [],
    // The address is known only when the workspace is.
    ...(it.succeededAt === undefined
      ? {}
      : { workspaceUrl: it.origin.replace('https://', ''), workspaceId: it.workspaceId, isUcEnabled: true }),
  },
});
