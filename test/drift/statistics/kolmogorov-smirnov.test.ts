import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kolmogorovSmirnov } from '../../../src/drift/statistics/kolmogorov-smirnov.ts';
import { ascending } from '../support.ts';

/** The largest |i·m - j·n| of every lattice path from (0,0) to (n,m). */
function pathMaxima(n: number, m: number, i = 0, j = 0, most = 0): number[] {
  const here = Math.max(most, Math.abs(i * m - j * n));
  if (i === n && j === m) return [here];
  return [...(i < n ? pathMaxima(n, m, i + 1, j, here) : []), ...(j < m ? pathMaxima(n, m, i, j + 1, here) : [])];
}

test('pins: an exact p-value other than the share of all paths that stray as far', () => {
  const values = fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 11 });
  fc.assert(
    fc.property(values, fc.nat(), (pooled, cut) => {
      const n = 1 + (cut % (pooled.length - 1));
      const m = pooled.length - n;
      const { d, pValue } = kolmogorovSmirnov(ascending(pooled.slice(0, n)), ascending(pooled.slice(n)));
      const maxima = pathMaxima(n, m);
      const asFar = maxima.filter((each) => each >= Math.round(d * n * m)).length;
      expect(pValue).toBeCloseTo(asFar / maxima.length, 12);
    }),
    { numRuns: 80 },
  );
});

test('pins: floats compared at the border (3 against 3 never gets below 0.1, 4 against 4 not below 2/70)', () => {
  expect(kolmogorovSmirnov(ascending([1, 2, 3]), ascending([4, 5, 6])).pValue).toBeCloseTo(0.1, 12);
  expect(kolmogorovSmirnov(ascending([1, 2, 3, 4]), ascending([5, 6, 7, 8])).pValue).toBeCloseTo(2 / 70, 12);
});

test('pins: ties counted as a distance', () => {
  const tied = ascending([1, 1, 1, 2, 2]);
  expect(kolmogorovSmirnov(tied, tied)).toEqual({ d: 0, pValue: 1, method: 'exact' });
  expect(kolmogorovSmirnov(ascending([1, 1, 2]), ascending([1, 2, 2])).d).toBeCloseTo(1 / 3, 12);
});
