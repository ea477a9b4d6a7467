import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hodgesLehmann, selectDifference } from '../../../src/drift/statistics/hodges-lehmann.ts';
import { createRandom } from '../../../src/drift/statistics/random.ts';
import { ascending } from '../support.ts';

const value = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  fc.double({ min: 0, max: 1e-9, noNaN: true }),
);
const window = fc.array(value, { minLength: 1, maxLength: 30 });

test('pins: a selection that is off by one rank or by one bit, at any rank, with ties and with tiny gaps', () => {
  fc.assert(
    fc.property(window, window, fc.nat(), (a, b, rank) => {
      const baseline = ascending(a);
      const current = ascending(b);
      const differences = ascending(a.flatMap((x) => b.map((y) => y - x)));
      const k = 1 + (rank % differences.length);
      expect(selectDifference(baseline, current, k)).toBe(differences[k - 1]);
    }),
    { numRuns: 400 },
  );
});

test('pins: a median or an interval that forgets to be centred', () => {
  expect(hodgesLehmann(ascending([1, 2, 3]), ascending([11, 12, 13])).shift).toBe(10);
  expect(hodgesLehmann(ascending([0, 10]), ascending([1, 2])).shift).toBe(-3.5);
  const spread = Array.from({ length: 40 }, (_, index) => index * 1.5);
  const { shift, low, high } = hodgesLehmann(ascending(spread), ascending(spread));
  expect(shift).toBe(0);
  expect(low).toBe(-high);
});

test('pins: an algorithm that lists the 10^10 differences of 100,000 against 100,000 traces', () => {
  const random = createRandom(1);
  const baseline = Float64Array.from({ length: 100_000 }, () => random.below(5000)).sort();
  const { shift, low, high } = hodgesLehmann(
    baseline,
    baseline.map((each) => each + 70),
  );
  expect(shift).toBe(70);
  expect(high - 70).toBe(70 - low);
  expect(high - low).toBeLessThan(60);
});
