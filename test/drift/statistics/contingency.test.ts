import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareTable, drawHypergeometric, riskDifference } from '../../../src/drift/statistics/contingency.ts';
import { createRandom } from '../../../src/drift/statistics/random.ts';

function choose(n: number, k: number): bigint {
  let ways = 1n;
  for (let step = 1; step <= k; step++) ways = (ways * BigInt(n - k + step)) / BigInt(step);
  return k < 0 || k > n ? 0n : ways;
}

describe('two levels', () => {
  test('pins: a Fisher p-value other than the exact sum over tables, counted in whole numbers', () => {
    const cell = fc.integer({ min: 0, max: 25 });
    fc.assert(
      fc.property(cell, cell, cell, cell, (a, b, c, d) => {
        fc.pre(a + b > 0 && c + d > 0 && a + c > 0 && b + d > 0);
        const ways = (hits: number): bigint => choose(a + c, hits) * choose(b + d, a + b - hits);
        const observed = ways(a);
        let tail = 0n;
        for (let hits = 0; hits <= a + b; hits++) if (ways(hits) <= observed) tail += ways(hits);
        const exact = Number((tail * 10n ** 15n) / choose(a + b + c + d, a + b)) / 1e15;
        expect(compareTable([a, b], [c, d], createRandom(1)).pValue).toBeCloseTo(exact, 12);
      }),
      { numRuns: 300 },
    );
  });

  test('pins: underflow or lost digits at 100,000 traces a window', () => {
    const same = compareTable([98_000, 2000], [98_000, 2000], createRandom(1));
    expect(same.pValue).toBeCloseTo(1, 9);
    const apart = compareTable([100_000, 0], [0, 100_000], createRandom(1));
    expect(apart.pValue).toBeLessThan(1e-290);
    expect(apart.cramersV).toBe(1);
  });

  test('pins: a smallest p-value that counts a hopeless table in (one error among 120 traces can show nothing)', () => {
    expect(compareTable([59, 1], [60, 0], createRandom(1)).smallestP).toBe(1);
    expect(compareTable([60, 0], [50, 10], createRandom(1)).smallestP).toBeLessThan(0.01);
  });
});

describe('more levels', () => {
  test('pins: the chi-squared curve trusted where counts are small', () => {
    const rare = compareTable([58, 1, 1], [55, 5, 0], createRandom(1));
    expect(rare.method).toBe('permutation');
    // Freeman and Halton's test with the chi-squared statistic, all tables with these margins listed below.
    expect(Math.abs(rare.pValue - exactChiSquaredP([58, 1, 1], [55, 5, 0]))).toBeLessThan(0.02);
    expect(compareTable([470, 25, 15], [450, 40, 30], createRandom(1)).method).toBe('chi-squared');
  });

  test('pins: a permutation p that is zero, or that changes from run to run', () => {
    const once = compareTable([40, 0, 1], [0, 40, 1], createRandom(9));
    expect(once.pValue).toBe(1 / 5000);
    expect(compareTable([40, 0, 1], [0, 40, 1], createRandom(9))).toEqual(once);
  });
});

function exactChiSquaredP(baseline: readonly number[], current: readonly number[]): number {
  const pooled = baseline.map((count, level) => count + current[level]!);
  const n = baseline.reduce((sum, count) => sum + count);
  const total = pooled.reduce((sum, count) => sum + count);
  const statistic = (first: readonly number[]): number =>
    pooled.reduce((sum, count, level) => sum + (first[level]! - (n * count) / total) ** 2 / count, 0);
  const observed = statistic(baseline);
  let tail = 0n;
  for (let x = 0; x <= pooled[0]!; x++) {
    for (let y = 0; y <= pooled[1]!; y++) {
      const z = n - x - y;
      if (z < 0 || z > pooled[2]! || statistic([x, y, z]) < observed - 1e-9) continue;
      tail += choose(pooled[0]!, x) * choose(pooled[1]!, y) * choose(pooled[2]!, z);
    }
  }
  return Number((tail * 10n ** 15n) / choose(total, n)) / 1e15;
}

test('pins: draws that are not hypergeometric', () => {
  const random = createRandom(4);
  const [good, bad, drawn] = [30, 70, 40] as const;
  const rounds = 40_000;
  const counts = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    const hits = drawHypergeometric(good, bad, drawn, random);
    counts.set(hits, (counts.get(hits) ?? 0) + 1);
  }
  for (const [hits, count] of counts) {
    const share =
      Number((choose(good, hits) * choose(bad, drawn - hits) * 10n ** 12n) / choose(good + bad, drawn)) / 1e12;
    expect(Math.abs(count - rounds * share)).toBeLessThan(5 * Math.sqrt(rounds * share + 1));
  }
  expect(drawHypergeometric(0, 10, 4, random)).toBe(0);
  expect(drawHypergeometric(10, 0, 4, random)).toBe(4);
});

test('pins: an interval of a difference that leaves [-1, 1] or misses the difference at the edges', () => {
  const none = riskDifference(0, 30, 0, 30);
  expect(none.difference).toBe(0);
  expect(none.low).toBeLessThan(0);
  expect(none.high).toBeGreaterThan(0);
  const all = riskDifference(0, 30, 30, 30);
  expect(all.high).toBeLessThanOrEqual(1 + 1e-12);
  expect(all.low).toBeGreaterThan(0.7);
});
