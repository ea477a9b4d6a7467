/** What the three kinds of feature have in common on their way into a report. */
import type { Demand } from './statistics/detectable.ts';
import type { Random } from './statistics/random.ts';
import type { FeatureVerdict } from './verdict.ts';

/** What a comparison asks for. */
export interface Aims {
  /** The chance of even one false alarm over all features. */
  alpha: number;
  /** The chance with which a detectable effect is found; above one half. */
  power: number;
  /** Fewer traces than this in a window are never judged. */
  floor: number;
  /** The effects worth seeing: windows blind to these are "not enough data". */
  worthSeeing: { percent: number; points: number };
}

/** One feature's part of the work, before the correction over all features is known. */
export interface Analysis<Report> {
  report: Report;
  /** Null: not tested (too few values, or no split of these values could have been significant). */
  pValue: number | null;
  /** The verdict if the test does not find drift, given the level left after the correction. */
  otherwise: (demand: Demand) => FeatureVerdict;
}

/** Gives each feature a random stream of its own. */
export type RandomFor = (feature: string) => Random;

/**
 * The p-value to take into the family: features that could not be significant whatever the split are left out of it.
 */
export function testable(test: { pValue: number; smallestP: number }, alpha: number): number | null {
  // After Tarone (1990, https://doi.org/10.2307/2531456): the choice depends on the pooled values alone, so Holm still
  // holds.
  return test.smallestP <= alpha ? test.pValue : null;
}
