/** Takes down the Databricks side: the lab's clusters first, then the workspace with its managed group (see `delete-and-verify.ts`). */
import type { Arm } from '../../clients/arm/arm.ts';
import type { Clients } from '../../clients/create-clients.ts';
import { isOurManagedGroup } from '../../clients/arm/ownership.ts';
import { ServiceError } from '../../clients/service-error.ts';
import type { Activities } from '../../contracts/activities.ts';
import { isClusterOf } from '../../lab/cluster-spec.ts';
import type { Removal } from '../../lab/removal/inventory.ts';
import type { LabRef } from '../../lab/names.ts';
import { done, pending, type Memo, type Outcome } from '../../lab/outcome.ts';
import { answer, outcomeOf } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';
import { withdrawAccess } from '../provisioning/participants.ts';
import { deleteAndVerify } from './delete-and-verify.ts';
import { parseArmId } from '../../lab/arm-ids.ts';
import { LONGEST_WAIT_SECONDS } from '../../lab/errors/rules.ts';

/** How often a workspace that does not answer is asked for its clusters; its deletion ends them anyway. */
const LOOKS_FOR_CLUSTERS = 3;

export const workspaceRemovals = ({
  clients,
  settings,
  now,
}: Deps): Pick<Activities, 'removeClusters' | 'removeWorkspace'> => ({
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
      const afterSeconds =
        error.afterSeconds === undefined ? {} : { afterSeconds: Math.min(error.afterSeconds, LONGEST_WAIT_SECONDS) };
      return pending(`the workspace does not tell its clusters: ${error.said}`, { ...afterSeconds, memo: { looks } });
    }
  },

  removeWorkspace: ({ lab, workspace, memo }) =>
    answer(
      () =>
        removeWorkspace(clients, lab, workspace, memo, now, (arm) =>
          withdrawAccess(arm, workspace.id, settings.participantRoleId),
        ),
      { memo, removing: true },
    ),
});

/** How long after its workspace a managed group may be seen before it counts as left behind. */
const MANAGED_GROUP_GRACE_MS = 60_000;

/**
 * The workspace and its managed group, which a forced deletion takes along. What it leaves behind after all is no longer protected, and deleted here. Both are
 * looked at together, so that one proof covers both.
 */
async function removeWorkspace(
  { arm: armOf, ownership }: Clients,
  lab: LabRef,
  workspace: { id: string; managedGroupId: string | null },
  memo: Memo | undefined,
  now: () => Date,
  withdraw: (arm: Arm) => Promise<void>,
): Promise<Outcome<Removal[]>> {
  const arm = armOf(lab.subscriptionId);
  const { group, name } = parseArmId(workspace.id);
  const managedName = workspace.managedGroupId === null ? null : parseArmId(workspace.managedGroupId).group;
  const lookAtWorkspace = async () => {
    const found = await arm.workspace(group, name);
    return found && { ours: ownership.isOurs(found, lab), state: found.state };
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
  const gone = await deleteAndVerify(
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
          remove: async () => {
            // Azure forgets the roles on a resource that is gone, but says nowhere when.
            await withdraw(arm);
            await arm.deleteWorkspace(workspace.id);
          },
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
