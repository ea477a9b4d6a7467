import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mannWhitney } from '../../../src/drift/statistics/mann-whitney.ts';
import { createRandom } from '../../../src/drift/statistics/random.ts';
import { ascending } from '../support.ts';

const small = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 });

/** Every way to choose `count` of the positions. */
function subsets(positions: number[], count: number): number[][] {
  if (count === 0) return [[]];
  return positions.flatMap((first, index) =>
    subsets(positions.slice(index + 1), count - 1).map((rest) => [first, ...rest]),
  );
}

function pairsAbove(baseline: readonly number[], current: readonly number[]): number {
  return baseline
    .flatMap((a) => current.map((b) => (b > a ? 1 : b === a ? 0.5 : 0)))
    .reduce((sum: number, each) => sum + each, 0);
}

describe('the exact test', () => {
  test('pins: a p-value other than the share of all splits that are as extreme, ties included', () => {
    fc.assert(
      fc.property(small, small, (baseline, current) => {
        const pooled = [...baseline, ...current];
        const positions = pooled.map((_, index) => index);
        const middle = (baseline.length * current.length) / 2;
        const extremes = subsets(positions, current.length).map((chosen) => {
          const others = positions.filter((position) => !chosen.includes(position));
          const u = pairsAbove(
            others.map((position) => pooled[position]!),
            chosen.map((position) => pooled[position]!),
          );
          return Math.abs(u - middle);
        });
        const observed = Math.abs(pairsAbove(baseline, current) - middle);
        const share = (limit: number): number =>
          extremes.filter((each) => each >= limit - 1e-9).length / extremes.length;
        const answer = mannWhitney(ascending(baseline), ascending(current), createRandom(1));
        expect(answer.pValue).toBeCloseTo(share(observed), 12);
        expect(answer.smallestP).toBeCloseTo(share(Math.max(...extremes)), 12);
      }),
      { numRuns: 150 },
    );
  });

  test('pins: a smallest p-value that promises more than the windows can give (5 against 5: 2/252)', () => {
    const answer = mannWhitney(ascending([1, 2, 3, 4, 5]), ascending([6, 7, 8, 9, 10]), createRandom(1));
    expect(answer.pValue).toBeCloseTo(2 / 252, 12);
    expect(answer.smallestP).toBe(answer.pValue);
    expect(answer.cliffsDelta).toBe(1);
  });
});

test('pins: an answer that depends on which window is called the baseline', () => {
  const window = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 26, maxLength: 60 });
  fc.assert(
    fc.property(window, window, (a, b) => {
      const forth = mannWhitney(ascending(a), ascending(b), createRandom(1));
      const back = mannWhitney(ascending(b), ascending(a), createRandom(1));
      expect(forth.cliffsDelta).toBeCloseTo(-back.cliffsDelta, 12);
      if (forth.method === 'normal') expect(forth.pValue).toBeCloseTo(back.pValue, 12);
    }),
  );
});

test('pins: the normal curve used where nearly all values are one and the same', () => {
  // 120 answers capped at 256 tokens but for five in the second window: the exact p is 2·C(60,5)/C(120,5) = 0.0573,
  // the normal approximation says 0.023.
  const baseline = ascending(Array<number>(60).fill(256));
  const current = ascending([...Array<number>(55).fill(256), 300, 301, 302, 303, 304]);
  const answer = mannWhitney(baseline, current, createRandom(1));
  expect(answer.method).toBe('permutation');
  expect(Math.abs(answer.pValue - 0.0573)).toBeLessThan(0.012);
});

test('pins: a failure on windows that do not vary, and constants that differ taken for alike', () => {
  const constant = (value: number): Float64Array => ascending(Array<number>(60).fill(value));
  expect(mannWhitney(constant(25), constant(25), createRandom(1)).pValue).toBe(1);
  expect(mannWhitney(constant(25), constant(25), createRandom(1)).smallestP).toBe(1);
  expect(mannWhitney(constant(25), constant(40), createRandom(1)).pValue).toBeLessThan(1e-20);
});
