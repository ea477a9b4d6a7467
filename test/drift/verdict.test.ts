import { describe, expect, test } from 'vitest';
import { overall, type FeatureVerdict } from '../../src/drift/verdict.ts';

const drift: FeatureVerdict = { kind: 'drift' };
const percent = (value: number): FeatureVerdict => ({
  kind: 'no-drift',
  detectable: { kind: 'percent', percent: value },
});
const points: FeatureVerdict = { kind: 'no-drift', detectable: { kind: 'points', points: 12, level: 'yes' } };
const any: FeatureVerdict = { kind: 'no-drift', detectable: { kind: 'any' } };
const blind = (need: number | null): FeatureVerdict => ({
  kind: 'not-enough-data',
  have: { baseline: 5, current: 5 },
  need,
});
const verdictOf = (verdicts: Record<string, FeatureVerdict>) =>
  overall(
    Object.entries(verdicts).map(([feature, verdict]) => ({ feature, verdict })),
    8,
  );

describe('the overall verdict', () => {
  test('pins: drift in one feature drowned by the others', () => {
    expect(verdictOf({ a: percent(30), b: drift, c: blind(60) })).toEqual({ kind: 'drift', features: ['b'] });
  });

  test('pins: an all-clear while one feature could not be judged', () => {
    expect(verdictOf({ a: percent(30), b: blind(60), c: blind(45) })).toEqual({
      kind: 'not-enough-data',
      features: ['b', 'c'],
      need: 60,
    });
    expect(verdictOf({ a: percent(30), b: blind(null) })).toMatchObject({ kind: 'not-enough-data', need: null });
  });

  test('pins: the most sensitive feature named for all of them', () => {
    expect(verdictOf({ a: percent(12), b: percent(44), c: points, d: any })).toEqual({
      kind: 'no-drift',
      percent: 44,
      points: 12,
    });
    expect(verdictOf({ a: any })).toEqual({ kind: 'no-drift', percent: null, points: null });
  });

  test('pins: an all-clear from windows without a single trace', () => {
    expect(verdictOf({})).toEqual({ kind: 'not-enough-data', features: [], need: 8 });
  });
});
