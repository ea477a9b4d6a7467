/** What belongs to a lab, by the tags that the app put on it. Nothing without this installation's tag is ever deleted or changed. */
import type { Tags } from './resources.ts';
import { groupName, resourceNames, sameId, type LabRef } from '../../lab/names.ts';
import { LAB_ID } from '../../lab/request.ts';
import { TAGS } from '../../lab/tags.ts';

/** Tags of every resource of a lab. Values hold at most 256 characters. */
export const labTags = (lab: LabRef): Record<string, string> => ({
  [TAGS.installation]: lab.installation,
  [TAGS.lab]: lab.id,
  [TAGS.owner]: lab.owner.slice(0, 256),
  [TAGS.started]: lab.startedAt,
});

/** Azure compares the names of tags without regard to case. */
export const tagOf = (tags: Tags, name: string): string | undefined =>
  Object.entries(tags).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

/** Whether this start of this lab made it. */
export const isOurs = (tags: Tags, lab: LabRef): boolean =>
  tagOf(tags, TAGS.installation) === lab.installation &&
  tagOf(tags, TAGS.lab) === lab.id &&
  tagOf(tags, TAGS.started) === lab.startedAt;

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

/** The lab that these tags name, in this subscription; undefined where they are not this installation's or not whole. `resourceGroup` is where the tagged thing is. */
export function labOf(
  tags: Tags,
  place: { installation: string; subscriptionId: string; resourceGroup: string },
): LabRef | undefined {
  const [id, startedAt] = [tagOf(tags, TAGS.lab) ?? '', tagOf(tags, TAGS.started) ?? ''];
  if (
    tagOf(tags, TAGS.installation) !== place.installation ||
    !LAB_ID.safeParse(id).success ||
    Number.isNaN(Date.parse(startedAt))
  )
    return undefined;
  const identity = { id, startedAt, installation: place.installation, subscriptionId: place.subscriptionId };
  const group = groupName(identity);
  return {
    ...identity,
    owner: tagOf(tags, TAGS.owner) ?? '',
    group,
    resourceGroup: tagOf(tags, TAGS.resourceGroup) ?? place.resourceGroup,
  };
}
