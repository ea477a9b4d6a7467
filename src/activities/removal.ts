/** Takes a lab down, one thing at a time: each activity brings its thing to "gone" and proves it (see `vanishing.ts`). */
import { parseArmId } from '../clients/arm.ts';
import type { GroupState } from '../clients/arm-resources.ts';
import type { Arm } from '../clients/create-clients.ts';
import { ServiceError } from '../clients/service-error.ts';
import type { Activities } from '../contracts.ts';
import { isClusterOf } from '../lab/cluster.ts';
import type { Removal } from '../lab/inventory.ts';
import type { LabRef } from '../lab/names.ts';
import { done, pending, type Memo, type Outcome } from '../lab/outcome.ts';
import { answer, outcomeOf } from './answers.ts';
import type { Deps } from './deps.ts';
import { attemptOf, isOurManagedGroup, isOurs, withoutOurs } from '../clients/ownership.ts';
import { vanish } from './vanishing.ts';

type Removals = Pick<
  Activities,
  'removeClusters' | 'removeWorkspace' | 'removeDeployments' | 'removeAccount' | 'purgeAccount' | 'removeGroup'
>;

/** How often a workspace that does not answer is asked for its clusters; its deletion ends them anyway. */
const LOOKS_FOR_CLUSTERS = 3;

export const removalActivities = ({ clients, now }: Deps): Removals => ({
  removeClusters: async ({ lab, workspace, memo }) => {
    const looks = Number(memo?.['looks'] ?? 0) + 1;
    try {
      const { group, name } = parseArmId(workspace.id);
      const found = await clients.arm(lab.subscriptionId).workspace(group, name);
      if (found === undefined || found.state === 'Deleting') return done([]);
      const databricks = clients.databricks(workspace);
      const ours = (await databricks.clusters()).filter((it) => isClusterOf(it.custom_tags ?? undefined, lab));
      const running = ours.filter((it) => it.state !== 'TERMINATED');
      if (running.length === 0) {
        return done(
          ours.map((it) => ({ what: 'cluster', id: it.cluster_id, at: now().toISOString(), confirmed: 'TERMINATED' })),
        );
      }
      await Promise.all(
        running.filter((it) => it.state !== 'TERMINATING').map((it) => databricks.terminateCluster(it.cluster_id)),
      );
      return pending(`${running.length} cluster(s) are being terminated`, { memo: { looks: 0 } });
    } catch (error: unknown) {
      if (!(error instanceof ServiceError) || error.service !== 'databricks') return outcomeOf(error, { memo });
      if (looks >= LOOKS_FOR_CLUSTERS) return done([]);
      const afterSeconds = error.afterSeconds === undefined ? {} : { afterSeconds: error.afterSeconds };
      return pending(`the workspace does not tell its clusters: ${error.said}`, { ...afterSeconds, memo: { looks } });
    }
  },

  removeWorkspace: ({ lab, workspace, memo }) =>
    answer(() => removeWorkspace(clients.arm(lab.subscriptionId), lab, workspace, memo, now), { memo }),

  removeDeployments: ({ lab, account, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(lab.subscriptionId);
        const { group, name } = parseArmId(account.id);
        const owner = await arm.account(group, name);
        const deployments = owner === undefined ? undefined : await arm.deployments(account.id);
        const names = String(memo?.['names'] ?? '')
          .split(' ')
          .filter((it) => it !== '');
        // In an account of ours everything goes; in another one only what we put there.
        const ours = (deployments ?? []).filter(
          (it) => (owner !== undefined && isOurs(owner.tags, lab)) || isOurs(it.tags, lab),
        );
        if (ours.length === 0) {
          return done(
            names.map((it): Removal => ({
              what: 'deployment',
              id: `${account.id}/deployments/${it}`,
              at: now().toISOString(),
              confirmed: 'no longer listed after our DELETE',
            })),
          );
        }
        const next = { names: [...new Set([...names, ...ours.map((it) => it.name)])].join(' ') };
        // One after the other: an account takes one operation at a time.
        for (const it of ours.filter((one) => one.state !== 'Deleting')) {
          try {
            await arm.deleteDeployment(account.id, it.name);
          } catch (error: unknown) {
            return outcomeOf(error, { memo: { ...memo, ...next } });
          }
        }
        return pending(`${ours.length} deployment(s) are being deleted`, { afterSeconds: 5, memo: next });
      },
      { memo },
    ),

  removeAccount: ({ lab, account, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(lab.subscriptionId);
        const { group, name } = parseArmId(account.id);
        const look = async () => {
          const found = await arm.account(group, name);
          return found && { ours: isOurs(found.tags, lab), state: found.state };
        };
        const remove = () => arm.deleteAccount(account.id);
        return vanish({ what: 'account', id: account.id, memo, now, standing: await look(), look, remove });
      },
      { memo },
    ),

  // Works when the account's group is gone, too.
  purgeAccount: ({ lab, account, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(lab.subscriptionId);
        const look = async () => {
          const found = await arm.deletedAccount(account.id, account.region);
          return (
            found && {
              ours: isOurs(found.tags, lab) || attemptOf(lab, 'account', found.name) !== undefined,
              state: 'Deleted',
            }
          );
        };
        const remove = () => arm.purgeAccount(account.id, account.region);
        return vanish({
          what: 'soft-deleted account',
          id: account.id,
          memo,
          now,
          standing: await look(),
          look,
          remove,
        });
      },
      { memo },
    ),

  removeGroup: ({ lab, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(lab.subscriptionId);
        const standingOf = (it: GroupState | undefined) => it && { ours: isOurs(it.tags, lab), state: it.state };
        const group = await arm.group(lab.group);
        const inside =
          group === undefined || group.state === 'Deleting' ? [] : ((await arm.resourcesIn(lab.group)) ?? []);
        const foreign = inside.filter((it) => !isOurs(it.tags, lab));
        if (group !== undefined && foreign.length > 0) {
          // The sweep no longer sees it, and whoever else uses it keeps it as it is.
          if (isOurs(group.tags, lab)) await arm.setGroupTags(lab.group, withoutOurs(group.tags));
          const names = foreign.map((it) => parseArmId(it.id).name).join(', ');
          return done([
            {
              what: 'group',
              id: group.id,
              at: now().toISOString(),
              confirmed: `kept: holds what is not ours (${names})`.slice(0, 500),
              kept: true,
            },
          ]);
        }
        const still = await firstStanding(
          arm,
          inside.map((it) => it.id),
        );
        if (still !== undefined) return pending(`the group still holds ${still}`, memo === undefined ? {} : { memo });
        return vanish({
          what: 'group',
          id: `/subscriptions/${lab.subscriptionId}/resourceGroups/${lab.group}`,
          memo,
          now,
          standing: standingOf(group),
          look: async () => standingOf(await arm.group(lab.group)),
          remove: () => arm.deleteGroup(lab.group),
        });
      },
      { memo },
    ),
});

