/** The features of a comparison as cells of text, for the page and for Markdown alike. */
import { HAPPENED } from '../../drift/categorical.ts';
import type { DriftFindings, FeatureReport } from '../../drift/findings.ts';
import type { DriftWords } from '../../drift/text/vocabulary.ts';
import type { Format } from '../frame/format.ts';
import type { Words } from '../words/en.ts';

/** What counts, and what goes with it. */
export type Cell = { main: string; note?: string };

/** Of what decides and of what is only looked at. */
export const DECIDING = ['baseline', 'current', 'effect', 'p'] as const;
export const BESIDE = ['ks', 'psi', 'js', 'wasserstein'] as const;
export type Column = (typeof DECIDING)[number] | (typeof BESIDE)[number];

export type DriftRow = Record<Column, Cell> & {
  feature: FeatureReport['feature'];
  name: string;
  verdict: FeatureReport['verdict']['kind'];
};

/** Not measured of this feature. */
export const NOTHING: Cell = { main: '–' };
const UNTESTED = { effect: NOTHING, ks: NOTHING, psi: NOTHING, js: NOTHING, wasserstein: NOTHING };

export function driftRows(findings: DriftFindings, said: DriftWords, words: Words, format: Format): DriftRow[] {
  return findings.features.map((it, index) => ({
    feature: it.feature,
    name: said.features[index]?.name ?? it.feature,
    p: it.adjustedP === null ? NOTHING : { main: format.p(it.adjustedP) },
    verdict: it.verdict.kind,
    ...measured(it, words, format),
  }));
}

type Measured = Omit<DriftRow, 'feature' | 'name' | 'p' | 'verdict'>;

function measured(it: FeatureReport, words: Words, format: Format): Measured {
  switch (it.type) {
    case 'numeric':
      return numeric(it, words, format);
    case 'categorical':
      return categorical(it, words, format);
    case 'wording':
      return {
        ...UNTESTED,
        baseline: { main: countOf(it.baseline, format) },
        current: { main: countOf(it.current, format) },
        ...(it.tests ? { effect: { main: format.amount(it.tests.distance), note: words.drift.wordingDistance } } : {}),
      };
  }
}

const countOf = (count: number, format: Format): string => `n ${format.whole(count)}`;

const psiCell = ({ value, noise95 }: { value: number; noise95: number }, words: Words, format: Format): Cell => ({
  main: format.amount(value),
  note: words.drift.noise(format.amount(noise95)),
});

function numeric(it: Extract<FeatureReport, { type: 'numeric' }>, words: Words, format: Format): Measured {
  const time = it.feature === 'latencyMs';
  const value = time ? format.milliseconds : format.amount;
  const side = ({ count, median, p95 }: typeof it.baseline): Cell =>
    median === null || p95 === null
      ? { main: countOf(count, format) }
      : { main: value(median), note: `p95 ${value(p95)}, ${countOf(count, format)}` };
  const sides = { baseline: side(it.baseline), current: side(it.current) };
  const { tests } = it;
  if (tests === null) return { ...UNTESTED, ...sides };
  const { shift, distances, mannWhitney, kolmogorovSmirnov } = tests;
  return {
    ...sides,
    effect: {
      main: `${format.signed(shift.shift)}${time ? ' ms' : ''}`,
      note: `${format.signed(shift.low)} … ${format.signed(shift.high)}, δ ${format.signed(mannWhitney.cliffsDelta)}`,
    },
    ks: { main: format.amount(kolmogorovSmirnov.d), note: `p ${format.p(kolmogorovSmirnov.pValue)}` },
    psi: psiCell(distances.psi, words, format),
    js: { main: format.amount(distances.jensenShannon) },
    wasserstein: distances.wasserstein === null ? NOTHING : { main: format.amount(distances.wasserstein) },
  };
}

function categorical(it: Extract<FeatureReport, { type: 'categorical' }>, words: Words, format: Format): Measured {
  const { tests } = it;
  const shown =
    it.feature === 'finishReason' ? (tests?.riskDifference.level ?? it.levels[0]?.level ?? HAPPENED) : HAPPENED;
  const named = it.feature === 'finishReason' ? `${shown} ` : '';
  const counts = it.levels.find(({ level }) => level === shown);
  const side = (of: 'baseline' | 'current'): Cell => ({
    main: it[of] === 0 ? '–' : `${named}${format.percent((counts?.[of] ?? 0) / it[of])}`,
    note: countOf(it[of], format),
  });
  const sides = { baseline: side('baseline'), current: side('current') };
  if (tests === null) return { ...UNTESTED, ...sides };
  const points = (share: number): string => format.signed(100 * share);
  const { difference, low, high } = tests.riskDifference;
  return {
    ...UNTESTED,
    ...sides,
    effect: {
      main: words.drift.points(points(difference)),
      note: `${points(low)} … ${points(high)}, V ${format.amount(tests.table.cramersV)}`,
    },
    psi: psiCell(tests.distances.psi, words, format),
    js: { main: format.amount(tests.distances.jensenShannon) },
  };
}
