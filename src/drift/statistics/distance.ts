/**
 * Distances that many tools put a fixed threshold on. Here they are columns to look at and never a verdict: without any
 * drift they depend on the window size more than on the data, which the PSI's noise floor makes visible.
 */
import { chiSquaredQuantile } from './special.ts';

export interface Psi {
  /**
   * Population stability index, Σ (c - r) ln(c / r) over shares floored at 0.0001 (its value depends on that floor).
   */
  value: number;
  bins: number;
  /**
   * What two windows of these sizes show on average without any drift: (bins - 1)(1/n + 1/m), from its chi-squared
   * limit.
   */
  noiseMean: number;
  /** What they stay below in 95 of 100 comparisons without drift. */
  noise95: number;
}

const SHARE_FLOOR = 1e-4;

/** PSI of counts per bin (same bins, both windows non-empty). */
export function psi(baseline: readonly number[], current: readonly number[]): Psi {
  const n = total(baseline);
  const m = total(current);
  const value = baseline.reduce((sum, count, bin) => {
    const before = Math.max(SHARE_FLOOR, count / n);
    const after = Math.max(SHARE_FLOOR, current[bin]! / m);
    return sum + (after - before) * Math.log(after / before);
  }, 0);
  const scale = 1 / n + 1 / m;
  const freedom = baseline.length - 1;
  return {
    value,
    bins: baseline.length,
    noiseMean: freedom * scale,
    noise95: freedom === 0 ? 0 : chiSquaredQuantile(0.05, freedom) * scale,
  };
}

/** Jensen-Shannon distance of two counts, √JSD in base 2, from 0 to 1 (Lin 1991, https://doi.org/10.1109/18.61115). */
export function jensenShannon(baseline: readonly number[], current: readonly number[]): number {
  const n = total(baseline);
  const m = total(current);
  const half = (share: number, mean: number): number => (share > 0 ? (share / 2) * Math.log2(share / mean) : 0);
  const divergence = baseline.reduce((sum, count, bin) => {
    const p = count / n;
    const q = current[bin]! / m;
    return sum + half(p, (p + q) / 2) + half(q, (p + q) / 2);
  }, 0);
  return Math.sqrt(Math.min(1, Math.max(0, divergence)));
}

/**
 * Wasserstein-1 distance ∫ |F - G| of two ascending samples over the baseline's (population) standard deviation;
 * null where the baseline does not vary.
 */
export function normalisedWasserstein(baseline: Float64Array, current: Float64Array): number | null {
  const n = baseline.length;
  const m = current.length;
  if (baseline[0] === baseline[n - 1]) return null;
  let area = 0;
  let i = 0;
  let j = 0;
  let at = Math.min(baseline[0]!, current[0]!);
  while (i < n || j < m) {
    const next = Math.min(baseline[i] ?? Infinity, current[j] ?? Infinity);
    area += Math.abs(i / n - j / m) * (next - at);
    at = next;
    while (i < n && baseline[i] === at) i++;
    while (j < m && current[j] === at) j++;
  }
  return area / standardDeviation(baseline);
}

/**
 * Counts of both ascending samples in the bins (-∞, e1], (e1, e2], … cut at the baseline's quantiles, doubles dropped.
 */
export function quantileBins(
  baseline: Float64Array,
  current: Float64Array,
  bins: number,
): { baseline: number[]; current: number[] } {
  const edges = Array.from({ length: bins - 1 }, (_, cut) => quantile(baseline, (cut + 1) / bins));
  const distinct = edges.filter((edge, index) => index === 0 || edge > edges[index - 1]!);
  return { baseline: countBins(baseline, distinct), current: countBins(current, distinct) };
}

function countBins(sorted: Float64Array, edges: readonly number[]): number[] {
  const counts: number[] = [];
  let before = 0;
  for (const edge of edges) {
    const upTo = countAtMost(sorted, edge);
    counts.push(upTo - before);
    before = upTo;
  }
  return [...counts, sorted.length - before];
}

/** How many values of an ascending sample are <= `limit`. */
export function countAtMost(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The quantile of an ascending, non-empty sample, type 7 of Hyndman and Fan: NumPy's and R's default. */
export function quantile(sorted: Float64Array, share: number): number {
  const position = (sorted.length - 1) * share;
  const lower = Math.floor(position);
  const below = sorted[lower]!;
  const above = sorted[Math.min(lower + 1, sorted.length - 1)]!;
  return below + (above - below) * (position - lower);
}

function standardDeviation(values: Float64Array): number {
  const mean = total(values) / values.length;
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += (values[index]! - mean) ** 2;
  return Math.sqrt(squares / values.length);
}

/** The sum of numbers of any kind of list. */
export function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum;
}
