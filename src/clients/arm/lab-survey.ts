/** The subscription's own word on this installation's labs (see `lab/survey.ts`), in every subscription that the settings allow. */
import type { LabSurvey, LabGroup, Survey } from '../../lab/survey.ts';
import { groupName, startKey, type LabRef } from '../../lab/names.ts';
import { safeError } from '../../lab/redact.ts';
import { TAGS } from '../../lab/tags.ts';
import type { GroupState, Tags } from './resources.ts';
import type { Arm } from './arm.ts';
import { attemptOf, labOf, tagOf } from './ownership.ts';
import { parseArmId } from '../../lab/arm-ids.ts';

/** How a list is read: what is to happen where it cannot. */
type Read = <T>(what: string, list: Promise<T[]>) => Promise<T[]>;

export function createLabSurvey(
  settings: { installation: string; allowedSubscriptionIds: readonly string[] },
  arm: (subscriptionId: string) => Arm,
): LabSurvey {
  const { installation } = settings;
  const subscriptions = [...new Set(settings.allowedSubscriptionIds)];
  const tag = { name: TAGS.installation, value: installation };

  const labAt = (tags: Tags, subscriptionId: string, resourceGroup: string): LabRef | undefined =>
    labOf(tags, { installation, subscriptionId, resourceGroup });
  const groupsOf = (subscriptionId: string): Promise<GroupState[]> => arm(subscriptionId).groups(tag);

  /** Databricks copies our tags to its managed groups: a lab's own group is told from them by its name. */
  const labGroups = (groups: GroupState[], subscriptionId: string): LabGroup[] =>
    groups.flatMap((group) => {
      const lab = labAt(group.tags, subscriptionId, group.name);
      if (lab === undefined || groupName(lab).toLowerCase() !== group.name.toLowerCase()) return [];
      const lease = tagOf(group.tags, TAGS.lease);
      return [{ lab, lease: lease === undefined || Number.isNaN(Date.parse(lease)) ? null : lease }];
    });

  const straysIn = async (subscriptionId: string, groups: GroupState[], read: Read): Promise<LabRef[]> => {
    const [resources, deleted] = await Promise.all([
      read('resources', arm(subscriptionId).resources()),
      read('deleted accounts', arm(subscriptionId).deletedAccounts()),
    ]);
    const housed = new Set(labGroups(groups, subscriptionId).map((it) => startKey(it.lab)));
    const tagged = [
      ...resources.map((it) => ({ tags: it.tags, group: parseArmId(it.id).group })),
      ...deleted.map((it) => ({ tags: it.tags, group: it.group })),
      ...groups.map((it) => ({ tags: it.tags, group: it.name })),
    ];
    const strays = new Map<string, LabRef>();
    for (const it of tagged) {
      const lab = labAt(it.tags, subscriptionId, it.group);
      if (lab === undefined || housed.has(startKey(lab))) continue;
      // Databricks hands our tags on to the managed group and what is in it: where those are says nothing about where the lab's resources go.
      const managed = attemptOf(lab, 'managedGroup', it.group) !== undefined;
      if (!managed) strays.set(startKey(lab), lab);
      else if (!strays.has(startKey(lab))) strays.set(startKey(lab), { ...lab, resourceGroup: lab.group });
    }
    return [...strays.values()];
  };

  /** Who has a group, and so is no stray, must be known before anything else can be told. */
  const survey = async (subscriptionId: string): Promise<Survey> => {
    const unread: string[] = [];
    const read: Read = (what, list) =>
      list.catch((thrown: unknown) => {
        unread.push(`${subscriptionId}: ${what}: ${safeError(thrown).message}`);
        return [];
      });
    const groups = await read('groups', groupsOf(subscriptionId));
    const strays = unread.length > 0 ? [] : await straysIn(subscriptionId, groups, read);
    return { groups: labGroups(groups, subscriptionId), strays, unread };
  };

  return {
    listLabGroups: async () =>
      (await Promise.all(subscriptions.map(async (it) => labGroups(await groupsOf(it), it)))).flat(),
    listStrays: async () => {
      const strays = subscriptions.map(async (it) => straysIn(it, await groupsOf(it), (_what, list) => list));
      return (await Promise.all(strays)).flat();
    },
    survey: () => Promise.all(subscriptions.map(survey)),
  };
}
