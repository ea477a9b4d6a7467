import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ecdf, histogram } from '../../src/drift/charts.ts';
import { ascending } from './support.ts';

const window = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 });

test('pins: a histogram that grows without bound, drops values, or has edges that do not rise', () => {
  fc.assert(
    fc.property(window, window, (a, b) => {
      const chart = histogram(ascending(a), ascending(b));
      expect(chart.edges.length).toBe(chart.baseline.length + 1);
      expect(chart.edges.length).toBeLessThanOrEqual(25);
      expect(chart.baseline.reduce((sum, count) => sum + count)).toBe(a.length);
      expect(chart.current.reduce((sum, count) => sum + count)).toBe(b.length);
      chart.edges.slice(1).forEach((edge, index) => expect(edge).toBeGreaterThanOrEqual(chart.edges[index]!));
    }),
  );
});

test('pins: one slow answer that pushes all others into a single bin', () => {
  const usual = Array.from({ length: 200 }, (_, index) => 900 + index);
  const chart = histogram(ascending(usual), ascending([...usual, 60_000]));
  expect(chart.baseline.filter((count) => count > 0).length).toBeGreaterThan(10);
  expect(chart.edges.at(-1)).toBe(60_000);
});

test('pins: a distribution function that is unbounded, falls, or does not end at one', () => {
  fc.assert(
    fc.property(window, (values) => {
      const { value, share } = ecdf(ascending(values));
      expect(value.length).toBeLessThanOrEqual(64);
      expect(share.at(-1)).toBe(1);
      value.slice(1).forEach((each, index) => expect(each).toBeGreaterThan(value[index]!));
      share.slice(1).forEach((each, index) => expect(each).toBeGreaterThan(share[index]!));
    }),
  );
  const constant = ecdf(ascending([4, 4, 4]));
  expect(constant).toEqual({ value: [4], share: [1] });
});

test('pins: edges such as 31.25 tokens, where all values are whole', () => {
  const tokens = ascending(Array.from({ length: 60 }, (_, index) => 9 + ((index * 37) % 90)));
  const { edges } = histogram(tokens, tokens);
  expect(edges.every(Number.isInteger)).toBe(true);
  expect(new Set(edges.slice(1).map((edge, index) => edge - edges[index]!)).size).toBe(1);
  expect(edges[0]! % (edges[1]! - edges[0]!)).toBe(0);
});
