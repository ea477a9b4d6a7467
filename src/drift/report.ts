/**
 * The drift report of two windows.
 *
 * 1. Latency, tokens and lengths come from traces that ended well; the error rate from all of them.
 * 2. Lengths in characters stand in for tokens only where those are missing: two measures of one thing would cost the
 *    others power in the correction.
 * 3. One test per feature decides, Holm corrects over the features, distances never decide.
 * 4. The result is plain JSON of bounded size (some 40 KB at most) and holds no prompt and no answer. The same windows
 *    and seed give the same report.
 * 5. Texts that one window did not keep, as the report of an ended lab does not, are left out and named: that is no lack
 *    of traces, and no window could cure it.
 * 6. Traces are taken as independent of each other. Windows made of a few long sessions are not, and drift is then
 *    called too easily.
 */
import type { Aims, Analysis, RandomFor } from './analysis.ts';
import {
  analyseCategorical,
  DID_NOT_HAPPEN,
  HAPPENED,
  type CategoricalFeature,
  type CategoricalReport,
} from './categorical.ts';
import type { TraceFeatures } from './features.ts';
import { holm } from './statistics/holm.ts';
import { countLevels, knownChanges } from './known-changes.ts';
import { analyseNumeric, type NumericFeature, type NumericReport } from './numeric.ts';
import { createRandom, seedFor } from './statistics/random.ts';
import { overall } from './verdict.ts';
import { describe } from './text/describe.ts';
import { analyseWording, type WordingFeature, type WordingReport } from './wording.ts';
import type { DriftFindings, FeatureReport, WindowSummary } from './findings.ts';

/** The findings with their words in English; `describe` in words.ts says them in another language. */
export interface DriftReport extends DriftFindings {
  text: ReturnType<typeof describe>;
}

export interface CompareOptions extends Partial<Aims> {
  seed?: number;
}

/** What two windows of some fifty traces can just see (log-normal tokens with sigma 0.5, rates of a few percent). */
const DEFAULTS: Aims & { seed: number } = {
  alpha: 0.05,
  power: 0.8,
  floor: 8,
  worthSeeing: { percent: 50, points: 35 },
  seed: 20_241_123,
};

/** Compares two windows of traces; any size, empty ones included. */
export function compareWindows(
  baseline: readonly TraceFeatures[],
  current: readonly TraceFeatures[],
  options: CompareOptions = {},
): DriftReport {
  const { seed, ...aims } = { ...DEFAULTS, ...options };
  const randomFor: RandomFor = (feature) => createRandom(seedFor(seed, feature));
  const leftOut = WORDING.filter((feature) => wasKept(feature, baseline) !== wasKept(feature, current));
  const wording = WORDING.filter((feature) => !leftOut.includes(feature));
  const analyses = analyse(baseline, current, wording, aims, randomFor);
  const adjusted = holm(analyses.map(({ pValue }) => pValue));
  // Effects are stated for the strictest step of the correction over everything measured, tested or not.
  const demand = { alpha: aims.alpha / Math.max(1, analyses.length), power: aims.power };
  const features = analyses.map(({ report, otherwise }, index): FeatureReport => {
    const adjustedP = adjusted[index]!;
    const drifts = adjustedP !== null && adjustedP <= aims.alpha;
    return { ...report, adjustedP, verdict: drifts ? { kind: 'drift' } : otherwise(demand) };
  });
  const findings: DriftFindings = {
    version: 1,
    aims,
    seed,
    windows: { baseline: summary(baseline), current: summary(current) },
    shared: countShared(baseline, current),
    verdict: overall(features, aims.floor),
    knownChanges: knownChanges(baseline, current, randomFor),
    features,
    ...(leftOut.length > 0 ? { leftOut } : {}),
  };
  return { ...findings, text: describe(findings, 'en') };
}

const WORDING: readonly WordingFeature[] = ['promptText', 'responseText'];

/** Whether the window's texts are known, as far as it has any. */
function wasKept(feature: WordingFeature, traces: readonly TraceFeatures[]): boolean {
  let answered = false;
  for (let index = 0; index < traces.length; index++) {
    const { state, [feature]: text } = traces[index]!;
    if (state !== 'OK') continue;
    if (text !== undefined) return true;
    answered = true;
  }
  return !answered;
}

