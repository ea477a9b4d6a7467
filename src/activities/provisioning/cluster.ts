/** The lab's cluster and the library on it. */
import type { Activities } from '../../contracts/activities.ts';
import type { ClusterState, Databricks } from '../../clients/databricks/api.ts';
import { clusterSpec, isClusterOf } from '../../lab/cluster-spec.ts';
import type { LabRef } from '../../lab/names.ts';
import { done, pending, refused, type Memo, type Outcome } from '../../lab/outcome.ts';
import { clusterCause, clusterProblem } from '../../lab/errors/arm.ts';
import { answer, unlessGone } from '../outcome-of-error.ts';
import { requested, requestedRecently } from './recently-requested.ts';
import type { Deps } from '../deps.ts';

export const clusterActivities = ({ clients, now }: Deps): Pick<Activities, 'ensureCluster' | 'ensureLibrary'> => ({
  ensureCluster: ({ lab, workspace, ready, nodeType, start, autoterminationMinutes, memo }) =>
    answer(
      async () => {
        const databricks = clients.databricks(workspace);
        const found = await findCluster(databricks, lab, start, memo);
        if (found !== undefined) return startOutcome(databricks, found);
        if (requestedRecently(memo, now())) return pending('the cluster is not readable yet', { memo });
        // The service promises no idempotency for this call: what an earlier, unanswered one made was looked for by tag above.
        const clusterId = await databricks.createCluster(
          clusterSpec({
            lab,
            start,
            nodeType,
            autoterminationMinutes,
            runtimeKey: ready.runtime.key,
            userName: ready.userName,
          }),
        );
        return pending('the cluster is starting', { memo: requested(now(), { clusterId }) });
      },
      { memo },
    ),

  ensureLibrary: ({ workspace, clusterId, package: name, memo }) =>
    answer(
      async () => {
        const databricks = clients.databricks(workspace);
        const library = (await databricks.libraries(clusterId)).find((it) => it.package === name);
        switch (library?.status) {
          case undefined:
            await databricks.installLibrary(clusterId, name);
            return pending(`${name} is being installed`, { memo: { requested: true } });
          case 'INSTALLED':
          case 'RESTORED':
          case 'SKIPPED':
            return done(null);
          case 'FAILED':
            // It failed before this call began to ask for it: that is the fresh start.
            if (memo?.['requested'] !== true) {
              await databricks.installLibrary(clusterId, name);
              return pending(`${name} is being installed again`, { memo: { requested: true } });
            }
            return refused({
              code: 'library-failed',
              message: `${name} could not be installed: ${library?.messages.join(' ') ?? ''}`.slice(0, 500),
              remedy: 'fresh-start',
              suggestion: 'Look whether the cluster may reach the package index.',
            });
          default:
            return pending(`${name} is ${library?.status ?? ''}`);
        }
      },
      { memo },
    ),
});

/** By id once it is known, else by tag: the answer of a creation may have been lost. */
async function findCluster(
  databricks: Databricks,
  lab: LabRef,
  start: number,
  memo: Memo | undefined,
): Promise<ClusterState | undefined> {
  const clusterId = memo?.['clusterId'];
  if (typeof clusterId === 'string') {
    const known = await unlessGone(databricks.cluster(clusterId));
    if (known !== undefined) return known;
  }
  const ours = (await databricks.clusters()).filter((it) => isClusterOf(it.custom_tags ?? undefined, lab, start));
  return ours.find((it) => it.state === 'RUNNING') ?? ours.find((it) => !ENDS.has(it.state)) ?? ours[0];
}

/** A start that fails passes through TERMINATING to TERMINATED with a reason; ERROR is a state of the past. */
const ENDS = new Set(['TERMINATING', 'TERMINATED', 'ERROR', 'UNKNOWN']);

async function startOutcome(databricks: Databricks, cluster: ClusterState): Promise<Outcome<{ clusterId: string }>> {
  const clusterId = cluster.cluster_id;
  const memo = { clusterId };
  if (cluster.state === 'RUNNING') return done({ clusterId });
  if (!ENDS.has(cluster.state))
    return pending(`the cluster is ${cluster.state}: ${cluster.state_message ?? ''}`.slice(0, 300), { memo });
  const reason = cluster.termination_reason ?? {};
  if (clusterCause(reason) !== 'idle') return refused(clusterProblem(reason));
  // It ran and fell idle while the rest of the lab was still being made.
  if (cluster.state === 'TERMINATED') await databricks.startCluster(clusterId);
  return pending('the cluster fell idle and is started again', { memo });
}
