/**
 * The looks of a lab's monitor, and the monitor itself as an instance beside the lab.
 *
 * 1. The first traces are the baseline, once there are enough of them; each later look compares what came since with it. Windows without drift join the
 *    baseline, so that it grows; a window that cannot be judged yet goes on growing itself.
 * 2. Looking again and again finds drift by chance sooner or later. Each comparison is therefore made at a share of alpha, and all shares of a lab's life
 *    together are alpha: 6/(π²k²) of it for the k-th.
 * 3. A look reads and writes nothing down: it is no activity of the lab.
 */
import type { Activities } from '../../contracts/activities.ts';
import { compareWindows } from '../../drift/report.ts';
import type { TraceFeatures } from '../../drift/features.ts';
import { instanceIds } from '../../contracts/instance-ids.ts';
import type { DriftLook } from '../../contracts/monitor.ts';
import { EVENTS } from '../../lab/events.ts';
import { done } from '../../lab/outcome.ts';
import { answer } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';
import { readFeatures } from './trace-reader.ts';

/** A smaller baseline would see next to nothing. */
const BASELINE_TRACES = 20;
const ALPHA = 0.05;

export const driftActivities = ({
  clients,
  now,
}: Deps): Pick<Activities, 'beginMonitor' | 'endMonitor' | 'lookForDrift'> => ({
  beginMonitor: (order, hub) =>
    answer(async () => {
      await hub.start('monitor', instanceIds(order.lab).monitor, order);
      return done(null);
    }),

  endMonitor: ({ lab, end }, hub) =>
    answer(async () => {
      await hub.tell(instanceIds(lab).monitor, EVENTS.end, end);
      return done(null);
    }),

  lookForDrift: ({ lab, place, baselineUntil, looks }, hub) =>
    answer(async () => {
      if (!(await hub.isWatched(lab))) return done<DriftLook>({ kind: 'lab-over' });
      const { traces } = await readFeatures(clients.mlflow(place.workspace), place.connection.experimentId, now);
      return done(look(traces, baselineUntil === null ? null : Date.parse(baselineUntil), looks));
    }),
});

/** `looks`: comparisons made so far. */
export function look(traces: readonly TraceFeatures[], baselineUntilMs: number | null, looks: number): DriftLook {
  const newest = traces.reduce((last, it) => Math.max(last, it.requestTimeMs), 0);
  const until = new Date(newest).toISOString();
  if (baselineUntilMs === null) {
    return traces.length < BASELINE_TRACES
      ? { kind: 'waiting', traces: traces.length, need: BASELINE_TRACES }
      : { kind: 'baseline', traces: traces.length, until };
  }
  const current = traces.filter((it) => it.requestTimeMs > baselineUntilMs);
  if (current.length === 0) return { kind: 'nothing-new' };
  const baseline = traces.filter((it) => it.requestTimeMs <= baselineUntilMs);
  const k = looks + 1;
  const report = compareWindows(baseline, current, { alpha: (ALPHA * 6) / (Math.PI * Math.PI * k * k) });
  return {
    kind: 'compared',
    verdict: report.verdict.kind,
    text: report.text.verdict,
    features: report.verdict.kind === 'no-drift' ? [] : report.verdict.features,
    knownChanges: report.text.knownChanges,
    baseline: baseline.length,
    current: current.length,
    until,
  };
}
