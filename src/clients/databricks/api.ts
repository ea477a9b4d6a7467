/**
 * The calls of a workspace's REST API that a lab needs, and the parts of their answers that it relies on.
 * https://docs.databricks.com/api/azure/workspace/introduction
 */
import { z } from 'zod';
import type { ClusterSpec } from '../../lab/cluster-spec.ts';
import type { RuntimeVersion } from '../../lab/placement/choose-runtime.ts';
import { path } from '../url-path.ts';
import { ME, NOTHING, type Rest } from './rest.ts';

const me = z.object({ userName: z.string() });
const nodeType = z.object({
  node_type_id: z.string(),
  node_info: z.object({ status: z.array(z.string()).nullish() }).nullish(),
});
const runtime = z.object({ key: z.string(), name: z.string() });

const cluster = z.object({
  cluster_id: z.string(),
  cluster_name: z.string().nullish(),
  spark_version: z.string().nullish(),
  /** What the service made of `spark_version` and `use_ml_runtime`. */
  effective_spark_version: z.string().nullish(),
  use_ml_runtime: z.boolean().nullish(),
  node_type_id: z.string().nullish(),
  data_security_mode: z.string().nullish(),
  single_user_name: z.string().nullish(),
  /** 0: never. */
  autotermination_minutes: z.number().nullish(),
  /** Milliseconds, as are all times. */
  start_time: z.number().nullish(),
  last_restarted_time: z.number().nullish(),
  terminated_time: z.number().nullish(),
  state: z.string(),
  state_message: z.string().nullish(),
  custom_tags: z.record(z.string(), z.string()).nullish(),
  termination_reason: z
    .object({
      code: z.string().optional(),
      type: z.string().optional(),
      parameters: z.record(z.string(), z.string()).optional(),
    })
    .nullish(),
});
export type ClusterState = z.infer<typeof cluster>;

const library = z.object({
  library: z.object({ pypi: z.object({ package: z.string() }).optional() }),
  status: z.string(),
  messages: z.array(z.string()).nullish(),
});
export type LibraryState = { package: string; status: string; messages: string[] };

const runId = z.int();
const run = z.object({
  run_id: runId,
  run_page_url: z.string().nullish(),
  state: z
    .object({
      life_cycle_state: z.string().nullish(),
      result_state: z.string().nullish(),
      state_message: z.string().nullish(),
    })
    .nullish(),
  status: z
    .object({
      state: z.string(),
      termination_details: z
        .object({ code: z.string().nullish(), type: z.string().nullish(), message: z.string().nullish() })
        .nullish(),
    })
    .nullish(),
  tasks: z.array(z.object({ run_id: runId, task_key: z.string() })).nullish(),
});
export type JobRun = z.infer<typeof run>;

const output = z.object({
  notebook_output: z.object({ result: z.string().nullish(), truncated: z.boolean().nullish() }).nullish(),
  error: z.string().nullish(),
  error_trace: z.string().nullish(),
});
export type JobOutput = z.infer<typeof output>;

export type NotebookRun = {
  name: string;
  idempotencyToken: string;
  clusterId: string;
  notebookPath: string;
  /** Readable by everybody who can see the run: never a secret. */
  parameters: Record<string, string>;
  timeoutSeconds: number;
};

export type Databricks = ReturnType<typeof databricksCalls>;

