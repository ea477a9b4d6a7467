/**
 * Pins: a statistic or p-value that differs from SciPy's by more than one in a million. The answers come from
 * make_vectors.py beside this file.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chiSquared, compareTable, riskDifference } from '../../src/drift/statistics/contingency.ts';
import {
  jensenShannon,
  normalisedWasserstein,
  psi,
  quantile,
  quantileBins,
} from '../../src/drift/statistics/distance.ts';
import { hodgesLehmann } from '../../src/drift/statistics/hodges-lehmann.ts';
import { kolmogorovSmirnov } from '../../src/drift/statistics/kolmogorov-smirnov.ts';
import { mannWhitney } from '../../src/drift/statistics/mann-whitney.ts';
import { createRandom } from '../../src/drift/statistics/random.ts';
import * as special from '../../src/drift/statistics/special.ts';
import { ascending } from './support.ts';

interface Vectors {
  numeric: {
    name: string;
    baseline: number[];
    current: number[];
    mannWhitney: { method: string; u: number; p: number; cliffsDelta: number };
    ksExact: { d: number; p: number };
    ksAsymptoticP: number;
    shift: { shift: number; low: number; high: number };
    wasserstein: number;
    quantiles: Record<string, number>;
    psi: number;
    jensenShannon: number;
  }[];
  tables: {
    name: string;
    baseline: number[];
    current: number[];
    p: number;
    chiSquared: number;
    degreesOfFreedom: number;
    cramersV: number;
    riskDifference: { difference: number; low: number; high: number };
  }[];
  kolmogorov: [number, number][];
  gammaQ: [number, number, number][];
  lnGamma: [number, number][];
  normalTwoSidedQuantile: [number, number][];
  chiSquaredQuantile: [number, number, number][];
  noncentralChiSquaredTail: [number, number, number, number][];
}

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as Vectors;

function agrees(actual: number, expected: number): void {
  if (Math.abs(expected) < 1e-300) expect(actual).toBeLessThan(1e-290);
  else expect(Math.abs(actual / expected - 1), `${actual} is not ${expected}`).toBeLessThan(1e-6);
}

describe.each(vectors.numeric)('$name', (vector) => {
  const baseline = ascending(vector.baseline);
  const current = ascending(vector.current);

  test('Mann-Whitney U, its p-value and Cliff’s delta', () => {
    const answer = mannWhitney(baseline, current, createRandom(1));
    expect(answer.method).toBe(vector.mannWhitney.method);
    expect(answer.u).toBe(vector.mannWhitney.u);
    agrees(answer.pValue, vector.mannWhitney.p);
    expect(answer.cliffsDelta).toBeCloseTo(vector.mannWhitney.cliffsDelta, 12);
  });

  test('Kolmogorov-Smirnov, exact and in the limit', () => {
    const exact = kolmogorovSmirnov(baseline, current, Infinity);
    expect(exact.method).toBe('exact');
    agrees(exact.d, vector.ksExact.d);
    agrees(exact.pValue, vector.ksExact.p);
    const limit = kolmogorovSmirnov(baseline, current, 0);
    expect(limit.method).toBe('asymptotic');
    agrees(limit.pValue, vector.ksAsymptoticP);
  });

  test('Hodges-Lehmann shift and its interval', () => {
    const answer = hodgesLehmann(baseline, current);
    expect(answer.shift).toBeCloseTo(vector.shift.shift, 9);
    expect(answer.low).toBeCloseTo(vector.shift.low, 9);
    expect(answer.high).toBeCloseTo(vector.shift.high, 9);
  });

  test('distances and quantiles', () => {
    agrees(normalisedWasserstein(baseline, current)!, vector.wasserstein);
    for (const [share, value] of Object.entries(vector.quantiles)) agrees(quantile(baseline, Number(share)), value);
    const bins = quantileBins(baseline, current, 5);
    agrees(psi(bins.baseline, bins.current).value, vector.psi);
    agrees(jensenShannon(bins.baseline, bins.current), vector.jensenShannon);
  });
});

describe.each(vectors.tables)('$name', (vector) => {
  test('the table test, its statistic and effect sizes', () => {
    const { baseline, current } = vector;
    const answer = compareTable(baseline, current, createRandom(1));
    expect(answer.method).toBe(baseline.length === 2 ? 'fisher' : 'chi-squared');
    expect(answer.degreesOfFreedom).toBe(vector.degreesOfFreedom);
    agrees(answer.pValue, vector.p);
    agrees(answer.cramersV, vector.cramersV);
    const [n, m] = [baseline, current].map((window) => window.reduce((sum, count) => sum + count)) as [number, number];
    const pooled = baseline.map((count, level) => count + current[level]!);
    agrees(chiSquared(baseline, pooled, n, m), vector.chiSquared);
    const change = riskDifference(baseline[1]!, n, current[1]!, m);
    expect(change.difference).toBeCloseTo(vector.riskDifference.difference, 10);
    expect(change.low).toBeCloseTo(vector.riskDifference.low, 10);
    expect(change.high).toBeCloseTo(vector.riskDifference.high, 10);
  });
});

describe('special functions', () => {
  test.each(vectors.kolmogorov)('Kolmogorov’s tail at %d', (lambda, tail) => {
    agrees(special.kolmogorovTail(lambda), tail);
  });
  test.each(vectors.gammaQ)('Q(%d, %d)', (a, x, q) => {
    agrees(special.gammaQ(a, x), q);
  });
  test.each(vectors.lnGamma)('ln Γ(%d)', (x, value) => {
    agrees(special.lnGamma(x), value);
  });
  test.each(vectors.normalTwoSidedQuantile)('the normal quantile of %d', (p, z) => {
    expect(special.normalTwoSidedQuantile(p)).toBeCloseTo(z, 9);
  });
  test.each(vectors.chiSquaredQuantile)('the chi-squared quantile of %d with %d degrees of freedom', (p, dof, x) => {
    agrees(special.chiSquaredQuantile(p, dof), x);
  });
  test.each(vectors.noncentralChiSquaredTail)('the non-central tail at %d', (x, dof, lambda, tail) => {
    agrees(special.noncentralChiSquaredTail(x, dof, lambda), tail);
  });
});
