// Clusters API 2.1. https://docs.databricks.com/api/azure/workspace/clusters
import { randomInt } from 'node:crypto';
import type { ClusterLife } from './cluster-life.ts';
import { gatedRoutes, type WorkspaceCall } from './gate.ts';
import { memberNamed } from './principals.ts';
import type { Cluster, Member } from './records.ts';
import { clusterEditShape, clusterEventsShape, clusterIdShape, clusterShape } from './request-shapes.ts';
import { databricksOf, keyOf, rowsOf } from './tables.ts';
import {
  bodyOf,
  invalid,
  missing,
  ok,
  optionalNumber,
  optionalText,
  pageOf,
  queryOf,
  refuse,
  textMapOf,
  textOf,
  type Fields,
} from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const DAY_MS = 86_400_000;
const SINGLE_USER_MODES = ['SINGLE_USER', 'DATA_SECURITY_MODE_DEDICATED', 'LEGACY_SINGLE_USER'];

export function clusterRoutes(state: CloudState, life: ClusterLife): Route[] {
  const databricks = databricksOf(state);
  const { clusters } = databricks;

  const find = (call: WorkspaceCall, clusterId: string): Cluster => {
    const cluster = clusters.get(keyOf(call.workspace.workspaceId, clusterId));
    return cluster ?? invalid(`Cluster ${clusterId} does not exist`);
  };
  const named = (call: WorkspaceCall): Cluster => find(call, textOf(bodyOf(call), 'cluster_id'));

  const checkSpec = (call: WorkspaceCall, spec: Fields): void => {
    const user = optionalText(spec, 'single_user_name');
    // Assumed: a cluster is not given to somebody whom the workspace has never seen.
    if (user !== undefined && memberNamed(state, call.workspace.workspaceId, user) === undefined)
      invalid(`Single user ${user} does not exist in the workspace`);
    const sparkVersion = textOf(spec, 'spark_version');
    if (!databricks.knobs.runtimes.some((it) => it.key === sparkVersion))
      invalid(`Invalid spark version ${sparkVersion}`);
    const nodeType = textOf(spec, 'node_type_id');
    if (!databricks.knobs.nodeTypes.some((it) => it.id === nodeType)) {
      invalid(
        `Node type ${nodeType} is not supported. Supported node types: ${databricks.knobs.nodeTypes.map((it) => it.id).join(', ')}`,
      );
    }
    if (
      optionalNumber(spec, 'num_workers') === undefined &&
      spec.autoscale === undefined &&
      spec.is_single_node !== true
    ) {
      missing('size');
    }
    const minutes = optionalNumber(spec, 'autotermination_minutes') ?? 0;
    if (minutes !== 0 && (minutes < 10 || minutes > 10_000)) {
      invalid(`The autotermination_minutes must be between 10 and 10000 minutes, or 0 to disable; got ${minutes}`);
    }
    if (Object.keys(textMapOf(spec, 'custom_tags')).length > 45) invalid('A cluster can have at most 45 custom tags');
    if (spec.kind !== undefined && 'spark.databricks.cluster.profile' in textMapOf(spec, 'spark_conf')) {
      invalid('Spark Conf: `spark.databricks.cluster.profile` is not allowed when choosing an access mode');
    }
  };

  const fromSpec = (spec: Fields, member: Member) => {
    const isSingleUser = SINGLE_USER_MODES.includes(optionalText(spec, 'data_security_mode') ?? '');
    return {
      spec,
      nodeType: textOf(spec, 'node_type_id'),
      sparkVersion: textOf(spec, 'spark_version'),
      autoterminationMinutes: optionalNumber(spec, 'autotermination_minutes') ?? 0,
      singleUser: isSingleUser ? (optionalText(spec, 'single_user_name') ?? member.userName) : null,
    };
  };

  const create = (call: WorkspaceCall) => {
    const { idempotency_token: token, ...spec } = bodyOf(call);
    if (typeof token === 'string' && token.length > 64) invalid('idempotency_token must be at most 64 characters');
    // https://docs.databricks.com/api/azure/workspace/clusters/create: an active cluster that was made with the token is the answer.
    const former = rowsOf(clusters, call.workspace.workspaceId).find(
      (it) => typeof token === 'string' && it.idempotencyToken === token && it.state !== 'TERMINATED',
    );
    if (former !== undefined) return ok({ cluster_id: former.id });
    checkSpec(call, spec);
    const at = state.now();
    const cluster: Cluster = {
      ...fromSpec(spec, call.member),
      id: clusterIdAt(at),
      workspaceId: call.workspace.workspaceId,
      creator: call.member.userName,
      ...(typeof token === 'string' ? { idempotencyToken: token } : {}),
      state: 'PENDING',
      stateMessage: '',
      epoch: 0,
      createdAt: at,
      startedAt: at,
      lastActivityAt: at,
      sparkContextId: 7_000_000_000_000_000_000 + randomInt(2 ** 40),
      libraries: [],
      events: [],
      pinned: false,
    };
    life.start(call.workspace, cluster, at);
    return ok({ cluster_id: cluster.id });
  };

  const get = (call: WorkspaceCall) => {
    const cluster = find(call, queryOf(call, 'cluster_id'));
    if (state.now() < cluster.createdAt + databricks.knobs.clusterHiddenMs)
      invalid(`Cluster ${cluster.id} does not exist`);
    if (cluster.terminatedAt !== undefined && !cluster.pinned && state.now() > cluster.terminatedAt + 60 * DAY_MS) {
      refuse(
        400,
        'INVALID_STATE',
        `Cannot access cluster ${cluster.id} that was terminated or unpinned more than 60 days ago.`,
      );
    }
    return ok({ ...view(cluster), spec: cluster.spec });
  };

  const list = (call: WorkspaceCall) => {
    const states = call.query.getAll('filter_by.cluster_states');
    const sources = call.query.getAll('filter_by.cluster_sources');
    const size = Number(call.query.get('page_size') ?? 20);
    if (!Number.isInteger(size) || size < 1 || size > 100) invalid('page_size must be between 1 and 100');
    const rows = rowsOf(clusters, call.workspace.workspaceId)
      .filter((it) => states.length === 0 || states.includes(it.state))
      .filter(() => sources.length === 0 || sources.includes('API'))
      .filter((it) => it.pinned || it.terminatedAt === undefined || state.now() - it.terminatedAt < 30 * DAY_MS)
      .sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1));
    const page = pageOf(rows, size, call.query.get('page_token'));
    return ok({
      ...(page.rows.length === 0 ? {} : { clusters: page.rows.map(view) }),
      next_page_token: page.next ?? '',
      prev_page_token: '',
    });
  };

  const start = (call: WorkspaceCall) => {
    const cluster = named(call);
    if (cluster.state === 'RUNNING') return ok();
    if (cluster.state !== 'TERMINATED') unexpected(cluster);
    life.start(call.workspace, cluster, state.now());
    return ok();
  };

  const edit = (call: WorkspaceCall) => {
    const spec = bodyOf(call);
    const cluster = named(call);
    checkSpec(call, spec);
    if (cluster.state !== 'RUNNING' && cluster.state !== 'TERMINATED') unexpected(cluster);
    const edited = { ...cluster, ...fromSpec(spec, call.member) };
    clusters.put(keyOf(cluster.workspaceId, cluster.id), edited);
    if (cluster.state === 'RUNNING') life.start(call.workspace, edited, state.now(), true);
    return ok();
  };

  const remove = (call: WorkspaceCall) => {
    const parameters = { username: call.member.userName };
    life.terminate(named(call), { code: 'USER_REQUEST', type: 'SUCCESS', parameters }, state.now());
    return ok();
  };

  const removeForGood = (call: WorkspaceCall) => {
    const cluster = named(call);
    if (cluster.pinned) invalid(`Cluster ${cluster.id} is pinned, please unpin the cluster first`);
    life.terminate(
      cluster,
      { code: 'USER_REQUEST', type: 'SUCCESS', parameters: { username: call.member.userName } },
      state.now(),
    );
    clusters.delete(keyOf(cluster.workspaceId, cluster.id));
    return ok();
  };

  const pin = (pinned: boolean) => (call: WorkspaceCall) => {
    const cluster = named(call);
    clusters.put(keyOf(cluster.workspaceId, cluster.id), { ...cluster, pinned });
    return ok();
  };

  const events = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    const cluster = named(call);
    const types = body.event_types as string[] | undefined;
    const size = optionalNumber(body, 'page_size') ?? 50;
    if (size < 0 || size > 500) invalid('page_size must be between 0 and 500');
    const rows = cluster.events.filter((it) => types === undefined || types.length === 0 || types.includes(it.type));
    if (optionalText(body, 'order') !== 'ASC') rows.reverse();
    const page = pageOf(rows, size === 0 ? 500 : size, optionalText(body, 'page_token'));
    return ok({
      events: page.rows.map((it) => ({ cluster_id: cluster.id, ...it })),
      total_count: rows.length,
      ...(page.next === undefined ? {} : { next_page_token: page.next }),
    });
  };

  const nodeTypes = () => ok({ node_types: databricks.knobs.nodeTypes.map(nodeTypeView) });
  const runtimes = () => ok({ versions: databricks.knobs.runtimes });

  return gatedRoutes(
    state,
    [
      ['GET /api/2.1/clusters/spark-versions', runtimes],
      ['GET /api/2.1/clusters/list-node-types', nodeTypes],
      ['POST /api/2.1/clusters/create', create, clusterShape],
      ['GET /api/2.1/clusters/get', get],
      ['GET /api/2.1/clusters/list', list],
      ['POST /api/2.1/clusters/start', start, clusterIdShape],
      ['POST /api/2.1/clusters/edit', edit, clusterEditShape],
      ['POST /api/2.1/clusters/delete', remove, clusterIdShape],
      ['POST /api/2.1/clusters/permanent-delete', removeForGood, clusterIdShape],
      ['POST /api/2.1/clusters/pin', pin(true), clusterIdShape],
      ['POST /api/2.1/clusters/unpin', pin(false), clusterIdShape],
      ['POST /api/2.1/clusters/events', events, clusterEventsShape],
    ],
    { compute: true, versions: ['2.0'] },
  );
}