export function databricksCalls(rest: Rest) {
  return {
    /** Who the app is in this workspace: for a service principal, its application id. */
    me: () => rest.get(ME, {}, me),

    nodeTypes: async (): Promise<{ id: string; status: string[] }[]> => {
      const answer = await rest.get(
        '/api/2.1/clusters/list-node-types',
        {},
        z.object({ node_types: z.array(nodeType).default([]) }),
      );
      return answer.node_types.map((it) => ({ id: it.node_type_id, status: it.node_info?.status ?? [] }));
    },

    runtimes: async (): Promise<RuntimeVersion[]> =>
      (await rest.get('/api/2.1/clusters/spark-versions', {}, z.object({ versions: z.array(runtime).default([]) })))
        .versions,

    /** Clusters made through the API or by hand, whatever their state; terminated ones for 30 days. */
    clusters: async (): Promise<ClusterState[]> => {
      const page = z.object({ clusters: z.array(cluster).default([]), next_page_token: z.string().nullish() });
      const clusters: ClusterState[] = [];
      let token: string | undefined;
      do {
        const answer = await rest.get(
          '/api/2.1/clusters/list',
          { page_size: 100, 'filter_by.cluster_sources': ['API', 'UI'], page_token: token },
          page,
        );
        clusters.push(...answer.clusters);
        token = answer.next_page_token || undefined;
      } while (token !== undefined);
      return clusters;
    },
    cluster: (clusterId: string) => rest.get('/api/2.1/clusters/get', { cluster_id: clusterId }, cluster),
    createCluster: async (spec: ClusterSpec): Promise<string> =>
      (await rest.post('/api/2.1/clusters/create', spec, z.object({ cluster_id: z.string() }))).cluster_id,
    /** Replaces the whole description of a cluster that runs, and restarts it, or of one that is stopped. */
    editCluster: (clusterId: string, spec: ClusterSpec) =>
      rest.post('/api/2.1/clusters/edit', { ...spec, cluster_id: clusterId }, NOTHING),
    startCluster: (clusterId: string) => rest.post('/api/2.1/clusters/start', { cluster_id: clusterId }, NOTHING),
    /** Safe to repeat; does nothing to a cluster that is ending or ended. */
    terminateCluster: (clusterId: string) => rest.post('/api/2.1/clusters/delete', { cluster_id: clusterId }, NOTHING),

    /** Takes it off the list too, whatever its state. */
    deleteCluster: (clusterId: string) =>
      rest.post('/api/2.1/clusters/permanent-delete', { cluster_id: clusterId }, NOTHING),

    libraries: async (clusterId: string): Promise<LibraryState[]> => {
      const answer = z.object({ library_statuses: z.array(library).default([]) });
      const { library_statuses } = await rest.get(
        '/api/2.0/libraries/cluster-status',
        { cluster_id: clusterId },
        answer,
      );
      return library_statuses.map((it) => ({
        package: it.library.pypi?.package ?? '',
        status: it.status,
        messages: it.messages ?? [],
      }));
    },
    installLibrary: (clusterId: string, name: string) =>
      rest.post(
        '/api/2.0/libraries/install',
        { cluster_id: clusterId, libraries: [{ pypi: { package: name } }] },
        NOTHING,
      ),

    makeFolder: (path: string) => rest.post('/api/2.0/workspace/mkdirs', { path }, NOTHING),
    importNotebook: (path: string, source: string) =>
      rest.post(
        '/api/2.0/workspace/import',
        {
          path,
          format: 'SOURCE',
          language: 'PYTHON',
          overwrite: true,
          content: Buffer.from(source).toString('base64'),
        },
        NOTHING,
      ),
    /** Kind and id of what is at the path. The id is digits that may exceed 2^53, hence text. */
    objectAt: async (path: string): Promise<{ type: string; id: string }> => {
      const it = await rest.get(
        '/api/2.0/workspace/get-status',
        { path },
        z.object({ object_type: z.string(), object_id: z.union([z.int(), z.bigint()]) }),
      );
      return { type: it.object_type, id: String(it.object_id) };
    },

    /** What a folder holds. `modifiedAtMs` is told of notebooks too, though the schema promises it of files only. */
    folder: async (path: string): Promise<{ path: string; type: string; modifiedAtMs: number | undefined }[]> => {
      const object = z.object({ path: z.string(), object_type: z.string(), modified_at: z.number().nullish() });
      const answer = z.object({ objects: z.array(object).default([]) });
      return (await rest.get('/api/2.0/workspace/list', { path }, answer)).objects.map((it) => ({
        path: it.path,
        type: it.object_type,
        modifiedAtMs: it.modified_at ?? undefined,
      }));
    },

    /** A folder with everything in it, or one object. */
    deleteTree: (path: string) => rest.post('/api/2.0/workspace/delete', { path, recursive: true }, NOTHING),

    /** Backed by Databricks: a Key Vault scope gains nothing for a lab that is thrown away. */
    createSecretScope: (scope: string) => rest.post('/api/2.0/secrets/scopes/create', { scope }, NOTHING),
    secretScopes: async (): Promise<string[]> => {
      const answer = z.object({ scopes: z.array(z.object({ name: z.string() })).default([]) });
      return (await rest.get('/api/2.0/secrets/scopes/list', {}, answer)).scopes.map((it) => it.name);
    },
    deleteSecretScope: (scope: string) => rest.post('/api/2.0/secrets/scopes/delete', { scope }, NOTHING),
    putSecret: (scope: string, key: string, value: string) =>
      rest.post('/api/2.0/secrets/put', { scope, key, string_value: value }, NOTHING),

    /** Lets every user of the workspace read an object. */
    letUsersRead: (kind: 'directories' | 'experiments', id: string) =>
      rest.patch(path`/api/2.0/permissions/${kind}/${id}`, {
        access_control_list: [{ group_name: 'users', permission_level: 'CAN_READ' }],
      }),

    /** Whether the workspace knows that person: they have signed in there, or somebody has added them. */
    knowsUser: async (userName: string): Promise<boolean> => {
      const answer = z.object({ Resources: z.array(z.object({ userName: z.string() })).default([]) });
      const filter = `userName eq "${userName.replaceAll(/["\\]/g, '')}"`;
      const { Resources } = await rest.get('/api/2.0/preview/scim/v2/Users', { filter }, answer);
      return Resources.some((it) => it.userName.toLowerCase() === userName.toLowerCase());
    },
    /** Makes a person known to a workspace who has not signed in there yet. https://learn.microsoft.com/azure/databricks/admin/users-groups/users */
    addUser: (userName: string) =>
      rest.post(
        '/api/2.0/preview/scim/v2/Users',
        { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName },
        NOTHING,
      ),

    /** Lets a person whom the workspace knows attach to a cluster, start and restart it. */
    letUserRestart: (clusterId: string, userName: string) =>
      rest.patch(path`/api/2.0/permissions/clusters/${clusterId}`, {
        access_control_list: [{ user_name: userName, permission_level: 'CAN_RESTART' }],
      }),

    /** The same token gives the same run. */
    submitNotebook: async (it: NotebookRun): Promise<number> => {
      const task = {
        task_key: 'notebook',
        existing_cluster_id: it.clusterId,
        timeout_seconds: it.timeoutSeconds,
        max_retries: 0,
        notebook_task: { notebook_path: it.notebookPath, source: 'WORKSPACE', base_parameters: it.parameters },
      };
      const body = {
        run_name: it.name,
        idempotency_token: it.idempotencyToken,
        timeout_seconds: it.timeoutSeconds,
        tasks: [task],
        access_control_list: [{ group_name: 'users', permission_level: 'CAN_VIEW' }],
      };
      return (await rest.post('/api/2.2/jobs/runs/submit', body, z.object({ run_id: runId }))).run_id;
    },
    /** Runs that have not ended, with the notebooks that they run. */
    activeRuns: async (): Promise<{ id: number; notebooks: string[] }[]> => {
      const task = z.object({ notebook_task: z.object({ notebook_path: z.string() }).nullish() });
      const page = z.object({
        runs: z.array(z.object({ run_id: runId, tasks: z.array(task).default([]) })).default([]),
        next_page_token: z.string().nullish(),
      });
      const runs: { id: number; notebooks: string[] }[] = [];
      let token: string | undefined;
      do {
        const query = { active_only: 'true', expand_tasks: 'true', limit: 25, page_token: token };
        const answer = await rest.get('/api/2.2/jobs/runs/list', query, page);
        runs.push(
          ...answer.runs.map((it) => ({
            id: it.run_id,
            notebooks: it.tasks.flatMap((one) => one.notebook_task?.notebook_path ?? []),
          })),
        );
        token = answer.next_page_token || undefined;
      } while (token !== undefined);
      return runs;
    },
    /** The newest runs of jobs, whoever started them; at most 25. */
    newestRuns: async (): Promise<
      { id: number; creator: string | undefined; startedAtMs: number; goesOn: boolean }[]
    > => {
      const one = run.extend({ creator_user_name: z.string().nullish(), start_time: z.number().nullish() });
      const answer = z.object({ runs: z.array(one).default([]) });
      return (await rest.get('/api/2.2/jobs/runs/list', { limit: 25 }, answer)).runs.map((it) => ({
        id: it.run_id,
        creator: it.creator_user_name ?? undefined,
        startedAtMs: it.start_time ?? 0,
        goesOn: it.status === null || it.status === undefined ? false : it.status.state !== 'TERMINATED',
      }));
    },
    cancelRun: (id: number) => rest.post('/api/2.2/jobs/runs/cancel', { run_id: id }, NOTHING),
    run: (id: number) => rest.get('/api/2.2/jobs/runs/get', { run_id: id }, run),
    /** `taskRunId` is the task's own: the run that holds it has no output. */
    runOutput: (taskRunId: number) => rest.get('/api/2.2/jobs/runs/get-output', { run_id: taskRunId }, output),
  };
}
