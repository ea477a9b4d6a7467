/**
 * The Hodges-Lehmann shift: the median of all n·m differences current - baseline, with its distribution-free interval.
 *
 * The differences are never listed (100,000 against 100,000 traces have 10^10 of them). Over sorted samples the number
 * of differences up to t is counted in one pass of two pointers, and t is found by halving, after the selection in
 * sorted matrices of Johnson and Mizoguchi (1978, https://doi.org/10.1137/0207013) and Monahan (1984,
 * https://doi.org/10.1145/1271.319414). Each pass also finds the nearest differences on either side of t, so that the
 * answer is one of the differences to the last bit.
 */

export interface Shift {
  /** In the feature's unit; positive when the current window lies higher. */
  shift: number;
  /** The 95 % interval of the shift, whatever the distribution (Lehmann, Nonparametrics, 1975, section 2.5). */
  low: number;
  high: number;
}

const Z_95 = 1.959963984540054;

/** Estimates the shift between two ascending, non-empty samples. */
export function hodgesLehmann(baseline: Float64Array, current: Float64Array): Shift {
  const n = baseline.length;
  const m = current.length;
  const pairs = n * m;
  const middle = Math.floor((pairs + 1) / 2);
  const lower = selectDifference(baseline, current, middle);
  const upper = pairs % 2 === 1 ? lower : selectDifference(baseline, current, middle + 1, lower);
  const margin = Z_95 * Math.sqrt((pairs * (n + m + 1)) / 12);
  const rank = Math.max(1, Math.floor(pairs / 2 - margin));
  return {
    shift: lower + (upper - lower) / 2,
    low: selectDifference(baseline, current, rank),
    high: selectDifference(baseline, current, pairs - rank + 1, upper),
  };
}

/**
 * The k-th smallest (from 1) of the differences current - baseline; `atLeast` is a difference known not to exceed it.
 */
export function selectDifference(
  baseline: Float64Array,
  current: Float64Array,
  k: number,
  atLeast = current[0]! - baseline[baseline.length - 1]!,
): number {
  let low = atLeast;
  let high = current[current.length - 1]! - baseline[0]!;
  while (low < high) {
    const middle = low + (high - low) / 2;
    const cut = middle < high ? middle : low;
    const { count, below, above } = countUpTo(baseline, current, cut);
    if (count >= k) high = below;
    else low = above;
  }
  return low;
}

interface Count {
  /** How many differences are <= the cut. */
  count: number;
  /** The largest difference <= the cut. */
  below: number;
  /** The smallest difference > the cut. */
  above: number;
}

function countUpTo(baseline: Float64Array, current: Float64Array, cut: number): Count {
  const n = baseline.length;
  let start = 0;
  let count = 0;
  let below = -Infinity;
  let above = Infinity;
  for (let j = 0; j < current.length; j++) {
    const value = current[j]!;
    // Rounded subtraction is monotone, so the pointer only ever moves on.
    while (start < n && value - baseline[start]! > cut) start++;
    count += n - start;
    if (start < n) below = Math.max(below, value - baseline[start]!);
    if (start > 0) above = Math.min(above, value - baseline[start - 1]!);
  }
  return { count, below, above };
}
