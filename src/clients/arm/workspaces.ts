/** Azure Databricks workspaces as ARM resources. */
import type { Workspace } from '@azure/arm-databricks';
import { collect, type ArmConnection } from './connection.ts';
import type { Tags } from '../../lab/tags.ts';
import { orAbsent, orNoneYet } from '../service-error.ts';
import { parseArmId } from '../../lab/arm-ids.ts';

export type WorkspaceState = {
  id: string;
  name: string;
  region: string;
  tags: Tags;
  /** `Accepted`, `Creating`, `Succeeded`, `Failed`, `Deleting` … */
  state: string;
  /** `https://adb-….azuredatabricks.net`; undefined until the workspace is there. */
  url: string | undefined;
  managedGroupId: string | undefined;
  /** `Hybrid` or `Serverless`; workspaces from before 2026 may have none. */
  computeMode: string | undefined;
  /** `premium`, `trial` or `standard`. */
  tier: string | undefined;
};

export type NewWorkspace = { region: string; tier: 'premium' | 'trial'; managedGroupId: string; tags: Tags };

export type WorkspaceCalls = ReturnType<typeof workspaceCalls>;

export function workspaceCalls(arm: ArmConnection) {
  const operations = async () => (await arm.databricks()).workspaces;
  return {
    workspace: (group: string, name: string): Promise<WorkspaceState | undefined> =>
      orAbsent(operations().then(async (it) => workspaceState(await it.get(group, name)))),

    /** Undefined where the group does not exist. */
    workspacesIn: (group: string): Promise<WorkspaceState[] | undefined> =>
      orNoneYet(operations().then(async (it) => (await collect(it.listByResourceGroup(group))).map(workspaceState))),

    /**
     * Begins the creation. `computeMode` is required since API version 2026-01-01, and the managed group must not exist yet.
     * https://learn.microsoft.com/rest/api/databricks/workspaces/create-or-update
     */
    putWorkspace: async (group: string, name: string, it: NewWorkspace): Promise<void> => {
      const poller = (await operations()).createOrUpdate(group, name, {
        location: it.region,
        tags: { ...it.tags },
        sku: { name: it.tier },
        computeMode: 'Hybrid',
        managedResourceGroupId: it.managedGroupId,
        publicNetworkAccess: 'Enabled',
        requiredNsgRules: 'AllRules',
        parameters: { enableNoPublicIp: { value: true } },
      });
      await poller.submitted();
    },

    /**
     * Begins the deletion. Forced, because an unforced one leaves the managed group with the Unity Catalog storage behind.
     * https://github.com/hashicorp/terraform-provider-azurerm/issues/28959
     */
    deleteWorkspace: async (id: string): Promise<void> => {
      const { group, name } = parseArmId(id);
      const poller = (await operations()).delete(group, name, { forceDeletion: true });
      await poller.submitted();
    },
  };
}

const workspaceState = (it: Workspace): WorkspaceState => ({
  id: it.id ?? '',
  name: it.name ?? '',
  region: it.location,
  tags: it.tags ?? {},
  state: it.provisioningState ?? 'Accepted',
  url: it.workspaceUrl ? `https://${it.workspaceUrl}` : undefined,
  managedGroupId: it.managedResourceGroupId,
  computeMode: it.computeMode,
  tier: it.sku?.name,
});
