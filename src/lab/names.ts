/**
 * Azure names of a lab's resources: the lab id, a short hash of (subscription, installation, id, start), and the number of the try.
 * Pure, so that every execution of an activity arrives at the same name, and unique for the names that Azure keeps globally.
 */
import { createHash } from 'node:crypto';

/** Who a lab is, as every activity sees it. */
export type LabRef = {
  id: string;
  subscriptionId: string;
  /** Name of this installation of the app: the tag that guards everything else in the subscription. */
  installation: string;
  owner: string;
  /** ISO time of the start request. */
  startedAt: string;
  /** The lab's own tagged group, created first: it carries the lease. */
  group: string;
  /** Where the resources go: the own group, or the one that the request names. */
  resourceGroup: string;
};

/** Tells starts apart: an id that has ended may be started again. */
export const startKey = ({ id, startedAt }: Pick<LabRef, 'id' | 'startedAt'>): string => `${id}|${startedAt}`;

export type LabIdentity = Pick<LabRef, 'id' | 'subscriptionId' | 'installation' | 'startedAt'>;

/** Eight hexadecimal digits that tell this start of this lab from all others. */
export function labHash(lab: LabIdentity): string {
  const identity = [lab.subscriptionId.toLowerCase(), lab.installation, lab.id, lab.startedAt].join('|');
  return createHash('sha256').update(identity).digest('hex').slice(0, 8);
}

/** Names of one try. Lengths: an id has at most 24 characters, so the longest name has 24 + 8 + 12. */
export function resourceNames(lab: LabIdentity, attempt: number) {
  const stem = `${lab.id}-${labHash(lab)}-${attempt}`;
  return {
    /** 2-64 characters; also the account's global subdomain. */
    account: `aoai-${stem}`,
    /** 3-64 characters. */
    workspace: `dbw-${stem}`,
    /** Must not exist before the workspace does. */
    managedGroup: `rg-dbw-${stem}`,
  };
}

/** Whether both are the same name or id to Azure, which compares them without regard to case. */
export const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export const groupName = (lab: LabIdentity): string => `rg-${lab.id}-${labHash(lab)}`;

/** Name of what a lab puts into a workspace: its secret scope, and its folder below the app's home. No other lab has it. */
export const workspaceItemName = (lab: LabIdentity): string => `llmops-${lab.id}-${labHash(lab)}`;

/** Ends every name that a lab gives inside an account that it borrows. */
export const borrowedSuffix = (lab: LabIdentity): string => `-${lab.id}-${labHash(lab)}`;

/** In an account of the lab a deployment is called by the model's name; in a borrowed one that name may be taken. 2-64 characters. */
export const deploymentName = (lab: LabIdentity, model: string, borrowed: boolean): string =>
  borrowed ? `${model.slice(0, 64 - borrowedSuffix(lab).length)}${borrowedSuffix(lab)}` : model;
