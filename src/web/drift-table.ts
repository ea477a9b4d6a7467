/** Every feature on a line: both windows, the effect, the test that decides, and the distances that do not. */
import type { DriftFindings, FeatureReport } from '../drift/report.ts';
import type { DriftWords } from '../drift/words.ts';
import type { Format } from './format.ts';
import { scrolling } from './layout.ts';
import { markup, type Markup } from './markup.ts';
import type { Words } from './words.ts';

/** The cells of a feature as text, for the page and for Markdown alike. */
export type DriftRow = {
  feature: FeatureReport['feature'];
  name: string;
  baseline: string;
  current: string;
  effect: string;
  p: string;
  ks: string;
  psi: string;
  js: string;
  wasserstein: string;
  verdict: FeatureReport['verdict']['kind'];
};

const NOTHING = '–';

export function driftRows(findings: DriftFindings, said: DriftWords, words: Words, format: Format): DriftRow[] {
  return findings.features.map((it, index) => ({
    feature: it.feature,
    name: said.features[index]?.name ?? it.feature,
    p: it.adjustedP === null ? NOTHING : format.p(it.adjustedP),
    verdict: it.verdict.kind,
    ...measured(it, words, format),
  }));
}

type Measured = Omit<DriftRow, 'feature' | 'name' | 'p' | 'verdict'>;

function measured(it: FeatureReport, words: Words, format: Format): Measured {
  const noise = (psi: { value: number; noise95: number }): string =>
    `${format.amount(psi.value)} (${words.drift.noise(format.amount(psi.noise95))})`;
  switch (it.type) {
    case 'numeric': {
      const value = it.feature === 'latencyMs' ? format.milliseconds : format.amount;
      const side = ({ count, median, p95 }: typeof it.baseline): string =>
        median === null || p95 === null
          ? `n ${format.whole(count)}`
          : `${words.drift.median} ${value(median)}, p95 ${value(p95)}, n ${format.whole(count)}`;
      const { tests } = it;
      const sides = { baseline: side(it.baseline), current: side(it.current) };
      if (tests === null)
        return { ...sides, effect: NOTHING, ks: NOTHING, psi: NOTHING, js: NOTHING, wasserstein: NOTHING };
      const { shift, distances } = tests;
      return {
        ...sides,
        effect: `${format.signed(shift.shift)} [${format.signed(shift.low)}; ${format.signed(shift.high)}], δ ${format.signed(tests.mannWhitney.cliffsDelta)}`,
        ks: `D ${format.amount(tests.kolmogorovSmirnov.d)}, p ${format.p(tests.kolmogorovSmirnov.pValue)}`,
        psi: noise(distances.psi),
        js: format.amount(distances.jensenShannon),
        wasserstein: distances.wasserstein === null ? NOTHING : format.amount(distances.wasserstein),
      };
    }
    case 'categorical': {
      const side = (total: number, of: 'baseline' | 'current'): string => {
        const shares = it.levels
          .slice(0, 2)
          .map((level) => `${level.level} ${format.percent(total === 0 ? 0 : level[of] / total)}`);
        return [...shares, `n ${format.whole(total)}`].join(', ');
      };
      const { tests } = it;
      return {
        baseline: side(it.baseline, 'baseline'),
        current: side(it.current, 'current'),
        effect: tests === null ? NOTHING : `V ${format.amount(tests.table.cramersV)}`,
        ks: NOTHING,
        psi: tests === null ? NOTHING : noise(tests.distances.psi),
        js: tests === null ? NOTHING : format.amount(tests.distances.jensenShannon),
        wasserstein: NOTHING,
      };
    }
    case 'wording':
      return {
        baseline: `n ${format.whole(it.baseline)}`,
        current: `n ${format.whole(it.current)}`,
        effect: NOTHING,
        ks: NOTHING,
        psi: NOTHING,
        js: it.tests === null ? NOTHING : format.amount(it.tests.distance),
        wasserstein: NOTHING,
      };
  }
}

export function driftTable(findings: DriftFindings, said: DriftWords, words: Words, format: Format): Markup {
  const { columns } = words.drift;
  const heads = [
    columns.feature,
    columns.verdict,
    columns.baseline,
    columns.current,
    columns.effect,
    columns.p,
    columns.ks,
    columns.psi,
    columns.js,
    columns.wasserstein,
  ];
  return scrolling(
    words.drift.region,
    markup`<table><caption>${words.drift.table}</caption><thead><tr>${heads.map((it) => markup`<th scope="col">${it}</th>`)}</tr></thead><tbody>${driftRows(
      findings,
      said,
      words,
      format,
    ).map(
      (it) =>
        markup`<tr><th scope="row">${it.name}</th><td class="${it.verdict === 'drift' ? 'differs' : ''}">${words.drift.kinds[it.verdict]}</td>${[it.baseline, it.current, it.effect, it.p, it.ks, it.psi, it.js, it.wasserstein].map((cell) => markup`<td><bdi>${cell}</bdi></td>`)}</tr>`,
    )}</tbody></table>`,
  );
}