function analyse(
  baseline: readonly TraceFeatures[],
  current: readonly TraceFeatures[],
  wordingFeatures: readonly WordingFeature[],
  aims: Aims,
  randomFor: RandomFor,
): Analysis<NumericReport | CategoricalReport | WordingReport>[] {
  const windows = { baseline: columnsOf(baseline), current: columnsOf(current) };
  const values = (feature: NumericFeature): [Float64Array, Float64Array] => [
    windows.baseline.numbers(feature),
    windows.current.numbers(feature),
  ];
  const numeric = ([first, standIn]: readonly [NumericFeature, NumericFeature?]): Analysis<NumericReport>[] => {
    const measured = values(first);
    const instead = standIn && values(standIn);
    const chosen = instead && smaller(measured) * 2 < smaller(instead) ? instead : measured;
    const feature = chosen === instead ? standIn! : first;
    if (chosen[0].length + chosen[1].length === 0) return [];
    return [analyseNumeric(feature, chosen[0].sort(), chosen[1].sort(), aims, randomFor(feature))];
  };
  const categorical = (feature: CategoricalFeature): Analysis<CategoricalReport>[] => {
    const before = windows.baseline.levels(feature);
    const after = windows.current.levels(feature);
    if (before.size + after.size === 0) return [];
    return [analyseCategorical(feature, before, after, aims, randomFor(feature))];
  };
  const wording = (feature: WordingFeature): Analysis<WordingReport>[] => {
    const before = windows.baseline.texts(feature);
    const after = windows.current.texts(feature);
    if (before.length + after.length === 0) return [];
    return [analyseWording(feature, before, after, aims, randomFor(feature))];
  };
  return [
    ...numeric(['promptTokens', 'promptChars']),
    ...numeric(['completionTokens', 'responseChars']),
    ...numeric(['latencyMs']),
    ...categorical('finishReason'),
    ...categorical('error'),
    ...categorical('refusal'),
    ...wordingFeatures.flatMap(wording),
  ];
}

function smaller([before, after]: [Float64Array, Float64Array]): number {
  return Math.min(before.length, after.length);
}

interface Columns {
  /** In no order; what is not a number from zero up counts as not recorded. */
  numbers: (feature: NumericFeature) => Float64Array;
  levels: (feature: CategoricalFeature) => Map<string, number>;
  texts: (feature: WordingFeature) => string[];
}

// The loops over whole windows are indexed and their lists made at full length at once: for-of, filter and push leave
// several times the windows' own size behind as garbage.
function columnsOf(traces: readonly TraceFeatures[]): Columns {
  const happened = (event: boolean): string => (event ? HAPPENED : DID_NOT_HAPPEN);
  return {
    numbers: (feature) => {
      const values = new Float64Array(traces.length);
      let count = 0;
      for (let index = 0; index < traces.length; index++) {
        const { state, [feature]: value } = traces[index]!;
        if (state === 'OK' && value !== null && Number.isFinite(value) && value >= 0) values[count++] = value;
      }
      return values.subarray(0, count);
    },
    levels: (feature) => {
      switch (feature) {
        case 'finishReason':
          return countLevels(traces, (trace) => trace.finishReason);
        case 'error':
          return countLevels(traces, (trace) => happened(trace.state === 'ERROR'));
        case 'refusal':
          return countLevels(traces, ({ refusal }) => (refusal === null ? null : happened(refusal)));
      }
    },
    texts: (feature) => {
      const texts = new Array<string>(traces.length);
      let count = 0;
      for (let index = 0; index < traces.length; index++) {
        const { state, [feature]: text } = traces[index]!;
        if (state === 'OK' && text !== undefined) texts[count++] = text;
      }
      texts.length = count;
      return texts;
    },
  };
}

function summary(traces: readonly TraceFeatures[]): WindowSummary {
  let errors = 0;
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for (let index = 0; index < traces.length; index++) {
    const { state, requestTimeMs } = traces[index]!;
    if (state === 'ERROR') errors++;
    if (requestTimeMs < firstMs) firstMs = requestTimeMs;
    if (requestTimeMs > lastMs) lastMs = requestTimeMs;
  }
  if (traces.length === 0) return { traces: 0, errors, firstMs: null, lastMs: null };
  return { traces: traces.length, errors, firstMs, lastMs };
}

/** A trace in both windows has the same request time in both: those outside the common span need no look. */
function countShared(baseline: readonly TraceFeatures[], current: readonly TraceFeatures[]): number {
  const { firstMs, lastMs } = summary(current);
  if (firstMs === null || lastMs === null) return 0;
  const known = new Set<unknown>();
  for (let index = 0; index < baseline.length; index++) {
    const trace = baseline[index]!;
    if (trace.requestTimeMs >= firstMs && trace.requestTimeMs <= lastMs) known.add(trace.traceId ?? trace);
  }
  return current.reduce((count, trace) => (known.has(trace.traceId ?? trace) ? count + 1 : count), 0);
}
