// What exists: the oracle of every test of teardown.
import type { InventoryItem } from './records.ts';
import type { CloudState } from './state.ts';

/** Everything in every scope, soft-deleted accounts and the content of managed groups included, as of now. */
export function takeInventory(state: CloudState): InventoryItem[] {
  state.tick();
  return state.furtherInventory();
}
