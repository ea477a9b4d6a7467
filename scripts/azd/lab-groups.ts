/**
 * Living labs by their own groups, as Azure shows them to whoever runs azd: for an app that no function key opens, because people sign in to it.
 *
 * A lab is ended by a tag that only who holds the installation's key can write. The app's own sweep asks such a lab to end, so that its teardown is the same as
 * ever. See docs/decisions/0011-ending-labs-behind-a-sign-in.md.
 */
import { createOwnership, type Ownership } from '../../src/clients/arm/ownership.ts';
import { endRequest, type TagKeys } from '../../src/lab/tag-signature.ts';
import { TAGS, tagOf } from '../../src/lab/tags.ts';
import { query, type Azure } from './azure.ts';
import { labSubscriptions, needed, type HookDeps } from './hook.ts';
import { HookError } from './hook-error.ts';
import type { Labs, LivingLab } from './labs-api.ts';

const TAGS_API = '2021-04-01';

type Tagged = { id: string; name: string; tags?: Record<string, string> };
type GroupedLab = LivingLab & { groupId: string; endAt: string | null };

/** Subscriptions in which the deployed app may build labs. */
export const subscriptionsOf = (env: HookDeps['env']): string[] =>
  env['APP_LAB_SUBSCRIPTIONS']?.split(',') ?? labSubscriptions(env);

/** Query of a list of groups or resources, for those that carry this installation's name. */
const taggedAs = (installation: string): string =>
  query({
    $filter: `tagName eq '${TAGS.installation}' and tagValue eq '${installation}'`,
    'api-version': '2025-04-01',
  });

/** Who has signed what; without the key of the installation everything that carries its name may be a lab's. */
const ownershipOf = ({ env, now }: HookDeps, installation: string): Ownership =>
  createOwnership(installation, keysOf(env), () => new Date(now()));

const keysOf = (env: HookDeps['env']): TagKeys | undefined => {
  const current = env['LAB_TAG_KEY'];
  const [key, replacedAt] = [env['LAB_TAG_KEY_PREVIOUS'], env['LAB_TAG_KEY_REPLACED_AT']];
  if (!current) return undefined;
  return key && replacedAt ? { current, previous: { key, replacedAt } } : { current };
};

/** Whether the app may have made it. Without the key nobody can tell, and so it may. */
export function mayBeOurs(deps: HookDeps, installation: string, it: Tagged): boolean {
  const ownership = ownershipOf(deps, installation);
  return !ownership.hasKey || ownership.labOf({ id: it.id, tags: it.tags ?? {} }, subscriptionOf(it.id)) !== undefined;
}

const subscriptionOf = (id: string): string => id.split('/')[2]?.toLowerCase() ?? '';

export function openLabGroups(deps: HookDeps): Labs<GroupedLab> {
  const { env, azure, now } = deps;

  const livingIn = async (subscriptionId: string, installation: string): Promise<GroupedLab[]> => {
    const ownership = ownershipOf(deps, installation);
    if (!ownership.hasKey)
      throw new HookError(
        'LAB_TAG_KEY is not set: without it no lab can be told from what somebody else has tagged. Run "azd env refresh".',
      );
    const groups = await azure.list<Tagged>(
      `/subscriptions/${subscriptionId}/resourcegroups?${taggedAs(installation)}`,
    );
    return groups.flatMap(({ id, name, tags = {} }): GroupedLab[] => {
      const lab = ownership.labOf({ id, tags }, subscriptionId);
      // A group that Databricks made carries the tags of its lab too.
      if (lab === undefined || lab.group.toLowerCase() !== name.toLowerCase()) return [];
      const endAt = ownership.endRequestedAt({ id, tags });
      const phase = endAt === null ? 'its lease runs' : 'its end is asked for: the next sweep ends it';
      const lease = tagOf(tags, TAGS.lease) ?? null;
      return [{ id: lab.id, owner: lab.owner, phase, startedAt: lab.startedAt, lease, groupId: id, endAt }];
    });
  };

  return {
    living: async () => {
      const installation = env['APP_INSTALLATION'];
      if (installation === undefined || installation === '') return [];
      return (await Promise.all(subscriptionsOf(env).map((it) => livingIn(it, installation)))).flat();
    },
    detail: () => Promise.resolve(null),
    // Once it is asked for it is left alone: by its age the sweep tells a lab that is stuck.
    end: async (lab) => {
      if (lab.endAt !== null) return;
      await askForEnd(
        azure,
        lab,
        endRequest(needed(env, 'LAB_TAG_KEY'), lab.groupId, lab.startedAt, new Date(now()).toISOString()),
      );
    },
    // The app may write the group's tags at the same moment.
    askAgainMs: 0,
  };
}

/** Groups and resources by tag, and soft-deleted accounts, that the app may have made: what somebody else has tagged keeps nobody from going down. */
export async function findRemains(
  deps: HookDeps,
  installation: string,
  subscriptionIds: readonly string[],
): Promise<string[]> {
  const { azure } = deps;
  const remains: string[] = [];
  for (const id of subscriptionIds) {
    const of = `/subscriptions/${id}`;
    const deleted = `${of}/providers/Microsoft.CognitiveServices/deletedAccounts?api-version=2025-09-01`;
    const named: Tagged[] = [
      ...(await azure.list<Tagged>(`${of}/resourcegroups?${taggedAs(installation)}`)),
      // With a filter by tag the service leaves the tags out of its rows.
      ...(await azure.list<Tagged>(`${of}/resources?api-version=2025-04-01`)),
      ...(await azure.list<Tagged>(deleted)).map((it) => ({ ...it, id: idBeforeDeletion(it.id) })),
    ].filter((it) => it.tags?.[TAGS.installation] === installation);
    remains.push(...named.filter((it) => mayBeOurs(deps, installation, it)).map((it) => it.id));
  }
  return remains;
}

/** The id that a soft-deleted account had, for which its tags were signed. */
const idBeforeDeletion = (id: string): string =>
  id.replace(
    /\/providers\/Microsoft\.CognitiveServices\/locations\/[^/]+(\/resourceGroups\/[^/]+)\/deletedAccounts\//i,
    '$1/providers/Microsoft.CognitiveServices/accounts/',
  );

/**
 * Sets this one tag and no other, whatever the app writes meanwhile. 404 and 409: the group is gone, or going.
 * https://learn.microsoft.com/rest/api/resources/tags/update-at-scope
 */
async function askForEnd(azure: Azure, { groupId }: GroupedLab, request: string): Promise<void> {
  const path = `${groupId}/providers/Microsoft.Resources/tags/default?api-version=${TAGS_API}`;
  const body = { operation: 'Merge', properties: { tags: { [TAGS.end]: request } } };
  await azure.call('PATCH', path, [200, 404, 409], body);
}
