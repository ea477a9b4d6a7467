/** The lab's own group: made first, tagged with the lease, removed last (see `teardown/group.ts`). */
import type { Clients } from '../../clients/create-clients.ts';
import type { Activities } from '../../contracts/activities.ts';
import type { LabRef } from '../../lab/names.ts';
import { done, pending, refused } from '../../lab/outcome.ts';
import type { Reason } from '../../lab/placement/blockers.ts';
import { answer, notOurs } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';

const isGiven = (lab: LabRef): boolean => lab.resourceGroup !== lab.group;

/** Why the group that the request names cannot be used; undefined where it can, or where it names none. */
export async function unfitGroup({ arm, ownership }: Clients, lab: LabRef): Promise<Reason | undefined> {
  const host = isGiven(lab) ? await arm(lab.subscriptionId).group(lab.resourceGroup) : undefined;
  if (isGiven(lab) && host === undefined)
    return {
      code: 'no-such-group',
      message: `The resource group ${lab.resourceGroup} does not exist.`,
      suggestion: 'Create it, or leave resourceGroup out of the request: the lab then makes its own.',
    };
  // It may be another owner's, whose lab could then not be removed whole.
  if (host !== undefined && ownership.labOf(host, lab.subscriptionId) !== undefined)
    return {
      code: 'group-of-a-lab',
      message: `The resource group ${lab.resourceGroup} belongs to a lab, and goes with it.`,
      suggestion: 'Name another group, or leave resourceGroup out of the request: the lab then makes its own.',
    };
  return undefined;
}

export const groupActivities = ({ clients }: Deps): Pick<Activities, 'ensureGroup' | 'renewLease'> => ({
  ensureGroup: ({ lab, region, lease, borrowed = {} }) =>
    answer(async () => {
      const arm = clients.arm(lab.subscriptionId);
      const unfit = await unfitGroup(clients, lab);
      if (unfit !== undefined) return refused({ ...unfit, remedy: 'none' });
      const found = await arm.group(lab.group);
      if (found === undefined) {
        const tags = clients.ownership.groupTags(lab, { lease, borrowed });
        return done({ id: (await arm.putGroup(lab.group, region, tags)).id });
      }
      if (!clients.ownership.isOurs(found, lab)) return notOurs(found.id);
      return found.state === 'Deleting'
        ? pending('a group of this name is still being deleted')
        : done({ id: found.id });
    }),

  renewLease: ({ lab, lease }) =>
    answer(async () => {
      const arm = clients.arm(lab.subscriptionId);
      const group = await arm.group(lab.group);
      // Thrown, because nobody waits for a lease: a throw is retried at once.
      if (group === undefined) throw new Error(`The group ${lab.group} is not readable`);
      if (!clients.ownership.isOurs(group, lab)) return notOurs(group.id);
      // The service replaces all tags at once.
      await arm.setGroupTags(lab.group, clients.ownership.withLease(group, lease));
      return done(null);
    }),
});
