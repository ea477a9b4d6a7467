/** Takes down the lab's own group, last; or leaves it, without our tags, where it holds what is not ours. */
import type { GroupState } from '../../clients/arm/resources.ts';
import type { Arm } from '../../clients/arm/arm.ts';
import { withoutOurs } from '../../clients/arm/ownership.ts';
import { ServiceError } from '../../clients/service-error.ts';
import type { Activities } from '../../contracts/activities.ts';
import type { Removal } from '../../lab/removal/inventory.ts';
import type { LabRef } from '../../lab/names.ts';
import { done, pending, refused } from '../../lab/outcome.ts';
import { answer } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';
import { deleteAndVerify } from './delete-and-verify.ts';
import { parseArmId, groupId, lastSegment } from '../../lab/arm-ids.ts';

export const groupRemovals = ({ clients, now }: Deps): Pick<Activities, 'removeGroup'> => ({
  removeGroup: ({ lab, memo }) =>
    answer(
      async () => {
        const kept = (id: string, why: string): Removal => ({
          what: 'group',
          id,
          at: now().toISOString(),
          confirmed: `kept: ${why}`.slice(0, 500),
          kept: true,
        });
        const arm = clients.arm(lab.subscriptionId);
        const { isOurs } = clients.ownership;
        const standingOf = (found: GroupState | undefined) => found && { ours: isOurs(found, lab), state: found.state };
        const group = await arm.group(lab.group);
        const inside = group === undefined || group.state === 'Deleting' ? [] : await arm.resourcesIn(lab.group);
        // The group is there and its list is not: whose things it holds is not known.
        if (inside === undefined) return pending('the group cannot be listed', memo === undefined ? {} : { memo });
        const foreign = inside.filter((it) => !isOurs(it, lab));
        if (group !== undefined && foreign.length > 0) {
          // The sweep no longer sees it, and whoever else uses it keeps it as it is.
          if (isOurs(group, lab)) await arm.setGroupTags(lab.group, withoutOurs(group.tags));
          const names = foreign.map((it) => lastSegment(it.id)).join(', ');
          return done([kept(group.id, `holds what is not ours (${names})`)]);
        }
        const still = await firstStanding(
          arm,
          inside.map((it) => it.id),
        );
        if (still !== undefined) {
          // Its creation became visible after the inventory: the next one shows it, and the next round removes it.
          if (memo?.['holds'] === still.name && !still.isGoing)
            return refused({
              code: 'group-not-empty',
              message: `The group holds ${still.name}, which the inventory did not show.`,
              remedy: 'none',
            });
          return pending(`the group still holds ${still.name}`, { memo: { ...memo, holds: still.name } });
        }
        return deleteAndVerify({
          what: 'group',
          id: groupId(lab.subscriptionId, lab.group),
          memo,
          now,
          standing: standingOf(group),
          look: async () => standingOf(await arm.group(lab.group)),
          remove: () => arm.deleteGroup(lab.group),
        }).catch(async (error: unknown) => {
          if (group === undefined || inside.length > 0 || !mayNotDelete(error, lab)) throw error;
          await arm.setGroupTags(lab.group, withoutOurs(group.tags));
          return done([kept(group.id, 'it is empty, and the app has no right to delete groups')]);
        });
      },
      { memo, removing: true },
    ),
});

/** Beside a given group the app may lack the right to delete groups: an installation that is confined to one group has it nowhere else. */
const mayNotDelete = (error: unknown, lab: LabRef): boolean =>
  error instanceof ServiceError && error.code === 'AuthorizationFailed' && lab.resourceGroup !== lab.group;

/** The first account or workspace that really is there: the group's own list may lag behind. */
async function firstStanding(arm: Arm, ids: string[]): Promise<{ name: string; isGoing: boolean } | undefined> {
  for (const id of ids) {
    const { group, name } = parseArmId(id);
    const found = /\/workspaces\//i.test(id)
      ? await arm.workspace(group, name)
      : /\/accounts\//i.test(id)
        ? await arm.account(group, name)
        : undefined;
    if (found !== undefined) return { name, isGoing: found.state === 'Deleting' };
  }
  return undefined;
}
