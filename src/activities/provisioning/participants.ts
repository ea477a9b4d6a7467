/**
 * People's access to a workspace that the lab made: a role on the Azure resource, which lets the portal's "Launch Workspace" enrol them, and the cluster's single
 * user. Where it cannot be given the lab goes on without, and says so.
 * https://learn.microsoft.com/azure/databricks/admin/#what-are-workspace-admins
 */
import type { Arm } from '../../clients/arm/arm.ts';
import type { ClusterState, Databricks } from '../../clients/databricks/api.ts';
import { ServiceError } from '../../clients/service-error.ts';
import type { Activities } from '../../contracts/activities.ts';
import { CLUSTER_START_TAG, clusterSpec, isClusterOf } from '../../lab/cluster-spec.ts';
import { sameId, type LabRef } from '../../lab/names.ts';
import { done, pending, refused } from '../../lab/outcome.ts';
import { assignmentName, type Access } from '../../lab/participants.ts';
import { clusterProblem } from '../../lab/errors/arm.ts';
import { answer, verdictOf } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';
import { parseArmId } from '../../lab/arm-ids.ts';

/** Calls to Azure side by side: a class of fifty is let in within seconds, and no limit on writes is met. */
const AT_ONCE = 10;

export const participantActivities = ({
  clients,
  settings,
}: Deps): Pick<Activities, 'letPeopleIn' | 'handOverCluster'> => ({
  letPeopleIn: ({ workspace, participants }) =>
    answer(async () => {
      const roleId = settings.participantRoleId;
      if (roleId === undefined) return refused(OFF);
      const arm = clients.arm(parseArmId(workspace.id).subscriptionId);
      const ids = [...new Set(participants.map((it) => it.toLowerCase()))];
      const access: Access = { admitted: [], refused: [] };
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        const some = ids.slice(from, from + AT_ONCE);
        const whys = await Promise.all(some.map((it) => assignWorkspaceRole(arm, workspace.id, it, roleId)));
        some.forEach((id, index) => {
          const why = whys[index] ?? null;
          if (why === null) access.admitted.push(id);
          else access.refused.push({ id, why });
        });
      }
      return done(access);
    }),

  handOverCluster: ({ lab, workspace, clusterId, userName }) =>
    answer(async () => {
      const databricks = clients.databricks(workspace);
      const cluster = await databricks.cluster(clusterId);
      if (!isClusterOf(cluster.custom_tags ?? undefined, lab)) return refused(NOT_OURS);
      if (cluster.single_user_name !== userName) {
        // Before anything restarts: a cluster cannot be given to somebody whom the workspace has never seen.
        if (!(await databricks.knowsUser(userName))) {
          const why = workspace.borrowed === true ? GIVEN : await addPerson(databricks, userName);
          if (why !== null) return refused(unknownPerson(userName, why));
        }
        return edit(databricks, cluster, lab, userName);
      }
      if (cluster.state === 'RUNNING') {
        await databricks.letUserRestart(clusterId, userName);
        return done(null);
      }
      if (STOPPED.has(cluster.state)) return refused(clusterProblem(cluster.termination_reason ?? {}));
      return pending(`the cluster is ${cluster.state} for ${userName}`);
    }),
});

const STOPPED = new Set(['TERMINATED', 'ERROR']);

/** A cluster is edited while it runs, which restarts it, or while it is stopped; in between the service refuses. */
async function edit(databricks: Databricks, cluster: ClusterState, lab: LabRef, userName: string) {
  const { cluster_id: clusterId, state } = cluster;
  if (state === 'TERMINATED') {
    await databricks.startCluster(clusterId);
    return pending('the cluster is stopped, and started to be handed over');
  }
  if (state !== 'RUNNING') return pending(`the cluster is ${state}`);
  const spec = clusterSpec({
    lab,
    start: Number(cluster.custom_tags?.[CLUSTER_START_TAG] ?? 1),
    runtimeKey: cluster.spark_version ?? '',
    nodeType: cluster.node_type_id ?? '',
    autoterminationMinutes: cluster.autotermination_minutes ?? 20,
    userName,
  });
  await databricks.editCluster(clusterId, spec);
  return pending(`the cluster restarts for ${userName}`);
}

/** @returns why not; null where the person has the role, also where somebody else gave it. @throws what a repetition may cure. */
async function assignWorkspaceRole(
  arm: Arm,
  workspaceId: string,
  principalId: string,
  roleId: string,
): Promise<string | null> {
  try {
    await arm.assignRole(workspaceId, assignmentName({ workspaceId, principalId, roleId }), { principalId, roleId });
    return null;
  } catch (error: unknown) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === 'RoleAssignmentExists') return null;
    const verdict = verdictOf(error);
    if (verdict.kind !== 'problem' && error.code !== 'PrincipalNotFound') throw error;
    return `${error.code}: ${error.said}`.slice(0, 150);
  }
}

/** Takes out the role assignments that the app made on a workspace which is about to go. A refusal must not keep the workspace alive: it goes with it. */
export async function withdrawAccess(arm: Arm, workspaceId: string, roleId: string | undefined): Promise<void> {
  if (roleId === undefined) return;
  try {
    const ours = (await arm.rolesAt(workspaceId)).filter(
      ({ scope, name, principalId, roleId }) =>
        sameId(scope, workspaceId) && name.toLowerCase() === assignmentName({ workspaceId, principalId, roleId }),
    );
    await Promise.all(ours.map((it) => arm.withdrawRole(workspaceId, it.name)));
  } catch (error: unknown) {
    if (!(error instanceof ServiceError)) throw error;
    const { kind } = verdictOf(error);
    if (kind !== 'problem' && kind !== 'gone') throw error;
  }
}

const OFF = {
  code: 'participants-off',
  message: 'This installation lets nobody into workspaces.',
  remedy: 'none',
  suggestion: 'Set LAB_PARTICIPANT_ROLE_ID, and let the app assign that role.',
} as const;

const GIVEN = 'whom a given workspace admits is its owner’s to say';

const unknownPerson = (userName: string, why: string) =>
  ({
    code: 'person-not-in-workspace',
    message: `The workspace has never seen ${userName}, and they cannot be added: ${why}`,
    remedy: 'none',
    suggestion: 'Let its administrator add them, or let them open it once from the portal; then start a lab again.',
  }) as const;

/** @returns why not; null where the workspace knows the person from now on. @throws what a repetition may cure. */
async function addPerson(databricks: Databricks, userName: string): Promise<string | null> {
  try {
    await databricks.addUser(userName);
    return null;
  } catch (error: unknown) {
    if (!(error instanceof ServiceError) || verdictOf(error).kind !== 'problem') throw error;
    return `${error.code}: ${error.said}`.slice(0, 150);
  }
}

const NOT_OURS = {
  code: 'not-the-labs-cluster',
  message: 'The cluster does not carry the tags of this lab.',
  remedy: 'none',
} as const;