/** How long after its workspace a managed group may be seen before it counts as left behind. */
const MANAGED_GROUP_GRACE_MS = 60_000;

/**
 * The workspace and its managed group, which a forced deletion takes along. What it leaves behind after all is no longer protected, and deleted here. Both are
 * looked at together, so that one proof covers both.
 */
async function removeWorkspace(
  arm: Arm,
  lab: LabRef,
  workspace: { id: string; managedGroupId: string | null },
  memo: Memo | undefined,
  now: () => Date,
): Promise<Outcome<Removal[]>> {
  const { group, name } = parseArmId(workspace.id);
  const managedName = workspace.managedGroupId === null ? null : parseArmId(workspace.managedGroupId).group;
  const lookAtWorkspace = async () => {
    const found = await arm.workspace(group, name);
    return found && { ours: isOurs(found.tags, lab), state: found.state };
  };
  const lookAtManaged = async () => {
    const found = managedName === null ? undefined : await arm.group(managedName);
    return found && { ours: isOurManagedGroup(found, lab), state: found.state };
  };
  const [found, managed] = await Promise.all([lookAtWorkspace(), lookAtManaged()]);
  const leftBehind = found === undefined && managed !== undefined;
  const aloneSince = leftBehind ? (memo?.['aloneSince'] ?? now().getTime()) : undefined;
  if (aloneSince !== undefined && now().getTime() - Number(aloneSince) < MANAGED_GROUP_GRACE_MS) {
    return pending('the managed group is being deleted', { memo: { ...memo, absences: 0, aloneSince } });
  }
  const gone = await vanish(
    leftBehind
      ? {
          what: 'managed group',
          id: workspace.managedGroupId ?? '',
          memo,
          now,
          deletedAtKey: 'managedDeletedAt',
          standing: managed,
          look: lookAtManaged,
          remove: () => arm.deleteGroup(managedName ?? ''),
        }
      : {
          what: 'workspace',
          id: workspace.id,
          memo,
          now,
          standing: found,
          look: lookAtWorkspace,
          remove: () => arm.deleteWorkspace(workspace.id),
        },
  );
  if (gone.kind !== 'done' || gone.value.some((it) => it.kept)) return gone;
  const at = now().toISOString();
  const managedLine = (confirmed: string): Removal => ({
    what: 'managed group',
    id: workspace.managedGroupId ?? '',
    at,
    confirmed,
  });
  if (memo?.['managedDeletedAt'] !== undefined) return done([...gone.value, managedLine('404 twice after our DELETE')]);
  return done(
    gone.value.length === 0 || managedName === null
      ? gone.value
      : [...gone.value, managedLine('404 twice after the deletion of its workspace')],
  );
}

/** The name of the first account or workspace that really is there: the group's own list may lag behind. */
async function firstStanding(arm: Arm, ids: string[]): Promise<string | undefined> {
  for (const id of ids) {
    const { group, name } = parseArmId(id);
    const found = /\/workspaces\//i.test(id)
      ? await arm.workspace(group, name)
      : /\/accounts\//i.test(id)
        ? await arm.account(group, name)
        : undefined;
    if (found !== undefined) return name;
  }
  return undefined;
}
