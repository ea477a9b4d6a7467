/** What a comparison of two windows has found: plain JSON, before it is put into words. */
import type { Aims } from './analysis.ts';
import type { CategoricalFeature, CategoricalReport } from './categorical.ts';
import type { KnownChange } from './known-changes.ts';
import type { NumericFeature, NumericReport } from './numeric.ts';
import type { FeatureVerdict, Verdict } from './verdict.ts';
import type { WordingFeature, WordingReport } from './wording.ts';

export type Feature = NumericFeature | CategoricalFeature | WordingFeature;

export type FeatureReport = (NumericReport | CategoricalReport | WordingReport) & {
  /** Drift is called at `adjustedP` <= alpha; null where the feature was not tested. */
  adjustedP: number | null;
  verdict: FeatureVerdict;
};

export interface WindowSummary {
  traces: number;
  errors: number;
  /** Request times of the first and last trace, epoch milliseconds; null in an empty window. */
  firstMs: number | null;
  lastMs: number | null;
}

export interface DriftFindings {
  version: 1;
  aims: Aims;
  seed: number;
  windows: { baseline: WindowSummary; current: WindowSummary };
  /** Traces that are in both windows, which hides drift. */
  shared: number;
  verdict: Verdict<Feature>;
  knownChanges: KnownChange[];
  features: FeatureReport[];
  /** Features that one window recorded and the other did not, although it has traces. Absent where there are none. */
  leftOut?: Feature[];
}
