import { describe, expect, test } from 'vitest';
import { compareTable } from '../../../src/drift/statistics/contingency.ts';
import { scalePower, sharePower } from '../../../src/drift/statistics/detectable.ts';
import { mannWhitney } from '../../../src/drift/statistics/mann-whitney.ts';
import { createRandom } from '../../../src/drift/statistics/random.ts';
import { ascending, normal } from '../support.ts';

const demand = { alpha: 0.05 / 6, power: 0.8 };

function tokens(count: number, seed: number, sigma = 0.5): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: count }, () => Math.round(200 * Math.exp(sigma * normal(random)))).sort();
}

describe('scale changes', () => {
  test.each([
    [20, 20],
    [60, 60],
    [300, 40],
  ])('pins: a promise not kept: the effect named for %i and %i traces is found about four times in five', (n, m) => {
    const percent = scalePower(tokens(4000, 1), demand).percentSeen(n, m)!;
    let found = 0;
    const rounds = 600;
    for (let round = 0; round < rounds; round++) {
      const baseline = tokens(n, 10_000 + round);
      const current = tokens(m, 50_000 + round).map((value) => Math.round(value * (1 + percent / 100)));
      if (mannWhitney(baseline, current.sort(), createRandom(1)).pValue <= demand.alpha) found++;
    }
    expect(found / rounds).toBeGreaterThan(0.74);
    expect(found / rounds).toBeLessThan(0.87);
  });

  test('pins: an effect read off one small window that is wildly off', () => {
    const truth = scalePower(tokens(4000, 1), demand).percentSeen(60, 60)!;
    const estimates = Array.from({ length: 40 }, (_, seed) =>
      scalePower(tokens(120, 200 + seed), demand).percentSeen(60, 60)!,
    );
    const ordered = ascending(estimates);
    expect(ordered[20]! / truth).toBeGreaterThan(0.85);
    expect(ordered[20]! / truth).toBeLessThan(1.15);
    expect(ordered[0]! / truth).toBeGreaterThan(0.6);
  });

  test('pins: a needed number of traces that would not do, or one fewer that would', () => {
    const power = scalePower(tokens(120, 3), demand);
    const need = power.tracesFor(50)!;
    expect(power.percentSeen(need, need)!).toBeLessThanOrEqual(50.0001);
    expect(power.percentSeen(need - 1, need - 1)!).toBeGreaterThan(50);
  });

  test('pins: more traces that see less', () => {
    const power = scalePower(tokens(500, 4), demand);
    const seen = [10, 20, 50, 200, 1000, 100_000].map((n) => power.percentSeen(n, n)!);
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
  });

  test('pins: an effect promised for values that no scaling moves', () => {
    const mostlyZero = ascending([...Array<number>(95).fill(0), 1, 2, 3, 4, 5]);
    expect(scalePower(mostlyZero, demand).percentSeen(50, 50)).toBeNull();
    expect(scalePower(ascending(Array<number>(50).fill(0)), demand).tracesFor(50)).toBeNull();
  });

  test('pins: an effect smaller than the step between whole numbers', () => {
    const nearlyConstant = ascending([...Array<number>(99).fill(20), 21]);
    expect(scalePower(nearlyConstant, demand).percentSeen(50, 50)).toBe(5);
  });
});

/** The exact power of Fisher's test for two shares. */
function fisherPower(before: number, after: number, n: number): number {
  const binomial = (hits: number, share: number): number => {
    let weight = 1;
    for (let step = 1; step <= hits; step++) weight *= ((n - hits + step) / step) * share;
    return weight * (1 - share) ** (n - hits);
  };
  let power = 0;
  for (let a = 0; a <= n; a++) {
    for (let b = 0; b <= n; b++) {
      const chance = binomial(a, before) * binomial(b, after);
      if (chance < 1e-9) continue;
      if (a + b === 0 || a + b === 2 * n) continue;
      if (compareTable([n - a, a], [n - b, b], createRandom(1)).pValue <= demand.alpha) power += chance;
    }
  }
  return power;
}

describe('shares', () => {
  test.each([
    [0.02, 60],
    [0, 50],
    [0.3, 50],
  ])('pins: a promise not kept: from a share of %d, %i traces a window', (share, n) => {
    const points = sharePower(share, 2, demand).pointsSeen(n, n)!;
    const power = fisherPower(share, share + points / 100, n);
    expect(power).toBeGreaterThan(0.78);
    expect(power).toBeLessThan(0.95);
  });

  test('pins: a table of many levels that claims the sensitivity of two', () => {
    const two = sharePower(0.06, 2, demand).pointsSeen(60, 60)!;
    const five = sharePower(0.06, 5, demand).pointsSeen(60, 60)!;
    expect(five).toBeGreaterThan(two);
  });

  test('pins: a needed number of traces that would not do', () => {
    const power = sharePower(0.02, 2, demand);
    const need = power.tracesFor(35)!;
    expect(power.pointsSeen(need, need)!).toBeLessThanOrEqual(35.0001);
    expect(power.pointsSeen(need - 1, need - 1)!).toBeGreaterThan(35);
    expect(power.pointsSeen(3, 3)).toBeNull();
  });

  test('pins: a common level treated as if it could only grow', () => {
    expect(sharePower(0.94, 2, demand).pointsSeen(60, 60)).toBeCloseTo(
      sharePower(0.06, 2, demand).pointsSeen(60, 60)!,
      9,
    );
  });
});
