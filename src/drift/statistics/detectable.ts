/**
 * What a comparison could have seen: the smallest effect found with the wanted power, and the windows that a given
 * effect needs. "No drift" without this number says nothing.
 *
 * 1. Both come from one power calculation on the windows' own pooled values, which is the best estimate of the
 *    distribution where no drift was found (and errs on the wide side where some drift went unseen).
 * 2. Numeric effects are scale changes: "every value r times as large". The power of the Mann-Whitney test then follows
 *    from P(X < rX') and the two variance terms of U under that alternative (Lehmann, Nonparametrics, 1975, section
 *    2.3), all counted over the pooled values themselves: no assumed curve.
 * 3. Share effects are percentage points of one level against the rest, spread over the rest as their shares are, which
 *    is the hardest change to see; the sample size of Casagrande, Pike and Smith (1978,
 *    https://doi.org/10.2307/2530613), which stands for Fisher's exact test; tables of more levels take their critical
 *    value from the non-central chi-squared power.
 */
import { bisect, chiSquaredQuantile, noncentralChiSquaredTail, normalTwoSidedQuantile } from './special.ts';

/** The level of the test after the correction for many features, and the chance of seeing the effect. */
export interface Demand {
  alpha: number;
  power: number;
}

const LARGEST_RATIO = 100;
const LARGEST_WINDOW = 1_000_000;
const MAX_VALUES = 4096;

/** The power of the Mann-Whitney test against scale changes of the values it was made from. */
export interface ScalePower {
  /** The smallest rise, in percent, that windows of n and m traces show with the power asked for; null: none does. */
  percentSeen: (n: number, m: number) => number | null;
  /** Traces each window needs to show a rise by `percent`; null: no window of up to a million shows it. */
  tracesFor: (percent: number) => number | null;
}

/** Prepares the calculation over ascending, non-negative values, two at least. */
export function scalePower(pooled: Float64Array, { alpha, power }: Demand): ScalePower {
  const values = thin(pooled);
  const zAlpha = normalTwoSidedQuantile(alpha);
  const zPower = normalTwoSidedQuantile(2 * (1 - power));
  const tieShare = tiedTriples(values);
  const seen = (effect: ScaleEffect, n: number, m: number): boolean => {
    const pairs = n * m;
    const sigmaNull = Math.sqrt(((n + m + 1) * (1 - tieShare)) / (12 * pairs));
    const { larger, twoAboveOne, oneAboveTwo } = effect;
    const variance =
      (larger * (1 - larger) + (m - 1) * (twoAboveOne - larger ** 2) + (n - 1) * (oneAboveTwo - larger ** 2)) / pairs;
    const reach = larger - 0.5 - 0.5 / pairs - zAlpha * sigmaNull;
    return reach >= zPower * Math.sqrt(Math.max(0, variance));
  };
  return {
    percentSeen: (n, m) => {
      const holds = (lnRatio: number): boolean => seen(scaleEffect(values, Math.exp(lnRatio)), n, m);
      const top = Math.log(LARGEST_RATIO);
      if (!holds(top)) return null;
      return Math.max(smallestStep(values), 100 * Math.expm1(coarseBisect(holds, top)));
    },
    tracesFor: (percent) => {
      const effect = scaleEffect(values, 1 + percent / 100);
      if (!seen(effect, LARGEST_WINDOW, LARGEST_WINDOW)) return null;
      return Math.ceil(bisect((n) => seen(effect, Math.ceil(n), Math.ceil(n)), 2, LARGEST_WINDOW));
    },
  };
}

interface ScaleEffect {
  /** P(X < rX'), ties as one half. */
  larger: number;
  /** P(X < rX' and X < rX''). */
  twoAboveOne: number;
  /** P(X < rX'' and X' < rX''). */
  oneAboveTwo: number;
}

