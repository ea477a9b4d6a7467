/** What a comparison comes to: per feature, and over all features. */

/**
 * What "no drift" rests on: the smallest effect that would have been found, with the power the comparison was made at.
 */
export type Detectable =
  /** A rise of every value by this much (a fall by percent / (100 + percent) is as easily seen). */
  | { kind: 'percent'; percent: number }
  /** A change of the share of `level` by this many percentage points. */
  | { kind: 'points'; points: number; level: string }
  /** A wording distance above this would have been called drift. */
  | { kind: 'distance'; distance: number }
  /** All values are one and the same in both windows: a shift of any size would have stood out. */
  | { kind: 'any' };

export type FeatureVerdict =
  | { kind: 'drift' }
  | { kind: 'no-drift'; detectable: Detectable }
  /** `need`: traces in each window; null where no window of a practical size would do. */
  | { kind: 'not-enough-data'; have: { baseline: number; current: number }; need: number | null };

export type Verdict<Feature extends string> =
  | { kind: 'drift'; features: Feature[] }
  /**
   * The least sensitive features' detectable effects; null where no such feature was measured or all values are alike.
   */
  | { kind: 'no-drift'; percent: number | null; points: number | null }
  | { kind: 'not-enough-data'; features: Feature[]; need: number | null };

/**
 * Drift where any feature drifts; else no drift only where every measured feature could be judged: a comparison that is
 * blind in one feature must not sound the all-clear.
 */
export function overall<Feature extends string>(
  features: readonly { feature: Feature; verdict: FeatureVerdict }[],
  floor: number,
): Verdict<Feature> {
  const drifting = features.filter(({ verdict }) => verdict.kind === 'drift');
  if (drifting.length > 0) return { kind: 'drift', features: drifting.map(({ feature }) => feature) };
  const needs = features.flatMap(({ verdict }) => (verdict.kind === 'not-enough-data' ? [verdict.need] : []));
  if (needs.length > 0 || features.length === 0) {
    return {
      kind: 'not-enough-data',
      features: features.filter(({ verdict }) => verdict.kind === 'not-enough-data').map(({ feature }) => feature),
      need: needs.includes(null) ? null : Math.max(floor, ...needs.filter((need) => need !== null)),
    };
  }
  const detectable = features.flatMap(({ verdict }) => (verdict.kind === 'no-drift' ? [verdict.detectable] : []));
  const worst = (values: number[]): number | null => (values.length === 0 ? null : Math.max(...values));
  return {
    kind: 'no-drift',
    percent: worst(detectable.flatMap((each) => (each.kind === 'percent' ? [each.percent] : []))),
    points: worst(detectable.flatMap((each) => (each.kind === 'points' ? [each.points] : []))),
  };
}
