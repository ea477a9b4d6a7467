/**
 * What a receipt accounts for: everything that an inventory has shown, and everything that the lab knows to have made. Most of it has a line from the activity that
 * removed it. What has none lost the answer to its deletion, was given up and then went, or was deleted by somebody else; it is told as what it is.
 */
import type { KnownResources, Leftover, Removal } from './inventory.ts';
import type { LabRef } from '../names.ts';
import type { Step } from '../steps.ts';
import { groupId, isWorkspaceId } from '../arm-ids.ts';

export type ReceiptItem = Pick<Removal, 'what' | 'id'>;

const withManaged = (id: string, managedGroupId: string | null): ReceiptItem[] => [
  { what: 'workspace', id },
  ...(managedGroupId === null || managedGroupId === '' ? [] : [{ what: 'managed group', id: managedGroupId }]),
];

/** In the words of the lines that the removals write. */
export function itemsIn(item: Leftover): ReceiptItem[] {
  switch (item.kind) {
    case 'workspace':
      return withManaged(item.id, item.managedGroupId);
    case 'managed-group':
      return [{ what: 'managed group', id: item.id }];
    case 'account':
      return [{ what: 'account', id: item.id }];
    case 'deleted-account':
      return [{ what: 'soft-deleted account', id: item.id }];
    case 'group':
      return [{ what: 'group', id: item.id }];
    case 'borrowed-account':
      return item.deployments.map((name) => ({ what: 'deployment', id: `${item.id}/deployments/${name}` }));
    case 'borrowed-workspace': {
      const { clusters, scopes, folders } = item.contents;
      return [
        ...clusters.map((id) => ({ what: 'cluster', id })),
        ...scopes.map((id) => ({ what: 'secret scope', id })),
        ...folders.map((id) => ({ what: 'notebook folder', id })),
      ];
    }
  }
}

/** What the lab made by its own account. */
export const itemsMade = (lab: LabRef, known: KnownResources, steps: readonly Step[]): ReceiptItem[] => [
  ...known.workspaces.flatMap((it) => withManaged(it.id, it.managedGroupId)),
  ...known.accounts.map(({ id }) => ({ what: 'account', id })),
  ...(steps.some((it) => it.name === 'group' && it.state === 'done')
    ? [{ what: 'group', id: groupId(lab.subscriptionId, lab.group) }]
    : []),
];

/** What a lab that made something under this id made: a workspace or an account. */
export const itemWithId = (id: string): ReceiptItem => ({
  what: isWorkspaceId(id) ? 'workspace' : 'account',
  id,
});

const keyOf = ({ what, id }: ReceiptItem): string => `${what} ${id.toLowerCase()}`;

/** Things without a line, each once. `staying`: ids of what is still there and not the app's to remove. */
export function unaccountedItems(
  items: readonly ReceiptItem[],
  removals: readonly Removal[],
  staying: readonly string[],
): ReceiptItem[] {
  const listed = new Set(removals.map(keyOf));
  const stays = new Set(staying.map((it) => it.toLowerCase()));
  const missing = new Map<string, ReceiptItem>();
  for (const item of items)
    if (!listed.has(keyOf(item)) && !stays.has(item.id.toLowerCase())) missing.set(keyOf(item), item);
  return [...missing.values()];
}

/** Of a lab whose history is lost: what its own orchestration had removed by then. */
export const LOST_HISTORY = 'what was made and removed before the history of the lab was lost';

/** Account-level objects of Databricks (metastore assignments, account principals) are invisible to the identity of a workspace. */
export const BLIND_SPOTS: readonly string[] = ['account-level Databricks objects (metastore assignment, principals)'];
