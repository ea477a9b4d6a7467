// A cluster's life in lab time: start, failure, idling, termination. All of it are scheduled transitions of the cloud's state.
//
// Invariants
// C1  A start that fails never passes through RUNNING and never ends in ERROR: PENDING, TERMINATING with the reason, TERMINATED.
// C2  A transition carries the epoch of the start that it belongs to, and does nothing in another.
// C3  Idleness counts from the last activity: becoming RUNNING, a run's begin and end.
import { failureOf, quotaReason, type ClusterScript, type StartFacts } from './start-failures.ts';
import type { Cluster, ClusterEvent, TerminationReason } from './records.ts';
import type { NodeType } from './runtimes.ts';
import { databricksOf, keyOf, rowsOf } from './tables.ts';
import { coreQuota } from '../landscape.ts';
import type { Workspace } from '../arm/records.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from '../arm/tables.ts';

type Step = { key: string; epoch: number };
type FailStep = Step & { reason: TerminationReason };

const FINDING = 'Finding instances for new nodes, acquiring more instances if necessary';
const HOLDING_CORES = ['PENDING', 'RUNNING', 'RESTARTING', 'TERMINATING'];

export type ClusterLife = {
  /** Starts a cluster that is not running, or restarts one that is; `cluster` has its new spec. */
  start(workspace: Workspace, cluster: Cluster, at: number, restarting?: boolean): Cluster;
  /** Terminates it, unless that is done or under way. */
  terminate(cluster: Cluster, reason: TerminationReason, at: number): void;
  /** Notes activity on it as of `at`. */
  touch(cluster: Cluster, at: number): void;
};

