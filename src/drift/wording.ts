/** The wording of prompts or answers in two windows. */
import { testable, type Aims, type Analysis } from './analysis.ts';
import type { Random } from './statistics/random.ts';
import { compareTexts } from './word-counts.ts';

export type WordingFeature = 'promptText' | 'responseText';

export interface WordingReport {
  type: 'wording';
  feature: WordingFeature;
  /** Traces with a text. */
  baseline: number;
  current: number;
  /** Null below the smallest window that is judged. */
  tests: {
    /** Decides. */
    pValue: number;
    /** Weighted Jensen-Shannon distance of the word counts, 0 to 1. */
    distance: number;
    /** Texts compared: a sample of at most 500 a window. */
    compared: { baseline: number; current: number };
  } | null;
}

/** Analyses the texts of two windows. */
export function analyseWording(
  feature: WordingFeature,
  baseline: readonly string[],
  current: readonly string[],
  aims: Aims,
  random: Random,
): Analysis<WordingReport> {
  const n = baseline.length;
  const m = current.length;
  const test = Math.min(n, m) >= aims.floor ? compareTexts(baseline, current, random) : null;
  return {
    report: {
      type: 'wording',
      feature,
      baseline: n,
      current: m,
      tests: test && {
        pValue: test.pValue,
        distance: test.distance,
        compared: { baseline: test.baselineTexts, current: test.currentTexts },
      },
    },
    pValue: test && testable(test, aims.alpha),
    otherwise: ({ alpha }) => {
      if (test === null) return { kind: 'not-enough-data', have: { baseline: n, current: m }, need: aims.floor };
      const distance = test.criticalDistance(alpha);
      return { kind: 'no-drift', detectable: distance > 0 ? { kind: 'distance', distance } : { kind: 'any' } };
    },
  };
}
