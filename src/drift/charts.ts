/** The data behind a feature's charts, of bounded size whatever the windows hold. */
import { countAtMost, quantile } from './statistics/distance.ts';

/**
 * Counts of both windows over the same equal-width bins [edge, next edge); the last bin is closed and may be wider.
 * Edges are round numbers, and whole ones where all values are.
 */
export interface Histogram {
  /** One more than there are bins. */
  edges: number[];
  baseline: number[];
  current: number[];
}

/** Steps of an empirical distribution function: `share[i]` of the window's values are at most `value[i]`. */
export interface Ecdf {
  value: number[];
  share: number[];
}

/** Rounding the edges may add two. */
const MAX_BINS = 22;
const MAX_POINTS = 64;

/**
 * Bins both ascending, non-empty samples from below the smallest value to the pooled 99 % point; what lies above goes into
 * the last bin, whose upper edge is the largest value, so that one slow answer does not flatten the chart.
 */
export function histogram(baseline: Float64Array, current: Float64Array): Histogram {
  const low = Math.min(baseline[0]!, current[0]!);
  const high = Math.max(baseline.at(-1)!, current.at(-1)!);
  if (low === high) return { edges: [low, high], baseline: [baseline.length], current: [current.length] };
  const usual = Math.max(quantile(baseline, 0.99), quantile(current, 0.99));
  // The square root's rule, and half as much again: rounding the step up takes about a third of the bins away.
  const bins = Math.min(MAX_BINS, Math.max(6, Math.ceil(1.5 * Math.sqrt(Math.min(baseline.length, current.length)))));
  const end = usual > low ? usual : high;
  const step = roundStep((end - low) / bins, baseline.every(Number.isInteger) && current.every(Number.isInteger));
  const first = Math.floor(low / step);
  const count = Math.floor(end / step) - first + 1;
  const edges = Array.from({ length: count + 1 }, (_, bin) => (first + bin) * step);
  edges[count] = Math.max(edges[count]!, high);
  return { edges, baseline: countHalfOpen(baseline, edges), current: countHalfOpen(current, edges) };
}

/** The next of 1, 2, 5, 10, 20, … (or of their like below 1) from `width` up. */
function roundStep(width: number, whole: boolean): number {
  const power = 10 ** Math.floor(Math.log10(width));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= width) ?? width;
  return whole ? Math.max(1, step) : step;
}

function countHalfOpen(sorted: Float64Array, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  let bin = 0;
  // Indexed, as every loop over whole windows here: until it is optimised, for-of allocates at every step.
  for (let index = 0; index < sorted.length; index++) {
    while (bin < counts.length - 1 && sorted[index]! >= edges[bin + 1]!) bin++;
    counts[bin]!++;
  }
  return counts;
}

/**
 * All steps of an ascending, non-empty sample when there are at most 64, else 64 of them evenly spread over the ranks.
 */
export function ecdf(sorted: Float64Array): Ecdf {
  const value: number[] = [];
  let at = 0;
  while (at < sorted.length && value.length <= MAX_POINTS) {
    value.push(sorted[at]!);
    at = countAtMost(sorted, sorted[at]!);
  }
  if (at < sorted.length || value.length > MAX_POINTS) {
    const ranks = Array.from({ length: MAX_POINTS }, (_, point) => (point / (MAX_POINTS - 1)) * (sorted.length - 1));
    value.splice(0, value.length, ...new Set(ranks.map((rank) => sorted[Math.round(rank)]!)));
  }
  return { value, share: value.map((each) => countAtMost(sorted, each) / sorted.length) };
}
