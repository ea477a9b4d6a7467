/** The subscription's own word on this installation's labs (see `lab/survey.ts`), in every subscription that the settings allow. */
import type { LabSurvey, LabGroup, Survey } from '../../lab/survey.ts';
import { groupName, sameId, startKey, type LabRef } from '../../lab/names.ts';
import { safeError } from '../../lab/redact.ts';
import { TAGS } from '../../lab/tags.ts';
import type { GroupState } from './resources.ts';
import type { Arm } from './arm.ts';
import type { Ownership, Tagged } from './ownership.ts';
import { accountId } from '../../lab/arm-ids.ts';
import { tagOf } from '../../lab/tags.ts';
import { isoTime } from '../../lab/text.ts';

/** How a list is read: what is to happen where it cannot. */
type Read = <T>(what: string, list: Promise<T[]>) => Promise<T[]>;

export function createLabSurvey(
  settings: { installation: string; allowedSubscriptionIds: readonly string[] },
  arm: (subscriptionId: string) => Arm,
  { labOf, endRequestedAt }: Ownership,
): LabSurvey {
  const { installation } = settings;
  const subscriptions = [...new Set(settings.allowedSubscriptionIds)];
  const tag = { name: TAGS.installation, value: installation };

  const groupsOf = (subscriptionId: string): Promise<GroupState[]> => arm(subscriptionId).groups(tag);

  /** Databricks copies our tags to its managed groups: a lab's own group is told from them by its name. */
  const labGroups = (groups: GroupState[], subscriptionId: string): LabGroup[] =>
    groups.flatMap((group) => {
      const lab = labOf(group, subscriptionId);
      if (lab === undefined || !sameId(groupName(lab), group.name)) return [];
      return [{ lab, lease: isoTime(tagOf(group.tags, TAGS.lease) ?? '') ?? null, endAt: endRequestedAt(group) }];
    });

  const straysIn = async (
    subscriptionId: string,
    groups: GroupState[],
    read: Read,
  ): Promise<Pick<Survey, 'strays' | 'foreign'>> => {
    const [resources, deleted] = await Promise.all([
      read('resources', arm(subscriptionId).resources()),
      read('deleted accounts', arm(subscriptionId).deletedAccounts()),
    ]);
    const housed = new Set(labGroups(groups, subscriptionId).map((it) => startKey(it.lab)));
    const tagged: Tagged[] = [
      ...resources,
      ...deleted.map((it) => ({ id: accountId(subscriptionId, it.group, it.name), tags: it.tags })),
      ...groups,
    ];
    const strays = new Map<string, LabRef>();
    const foreign: string[] = [];
    for (const it of tagged) {
      const lab = labOf(it, subscriptionId);
      if (lab !== undefined && !housed.has(startKey(lab))) strays.set(startKey(lab), lab);
      if (lab === undefined && tagOf(it.tags, TAGS.installation) === installation) foreign.push(it.id);
    }
    return { strays: [...strays.values()], foreign };
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
    const others = unread.length > 0 ? { strays: [], foreign: [] } : await straysIn(subscriptionId, groups, read);
    return { groups: labGroups(groups, subscriptionId), ...others, unread };
  };

  return {
    listLabGroups: async () =>
      (await Promise.all(subscriptions.map(async (it) => labGroups(await groupsOf(it), it)))).flat(),
    listStrays: async () => {
      const strays = subscriptions.map(async (it) => straysIn(it, await groupsOf(it), (_what, list) => list));
      return (await Promise.all(strays)).flatMap((it) => it.strays);
    },
    survey: () => Promise.all(subscriptions.map(survey)),
  };
}
