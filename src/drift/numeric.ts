/** One numeric feature of two windows: summaries, tests, effect sizes, distances and chart data. */
import { testable, type Aims, type Analysis } from './analysis.ts';
import { ecdf, histogram, type Ecdf, type Histogram } from './charts.ts';
import { scalePower, type Demand } from './statistics/detectable.ts';
import {
  jensenShannon,
  normalisedWasserstein,
  psi,
  quantile,
  quantileBins,
  total,
  type Psi,
} from './statistics/distance.ts';
import { hodgesLehmann, type Shift } from './statistics/hodges-lehmann.ts';
import { kolmogorovSmirnov, type KolmogorovSmirnov } from './statistics/kolmogorov-smirnov.ts';
import { mannWhitney, type MannWhitney } from './statistics/mann-whitney.ts';
import type { Random } from './statistics/random.ts';
import { normalTwoSidedQuantile } from './statistics/special.ts';
import type { FeatureVerdict } from './verdict.ts';

export type NumericFeature = 'promptTokens' | 'completionTokens' | 'latencyMs' | 'promptChars' | 'responseChars';

/** Five numbers of a window's values; null where it has none. */
export interface NumericSummary {
  count: number;
  mean: number | null;
  median: number | null;
  p95: number | null;
  min: number | null;
  max: number | null;
}

export interface NumericReport {
  type: 'numeric';
  feature: NumericFeature;
  baseline: NumericSummary;
  current: NumericSummary;
  /** Null below the smallest window that is judged. */
  tests: {
    /** Decides. */
    mannWhitney: MannWhitney;
    kolmogorovSmirnov: KolmogorovSmirnov;
    /** The shift, and the shift in percent of the baseline's median (null where that is zero). */
    shift: Shift & { percent: number | null };
    /** To look at; never a verdict. */
    distances: { psi: Psi; jensenShannon: number; wasserstein: number | null };
  } | null;
  /** Null where either window has no value. */
  histogram: Histogram | null;
  ecdf: { baseline: Ecdf; current: Ecdf } | null;
}

// PSI's noise grows with its bins: ten only where there are traces enough for them.
const FEW_BINS = 5;
const MANY_BINS = 10;
const TRACES_FOR_MANY_BINS = 100;
// Until there are this many values, their own spread says too little to plan by.
const PLAN_BY_OWN_VALUES = 8;

/** Analyses the values of two windows, each ascending and non-negative. */
export function analyseNumeric(
  feature: NumericFeature,
  baseline: Float64Array,
  current: Float64Array,
  aims: Aims,
  random: Random,
): Analysis<NumericReport> {
  const n = baseline.length;
  const m = current.length;
  const judged = Math.min(n, m) >= aims.floor;
  const tests = judged ? test(baseline, current, random) : null;
  const report: NumericReport = {
    type: 'numeric',
    feature,
    baseline: summary(baseline),
    current: summary(current),
    tests,
    histogram: n > 0 && m > 0 ? histogram(baseline, current) : null,
    ecdf: n > 0 && m > 0 ? { baseline: ecdf(baseline), current: ecdf(current) } : null,
  };
  return {
    report,
    pValue: tests === null ? null : testable(tests.mannWhitney, aims.alpha),
    otherwise: (demand) => verdictWithoutDrift(baseline, current, aims, demand),
  };
}

function test(baseline: Float64Array, current: Float64Array, random: Random): NonNullable<NumericReport['tests']> {
  const many = Math.min(baseline.length, current.length) >= TRACES_FOR_MANY_BINS;
  const bins = quantileBins(baseline, current, many ? MANY_BINS : FEW_BINS);
  const shift = hodgesLehmann(baseline, current);
  const median = quantile(baseline, 0.5);
  return {
    mannWhitney: mannWhitney(baseline, current, random),
    kolmogorovSmirnov: kolmogorovSmirnov(baseline, current),
    shift: { ...shift, percent: median > 0 ? (100 * shift.shift) / median : null },
    distances: {
      psi: psi(bins.baseline, bins.current),
      jensenShannon: jensenShannon(bins.baseline, bins.current),
      wasserstein: normalisedWasserstein(baseline, current),
    },
  };
}

function verdictWithoutDrift(
  baseline: Float64Array,
  current: Float64Array,
  { floor, worthSeeing }: Aims,
  demand: Demand,
): FeatureVerdict {
  const n = baseline.length;
  const m = current.length;
  const pooled = new Float64Array(n + m);
  pooled.set(baseline);
  pooled.set(current, n);
  pooled.sort();
  const judged = Math.min(n, m) >= floor;
  const alike = pooled.length > 0 && pooled[0] === pooled.at(-1);
  if (judged && alike) return { kind: 'no-drift', detectable: { kind: 'any' } };
  const power = scalePower(pooled.length < PLAN_BY_OWN_VALUES || alike ? planningValues() : pooled, demand);
  const percent = judged ? power.percentSeen(n, m) : null;
  if (percent !== null && percent <= worthSeeing.percent) {
    return { kind: 'no-drift', detectable: { kind: 'percent', percent } };
  }
  const need = power.tracesFor(worthSeeing.percent);
  return {
    kind: 'not-enough-data',
    have: { baseline: n, current: m },
    need: need === null ? null : Math.max(floor, need),
  };
}

/** Log-normal values with sigma 0.5, about the spread of token counts in practice: a plan before there is data. */
function planningValues(): Float64Array {
  const half = Array.from({ length: 100 }, (_, index) => normalTwoSidedQuantile((index + 0.5) / 100) / 2);
  return Float64Array.from([...half.map((z) => Math.exp(-z)), ...half.map((z) => Math.exp(z))]).sort();
}

function summary(sorted: Float64Array): NumericSummary {
  const count = sorted.length;
  if (count === 0) return { count, mean: null, median: null, p95: null, min: null, max: null };
  return {
    count,
    mean: total(sorted) / count,
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    min: sorted[0]!,
    max: sorted[count - 1]!,
  };
}
