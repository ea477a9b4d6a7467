/** What outlives a lab: the numbers of its newest traces, and the older half of them compared with the newer. No prompt and no answer is kept. */
import type { Activities } from '../../contracts/activities.ts';
import { toColumns } from '../../drift/columns.ts';
import { selectWindow, type TraceFeatures } from '../../drift/features.ts';
import { compareWindows } from '../../drift/report.ts';
import { done } from '../../lab/outcome.ts';
import { halves } from '../../lab/traces/windows.ts';
import { answer } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';
import { readFeatures } from './trace-reader.ts';

/** Tags of callers that are kept, the most common first. */
const MOST_TAG_KEYS = 10;

export const featureActivities = ({ clients, now }: Deps): Pick<Activities, 'collectFeatures'> => ({
  collectFeatures: ({ place }) =>
    answer(async () => {
      const { traces } = await readFeatures(clients.mlflow(place.workspace), place.connection.experimentId, now);
      const { baseline, current } = halves(traces.length);
      const drift =
        traces.length === 0 ? null : compareWindows(selectWindow(traces, baseline), selectWindow(traces, current));
      return done({ features: toColumns(traces, { tagKeys: commonTags(traces) }), drift });
    }),
});

function commonTags(traces: readonly TraceFeatures[]): string[] {
  const counts = new Map<string, number>();
  for (const { tags = {} } of traces) for (const key of Object.keys(tags)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts.entries()]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, MOST_TAG_KEYS)
    .map(([key]) => key);
}
