// What exists: the oracle of every test of teardown.
import type { InventoryItem } from './core/records.ts';
import { ACCOUNT_TYPE, GROUP_TYPE, WORKSPACE_TYPE } from './arm/types.ts';
import type { CloudState } from './core/state.ts';
import { armOf } from './arm/tables.ts';

/** Everything in every scope, soft-deleted accounts and the content of managed groups included, as of now. */
export function takeInventory(state: CloudState): InventoryItem[] {
  state.tick();
  const item = (
    type: string,
    row: { id: string; tags?: InventoryItem['tags']; maker: InventoryItem['origin'] },
  ): InventoryItem => ({
    type,
    id: row.id,
    tags: row.tags ?? {},
    origin: row.maker,
  });
  return [
    ...armOf(state)
      .groups.values()
      .map((it) => item(GROUP_TYPE, it)),
    ...armOf(state)
      .accounts.values()
      .map((it) => item(ACCOUNT_TYPE, it)),
    ...armOf(state)
      .deployments.values()
      .map((it) => item(`${ACCOUNT_TYPE}/deployments`, it)),
    ...armOf(state)
      .deletedAccounts.values()
      .map(({ account }) => item('Microsoft.CognitiveServices/deletedAccounts', account)),
    ...armOf(state)
      .workspaces.values()
      .map((it) => item(WORKSPACE_TYPE, it)),
    ...armOf(state)
      .resources.values()
      .map((it) => item(it.type, it)),
    ...armOf(state)
      .roleAssignments.values()
      .map((it) => item('Microsoft.Authorization/roleAssignments', it)),
    ...state.furtherInventory(),
  ];
}