const unexpected = (cluster: Cluster): never => {
  const name = cluster.state.charAt(0) + cluster.state.slice(1).toLowerCase();
  return refuse(400, 'INVALID_STATE', `Cluster ${cluster.id} is in unexpected state ${name}.`);
};

// 0927-101500-ab12cd34
const clusterIdAt = (at: number): string => {
  const [, month = '', day = '', time = ''] =
    /^\d+-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(new Date(at).toISOString()) ?? [];
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  const tail = Array.from({ length: 8 }, () => letters.charAt(randomInt(letters.length))).join('');
  return `${month}${day}-${time.replaceAll(':', '')}-${tail}`;
};

const view = (cluster: Cluster): Fields => {
  const { spec } = cluster;
  const isUp = cluster.state === 'RUNNING' || cluster.state === 'RESTARTING';
  return {
    ...spec,
    cluster_id: cluster.id,
    cluster_name: spec.cluster_name ?? `${cluster.creator}'s Cluster`,
    creator_user_name: cluster.creator,
    driver_node_type_id: spec.driver_node_type_id ?? cluster.nodeType,
    azure_attributes: {
      first_on_demand: 1,
      availability: 'ON_DEMAND_AZURE',
      spot_bid_max_price: -1,
      ...(spec.azure_attributes as object | undefined),
    },
    autotermination_minutes: cluster.autoterminationMinutes,
    ...(cluster.singleUser === null ? {} : { single_user_name: cluster.singleUser }),
    cluster_source: 'API',
    state: cluster.state,
    state_message: cluster.stateMessage,
    start_time: cluster.startedAt,
    ...(cluster.runningAt === undefined ? {} : { last_restarted_time: cluster.runningAt }),
    ...(cluster.terminatedAt === undefined ? {} : { terminated_time: cluster.terminatedAt }),
    last_state_loss_time: 0,
    ...(cluster.terminationReason === undefined ? {} : { termination_reason: cluster.terminationReason }),
    spark_context_id: cluster.sparkContextId,
    default_tags: {
      Vendor: 'Databricks',
      Creator: cluster.creator,
      ClusterName: spec.cluster_name ?? '',
      ClusterId: cluster.id,
    },
    ...(isUp
      ? { cluster_cores: 4, cluster_memory_mb: 16_384, driver: { private_ip: '10.139.0.4', node_id: 'driver' } }
      : {}),
  };
};

const nodeTypeView = ({
  id,
  cores,
  memoryMb,
  family,
  gpus,
}: {
  id: string;
  cores: number;
  memoryMb: number;
  family: string;
  gpus: number;
}) => ({
  node_type_id: id,
  memory_mb: memoryMb,
  num_cores: cores,
  description: id,
  instance_type_id: id,
  category: gpus > 0 ? 'GPU Accelerated' : 'General Purpose',
  is_deprecated: false,
  is_hidden: false,
  num_gpus: gpus,
  photon_driver_capable: gpus === 0,
  photon_worker_capable: gpus === 0,
  node_info: { status: [], family },
  node_instance_type: { instance_type_id: id, local_disks: 1, local_disk_size_gb: 150 },
});
