/**
 * What a lab put into a workspace that it borrowed: found by names and tags that only this start of this lab gives, and taken out again. Everything else in the
 * workspace stays as it is.
 */
import type { Clients } from '../../clients/create-clients.ts';
import type { Databricks } from '../../clients/databricks/api.ts';
import type { Activities } from '../../contracts/activities.ts';
import { isClusterOf } from '../../lab/cluster-spec.ts';
import type { WorkspaceContents, Leftover, Removal } from '../../lab/removal/inventory.ts';
import { borrowedSuffix, workspaceItemName, sameId, type LabRef } from '../../lab/names.ts';
import { done, pending, type Outcome } from '../../lab/outcome.ts';
import type { BorrowedIds } from '../../lab/resources.ts';
import { answer, unlessGone } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';
import { createReader, type Reader } from './partial-reads.ts';
import { deploymentId, parseArmId } from '../../lab/arm-ids.ts';

type Listed = readonly { id: string }[];

const isListed = (listed: Listed, id: string): boolean => listed.some((it) => sameId(it.id, id));

/**
 * What of this lab is in the account and the workspace that it borrowed. A loan that is gone by now holds nothing; but there is no DELETE of ours that a 404 would
 * prove, so that one which Resource Manager still lists is taken as unread.
 */
export async function leftInBorrowed(
  clients: Clients,
  lab: LabRef,
  ids: BorrowedIds,
  listed: Listed,
  reader: Reader,
): Promise<Leftover[]> {
  const { account, workspace } = ids;
  const [inAccount, inWorkspace] = await Promise.all([
    account === undefined
      ? []
      : reader.read(`${account}/deployments`, leftInAccount(clients, lab, account, listed), []),
    workspace === undefined ? [] : reader.read(workspace, leftInWorkspace(clients, lab, workspace, listed, reader), []),
  ]);
  return [...inAccount, ...inWorkspace];
}

async function leftInAccount(clients: Clients, lab: LabRef, id: string, listed: Listed): Promise<Leftover[]> {
  const { subscriptionId, group, name } = parseArmId(id);
  const arm = clients.arm(subscriptionId);
  const deployments = await arm.deployments(id);
  if (deployments === undefined) {
    if (isListed(listed, id) || (await arm.account(group, name)) !== undefined)
      throw new Error('The deployments are not found, though the account is there.');
    return [];
  }
  const ours = deployments.filter(
    (it) =>
      clients.ownership.isOurs({ id: deploymentId(id, it.name), tags: it.tags }, lab) ||
      it.name.endsWith(borrowedSuffix(lab)),
  );
  return ours.length === 0 ? [] : [{ kind: 'borrowed-account', id, deployments: ours.map((it) => it.name) }];
}

async function leftInWorkspace(
  clients: Clients,
  lab: LabRef,
  id: string,
  listed: Listed,
  reader: Reader,
): Promise<Leftover[]> {
  const { subscriptionId, group, name } = parseArmId(id);
  const found = await clients.arm(subscriptionId).workspace(group, name);
  if (found === undefined && isListed(listed, id)) throw new Error('The workspace is not found, though it is listed.');
  if (found?.url === undefined) return [];
  const contents = await contentsOf(clients.databricks({ id, url: found.url }), lab, { id, reader });
  return isEmpty(contents) ? [] : [{ kind: 'borrowed-workspace', id, url: found.url, contents }];
}

/** What can be read of it; the rest is among the reader's failures. */
async function contentsOf(
  databricks: Databricks,
  lab: LabRef,
  { id, reader: { read } }: { id: string; reader: Reader },
): Promise<WorkspaceContents> {
  const name = workspaceItemName(lab);
  const folderOf = databricks.me().then(({ userName }) => `/Users/${userName}/${name}`);
  const [folder, runs, clusters, scopes] = await Promise.all([
    read(`${id} (user)`, folderOf, undefined),
    read(`${id} (job runs)`, databricks.activeRuns(), []),
    read(`${id} (clusters)`, databricks.clusters(), []),
    read(`${id} (secret scopes)`, databricks.secretScopes(), []),
  ]);
  const found = folder && (await read(`${id} (folder)`, unlessGone(databricks.objectAt(folder)), undefined));
  return {
    runs: runs.filter((it) => folder && it.notebooks.some((path) => path.includes(`${folder}/`))).map((it) => it.id),
    clusters: clusters.filter((it) => isClusterOf(it.custom_tags ?? undefined, lab)).map((it) => it.cluster_id),
    scopes: scopes.filter((it) => it === name),
    folders: folder === undefined || found === undefined ? [] : [folder],
  };
}

const isEmpty = ({ runs, clusters, scopes, folders }: WorkspaceContents): boolean =>
  runs.length + clusters.length + scopes.length + folders.length === 0;

export const borrowedRemovals = ({ clients, now }: Deps): Pick<Activities, 'removeFromWorkspace'> => ({
  removeFromWorkspace: ({ lab, workspace, contents, memo }) =>
    answer(
      async () => {
        const { subscriptionId, group, name } = parseArmId(workspace.id);
        if ((await clients.arm(subscriptionId).workspace(group, name)) === undefined)
          return done(lines(contents, now(), 'gone with its workspace'));
        const databricks = clients.databricks(workspace);
        const reader = createReader();
        const left = await contentsOf(databricks, lab, { id: workspace.id, reader });
        if (!isEmpty(left)) return removeNext(databricks, left);
        const [failure] = reader.failures;
        if (failure !== undefined) throw failure.error;
        return done(lines(contents, now(), 'no longer found after our DELETE'));
      },
      { memo },
    ),
});

/** What runs is stopped first; the rest goes with it, and a cluster when it has ended. */
async function removeNext(databricks: Databricks, left: WorkspaceContents): Promise<Outcome<never>> {
  await Promise.all(left.runs.map((id) => unlessGone(databricks.cancelRun(id))));
  const running = await removeClusters(databricks, left.clusters);
  if (left.runs.length > 0) return pending(`${left.runs.length} run(s) of the notebook are being cancelled`);
  await Promise.all([
    ...left.scopes.map((it) => unlessGone(databricks.deleteSecretScope(it))),
    ...left.folders.map((it) => unlessGone(databricks.deleteTree(it))),
  ]);
  return pending(
    running > 0 ? `${running} cluster(s) are being terminated` : 'what the lab put into the workspace is being removed',
    { afterSeconds: running > 0 ? 15 : 5 },
  );
}

/** @returns how many have not ended yet. */
async function removeClusters(databricks: Databricks, ids: readonly string[]): Promise<number> {
  const states = await Promise.all(ids.map((id) => unlessGone(databricks.cluster(id))));
  const standing = states.filter((it) => it !== undefined);
  await Promise.all(
    standing.map(async ({ cluster_id: id, state }) => {
      if (state === 'TERMINATED') await unlessGone(databricks.deleteCluster(id));
      else if (state !== 'TERMINATING') await unlessGone(databricks.terminateCluster(id));
    }),
  );
  return standing.filter((it) => it.state !== 'TERMINATED').length;
}

const lines = (contents: WorkspaceContents, at: Date, confirmed: string): Removal[] => {
  const line =
    (what: string) =>
    (id: string | number): Removal => ({ what, id: String(id), at: at.toISOString(), confirmed });
  return [
    ...contents.clusters.map(line('cluster')),
    ...contents.scopes.map(line('secret scope')),
    ...contents.folders.map(line('notebook folder')),
  ];
};
