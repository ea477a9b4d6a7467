// What a Databricks workspace brings along and leaves behind: its managed group, with the storage and access connector of Unity Catalog.
//
// Invariants
// W1  The managed group carries the workspace's tags, as everything in it does.
// W2  An unforced deletion keeps the managed group with storage account and access connector; a forced one removes them.
//     https://github.com/hashicorp/terraform-provider-azurerm/issues/28959
import type { ArmResource, Group, Workspace } from '../arm/records.ts';
import type { CloudState } from '../core/state.ts';
import { armOf, workspaceGone } from '../arm/tables.ts';

/** Makes the managed group; its content comes with the workspace's success. */
export function putManagedGroup(state: CloudState, workspace: Workspace): void {
  const [, , subscriptionId, , name] = workspace.managedGroupId.split('/') as [string, string, string, string, string];
  const group: Group = {
    id: workspace.managedGroupId,
    subscriptionId,
    name,
    location: workspace.location,
    tags: workspace.tags,
    maker: workspace.maker === 'bystander' ? 'bystander' : 'managed',
    state: 'Succeeded',
    managedBy: workspace.id,
    createdAt: state.now(),
  };
  armOf(state).groups.put(group.id.toLowerCase(), group);
}

/** Fills the managed group of a workspace that succeeded. */
export function fillManagedGroup(state: CloudState, workspace: Workspace): void {
  const suffix = workspace.workspaceId.slice(-8);
  const put = (type: string, name: string, unityCatalog = false): void => {
    const [, , subscriptionId, , group] = workspace.managedGroupId.split('/') as [
      string,
      string,
      string,
      string,
      string,
    ];
    const resource: ArmResource = {
      id: `${workspace.managedGroupId}/providers/${type}/${name}`,
      type,
      subscriptionId,
      group,
      name,
      location: workspace.location,
      tags: workspace.tags,
      maker: workspace.maker === 'bystander' ? 'bystander' : 'managed',
      properties: { provisioningState: 'Succeeded' },
      unityCatalog,
      createdAt: state.now(),
    };
    armOf(state).resources.put(resource.id.toLowerCase(), resource);
  };
  put('Microsoft.Storage/storageAccounts', `dbstorage${suffix}`, true);
  put('Microsoft.Databricks/accessConnectors', 'unity-catalog-access-connector', true);
  put('Microsoft.ManagedIdentity/userAssignedIdentities', 'dbmanagedidentity');
  put('Microsoft.Network/networkSecurityGroups', 'workers-sg');
  put('Microsoft.Network/virtualNetworks', 'workers-vnet');
}

/** Removes a workspace with its endpoint and, as far as `force` goes, its managed group. */
export function workspaceDeleted(state: CloudState, workspace: Workspace, force: boolean): void {
  const managed = workspace.managedGroupId.toLowerCase();
  const content = armOf(state)
    .resources.values()
    .filter((it) => it.id.toLowerCase().startsWith(`${managed}/`));
  let stays = !force && content.some((it) => it.unityCatalog === true);
  if (force && state.landscape.stubbornManagedGroups > 0) {
    state.landscape.stubbornManagedGroups -= 1;
    stays = true;
  }
  for (const resource of content) {
    if (!stays || resource.unityCatalog !== true) armOf(state).resources.delete(resource.id.toLowerCase());
  }
  const group = armOf(state).groups.get(managed);
  if (!stays && group?.managedBy?.toLowerCase() === workspace.id.toLowerCase()) armOf(state).groups.delete(managed);
  armOf(state).workspaces.delete(workspace.id.toLowerCase());
  state.closeListener('workspace', workspace.id.toLowerCase());
  workspaceGone(state, workspace);
}
