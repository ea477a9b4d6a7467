import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holm } from '../../../src/drift/statistics/holm.ts';

test('pins: steps in the wrong order, or adjusted values that fall', () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((expected, index) => expect(adjusted[index]).toBeCloseTo(expected, 12));
});

test('pins: untested features that still cost the others power', () => {
  expect(holm([0.02, null, null])).toEqual([0.02, null, null]);
  expect(holm([])).toEqual([]);
});

test('pins: an adjusted p below the raw one, above one, or out of step with the raw order', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (raw) => {
      const adjusted = holm(raw) as number[];
      for (const [index, p] of raw.entries()) {
        expect(adjusted[index]).toBeGreaterThanOrEqual(p);
        expect(adjusted[index]).toBeLessThanOrEqual(1);
        for (const [other, q] of raw.entries()) {
          if (p < q) expect(adjusted[index]).toBeLessThanOrEqual(adjusted[other]!);
        }
      }
    }),
  );
});
