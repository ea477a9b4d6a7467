// The one state of all workspaces' own APIs: its tables over the cloud's store, and what a test or a demo may turn.
//
// Invariants
// W1  Every key starts with the numeric workspace id: when a workspace is gone, all of it is.
// W2  Knobs are not stored; what they decided (a failing start) is a scheduled transition, and that is stored.
import { randomBytes } from 'node:crypto';
import type { ClusterScript } from './start-failures.ts';
import type { Cluster, JobRun, Member, Node, SecretScope } from './records.ts';
import { NODE_TYPES, RUNTIMES, type NodeType, type Runtime } from './runtimes.ts';
import type { Workspace } from '../arm/records.ts';
import type { InventoryItem } from '../core/records.ts';
import type { CloudState, Identity } from '../core/state.ts';
import type { Table } from '../core/store.ts';
import { armOf } from '../arm/tables.ts';

export type Knobs = {
  /** How the next cluster starts go, each entry used `times` times (default once), in this order, by region if it names one. */
  clusterStarts: { script: ClusterScript; region?: string; times?: number }[];
  runtimes: readonly Runtime[];
  nodeTypes: readonly NodeType[];
  /** clusters/get says that a cluster does not exist until it is that old (lab ms). */
  clusterHiddenMs: number;
  /** Packages that no index has. */
  unknownPackages: string[];
  /**
   * Real ms for which Python may compute while virtual time stands still: then it counts as an endless loop, which only the deadline of its run ends.
   */
  endlessLoopMs: number;
  /** Run ids above 2^53, which a JSON parser rounds. */
  hugeRunIds: boolean;
};

export type Databricks = {
  readonly members: Table<Member>;
  readonly clusters: Table<Cluster>;
  readonly scopes: Table<SecretScope>;
  readonly nodes: Table<Node>;
  readonly runs: Table<JobRun>;
  /** Access control lists by `{workspaceId}/{type}/{id}`: principal key to level. */
  readonly acls: Table<Record<string, string>>;
  /** Told of every change of a cluster's state, with the time as of which it happened. */
  readonly onCluster: ((cluster: Cluster, at: number) => void)[];
  knobs: Knobs;
};

const TABLES = ['members', 'clusters', 'scopes', 'nodes', 'runs', 'acls'] as const;
const known = new WeakMap<CloudState, Databricks>();

const freshKnobs = (): Knobs => ({
  clusterStarts: [],
  runtimes: RUNTIMES,
  nodeTypes: NODE_TYPES,
  clusterHiddenMs: 0,
  unknownPackages: ['no-such-package'],
  endlessLoopMs: 10_000,
  hugeRunIds: false,
});

/** The Databricks half of `state`: made once per state. */
export function databricksOf(state: CloudState): Databricks {
  const former = known.get(state);
  if (former !== undefined) return former;
  const table = <T>(name: (typeof TABLES)[number]): Table<T> => state.store.table<T>(`databricks.${name}`);
  const databricks: Databricks = {
    members: table('members'),
    clusters: table('clusters'),
    scopes: table('scopes'),
    nodes: table('nodes'),
    runs: table('runs'),
    acls: table('acls'),
    onCluster: [],
    knobs: freshKnobs(),
  };
  known.set(state, databricks);
  armOf(state).onWorkspaceGone.push((workspace) => {
    for (const name of TABLES) forgetOf(state.store.table(`databricks.${name}`), workspace.workspaceId);
  });
  // What somebody put there, and not what every workspace has: in a borrowed workspace it must be gone at the end.
  state.onInventory(() => {
    const app = state.identity.clientId;
    const pathOf = new Map(
      armOf(state)
        .workspaces.values()
        .map((it) => [it.workspaceId, it.id]),
    );
    const item = (type: string, key: string, creator: string): InventoryItem => {
      const [workspaceId = '', name = ''] = key.split(/\/(.*)/s);
      const id = `${pathOf.get(workspaceId) ?? workspaceId}/${type}/${name.replace(/^\//, '')}`;
      return { type: `databricks/${type}`, id, tags: {}, origin: creator === app ? 'ours' : 'bystander' };
    };
    return [
      ...databricks.scopes.entries().map(([key, scope]) => item('scopes', key, scope.creator)),
      ...databricks.nodes
        .entries()
        .flatMap(([key, node]) => (node.creator === null ? [] : [item('nodes', key, node.creator)])),
    ];
  });
  state.onReset(() => {
    databricks.knobs = freshKnobs();
  });
  return databricks;
}

/** Drops every row of a workspace from a table keyed by `{workspaceId}/…`. */
export function forgetOf(table: Table<unknown>, workspaceId: string): void {
  for (const [key] of table.entries()) if (key.startsWith(`${workspaceId}/`)) table.delete(key);
}

export const keyOf = (workspaceId: string, id: string | number): string => `${workspaceId}/${id}`;

/** The rows of one workspace. */
export const rowsOf = <T>(table: Table<T>, workspaceId: string): T[] =>
  table
    .entries()
    .filter(([key]) => key.startsWith(`${workspaceId}/`))
    .map(([, row]) => row);

/** Makes a principal known to the workspace, with a home folder: what the portal's "Launch Workspace" or a first call with the management token does. */
export function enrol(
  state: CloudState,
  workspace: Workspace,
  principal: Pick<Identity, 'objectId' | 'clientId'> & { userName?: string },
): Member {
  const { members, nodes } = databricksOf(state);
  const key = keyOf(workspace.workspaceId, principal.objectId);
  const former = members.get(key);
  if (former !== undefined) return former;
  const { objectId, clientId, userName = clientId } = principal;
  const member: Member = { objectId, clientId, userName, id: decimals(16) };
  members.put(key, member);
  for (const path of ['/', '/Shared', '/Users', `/Users/${userName}`]) {
    const at = keyOf(workspace.workspaceId, path);
    if (nodes.get(at) === undefined) nodes.put(at, newNode(path, 'DIRECTORY', state.now()));
  }
  return member;
}

export const newNode = (path: string, type: Node['type'], now: number, creator: string | null = null): Node => ({
  objectId: Number(decimals(15)),
  path,
  type,
  creator,
  createdAt: now,
  modifiedAt: now,
});

/** A random decimal id of that many digits, not starting with 0. */
export function decimals(digits: number): string {
  const random = randomBytes(8).readBigUInt64BE().toString().padStart(20, '7');
  return `${1 + (Number(random.slice(0, 4)) % 9)}${random.slice(20 - digits + 1)}`;
}
