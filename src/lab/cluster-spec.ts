/**
 * The body that creates the lab's cluster: single node, single user, no Photon, no policy, ends by itself.
 * It keeps to the classic form throughout: mixed with `kind` or `is_single_node` the service refuses it
 * (https://github.com/databricks/databricks-sdk-py/issues/881). https://learn.microsoft.com/azure/databricks/dev-tools/api (clusters/create)
 */
import { TAGS } from './tags.ts';

/** Which start of the lab's cluster this is: a fresh start after a failure is told from the first one by it. */
export const CLUSTER_START_TAG = 'llmops-start';

export type ClusterRequest = {
  lab: { id: string; installation: string; startedAt: string };
  /** 1, then 2 for a fresh start. */
  start: number;
  runtimeKey: string;
  nodeType: string;
  /** User name of the identity that runs the notebook: for a service principal its application id. */
  userName: string;
  autoterminationMinutes: number;
};

export type ClusterSpec = ReturnType<typeof clusterSpec>;

/** The exact body of POST /api/2.1/clusters/create. */
export function clusterSpec({ lab, start, runtimeKey, nodeType, userName, autoterminationMinutes }: ClusterRequest) {
  return {
    cluster_name: clusterName(lab.id),
    spark_version: runtimeKey,
    node_type_id: nodeType,
    driver_node_type_id: nodeType,
    // Must be sent: left out, the service asks for a size (https://github.com/databricks/databricks-sdk-py/issues/103).
    num_workers: 0,
    autotermination_minutes: autoterminationMinutes,
    data_security_mode: 'SINGLE_USER',
    single_user_name: userName,
    runtime_engine: 'STANDARD',
    // Profile, a local master and the tag `ResourceClass` belong together: without one of them Spark tasks never run.
    spark_conf: { 'spark.databricks.cluster.profile': 'singleNode', 'spark.master': 'local[*, 4]' },
    custom_tags: {
      ResourceClass: 'SingleNode',
      [TAGS.installation]: lab.installation,
      [TAGS.lab]: lab.id,
      [TAGS.started]: lab.startedAt,
      [CLUSTER_START_TAG]: String(start),
    },
    azure_attributes: { availability: 'ON_DEMAND_AZURE', first_on_demand: 1, spot_bid_max_price: -1 },
    enable_elastic_disk: true,
  };
}

export const clusterName = (labId: string): string => `llmops-${labId} cluster`;

/** Whether a cluster of the workspace was made by this start of this lab: to be adopted instead of made again. */
export function isClusterOf(
  customTags: Readonly<Record<string, string>> | undefined,
  lab: ClusterRequest['lab'],
  start?: number,
): boolean {
  return (
    customTags?.[TAGS.lab] === lab.id &&
    customTags[TAGS.installation] === lab.installation &&
    customTags[TAGS.started] === lab.startedAt &&
    (start === undefined || customTags[CLUSTER_START_TAG] === String(start))
  );
}
