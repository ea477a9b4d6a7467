/**
 * Tests of a two-column table of counts: do two windows share out their traces over the same levels?
 *
 * 1. Two levels: Fisher's exact test. Table weights are built by recurrence from the most likely table, so that neither
 *    factorials nor logarithms lose digits, at 10 traces or at 100,000.
 * 2. More levels: Pearson's chi-squared. Where an expected count is below five (Cochran's rule) its curve is not to be
 *    trusted, and the p-value comes from random tables with the same margins, which is what shuffling the traces
 *    between the windows amounts to.
 */
import { total } from './distance.ts';
import type { Random } from './random.ts';
import { chiSquaredTail, lnGamma } from './special.ts';

export interface TableTest {
  /** Two-sided. */
  pValue: number;
  /** The smallest p-value any table with these margins could have given (0 where that is not worked out). */
  smallestP: number;
  method: 'fisher' | 'chi-squared' | 'permutation';
  degreesOfFreedom: number;
  /** 0 (same shares) to 1 (no level in common). */
  cramersV: number;
}

const PERMUTATIONS = 4999;
const SMALL_EXPECTED = 5;
// Tables as likely as the observed one but for rounding belong to the tail; R's fisher.test has the same tolerance.
const SAME_WEIGHT = 1 + 1e-7;

/**
 * Tests counts per level (same order, some level above zero in either, both windows non-empty, two levels at least).
 */
export function compareTable(baseline: readonly number[], current: readonly number[], random: Random): TableTest {
  const pooled = baseline.map((count, level) => count + current[level]!);
  const n = total(baseline);
  const m = total(current);
  const statistic = chiSquared(baseline, pooled, n, m);
  const degreesOfFreedom = pooled.length - 1;
  const cramersV = Math.sqrt(statistic / (n + m));
  const shared = { degreesOfFreedom, cramersV };
  if (pooled.length === 2) {
    return { ...fisher(baseline[0]!, pooled[0]!, pooled[1]!, n), method: 'fisher', ...shared };
  }
  if (Math.min(...pooled) * (Math.min(n, m) / (n + m)) >= SMALL_EXPECTED) {
    return { pValue: chiSquaredTail(statistic, degreesOfFreedom), smallestP: 0, method: 'chi-squared', ...shared };
  }
  const pValue = permutationP(statistic, pooled, n, m, random);
  return { pValue, smallestP: 1 / (PERMUTATIONS + 1), method: 'permutation', ...shared };
}

/** Σ (O - E)² / E over both windows, which for two columns is N²/(nm) Σ (o - n·c/N)² / c over the levels. */
export function chiSquared(baseline: ArrayLike<number>, pooled: readonly number[], n: number, m: number): number {
  const traces = n + m;
  let scaled = 0;
  for (let level = 0; level < pooled.length; level++) {
    const expected = (n * pooled[level]!) / traces;
    scaled += (baseline[level]! - expected) ** 2 / pooled[level]!;
  }
  return (traces * traces * scaled) / (n * m);
}

/**
 * Fisher's exact test, two-sided as the sum over all tables no likelier than the observed one.
 * `hits` of the first window's `drawn` traces have the level that `good` of all traces have and `bad` have not.
 */
function fisher(hits: number, good: number, bad: number, drawn: number): { pValue: number; smallestP: number } {
  const low = Math.max(0, drawn - bad);
  const high = Math.min(good, drawn);
  const mode = hypergeometricMode(good, bad, drawn);
  // Weights relative to the mode's; those that underflow are below 1e-300 of it.
  const weights = new Float64Array(high - low + 1);
  weights[mode - low] = 1;
  for (let x = mode; x < high; x++) weights[x + 1 - low] = weights[x - low]! * ratioUp(x, good, bad, drawn);
  for (let x = mode; x > low; x--) weights[x - 1 - low] = weights[x - low]! / ratioUp(x - 1, good, bad, drawn);
  const all = total(weights);
  const tail = (weight: number): number => {
    const limit = weight * SAME_WEIGHT;
    return weights.reduce((tail, each) => (each <= limit ? tail + each : tail), 0) / all;
  };
  const rarest = Math.min(weights[0]!, weights[weights.length - 1]!);
  return { pValue: Math.min(1, tail(weights[hits - low]!)), smallestP: Math.min(1, tail(rarest)) };
}

