/** What belongs to a lab: by tags that carry the app's own signature, and by names that only it gives. Nothing else is ever deleted or changed. */
import { GROUP_NAME, workspaceId, parseArmId, groupId } from '../../lab/arm-ids.ts';
import { groupName, resourceNames, sameId, type LabRef } from '../../lab/names.ts';
import { borrowedTags } from '../../lab/placement/borrowed.ts';
import { LAB_ID } from '../../lab/request.ts';
import type { BorrowedIds } from '../../lab/resources.ts';
import { endRequestedAt, isSigned, signed, type TagKeys } from '../../lab/tag-signature.ts';
import { TAGS, tagOf, type Tags } from '../../lab/tags.ts';
import { isoTime } from '../../lab/text.ts';

/** A resource, a group, or a soft-deleted account under the id that it had. */
export type Tagged = { id: string; tags: Tags };

/** Tags that the app writes and reads, under the keys of its installation. */
export type Ownership = {
  /** Whether tags can be signed. Without a key nothing is ours, and nothing may be made. */
  hasKey: boolean;
  /** Tags of a new resource with this id. @throws Error without a key */
  tagsFor: (lab: LabRef, id: string) => Record<string, string>;
  /** Tags of the lab's own group. @throws Error without a key */
  groupTags: (lab: LabRef, it: { lease: string; borrowed: BorrowedIds }) => Record<string, string>;
  /** Tags of the lab's own group with another lease; those of others stay. */
  withLease: (group: Tagged, lease: string) => Record<string, string>;
  /** Whether this start of this lab made it. */
  isOurs: (it: Tagged, lab: LabRef) => boolean;
  /** The lab that made it, and what its tags say of its lease; undefined where the app has not signed them for this very resource. */
  labOf: (it: Tagged, subscriptionId: string) => LabRef | undefined;
  /** Since when an operator wants the lab of this group ended; null: nobody does. */
  endRequestedAt: (group: Tagged) => string | null;
};

export function createOwnership(installation: string, keys: TagKeys | undefined, now: () => Date): Ownership {
  const sign = (tags: Tags, id: string): Record<string, string> => {
    if (keys === undefined) throw new Error('There is no key to sign tags with: set LAB_TAG_KEY.');
    return signed(keys, tags, id);
  };
  const verify = ({ id, tags }: Tagged): boolean => isSigned(keys, tags, id, now().getTime());

  const labOf = (it: Tagged, subscriptionId: string): LabRef | undefined => {
    const lab = namedBy(it, installation, subscriptionId);
    if (lab === undefined) return undefined;
    return verify(it) || verify({ id: workspaceAbove(it, lab), tags: it.tags }) ? lab : undefined;
  };

  return {
    hasKey: keys !== undefined,
    tagsFor: (lab, id) => sign(labTags(lab), id),
    groupTags: (lab, { lease, borrowed }) =>
      sign({ ...labTags(lab), [TAGS.lease]: lease, ...borrowedTags(borrowed) }, groupId(lab.subscriptionId, lab.group)),
    withLease: ({ id, tags }, lease) => sign({ ...tags, [TAGS.lease]: lease }, id),
    isOurs: (it, lab) => names(it.tags, lab) && verify(it),
    labOf,
    endRequestedAt: ({ id, tags }) => endRequestedAt(keys, tags, id, now().getTime()),
  };
}

const labTags = (lab: LabRef): Record<string, string> => ({
  [TAGS.installation]: lab.installation,
  [TAGS.lab]: lab.id,
  [TAGS.owner]: lab.owner.slice(0, 256),
  [TAGS.started]: lab.startedAt,
  ...(lab.resourceGroup === lab.group ? {} : { [TAGS.resourceGroup]: lab.resourceGroup }),
});

const names = (tags: Tags, lab: LabRef): boolean =>
  tagOf(tags, TAGS.installation) === lab.installation &&
  tagOf(tags, TAGS.lab) === lab.id &&
  isoTime(tagOf(tags, TAGS.started) ?? '') === isoTime(lab.startedAt);

/** Tags without the app's own. */
export const withoutOurs = (tags: Tags): Record<string, string> => {
  const ours: string[] = Object.values(TAGS);
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !ours.includes(key.toLowerCase())));
};

/** The number of the try whose resource has this name; undefined where the name is none of this lab's. */
export function attemptOf(lab: LabRef, kind: keyof ReturnType<typeof resourceNames>, name: string): number | undefined {
  const attempt = Number(/-(\d{1,3})$/.exec(name)?.[1]);
  return Number.isInteger(attempt) && sameId(resourceNames(lab, attempt)[kind], name) ? attempt : undefined;
}

/**
 * The group that Databricks makes for a workspace. That it copies the workspace's tags to it is nowhere promised; its name is ours in any case, and holds a hash
 * over the installation, the subscription, the lab and its start.
 */
export const isOurManagedGroup = (group: { name: string }, lab: LabRef): boolean =>
  attemptOf(lab, 'managedGroup', group.name) !== undefined;

/** Id of the workspace whose managed group this is, or is in; another lab's, or none's, is never ours, so its own id serves for it. */
function workspaceAbove({ id }: Tagged, lab: LabRef): string {
  const attempt = attemptOf(lab, 'managedGroup', parseArmId(id).group);
  if (attempt === undefined) return id;
  return workspaceId(lab.subscriptionId, lab.resourceGroup, resourceNames(lab, attempt).workspace);
}

/** The lab that these tags name, in this subscription, whoever wrote them; undefined where they are not this installation's or not whole. */
function namedBy({ id, tags }: Tagged, installation: string, subscriptionId: string): LabRef | undefined {
  const labId = tagOf(tags, TAGS.lab) ?? '';
  const startedAt = isoTime(tagOf(tags, TAGS.started) ?? '');
  if (tagOf(tags, TAGS.installation) !== installation || !LAB_ID.safeParse(labId).success) return undefined;
  const resourceGroup = tagOf(tags, TAGS.resourceGroup);
  if (startedAt === undefined || !isArmId(id) || (resourceGroup !== undefined && !GROUP_NAME.test(resourceGroup)))
    return undefined;
  const identity = { id: labId, startedAt, installation, subscriptionId };
  const group = groupName(identity);
  return {
    ...identity,
    owner: tagOf(tags, TAGS.owner) ?? '',
    group,
    resourceGroup: resourceGroup ?? group,
  };
}

const isArmId = (id: string): boolean => {
  try {
    parseArmId(id);
    return true;
  } catch {
    return false;
  }
};