/** Registers the transitions of clusters with `state`; call once per state. */
export function createClusterLife(state: CloudState): ClusterLife {
  const databricks = databricksOf(state);
  const { clusters } = databricks;

  const put = (cluster: Cluster, at: number, type?: string, details: ClusterEvent['details'] = {}): Cluster => {
    const events = type === undefined ? cluster.events : [...cluster.events, { timestamp: at, type, details }];
    const row = { ...cluster, events: events.slice(-200) };
    clusters.put(keyOf(cluster.workspaceId, cluster.id), row);
    return row;
  };
  const changed = (cluster: Cluster, at: number): void => {
    for (const tell of databricks.onCluster) tell(cluster, at);
  };
  const current = (step: Step, ...states: Cluster['state'][]): Cluster | undefined => {
    const cluster = clusters.get(step.key);
    return cluster?.epoch === step.epoch && states.includes(cluster.state) ? cluster : undefined;
  };
  const later = (at: number, kind: string, cluster: Cluster, more: object = {}): void => {
    state.schedule(at, kind, { key: keyOf(cluster.workspaceId, cluster.id), epoch: cluster.epoch, ...more });
  };

  const watchIdleness = (cluster: Cluster): void => {
    if (cluster.autoterminationMinutes > 0) {
      later(cluster.lastActivityAt + cluster.autoterminationMinutes * 60_000, 'databricks.cluster.idle', cluster);
    }
  };

  const terminate = (cluster: Cluster, reason: TerminationReason, at: number): void => {
    if (cluster.state === 'TERMINATING' || cluster.state === 'TERMINATED') return;
    const ending = put(
      { ...cluster, state: 'TERMINATING', stateMessage: messageOf(reason), terminationReason: reason },
      at,
      'TERMINATING',
      { reason: { code: reason.code, type: reason.type, parameters: reason.parameters } },
    );
    later(at + state.latency.clusterTerminateMs, 'databricks.cluster.terminated', ending);
    changed(ending, at);
  };

  state.on<Step>('databricks.cluster.running', (step, at) => {
    const cluster = current(step, 'PENDING', 'RESTARTING');
    if (cluster === undefined) return;
    const running = put(
      { ...cluster, state: 'RUNNING', stateMessage: '', runningAt: at, lastActivityAt: at },
      at,
      'RUNNING',
      { current_num_workers: 0, target_num_workers: 0 },
    );
    watchIdleness(running);
    changed(running, at);
  });
  state.on<FailStep>('databricks.cluster.failed', (step, at) => {
    const cluster = current(step, 'PENDING', 'RESTARTING');
    if (cluster !== undefined) terminate(put(cluster, at, 'ADD_NODES_FAILED'), step.reason, at);
  });
  state.on<Step>('databricks.cluster.terminated', (step, at) => {
    const cluster = current(step, 'TERMINATING');
    if (cluster === undefined) return;
    changed(put({ ...cluster, state: 'TERMINATED', terminatedAt: at }, at), at);
  });
  state.on<Step>('databricks.cluster.idle', (step, at) => {
    const cluster = current(step, 'RUNNING');
    if (cluster === undefined) return;
    const minutes = cluster.autoterminationMinutes;
    const busy = databricks.runs
      .values()
      .some((run) => run.tasks.some((task) => task.clusterId === cluster.id && task.state === 'RUNNING'));
    if (busy) touch(cluster, at);
    else if (cluster.lastActivityAt + minutes * 60_000 <= at) {
      const parameters = { inactivity_duration_min: String(minutes) };
      terminate(cluster, { code: 'INACTIVITY', type: 'SUCCESS', parameters }, at);
      return;
    }
    watchIdleness(clusters.get(step.key) ?? cluster);
  });

  const touch = (cluster: Cluster, at: number): void => {
    const row = clusters.get(keyOf(cluster.workspaceId, cluster.id));
    if (row !== undefined && row.lastActivityAt < at) put({ ...row, lastActivityAt: at }, at);
  };

  const takeScript = (region: string): ClusterScript => {
    const { clusterStarts } = databricks.knobs;
    const entry = clusterStarts.find((it) => it.region === undefined || it.region === region);
    if (entry === undefined) return 'healthy';
    entry.times = (entry.times ?? 1) - 1;
    if (entry.times <= 0) clusterStarts.splice(clusterStarts.indexOf(entry), 1);
    return entry.script;
  };

  const start = (workspace: Workspace, cluster: Cluster, at: number, restarting = false): Cluster => {
    const node = nodeOf(databricks.knobs.nodeTypes, cluster.nodeType);
    const short = restarting ? undefined : shortOfCores(state, workspace, node);
    const script = takeScript(workspace.location);
    const { terminationReason: _, runningAt: __, terminatedAt: ___, ...former } = cluster;
    const begun = put(
      {
        ...former,
        state: restarting ? 'RESTARTING' : 'PENDING',
        stateMessage: FINDING,
        epoch: cluster.epoch + 1,
        startedAt: at,
        lastActivityAt: at,
        libraries: cluster.libraries
          .filter((row) => row.status !== 'UNINSTALL_ON_RESTART')
          .map((row) => ({ ...row, status: 'PENDING' as const, messages: [] })),
      },
      at,
      restarting ? 'RESTARTING' : cluster.epoch === 0 ? 'CREATING' : 'STARTING',
    );
    const startMs = state.latency.clusterStartMs * (script === 'slow' ? 4 : 1);
    const facts: StartFacts = short ?? { region: workspace.location, node, limit: 10, used: 8 };
    const failure = short === undefined ? failureOf(script, facts) : { part: 0.25, reason: quotaReason(short) };
    if (failure !== null)
      later(at + startMs * failure.part, 'databricks.cluster.failed', begun, { reason: failure.reason });
    else if (script !== 'never') later(at + startMs, 'databricks.cluster.running', begun);
    changed(begun, at);
    return begun;
  };

  state.onCoresUsed((subscriptionId, region) => {
    const used: Record<string, number> = {};
    for (const workspace of armOf(state).workspaces.values()) {
      if (workspace.subscriptionId !== subscriptionId || workspace.location !== region) continue;
      for (const cluster of rowsOf(clusters, workspace.workspaceId)) {
        if (!HOLDING_CORES.includes(cluster.state)) continue;
        const { family, cores } = nodeOf(databricks.knobs.nodeTypes, cluster.nodeType);
        used[family] = (used[family] ?? 0) + cores;
      }
    }
    return used;
  });
  state.onInventory(() =>
    clusters.values().map((cluster) => {
      const workspace = armOf(state)
        .workspaces.values()
        .find((it) => it.workspaceId === cluster.workspaceId);
      return {
        type: 'databricks/clusters',
        id: `${workspace?.id ?? cluster.workspaceId}/clusters/${cluster.id}`,
        tags: (cluster.spec.custom_tags ?? {}) as Record<string, string>,
        origin: cluster.creator === state.identity.clientId ? 'ours' : 'bystander',
      };
    }),
  );

  return { start, terminate, touch };
}

/** A termination reason as the service writes it into `state_message`. */
export function messageOf({ code, type, parameters }: TerminationReason): string {
  if (code === 'INACTIVITY')
    return `Inactive cluster terminated (inactive for ${parameters.inactivity_duration_min ?? '?'} minutes).`;
  if (code === 'USER_REQUEST') return `Terminated by user ${parameters.username ?? 'unknown'}`;
  const details = Object.entries(parameters).map(([name, value]) => `${name}:${value}`);
  return `${code}(${type}): ${details.join(',')}`;
}

const nodeOf = (nodeTypes: readonly NodeType[], id: string): NodeType =>
  nodeTypes.find((node) => node.id === id) ?? { id, cores: 4, memoryMb: 16_384, family: 'unknown', gpus: 0 };

// The quota that a start would exceed: of the size's family, or of the whole region.
const shortOfCores = (state: CloudState, workspace: Workspace, node: NodeType): StartFacts | undefined => {
  const inUse = state.coresUsed(workspace.subscriptionId, workspace.location);
  const total = Object.values(inUse).reduce((sum, cores) => sum + cores, 0);
  for (const [family, ours] of [
    [node.family, inUse[node.family] ?? 0],
    ['cores', total],
  ] as const) {
    const { limit, used } = coreQuota(state.landscape, workspace.location, family);
    if (used + ours + node.cores > limit) {
      return { region: workspace.location, node: { ...node, family }, limit, used: used + ours };
    }
  }
  return undefined;
};
