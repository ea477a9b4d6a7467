/**
 * Living labs by their own groups, as Azure shows them to whoever runs azd: for an app that no function key opens, because people sign in to it.
 *
 * A lab is ended by its lease. The app's own sweep asks a lab to end whose lease has passed, so that its teardown is the same as ever and needs no right here
 * but the one to write a tag. See docs/decisions/0011-ending-labs-behind-a-sign-in.md.
 */
import { labOf, tagOf } from '../../src/clients/arm/ownership.ts';
import { TAGS } from '../../src/lab/tags.ts';
import { query, type Azure } from './azure.ts';
import { labSubscriptions, type HookDeps } from './hook.ts';
import type { Labs, LivingLab } from './labs-api.ts';

const TAGS_API = '2021-04-01';

type Tagged = { id: string; name: string; tags?: Record<string, string> };
type GroupedLab = LivingLab & { groupId: string };

/** Subscriptions in which the deployed app may build labs. */
export const subscriptionsOf = (env: HookDeps['env']): string[] =>
  env['APP_LAB_SUBSCRIPTIONS']?.split(',') ?? labSubscriptions(env);

/** Query of a list of groups or resources, for those that carry this installation's name. */
const taggedAs = (installation: string): string =>
  query({
    $filter: `tagName eq '${TAGS.installation}' and tagValue eq '${installation}'`,
    'api-version': '2025-04-01',
  });

export function openLabGroups({ env, azure, now }: HookDeps): Labs<GroupedLab> {
  const runs = (lease: string | null): boolean => lease === null || !(Date.parse(lease) <= now());

  const livingIn = async (subscriptionId: string, installation: string): Promise<GroupedLab[]> => {
    const groups = await azure.list<Tagged>(
      `/subscriptions/${subscriptionId}/resourcegroups?${taggedAs(installation)}`,
    );
    return groups.flatMap(({ id: groupId, name, tags = {} }) => {
      const lab = labOf(tags, { installation, subscriptionId, resourceGroup: name });
      // A group that Databricks made carries the tags of its lab too.
      if (lab === undefined || lab.group.toLowerCase() !== name.toLowerCase()) return [];
      const lease = tagOf(tags, TAGS.lease) ?? null;
      const phase = runs(lease) ? 'its lease runs' : 'its lease has passed: the next sweep ends it';
      return [{ id: lab.id, owner: lab.owner, phase, startedAt: lab.startedAt, lease, groupId }];
    });
  };

  return {
    living: async () => {
      const installation = env['APP_INSTALLATION'];
      if (installation === undefined || installation === '') return [];
      return (await Promise.all(subscriptionsOf(env).map((it) => livingIn(it, installation)))).flat();
    },
    detail: () => Promise.resolve(null),
    // Once it has passed it is left alone: by its age the sweep tells a lab that is stuck.
    end: async (lab) => {
      if (runs(lab.lease)) await expireLease(azure, lab.groupId, new Date(now()).toISOString());
    },
    // A lab that is used renews its lease until the sweep has asked it to end.
    askAgainMs: 0,
  };
}

/** Groups and resources by tag, and soft-deleted accounts: whatever carries this installation's name. */
export async function findRemains(
  { azure }: HookDeps,
  installation: string,
  subscriptionIds: readonly string[],
): Promise<string[]> {
  const tagged = taggedAs(installation);
  const remains: Tagged[] = [];
  for (const id of subscriptionIds) {
    const of = `/subscriptions/${id}`;
    const deleted = `${of}/providers/Microsoft.CognitiveServices/deletedAccounts?api-version=2025-09-01`;
    remains.push(
      ...(await azure.list<Tagged>(`${of}/resourcegroups?${tagged}`)),
      ...(await azure.list<Tagged>(`${of}/resources?${tagged}`)),
      ...(await azure.list<Tagged>(deleted)).filter((it) => it.tags?.[TAGS.installation] === installation),
    );
  }
  return remains.map((it) => it.id);
}

/**
 * Changes this one tag and no other, whatever the app writes meanwhile. 404 and 409: the group is gone, or going.
 * https://learn.microsoft.com/rest/api/resources/tags/update-at-scope
 */
async function expireLease(azure: Azure, groupId: string, lease: string): Promise<void> {
  const path = `${groupId}/providers/Microsoft.Resources/tags/default?api-version=${TAGS_API}`;
  const body = { operation: 'Merge', properties: { tags: { [TAGS.lease]: lease } } };
  await azure.call('PATCH', path, [200, 404, 409], body);
}
