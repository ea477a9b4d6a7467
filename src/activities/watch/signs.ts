/** What each published part of a workspace tells of somebody's work. Reading leaves no trace: a lab cannot keep itself alive. */
import type { ClusterState, Databricks } from '../../clients/databricks/api.ts';
import type { Mlflow } from '../../clients/mlflow/api.ts';
import { LLMOPS_TAGS } from '../../clients/mlflow/write-trace.ts';
import { SOURCE_RUN } from '../../lab/traces/features.ts';
import { unlessGone } from '../outcome-of-error.ts';

/** `at`: Unix milliseconds of the latest moment at which somebody is known to have worked. */
export type Sign = { at: number; what: string };

/** Those that changed last, of a workspace that has more. */
const MOST_EXPERIMENTS = 100;
const MOST_FOLDERS = 20;
/** How late a cluster may notice that it is idle, and how much of its time may still be the lab's own notebook. */
export const CLUSTER_SLACK_MS = 5 * 60_000;

export async function mlflowSigns(
  mlflow: Mlflow,
  { sinceMs, nowMs, ownRunIds, experimentId }: MlflowQuestion,
): Promise<Sign[]> {
  const experiments = experimentId ?? (await mlflow.experiments(MOST_EXPERIMENTS));
  if (experiments.length === 0) return [];
  const [runs, running, traces] = await Promise.all([
    mlflow.searchRuns(experiments, `attributes.start_time > ${sinceMs}`, 100),
    mlflow.searchRuns(experiments, "attributes.status = 'RUNNING'", 100),
    mlflow.searchTraces(experiments, `attributes.timestamp_ms > ${sinceMs}`, 500),
  ]);
  const ownRuns = new Set([...ownRunIds, ...runs.filter((it) => isOwn(it.tags)).map((it) => it.id)]);
  return [
    ...running
      .filter((it) => it.tags[LLMOPS_TAGS.source] === undefined && !ownRunIds.includes(it.id))
      .map((it) => ({ at: nowMs, what: `run ${it.id}, which goes on` })),
    ...runs.filter((it) => !ownRuns.has(it.id)).map((it) => ({ at: it.startedAtMs, what: `run ${it.id}` })),
    ...traces
      .filter((it) => !isOwn(it.tags) && !ownRuns.has(it.trace_metadata[SOURCE_RUN] ?? ''))
      .map((it) => ({ at: Date.parse(it.request_time ?? ''), what: `trace ${it.trace_id}` })),
  ];
}

type MlflowQuestion = {
  sinceMs: number;
  nowMs: number;
  ownRunIds: readonly string[];
  /** The only experiment that counts; absent: all of the workspace. */
  experimentId?: string;
};

/** The app's own, except for what somebody asked for through the API. */
const isOwn = (tags: Record<string, string>): boolean =>
  tags[LLMOPS_TAGS.source] !== undefined && tags[LLMOPS_TAGS.source] !== 'api';

/** Notebooks and files that somebody changed, in the folders of people and in the shared one. */
export async function folderSigns(databricks: Databricks, ownFolder: string): Promise<Sign[]> {
  const signs: Sign[] = [];
  let level = ['/Users', '/Shared'];
  for (let left = MOST_FOLDERS; level.length > 0 && left > 0; left -= level.length) {
    const listed = await Promise.all(level.slice(0, left).map((it) => unlessGone(databricks.folder(it))));
    const objects = listed.flatMap((it) => it ?? []).filter((it) => it.path !== ownFolder);
    for (const { path, type, modifiedAtMs } of objects)
      if (modifiedAtMs !== undefined && type !== 'DIRECTORY' && type !== 'MLFLOW_EXPERIMENT')
        signs.push({ at: modifiedAtMs, what: `${type.toLowerCase()} ${path}` });
    level = objects.filter((it) => it.type === 'DIRECTORY').map((it) => it.path);
  }
  return signs;
}

export async function jobSigns(databricks: Databricks, userName: string, nowMs: number): Promise<Sign[]> {
  const others = (await databricks.newestRuns()).filter((it) => it.creator !== userName);
  return others.map((it) =>
    it.goesOn
      ? { at: nowMs, what: `job run ${it.id}, which goes on` }
      : { at: it.startedAtMs, what: `job run ${it.id}` },
  );
}

/**
 * What the state of the lab's cluster tells. No published field says when a command last ran; but a cluster that ends itself for inactivity proves that nothing
 * ran for as long, and one that outlives that time has been used. `unproven`: it runs, so that nothing is proved yet.
 */
export function clusterSigns(
  cluster: ClusterState,
  { sinceMs, nowMs }: { sinceMs: number; nowMs: number },
): { signs: Sign[]; unproven: string | null } {
  const id = `cluster ${cluster.cluster_id}`;
  const minutes = cluster.autotermination_minutes ?? 0;
  const idleMs = minutes * 60_000;
  const sign = (at: number, what: string) => (at > sinceMs + CLUSTER_SLACK_MS ? [{ at, what }] : []);
  if (cluster.state === 'TERMINATED' || cluster.state === 'ERROR') {
    const endedAt = cluster.terminated_time ?? 0;
    const reason = cluster.termination_reason?.code;
    if (reason === 'INACTIVITY') return { signs: sign(endedAt - idleMs, `a command on ${id}`), unproven: null };
    const byUser = reason === 'USER_REQUEST' && endedAt > sinceMs;
    return { signs: byUser ? [{ at: endedAt, what: `the end of ${id}` }] : [], unproven: null };
  }
  if (cluster.state === 'TERMINATING') return { signs: [], unproven: `${id} is ending` };
  const startedAt = cluster.last_restarted_time ?? cluster.start_time ?? 0;
  const restarted = sign(startedAt, `a start of ${id}`);
  if (minutes === 0) return { signs: restarted, unproven: `${id} runs and never ends by itself` };
  const quietSince = Math.max(sinceMs, startedAt);
  const outlived = nowMs - quietSince > idleMs + CLUSTER_SLACK_MS;
  const used = outlived ? [{ at: nowMs - idleMs - CLUSTER_SLACK_MS, what: `a command on ${id}` }] : [];
  return { signs: [...restarted, ...used], unproven: `${id} runs` };
}
