import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jensenShannon, normalisedWasserstein, psi, quantileBins } from '../../../src/drift/statistics/distance.ts';
import { createRandom } from '../../../src/drift/statistics/random.ts';
import { ascending } from '../support.ts';

test('pins: a noise floor that is not what windows without drift show', () => {
  const random = createRandom(2);
  const window = (): Float64Array => Float64Array.from({ length: 500 }, () => random.uniform()).sort();
  const values = Array.from({ length: 400 }, () => {
    const bins = quantileBins(window(), window(), 10);
    return psi(bins.baseline, bins.current);
  });
  const mean = values.reduce((sum, each) => sum + each.value, 0) / values.length;
  const above = values.filter((each) => each.value > each.noise95).length / values.length;
  expect(mean / values[0]!.noiseMean).toBeGreaterThan(0.85);
  expect(mean / values[0]!.noiseMean).toBeLessThan(1.2);
  expect(above).toBeGreaterThan(0.02);
  expect(above).toBeLessThan(0.09);
});

test('pins: bins that lose or double values when many are equal', () => {
  const window = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(window, window, (a, b) => {
      const bins = quantileBins(ascending(a), ascending(b), 5);
      const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
      expect(sum(bins.baseline)).toBe(a.length);
      expect(sum(bins.current)).toBe(b.length);
      expect(bins.current.length).toBe(bins.baseline.length);
    }),
  );
});

test('pins: distances out of their range, or not zero for the same window', () => {
  expect(jensenShannon([5, 5], [5, 5])).toBe(0);
  expect(jensenShannon([5, 0], [0, 9])).toBe(1);
  expect(psi([5, 5], [10, 10]).value).toBe(0);
  expect(psi([7], [9])).toMatchObject({ value: 0, noiseMean: 0, noise95: 0 });
  const values = ascending([1, 2, 5, 9]);
  expect(normalisedWasserstein(values, values)).toBe(0);
});

test('pins: a division by the spread of a baseline that has none', () => {
  expect(normalisedWasserstein(ascending([0.1, 0.1, 0.1]), ascending([1, 2, 3]))).toBeNull();
});
