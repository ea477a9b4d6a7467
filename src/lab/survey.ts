/** What the subscription itself says about this installation's labs, with no help from the task hub. */
import type { LabRef } from './names.ts';

/** A lab's own group, whose tags the app signed. `lease`: ISO time; null where it is none. `endAt`: since when an operator wants the lab ended; null: nobody does. */
export type LabGroup = { lab: LabRef; lease: string | null; endAt: string | null };

/**
 * What one subscription shows, as far as it can be read: strays are labs of which something tagged exists outside a group of their own, soft-deleted accounts
 * included. `foreign`: ids of what carries this installation's tag and no signature of the app for it: it blocks nothing and is never touched. `unread`: which list could not be read, and why.
 */
export type Survey = { groups: LabGroup[]; strays: LabRef[]; foreign: string[]; unread: string[] };

export type LabSurvey = {
  /** Every lab group of this installation, in all allowed subscriptions. @throws when a subscription cannot be read: an unread list is not an empty one. */
  listLabGroups(): Promise<LabGroup[]>;
  /** The strays of all allowed subscriptions. @throws when one cannot be read. */
  listStrays(): Promise<LabRef[]>;
  /** Both, by subscription: a list that cannot be read hides no other. */
  survey(): Promise<Survey[]>;
};
