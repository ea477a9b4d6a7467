// Published shapes of the requests of a workspace's REST API. https://docs.databricks.com/api/azure/workspace/introduction
// That the service refuses names that it does not know is assumed: it is believed to overlook them.
import { z } from 'zod';

const anything = z.unknown().optional();
const text = z.string().nullish();
const flag = z.boolean().nullish();
/** A whole number; int64 may come as text. */
const whole = (least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER) =>
  z.union([z.int().min(least).max(most), z.string().regex(/^-?\d+$/)]).nullish();
const texts = z.record(z.string(), z.string()).nullish();
const object = <S extends z.core.$ZodLooseShape>(shape: S) => z.strictObject(shape).nullish();
const list = (item: z.ZodType) => z.array(item).nullish();

const library = z.strictObject({
  pypi: object({ package: z.string(), repo: text }),
  maven: anything,
  cran: anything,
  jar: text,
  egg: text,
  whl: text,
  requirements: text,
});

/** Clusters: https://docs.databricks.com/api/azure/workspace/clusters/create */
const CLUSTER = {
  cluster_name: text,
  spark_version: text,
  node_type_id: text,
  driver_node_type_id: text,
  num_workers: whole(0),
  autoscale: object({ min_workers: whole(0), max_workers: whole(0) }),
  autotermination_minutes: whole(),
  data_security_mode: z
    .enum([
      'DATA_SECURITY_MODE_AUTO',
      'DATA_SECURITY_MODE_STANDARD',
      'DATA_SECURITY_MODE_DEDICATED',
      'NONE',
      'SINGLE_USER',
      'USER_ISOLATION',
      'LEGACY_TABLE_ACL',
      'LEGACY_PASSTHROUGH',
      'LEGACY_SINGLE_USER',
      'LEGACY_SINGLE_USER_STANDARD',
    ])
    .nullish(),
  single_user_name: text,
  runtime_engine: z.enum(['NULL', 'STANDARD', 'PHOTON']).nullish(),
  spark_conf: texts,
  spark_env_vars: texts,
  custom_tags: texts,
  ssh_public_keys: list(z.string()),
  azure_attributes: object({
    availability: z.enum(['SPOT_AZURE', 'ON_DEMAND_AZURE', 'SPOT_WITH_FALLBACK_AZURE']).nullish(),
    first_on_demand: whole(),
    spot_bid_max_price: z.number().nullish(),
    log_analytics_info: anything,
  }),
  enable_elastic_disk: flag,
  enable_local_disk_encryption: flag,
  instance_pool_id: text,
  driver_instance_pool_id: text,
  policy_id: text,
  apply_policy_default_values: flag,
  cluster_log_conf: anything,
  init_scripts: list(z.unknown()),
  docker_image: anything,
  workload_type: anything,
  kind: z.enum(['CLASSIC_PREVIEW']).nullish(),
  use_ml_runtime: flag,
  is_single_node: flag,
  remote_disk_throughput: whole(0),
  total_initial_remote_disk_size: whole(0),
  driver_node_type_flexibility: anything,
  worker_node_type_flexibility: anything,
};
export const clusterShape = z.strictObject({ ...CLUSTER, idempotency_token: text, clone_from: anything });
export const clusterEditShape = z.strictObject({ ...CLUSTER, cluster_id: text });
export const clusterIdShape = z.strictObject({ cluster_id: text });
export const clusterEventsShape = z.strictObject({
  cluster_id: text,
  start_time: whole(0),
  end_time: whole(0),
  order: z.enum(['ASC', 'DESC']).nullish(),
  event_types: list(z.string()),
  offset: whole(0),
  limit: whole(0),
  page_size: whole(0),
  page_token: text,
});

export const librariesShape = z.strictObject({ cluster_id: text, libraries: list(library) });

/** Who may do what: https://docs.databricks.com/api/azure/workspace/permissions/update */
const access = z.strictObject({
  user_name: text,
  group_name: text,
  service_principal_name: text,
  permission_level: text,
});
export const permissionsShape = z.strictObject({ access_control_list: list(access) });

/** One-time runs: https://docs.databricks.com/api/azure/workspace/jobs/submit */
const task = z.strictObject({
  task_key: text,
  description: text,
  depends_on: list(z.strictObject({ task_key: text, outcome: text })),
  existing_cluster_id: text,
  new_cluster: anything,
  notebook_task: object({
    notebook_path: text,
    source: z.enum(['WORKSPACE', 'GIT']).nullish(),
    base_parameters: texts,
    warehouse_id: text,
  }),
  spark_python_task: anything,
  spark_jar_task: anything,
  python_wheel_task: anything,
  pipeline_task: anything,
  sql_task: anything,
  dbt_task: anything,
  run_job_task: anything,
  condition_task: anything,
  for_each_task: anything,
  libraries: list(library),
  timeout_seconds: whole(0),
  max_retries: whole(-1),
  min_retry_interval_millis: whole(0),
  retry_on_timeout: flag,
  run_if: text,
  email_notifications: anything,
  webhook_notifications: anything,
  notification_settings: anything,
  health: anything,
  environment_key: text,
});
export const submitShape = z.strictObject({
  run_name: text,
  idempotency_token: text,
  timeout_seconds: whole(0),
  tasks: list(task),
  access_control_list: list(access),
  git_source: anything,
  email_notifications: anything,
  webhook_notifications: anything,
  notification_settings: anything,
  health: anything,
  queue: object({ enabled: flag }),
  run_as: anything,
  environments: anything,
  budget_policy_id: text,
});
export const cancelShape = z.strictObject({ run_id: whole(0) });

export const scopeShape = z.strictObject({
  scope: text,
  scope_backend_type: z.enum(['DATABRICKS', 'AZURE_KEYVAULT']).nullish(),
  backend_azure_keyvault: anything,
  initial_manage_principal: text,
});
export const scopeNameShape = z.strictObject({ scope: text });
export const secretShape = z.strictObject({ scope: text, key: text, string_value: text, bytes_value: text });
export const secretNameShape = z.strictObject({ scope: text, key: text });
export const secretAclShape = z.strictObject({ scope: text, principal: text, permission: text });
export const secretAclNameShape = z.strictObject({ scope: text, principal: text });

export const mkdirsShape = z.strictObject({ path: text });
export const importShape = z.strictObject({
  path: text,
  format: z.enum(['SOURCE', 'HTML', 'JUPYTER', 'DBC', 'R_MARKDOWN', 'AUTO', 'RAW']).nullish(),
  language: z.enum(['SCALA', 'PYTHON', 'SQL', 'R']).nullish(),
  content: text,
  overwrite: flag,
});
export const deleteShape = z.strictObject({ path: text, recursive: flag });

/** SCIM 2.0: https://docs.databricks.com/api/azure/workspace/users/create */
export const userShape = z.strictObject({
  schemas: list(z.string()),
  id: text,
  userName: text,
  displayName: text,
  externalId: text,
  name: object({ givenName: text, familyName: text }),
  emails: list(z.unknown()),
  entitlements: list(z.strictObject({ value: z.string(), display: text, primary: flag, type: text, $ref: text })),
  groups: list(z.unknown()),
  roles: list(z.unknown()),
  active: flag,
});
