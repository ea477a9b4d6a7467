// Libraries API 2.0: asynchronous installation on a cluster, in lab time. https://docs.databricks.com/api/azure/workspace/libraries
//
// Invariants
// L1  A library is installed while its cluster runs: PENDING, RESOLVING, INSTALLING, then INSTALLED or FAILED. On a cluster that is down it waits as PENDING.
// L2  Every start of the cluster installs again, from PENDING.
import { gatedRoutes, type WorkspaceCall } from './gate.ts';
import type { Cluster, LibraryRow, LibraryStatus } from './records.ts';
import { librariesShape } from './request-shapes.ts';
import { databricksOf, keyOf } from './tables.ts';
import { bodyOf, invalid, isFields, listOf, ok, queryOf, textOf, type Fields } from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

type Step = { key: string; epoch: number; library: string; to: LibraryStatus };

export function libraryRoutes(state: CloudState): Route[] {
  const databricks = databricksOf(state);
  const { clusters } = databricks;

  const find = (call: WorkspaceCall, clusterId: string): Cluster =>
    clusters.get(keyOf(call.workspace.workspaceId, clusterId)) ?? invalid(`Cluster ${clusterId} does not exist`);
  const put = (cluster: Cluster, libraries: readonly LibraryRow[]): void => {
    clusters.put(keyOf(cluster.workspaceId, cluster.id), { ...cluster, libraries });
  };

  const begin = (cluster: Cluster, library: string, at: number): void => {
    const step = { key: keyOf(cluster.workspaceId, cluster.id), epoch: cluster.epoch, library };
    const { libraryResolveMs, libraryInstallMs } = state.latency;
    const steps: [number, LibraryStatus][] = [
      [libraryResolveMs / 2, 'RESOLVING'],
      [libraryResolveMs, 'INSTALLING'],
      [libraryResolveMs + libraryInstallMs, 'INSTALLED'],
    ];
    for (const [afterMs, to] of steps) state.schedule(at + afterMs, 'databricks.library', { ...step, to });
  };

  state.on<Step>('databricks.library', ({ key, epoch, library, to }) => {
    const cluster = clusters.get(key);
    if (cluster?.epoch !== epoch || cluster.state !== 'RUNNING') return;
    const name = packageOf(library);
    const isUnknown = to === 'INSTALLED' && databricks.knobs.unknownPackages.includes(name);
    const messages = isUnknown
      ? [
          `Library installation attempted on the driver node of cluster ${cluster.id} and failed. Error Code: DRIVER_LIBRARY_INSTALLATION_FAILURE. ` +
            `Error Message: ERROR: Could not find a version that satisfies the requirement ${name} (from versions: none)`,
        ]
      : [];
    const status = isUnknown ? 'FAILED' : to;
    put(
      cluster,
      cluster.libraries.map((row) =>
        JSON.stringify(row.library) === library && row.status !== 'UNINSTALL_ON_RESTART'
          ? { ...row, status, messages }
          : row,
      ),
    );
  });
  databricks.onCluster.push((cluster, at) => {
    if (cluster.state !== 'RUNNING') return;
    for (const row of cluster.libraries) begin(cluster, JSON.stringify(row.library), at);
  });

  const install = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    let cluster = find(call, textOf(body, 'cluster_id'));
    const libraries = listOf(body, 'libraries');
    if (libraries.length === 0) invalid('No libraries specified');
    for (const library of libraries) {
      packageOfLibrary(library);
      const text = JSON.stringify(library);
      const former = cluster.libraries.find((row) => JSON.stringify(row.library) === text);
      // Installing once more what is there or under way changes nothing; what failed is tried again.
      if (former !== undefined && former.status !== 'FAILED' && former.status !== 'UNINSTALL_ON_RESTART') continue;
      const others = cluster.libraries.filter((row) => row !== former);
      cluster = { ...cluster, libraries: [...others, { library, status: 'PENDING', messages: [] }] };
      put(cluster, cluster.libraries);
      if (cluster.state === 'RUNNING') begin(cluster, text, state.now());
    }
    return ok();
  };

  const uninstall = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    const cluster = find(call, textOf(body, 'cluster_id'));
    const gone = listOf(body, 'libraries').map((library) => JSON.stringify(library));
    put(
      cluster,
      cluster.libraries.map((row) =>
        gone.includes(JSON.stringify(row.library)) ? { ...row, status: 'UNINSTALL_ON_RESTART' } : row,
      ),
    );
    return ok();
  };

  const status = (call: WorkspaceCall) => {
    const cluster = find(call, queryOf(call, 'cluster_id'));
    const rows = cluster.libraries.map(({ library, status: now, messages }) => ({
      library,
      status: now,
      ...(messages.length === 0 ? {} : { messages }),
      is_library_for_all_clusters: false,
    }));
    return ok({ cluster_id: cluster.id, ...(rows.length === 0 ? {} : { library_statuses: rows }) });
  };

  return gatedRoutes(
    state,
    [
      ['POST /api/2.0/libraries/install', install, librariesShape],
      ['POST /api/2.0/libraries/uninstall', uninstall, librariesShape],
      ['GET /api/2.0/libraries/cluster-status', status],
    ],
    { compute: true },
  );
}

/** The bare names of the packages that are installed on a cluster. */
export const installedOn = (cluster: Cluster): string[] =>
  cluster.libraries.filter((row) => row.status === 'INSTALLED').map((row) => packageOf(JSON.stringify(row.library)));

// `openai` of `openai>=1.0`.
const bareName = (requirement: string): string => requirement.split(/[\s<>=!~[;]/, 1)[0] ?? requirement;

const packageOf = (library: string): string => bareName(packageOfLibrary(JSON.parse(library) as Fields));

const packageOfLibrary = (library: Fields): string => {
  const { pypi } = library;
  if (!isFields(pypi)) return invalid('The local cloud installs pypi libraries only');
  return textOf(pypi, 'package');
};
