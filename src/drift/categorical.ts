/** One categorical feature of two windows: shares, the table test, effect sizes and distances. */
import { testable, type Aims, type Analysis } from './analysis.ts';
import { compareTable, riskDifference, type RiskDifference, type TableTest } from './statistics/contingency.ts';
import { sharePower, type Demand } from './statistics/detectable.ts';
import { jensenShannon, psi, total, type Psi } from './statistics/distance.ts';
import type { Random } from './statistics/random.ts';
import type { FeatureVerdict } from './verdict.ts';

export type CategoricalFeature = 'finishReason' | 'error' | 'refusal';

export interface CategoricalReport {
  type: 'categorical';
  feature: CategoricalFeature;
  /** Traces with a value. */
  baseline: number;
  current: number;
  /** Counts per level, the most common first; levels beyond nineteen are put together as `(other)`. */
  levels: { level: string; baseline: number; current: number }[];
  /** Null below the smallest window that is judged, and where all traces have one level. */
  tests: {
    /** Decides. */
    table: TableTest;
    /** Of the event (an error, a refusal), else of the level whose share changed most. */
    riskDifference: RiskDifference & { level: string };
    /** To look at; never a verdict. */
    distances: { psi: Psi; jensenShannon: number };
  } | null;
}

/** The level of the features that happen or do not. */
export const HAPPENED = 'yes';
export const DID_NOT_HAPPEN = 'no';

const MAX_LEVELS = 20;
const MAX_CHARACTERS = 100;
const OTHER = '(other)';

/** Analyses the counts per level of two windows. */
export function analyseCategorical(
  feature: CategoricalFeature,
  baseline: ReadonlyMap<string, number>,
  current: ReadonlyMap<string, number>,
  aims: Aims,
  random: Random,
): Analysis<CategoricalReport> {
  const levels = mergeLevels(baseline, current);
  const before = levels.map((level) => level.baseline);
  const after = levels.map((level) => level.current);
  const n = total(before);
  const m = total(after);
  const judged = Math.min(n, m) >= aims.floor && levels.length >= 2;
  const tests = judged
    ? {
        table: compareTable(before, after, random),
        riskDifference: largestChange(feature, levels, n, m),
        distances: { psi: psi(before, after), jensenShannon: jensenShannon(before, after) },
      }
    : null;
  return {
    report: { type: 'categorical', feature, baseline: n, current: m, levels, tests },
    pValue: tests === null ? null : testable(tests.table, aims.alpha),
    otherwise: (demand) => verdictWithoutDrift(feature, levels, n, m, aims, demand),
  };
}

type Level = CategoricalReport['levels'][number];

function mergeLevels(baseline: ReadonlyMap<string, number>, current: ReadonlyMap<string, number>): Level[] {
  const all = [...new Set([...baseline.keys(), ...current.keys()])]
    .map((name) => ({
      level: name.slice(0, MAX_CHARACTERS),
      baseline: baseline.get(name) ?? 0,
      current: current.get(name) ?? 0,
    }))
    .sort((a, b) => b.baseline + b.current - (a.baseline + a.current));
  if (all.length <= MAX_LEVELS) return all;
  const rest = all.splice(MAX_LEVELS - 1);
  const add = (window: 'baseline' | 'current'): number => rest.reduce((sum, level) => sum + level[window], 0);
  return [...all, { level: OTHER, baseline: add('baseline'), current: add('current') }];
}

/** Whether the feature counts something that happens or does not. */
function isEvent(feature: CategoricalFeature): boolean {
  return feature !== 'finishReason';
}

function largestChange(
  feature: CategoricalFeature,
  levels: readonly Level[],
  n: number,
  m: number,
): RiskDifference & { level: string } {
  const differences = levels.map(({ level, baseline, current }) => ({
    level,
    ...riskDifference(baseline, n, current, m),
  }));
  const event = isEvent(feature) ? differences.find(({ level }) => level === HAPPENED) : undefined;
  return (
    event ?? differences.reduce((most, each) => (Math.abs(each.difference) > Math.abs(most.difference) ? each : most))
  );
}

function verdictWithoutDrift(
  feature: CategoricalFeature,
  levels: readonly Level[],
  n: number,
  m: number,
  { floor, worthSeeing }: Aims,
  demand: Demand,
): FeatureVerdict {
  // An event that never happened has no level of its own yet; it is the rise from nothing that matters.
  const watched = isEvent(feature) ? HAPPENED : levels[0]!.level;
  const seen = levels.find(({ level }) => level === watched);
  const share = n + m === 0 ? 0 : ((seen?.baseline ?? 0) + (seen?.current ?? 0)) / (n + m);
  const power = sharePower(share, levels.length, demand);
  const points = Math.min(n, m) >= floor ? power.pointsSeen(n, m) : null;
  if (points !== null && points <= worthSeeing.points) {
    return { kind: 'no-drift', detectable: { kind: 'points', points, level: watched } };
  }
  const need = power.tracesFor(worthSeeing.points);
  return {
    kind: 'not-enough-data',
    have: { baseline: n, current: m },
    need: need === null ? null : Math.max(floor, need),
  };
}
