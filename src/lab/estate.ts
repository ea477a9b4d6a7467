/** What the subscription itself says about this installation's labs, with no help from the task hub. */
import type { LabRef } from './names.ts';

/** A lab's own tagged group. `lease` is null where the tag is missing or no time. */
export type LabGroup = { lab: LabRef; lease: string | null };

export type Estate = {
  /** Every lab group of this installation, in all allowed subscriptions. @throws when a subscription cannot be read: an unread list is not an empty one. */
  listLabGroups(): Promise<LabGroup[]>;
  /** Labs of which something tagged still exists outside a group of their own, soft-deleted accounts included. */
  listStrays(): Promise<LabRef[]>;
};
