/** What a teardown would remove now, and what it would leave, told from an inventory: nothing is changed by asking. */
import type { Inventory, Leftover, Unread } from './inventory.ts';
import type { LabRef } from '../names.ts';
import { itemsIn, type ReceiptItem, BLIND_SPOTS } from './receipt.ts';
import { groupId } from '../arm-ids.ts';

/** Of what the lab made, and somebody has made theirs. */
export const DISOWNED = "it does not carry this lab's tags any more";

export type RemovalPreview = {
  /** ISO time of the reading. */
  at: string;
  /** In the words of the receipt that the removal would write. */
  wouldGo: ReceiptItem[];
  wouldStay: { id: string; why: string }[];
  /** What could not be read just now: what it holds is not told here. */
  unread: Unread[];
  /** What the reading can never see. */
  blindTo: readonly string[];
};

export function previewOf(
  lab: LabRef,
  { at, left, foreign, disowned = [], borrowed, unread = [] }: Inventory,
): RemovalPreview {
  const group = left.find((it) => it.kind === 'group');
  const groupStays = group !== undefined && foreign.length > 0;
  const given = lab.resourceGroup.toLowerCase() !== lab.group.toLowerCase();
  return {
    at,
    wouldGo: left.filter((it) => !(groupStays && it === group)).flatMap(goingOf),
    wouldStay: [
      ...foreign.map(({ id }) => ({ id, why: "it is in the lab's group, and the app did not make it" })),
      ...disowned
        .filter((id) => !foreign.some((it) => it.id.toLowerCase() === id.toLowerCase()))
        .map((id) => ({ id, why: DISOWNED })),
      ...(groupStays ? [{ id: group.id, why: 'it holds what is not ours; the app takes its own tags off' }] : []),
      ...borrowed.map((id) => ({ id, why: 'the request brought it' })),
      ...(given
        ? [
            {
              id: groupId(lab.subscriptionId, lab.resourceGroup),
              why: 'the request named it',
            },
          ]
        : []),
    ],
    unread,
    blindTo: BLIND_SPOTS,
  };
}

/** A run that goes on is cancelled, which leaves nothing that a receipt could name. */
const goingOf = (item: Leftover): ReceiptItem[] => [
  ...itemsIn(item),
  ...(item.kind === 'borrowed-workspace' ? item.contents.runs.map((id) => ({ what: 'job run', id: String(id) })) : []),
];
