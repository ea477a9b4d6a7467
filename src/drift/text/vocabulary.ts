/** What each language has to say about findings. */
import type { Feature } from '../findings.ts';
import type { Setting } from '../known-changes.ts';

export type Locale = 'en' | 'pt-BR';

/** What a language has to say; numbers come formatted. */
export interface Vocabulary {
  features: Record<Feature, string>;
  settings: Record<Setting, string>;
  drift: (features: string) => string;
  noDrift: (effects: string) => string;
  /** `features` is null when none could be judged. */
  notEnough: (need: string | null, features: string | null) => string;
  /** "… would have been seen", of the following effects. */
  seen: (effects: string) => string;
  percent: (percent: string) => string;
  points: (points: string) => string;
  distance: (distance: string) => string;
  allAlike: string;
  featureDrift: (finding: string, p: string) => string;
  shift: (rose: boolean, by: string, percent: string | null, low: string, high: string) => string;
  /** Follows a shift whose interval holds 0 although the test says drift. */
  coarse: string;
  shapeChanged: string;
  share: (level: string | null, from: string, to: string) => string;
  wording: (distance: string) => string;
  featureNoDrift: (effect: string) => string;
  featureNotEnough: (need: string | null, baseline: string, current: string) => string;
  replaced: (setting: string, from: string, to: string) => string;
  mixed: (setting: string, values: string) => string;
  sharesOf: (value: string, from: string, to: string) => string;
  shared: (count: string) => string;
  leftOut: (features: string) => string;
}
export interface DriftWords {
  /** One sentence: the overall verdict. */
  verdict: string;
  /** One sentence per feature, in the order of the findings. */
  features: { feature: Feature; name: string; text: string }[];
  /** One sentence per known change. */
  knownChanges: string[];
  /** What to keep in mind when reading the rest. */
  cautions: string[];
}