function hypergeometricMode(good: number, bad: number, drawn: number): number {
  return Math.floor(((drawn + 1) * (good + 1)) / (good + bad + 2));
}

/** P(x + 1) / P(x) of the hypergeometric distribution. */
function ratioUp(x: number, good: number, bad: number, drawn: number): number {
  return ((good - x) * (drawn - x)) / ((x + 1) * (bad - drawn + x + 1));
}

function permutationP(observed: number, pooled: readonly number[], n: number, m: number, random: Random): number {
  const limit = observed * (1 - 1e-9);
  const drawn = new Float64Array(pooled.length);
  let atLeast = 1;
  for (let round = 0; round < PERMUTATIONS; round++) {
    let left = n;
    let others = n + m;
    for (let level = 0; level < pooled.length; level++) {
      others -= pooled[level]!;
      drawn[level] = drawHypergeometric(pooled[level]!, others, left, random);
      left -= drawn[level]!;
    }
    if (chiSquared(drawn, pooled, n, m) >= limit) atLeast++;
  }
  return atLeast / (PERMUTATIONS + 1);
}

/**
 * How many of `drawn` traces, taken at random from `good + bad`, are good: inversion that starts at the mode and takes
 * the next likelier side in turn, which needs about as many steps as the standard deviation (Kachitvichyanukul and
 * Schmeiser 1985, https://doi.org/10.1080/00949658508810839).
 */
export function drawHypergeometric(good: number, bad: number, drawn: number, random: Random): number {
  const low = Math.max(0, drawn - bad);
  const high = Math.min(good, drawn);
  if (low === high) return low;
  const mode = hypergeometricMode(good, bad, drawn);
  let left = random.uniform();
  let down = mode;
  let up = mode;
  const atMode = Math.exp(lnChoose(good, mode) + lnChoose(bad, drawn - mode) - lnChoose(good + bad, drawn));
  let downMass = atMode;
  let upMass = atMode;
  left -= atMode;
  if (left < 0) return mode;
  while (down > low || up < high) {
    if (up < high) {
      upMass *= ratioUp(up, good, bad, drawn);
      up++;
      left -= upMass;
      if (left < 0) return up;
    }
    if (down > low) {
      downMass /= ratioUp(down - 1, good, bad, drawn);
      down--;
      left -= downMass;
      if (left < 0) return down;
    }
  }
  return mode;
}

function lnChoose(n: number, k: number): number {
  return lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);
}

/** A difference of two shares (current - baseline) with its 95 % interval, in units of 1. */
export interface RiskDifference {
  difference: number;
  low: number;
  high: number;
}

/**
 * Newcombe's hybrid score interval (1998, method 10,
 * https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).
 */
export function riskDifference(baselineHits: number, n: number, currentHits: number, m: number): RiskDifference {
  const before = wilson(baselineHits, n);
  const after = wilson(currentHits, m);
  const difference = after.share - before.share;
  return {
    difference,
    low: difference - Math.hypot(after.share - after.low, before.high - before.share),
    high: difference + Math.hypot(after.high - after.share, before.share - before.low),
  };
}

function wilson(hits: number, n: number): { share: number; low: number; high: number } {
  const z = 1.959963984540054;
  const share = hits / n;
  const centre = (hits + (z * z) / 2) / (n + z * z);
  const half = (z / (n + z * z)) * Math.sqrt((hits * (n - hits)) / n + (z * z) / 4);
  return { share, low: centre - half, high: centre + half };
}