/** A value is never paired with itself: it would count as a sure rise. */
function scaleEffect(values: Float64Array, ratio: number): ScaleEffect {
  const count = values.length;
  const others = count - 1;
  let larger = 0;
  let twoAboveOne = 0;
  let oneAboveTwo = 0;
  let scaledBelow = 0;
  let scaledUpTo = 0;
  let below = 0;
  let upTo = 0;
  for (let index = 0; index < count; index++) {
    const value = values[index]!;
    while (scaledBelow < count && values[scaledBelow]! * ratio < value) scaledBelow++;
    while (scaledUpTo < count && values[scaledUpTo]! * ratio <= value) scaledUpTo++;
    // Zero scaled is zero still, so such a pair is a tie with itself as well.
    const itself = value > 0 ? 1 : 0.5;
    const above = (count - (scaledBelow + scaledUpTo) / 2 - itself) / others;
    const scaled = value * ratio;
    while (below < count && values[below]! < scaled) below++;
    while (upTo < count && values[upTo]! <= scaled) upTo++;
    const under = ((below + upTo) / 2 - itself) / others;
    larger += above;
    twoAboveOne += above * above;
    oneAboveTwo += under * under;
  }
  return { larger: larger / count, twoAboveOne: twoAboveOne / count, oneAboveTwo: oneAboveTwo / count };
}

/** Evenly spaced order statistics: a few thousand describe the distribution as well as 200,000 values do. */
function thin(sorted: Float64Array): Float64Array {
  if (sorted.length <= MAX_VALUES) return sorted;
  const step = (sorted.length - 1) / (MAX_VALUES - 1);
  return Float64Array.from({ length: MAX_VALUES }, (_, index) => sorted[Math.round(index * step)]!);
}

/** Σ (t/N)³ over tie groups, by which ties shrink the variance of U; single values count as no tie. */
function tiedTriples(sorted: Float64Array): number {
  let share = 0;
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    if (end - start > 1) share += ((end - start) / sorted.length) ** 3;
  }
  return share;
}

/** Whole numbers cannot rise by less than one: that step, in percent of the median. */
function smallestStep(sorted: Float64Array): number {
  const median = sorted[sorted.length >> 1]!;
  return median > 0 && sorted.every(Number.isInteger) ? 100 / median : 0;
}

/** Thirty halvings: a percentage is shown with two digits, and each step costs a pass over the values. */
function coarseBisect(holds: (x: number) => boolean, high: number): number {
  let low = 0;
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The power of a table test against a change of one level's share. */
export interface SharePower {
  /**
   * The smallest change, in percentage points, that windows of n and m traces show with the power asked for; null:
   * none.
   */
  pointsSeen: (n: number, m: number) => number | null;
  /** Traces each window needs to show a change by `points`; null when the share leaves no room for it. */
  tracesFor: (points: number) => number | null;
}

/**
 * Prepares the calculation for a level of share `share` (0 to 1) in a table of `levels` levels; it moves towards one
 * half.
 */
export function sharePower(share: number, levels: number, { alpha, power }: Demand): SharePower {
  const rarer = Math.min(share, 1 - share);
  const room = 1 - rarer;
  const zPower = normalTwoSidedQuantile(2 * (1 - power));
  // What the test's critical value is worth on the scale of one normal number; with two levels it is just that.
  const zCritical = Math.sqrt(noncentralityFor(Math.max(1, levels - 1), alpha, power)) - zPower;
  const traces = (change: number): number => {
    const raised = rarer + change;
    const mean = rarer + change / 2;
    const spread =
      zCritical * Math.sqrt(2 * mean * (1 - mean)) +
      zPower * Math.sqrt(rarer * (1 - rarer) + Math.max(0, raised * (1 - raised)));
    const uncorrected = (spread / change) ** 2;
    return (uncorrected / 4) * (1 + Math.sqrt(1 + 4 / (uncorrected * change))) ** 2;
  };
  return {
    pointsSeen: (n, m) => {
      const harmonic = (2 * n * m) / (n + m);
      if (traces(room) > harmonic) return null;
      return 100 * bisect((change) => traces(change) <= harmonic, 1e-6, room);
    },
    tracesFor: (points) => (points / 100 > room ? null : Math.ceil(traces(points / 100))),
  };
}

/** The non-centrality at which a chi-squared test of level alpha has the power asked for. */
function noncentralityFor(degreesOfFreedom: number, alpha: number, power: number): number {
  if (degreesOfFreedom === 1) return (normalTwoSidedQuantile(alpha) + normalTwoSidedQuantile(2 * (1 - power))) ** 2;
  const critical = chiSquaredQuantile(alpha, degreesOfFreedom);
  return bisect((lambda) => noncentralChiSquaredTail(critical, degreesOfFreedom, lambda) >= power, 0, 500);
}
