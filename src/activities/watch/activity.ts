/**
 * Whether people use a lab: runs and traces in its experiment, and commands on its cluster, that the app did not cause. The app's own are told by their tags,
 * and the notebook's by their run. Completions that somebody asked for through the API count, for as long as their batch goes on. A run that has not ended is
 * activity now, whenever it began: see docs/decisions/0031-active-runs.md. Looking leaves no trace: a lab cannot keep itself alive.
 */
import { LLMOPS_TAGS } from '../../clients/mlflow/write-trace.ts';
import { SOURCE_RUN } from '../../lab/traces/features.ts';
import type { Activities } from '../../contracts/activities.ts';
import { done } from '../../lab/outcome.ts';
import { answer, unlessGone } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';

/** A cluster's own account of its last command is rough, and may still be about the lab's own job. */
const CLUSTER_MARGIN_MS = 2 * 60_000;

export const watchingActivities = ({ clients, now }: Deps): Pick<Activities, 'readActivity'> => ({
  readActivity: ({ workspace, connection, clusterId, since, ownRunIds }) =>
    answer(async () => {
      const mlflow = clients.mlflow(workspace);
      const sinceMs = Date.parse(since);
      const [runs, running, traces, cluster] = await Promise.all([
        mlflow.searchRuns(connection.experimentId, `attributes.start_time > ${sinceMs}`, 100),
        mlflow.searchRuns(connection.experimentId, "attributes.status = 'RUNNING'", 100),
        mlflow.searchTraces(connection.experimentId, `attributes.timestamp_ms > ${sinceMs}`, 500),
        clusterId === null ? undefined : unlessGone(clients.databricks(workspace).cluster(clusterId)),
      ]);
      const nowMs = now().getTime();
      const ownRuns = new Set([...ownRunIds, ...runs.filter((it) => isOwn(it.tags)).map((it) => it.id)]);
      const seen = [
        ...running
          .filter((it) => it.tags[LLMOPS_TAGS.source] === undefined && !ownRunIds.includes(it.id))
          .map((it) => ({ at: nowMs, what: `run ${it.id}, which goes on` })),
        ...runs.filter((it) => !ownRuns.has(it.id)).map((it) => ({ at: it.startedAtMs, what: `run ${it.id}` })),
        ...traces
          .filter((it) => !isOwn(it.tags) && !ownRuns.has(it.trace_metadata[SOURCE_RUN] ?? ''))
          .map((it) => ({ at: Date.parse(it.request_time ?? ''), what: `trace ${it.trace_id}` })),
        { at: (cluster?.last_activity_time ?? 0) - CLUSTER_MARGIN_MS, what: `a command on cluster ${clusterId}` },
      ].filter((it) => it.at > sinceMs);
      const last = seen.reduce<(typeof seen)[number] | null>(
        (newest, it) => (newest === null || it.at > newest.at ? it : newest),
        null,
      );
      return done({ lastActivityAt: last === null ? null : new Date(last.at).toISOString(), what: last?.what ?? null });
    }),
});

const isOwn = (tags: Record<string, string>): boolean =>
  tags[LLMOPS_TAGS.source] !== undefined && tags[LLMOPS_TAGS.source] !== 'api';
