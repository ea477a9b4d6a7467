// What exists: the oracle of every test of teardown.
import type { InventoryItem } from './core/records.ts';
import { ACCOUNT_TYPE, WORKSPACE_TYPE } from './arm/resources.ts';
import type { CloudState } from './core/state.ts';

/** Everything in every scope, soft-deleted accounts and the content of managed groups included, as of now. */
export function takeInventory(state: CloudState): InventoryItem[] {
  state.tick();
  const item = (
    type: string,
    it: { id: string; tags?: InventoryItem['tags']; maker: InventoryItem['origin'] },
  ): InventoryItem => ({
    type,
    id: it.id,
    tags: it.tags ?? {},
    origin: it.maker,
  });
  return [
    ...state.groups.values().map((it) => item('Microsoft.Resources/resourceGroups', it)),
    ...state.accounts.values().map((it) => item(ACCOUNT_TYPE, it)),
    ...state.deployments.values().map((it) => item(`${ACCOUNT_TYPE}/deployments`, it)),
    ...state.deletedAccounts
      .values()
      .map(({ account }) => item('Microsoft.CognitiveServices/deletedAccounts', account)),
    ...state.workspaces.values().map((it) => item(WORKSPACE_TYPE, it)),
    ...state.resources.values().map((it) => item(it.type, it)),
    ...state.roleAssignments.values().map((it) => item('Microsoft.Authorization/roleAssignments', it)),
    ...state.furtherInventory(),
  ];
}
