/**
 * The Mann-Whitney U test, which decides about numeric features.
 *
 * 1. U counts the pairs in which the current value is larger, ties as one half; Cliff's delta is 2U/(nm) - 1.
 * 2. Up to 25 values a window the p-value is exact and conditional on the ties: the distribution of the sum of doubled
 *    midranks over all splits, by the shift algorithm of Streitberg and Röhmel (1986, Statistical Software Newsletter
 *    12). Without ties that is the classical table.
 * 3. Where nearly all values are one and the same (a capped answer length, say) the normal curve is too light in the
 *    tail, so the few others are dealt out at random instead: a seeded permutation p.
 * 4. Otherwise the normal approximation with tie and continuity correction
 *    (https://en.wikipedia.org/wiki/Mann-Whitney_U_test#Normal_approximation_and_tie_correction).
 */
import type { Random } from './random.ts';
import { normalTwoSided } from './special.ts';

export interface MannWhitney {
  /** Pairs in which the current value is larger, ties counted one half. */
  u: number;
  /** Two-sided. */
  pValue: number;
  /** The smallest p-value any split of these pooled values could have given. */
  smallestP: number;
  method: 'exact' | 'permutation' | 'normal';
  /** From -1 (every current value is smaller) to 1 (every current value is larger). */
  cliffsDelta: number;
}

const EXACT_UP_TO = 25;
const FEW_OTHERS = 100;
const PERMUTATIONS = 4999;

/** Tests two ascending samples, both non-empty. `random` is drawn from only in case 3. */
export function mannWhitney(baseline: Float64Array, current: Float64Array, random: Random): MannWhitney {
  const n = baseline.length;
  const m = current.length;
  const ties = tieGroups(baseline, current);
  const doubledSum = ties.reduce((sum, tie) => sum + tie.inCurrent * tie.doubledMidrank, 0);
  const u = doubledSum / 2 - (m * (m + 1)) / 2;
  const cliffsDelta = (2 * u) / (n * m) - 1;
  // Doubled rank sums are whole numbers, and so is their mean m(N+1): deviations compare without rounding.
  const mean = m * (n + m + 1);
  const deviation = Math.abs(doubledSum - mean);
  const largest = largestDeviation(ties, m, mean);
  const answer = (method: MannWhitney['method'], tail: (deviation: number) => number): MannWhitney => ({
    u,
    pValue: Math.min(1, tail(deviation)),
    smallestP: Math.min(1, tail(largest)),
    method,
    cliffsDelta,
  });

  if (n <= EXACT_UP_TO && m <= EXACT_UP_TO) return answer('exact', exactTail(ties, m, mean));
  const total = n + m;
  const mode = ties.reduce((widest, tie) => (tie.size > widest.size ? tie : widest));
  if (2 * mode.size > total && total - mode.size <= FEW_OTHERS)
    return answer('permutation', permutationTail(ties, mode, m, mean, random));
  const tieTerm = ties.reduce((sum, { size }) => sum + (size ** 3 - size), 0) / (total * (total - 1));
  const sigma = Math.sqrt(((n * m) / 12) * (total + 1 - tieTerm));
  return answer('normal', (d) => normalTwoSided(Math.max(0, d / 2 - 0.5) / sigma));
}

interface TieGroup {
  size: number;
  inCurrent: number;
  /** Twice the mean rank of the group, which is a whole number. */
  doubledMidrank: number;
}

function tieGroups(baseline: Float64Array, current: Float64Array): TieGroup[] {
  const groups: TieGroup[] = [];
  let i = 0;
  let j = 0;
  while (i < baseline.length || j < current.length) {
    const before = i + j;
    const startJ = j;
    const value = Math.min(baseline[i] ?? Infinity, current[j] ?? Infinity);
    while (i < baseline.length && baseline[i] === value) i++;
    while (j < current.length && current[j] === value) j++;
    groups.push({ size: i + j - before, inCurrent: j - startJ, doubledMidrank: before + 1 + i + j });
  }
  return groups;
}

/** The furthest the doubled rank sum of `m` values can lie from its mean: all lowest or all highest. */
function largestDeviation(ties: readonly TieGroup[], m: number, mean: number): number {
  const extreme = (ordered: readonly TieGroup[]): number => {
    let left = m;
    let sum = 0;
    for (const tie of ordered) {
      const taken = Math.min(left, tie.size);
      sum += taken * tie.doubledMidrank;
      left -= taken;
    }
    return Math.abs(sum - mean);
  };
  return Math.max(extreme(ties), extreme(ties.toReversed()));
}

function exactTail(ties: readonly TieGroup[], m: number, mean: number): (deviation: number) => number {
  const total = ties.reduce((sum, tie) => sum + tie.size, 0);
  const width = total * (total + 1) + 1;
  // ways[k * width + s]: how many sets of k of the values so far have the doubled rank sum s. At most C(50, 25) < 2^53.
  const ways = new Float64Array((m + 1) * width);
  ways[0] = 1;
  let reached = 0;
  let seen = 0;
  for (const { size, doubledMidrank } of ties) {
    for (let copy = 0; copy < size; copy++) {
      seen++;
      for (let k = Math.min(m, seen); k >= 1; k--) {
        const into = k * width + doubledMidrank;
        const from = (k - 1) * width;
        for (let s = 0; s <= reached; s++) ways[into + s]! += ways[from + s]!;
      }
      reached += doubledMidrank;
    }
  }
  const last = ways.subarray(m * width, (m + 1) * width);
  const all = last.reduce((sum, count) => sum + count, 0);
  return (deviation) => {
    let extreme = 0;
    for (let s = 0; s < width; s++) if (Math.abs(s - mean) >= deviation) extreme += last[s]!;
    return extreme / all;
  };
}

function permutationTail(
  ties: readonly TieGroup[],
  mode: TieGroup,
  m: number,
  mean: number,
  random: Random,
): (deviation: number) => number {
  const total = ties.reduce((sum, tie) => sum + tie.size, 0);
  const others = ties.filter((tie) => tie !== mode).flatMap((tie) => Array<number>(tie.size).fill(tie.doubledMidrank));
  const deviations = new Float64Array(PERMUTATIONS);
  for (let round = 0; round < PERMUTATIONS; round++) {
    let placesLeft = m;
    let sum = 0;
    for (const [index, doubledRank] of others.entries()) {
      if (random.below(total - index) < placesLeft) {
        sum += doubledRank;
        placesLeft--;
      }
    }
    deviations[round] = Math.abs(sum + placesLeft * mode.doubledMidrank - mean);
  }
  return (deviation) => (1 + deviations.filter((d) => d >= deviation).length) / (PERMUTATIONS + 1);
}
