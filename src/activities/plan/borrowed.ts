/** What the request brings: read before anything is created, and started where it is stopped. Nothing of it is ever changed. */
import type { Clients } from '../../clients/create-clients.ts';
import type { ClusterState } from '../../clients/databricks/api.ts';
import { ServiceError } from '../../clients/service-error.ts';
import { TAGS } from '../../lab/tags.ts';
import type { Activities } from '../../contracts/activities.ts';
import { done, pending, refused, type Memo, type Outcome } from '../../lab/outcome.ts';
import type { BorrowedLookups, Lookup, ClusterFound } from '../../lab/placement/borrowed.ts';
import { clusterProblem } from '../../lab/errors/arm.ts';
import type { LabOrder } from '../../lab/request.ts';
import { effectiveRuntime } from '../../lab/placement/choose-runtime.ts';
import { answer, verdictOf } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';
import { missingRightsIn } from './permissions.ts';
import { parseArmId } from '../../lab/arm-ids.ts';

/** Reads it all; `{}` without a call where the request brings nothing. @throws only what may be otherwise in a moment */
export async function readBorrowed(
  clients: Clients,
  { openai, databricks, reuse }: Pick<LabOrder, 'openai' | 'databricks' | 'reuse'>,
): Promise<BorrowedLookups> {
  const [account, workspace] = await Promise.all([
    openai === undefined ? undefined : readAccount(clients, openai),
    databricks.workspaceId === undefined
      ? undefined
      : readWorkspace(clients, databricks.workspaceId, databricks.clusterId, reuse === 'compatible'),
  ]);
  return { ...(account === undefined ? {} : { account }), ...(workspace === undefined ? {} : { workspace }) };
}

async function readAccount(
  clients: Clients,
  { accountId: id, deployment: name }: NonNullable<LabOrder['openai']>,
): Promise<NonNullable<BorrowedLookups['account']>> {
  const parts = parseArmId(id);
  const arm = clients.arm(parts.subscriptionId);
  const [found, missingRights, deployed] = await Promise.all([
    read(arm.account(parts.group, parts.name)),
    missingRightsIn(arm, id, name === undefined),
    name === undefined ? undefined : read(arm.deployment(id, name)),
  ]);
  const account = map(found, (state) => ({
    ...state,
    provisioningState: state.state,
    localAuthDisabled: state.disableLocalAuth,
  }));
  if (name === undefined || deployed === undefined) return { id, found: account, missingRights };
  const models = found.kind === 'found' ? await read(arm.models(found.value.region)) : undefined;
  return {
    id,
    found: account,
    missingRights,
    deployment: {
      name,
      found: map(deployed, (it) => ({ ...it, provisioningState: it.state })),
      models: models?.kind === 'found' ? models.value : [],
    },
  };
}

async function readWorkspace(
  clients: Clients,
  id: string,
  clusterId: string | undefined,
  anyCluster: boolean,
): Promise<NonNullable<BorrowedLookups['workspace']>> {
  const parts = parseArmId(id);
  const state = await read(clients.arm(parts.subscriptionId).workspace(parts.group, parts.name));
  const found = map(state, (it) => ({ ...it, provisioningState: it.state }));
  const url = state.kind === 'found' ? state.value.url : undefined;
  if (url === undefined) return { id, found };
  const databricks = clients.databricks({ id, url });
  // The first call also enrols the app, where its role on the resource allows that.
  const userName = await read(databricks.me().then((it) => it.userName));
  if (userName.kind !== 'found' || (clusterId === undefined && !anyCluster)) return { id, found, userName };
  const clusters = await read<ClusterState[]>(
    clusterId === undefined ? databricks.clusters() : databricks.cluster(clusterId).then((it) => [it]),
  );
  return {
    id,
    found,
    userName,
    clusters: clusters.kind === 'absent' ? { kind: 'found', value: [] } : map(clusters, (all) => all.map(readCluster)),
    ...(clusterId === undefined ? {} : { clusterId }),
  };
}

const readCluster = (cluster: ClusterState): ClusterFound => ({
  id: cluster.cluster_id,
  name: cluster.cluster_name ?? cluster.cluster_id,
  state: cluster.state,
  runtimeKey: effectiveRuntime(cluster),
  accessMode: cluster.data_security_mode ?? undefined,
  singleUser: cluster.single_user_name ?? undefined,
  autoterminationMinutes: cluster.autotermination_minutes ?? undefined,
  madeFor: cluster.custom_tags?.[TAGS.lab],
});

/** A refusal is an answer; what may pass is thrown, so that the whole reading is made again. */
async function read<T>(call: Promise<T | undefined>): Promise<Lookup<T>> {
  try {
    const value = await call;
    return value === undefined ? { kind: 'absent' } : { kind: 'found', value };
  } catch (error: unknown) {
    if (!(error instanceof ServiceError)) throw error;
    const verdict = verdictOf(error);
    if (verdict.kind === 'gone') return { kind: 'absent' };
    if (verdict.kind === 'problem') return { kind: 'refused', reason: error.said };
    throw error;
  }
}

const map = <T, U>(read: Lookup<T>, change: (value: T) => U): Lookup<U> =>
  read.kind === 'found' ? { kind: 'found', value: change(read.value) } : read;

export const borrowedActivities = ({ clients, now }: Deps): Pick<Activities, 'ensureBorrowedCluster'> => ({
  ensureBorrowedCluster: ({ workspace, clusterId, memo }) =>
    answer(
      async () => {
        const databricks = clients.databricks(workspace);
        const cluster = await databricks.cluster(clusterId);
        if (cluster.state === 'RUNNING' || cluster.state === 'RESIZING') return done({ clusterId });
        if (cluster.state !== 'TERMINATED')
          return pending(
            `the cluster is ${cluster.state}: ${cluster.state_message ?? ''}`.slice(0, 300),
            withMemo(memo),
          );
        const verdict = afterStart(cluster, memo);
        if (verdict !== 'start') return verdict;
        await databricks.startCluster(clusterId);
        const starts = Number(memo?.['starts'] ?? 0) + 1;
        return pending('the cluster is being started', { memo: { starts, startedAt: now().getTime() } });
      },
      { memo },
    ),
});

const withMemo = (memo: Memo | undefined) => (memo === undefined ? {} : { memo });

/** A cluster that is stopped is started; one that our start has ended like this is told, after one fresh start for what is transient. */
function afterStart(cluster: ClusterState, memo: Memo | undefined): 'start' | Outcome<never> {
  const startedAt = Number(memo?.['startedAt'] ?? 0);
  if (startedAt === 0) return 'start';
  // A read that lags behind our start still shows how the cluster ended before.
  if ((cluster.terminated_time ?? Infinity) < startedAt)
    return pending('the start of the cluster is not readable yet', withMemo(memo));
  const problem = clusterProblem(cluster.termination_reason ?? {});
  return problem.remedy === 'fresh-start' && memo?.['starts'] === 1 ? 'start' : refused(problem);
}
