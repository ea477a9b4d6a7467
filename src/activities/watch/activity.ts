/**
 * Whether people use a lab: see docs/decisions/0041-signs-of-use.md for the signs, and docs/decisions/0031-active-runs.md for runs that go on. Completions that
 * somebody asked for through the API count too. In a borrowed workspace only what is the lab's own counts.
 */
import type { Activities } from '../../contracts/activities.ts';
import { done } from '../../lab/outcome.ts';
import { answer, unlessGone } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';
import { clusterSigns, folderSigns, jobSigns, mlflowSigns, type Sign } from './signs.ts';

export const watchingActivities = ({ clients, now }: Deps): Pick<Activities, 'readActivity'> => ({
  readActivity: ({ workspace, connection, notebook, userName, clusterId, since, ownRunIds }) =>
    answer(async () => {
      const mlflow = clients.mlflow(workspace);
      const databricks = clients.databricks(workspace);
      const sinceMs = Date.parse(since);
      const nowMs = now().getTime();
      const only = workspace.borrowed ? { experimentId: connection.experimentId } : {};
      let unproven: string | null = null;
      const cluster = async (): Promise<Sign[]> => {
        const found = clusterId === null ? undefined : await unlessGone(databricks.cluster(clusterId));
        if (found === undefined) return [];
        const told = clusterSigns(found, { sinceMs, nowMs });
        unproven = told.unproven;
        return told.signs;
      };
      const readings = await Promise.allSettled([
        mlflowSigns(mlflow, { sinceMs, nowMs, ownRunIds, ...only }),
        cluster(),
        ...(workspace.borrowed
          ? []
          : [folderSigns(databricks, notebook.folder), jobSigns(databricks, userName, nowMs)]),
      ]);
      const seen = readings
        .flatMap((it) => (it.status === 'fulfilled' ? it.value : []))
        .filter((it) => it.at > sinceMs);
      const last = seen.reduce<Sign | null>((newest, it) => (newest === null || it.at > newest.at ? it : newest), null);
      // One sign is enough; without any, what could not be read may hide one.
      const unread = readings.find((it) => it.status === 'rejected');
      if (last === null && unread !== undefined) throw unread.reason;
      return done({
        lastActivityAt: last === null ? null : new Date(last.at).toISOString(),
        what: last?.what ?? null,
        unproven,
      });
    }),
});
