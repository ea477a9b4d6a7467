/** Drift: the verdict in one sentence, what is known to have changed, every feature with its test, and the distributions behind the numbers. */
import { describe as inWords } from '../../drift/text/describe.ts';
import type { FeatureReport } from '../../drift/findings.ts';
import { ecdfChart, histogramChart } from '../charts/windows.ts';
import { sharesChart } from '../charts/shares.ts';
import { driftTable, TONES } from './drift-table.ts';
import { windowsForm } from './drift-windows.ts';
import { formatFor, type Format } from '../frame/format.ts';
import type { LabPicture } from './report-data.ts';
import { card, type Viewer } from '../frame/layout.ts';
import { english, foreign, markup, when, type Insert, type Markup } from '../frame/markup.ts';
import { wordsFor } from '../words/words.ts';
import type { Words } from '../words/en.ts';

/** Null while there is nothing to compare. */
export function driftSection(picture: LabPicture, viewer: Viewer): Markup | null {
  const { drift } = picture;
  const words = wordsFor(viewer.locale);
  const { drift: w } = words;
  const monitor = monitorNote(picture, viewer, words);
  if (drift === null || drift.findings.features.length === 0) {
    const empty = drift?.asked
      ? markup`<p>${w.none}</p>${windowsForm(picture, drift.asked, viewer)}`
      : monitor && markup`<p class="soft">${w.none}</p>`;
    return empty && card('drift', w.heading, markup`${empty}${monitor}`);
  }
  const { findings, asked } = drift;
  const format = formatFor(viewer.locale);
  const said = inWords(findings, viewer.locale);
  const { baseline, current } = findings.windows;
  const windows = asked
    ? markup`<dl class="pairs"><dt>${w.baseline}</dt><dd class="mono">${foreign(`${asked.baseline.lab} ${asked.baseline.window}`)}</dd><dt>${w.current}</dt><dd class="mono">${foreign(`${asked.current.lab} ${asked.current.window}`)}</dd></dl>`
    : null;
  const list = (items: readonly string[]): Markup =>
    markup`<ul>${items.map((it) => markup`<li>${foreign(it)}</li>`)}</ul>`;
  return card(
    'drift',
    w.heading,
    markup`<div class="note ${TONES[findings.verdict.kind]}" id="verdict"><p class="lead">${foreign(said.verdict)}</p><p>${w.windows(format.whole(baseline.traces), format.whole(current.traces))}</p></div>
${windows}${windowsForm(picture, asked, viewer)}
${monitor}
${when(said.knownChanges.length > 0, () => markup`<h3>${w.knownChanges}</h3>${list(said.knownChanges)}`)}
${when(said.cautions.length > 0, () => markup`<div class="note warn"><p>${w.cautions}</p>${list(said.cautions)}</div>`)}
${driftTable(findings, said, words, format)}
<p class="small soft">${w.notes}</p>
<div class="feature-head charts-head"><h3>${w.charts}</h3><ul class="legend"><li class="key baseline">${w.baseline}</li><li class="key current">${w.current}</li></ul></div>
<div class="features">${findings.features.map((it, index) => feature(it, findings.aims.floor, said.features[index] ?? { name: it.feature, text: '' }, words, format))}</div>`,
  );
}

const sizeOf = (side: FeatureReport['baseline']): number => (typeof side === 'number' ? side : side.count);

function feature(
  it: FeatureReport,
  floor: number,
  { name, text }: { name: string; text: string },
  words: Words,
  format: Format,
): Markup {
  // Of a handful of values a sentence tells more than a picture.
  const charts = Math.min(sizeOf(it.baseline), sizeOf(it.current)) < floor ? [] : chartsOf(it, name, words, format);
  const drawn = charts.length > 1 ? markup`<div class="columns">${charts}</div>` : charts;
  return markup`<section class="feature${charts.length > 1 ? ' wide' : ''}" aria-labelledby="feature-${it.feature}"><div class="feature-head"><h3 id="feature-${it.feature}">${name}</h3><span class="pill ${TONES[it.verdict.kind]}">${words.drift.kinds[it.verdict.kind]}</span></div><p class="small">${foreign(text)}</p>${drawn}</section>`;
}

function chartsOf(it: FeatureReport, name: string, words: Words, format: Format): Markup[] {
  const about = {
    id: it.feature,
    name,
    words,
    value: it.feature === 'latencyMs' ? format.milliseconds : format.amount,
    share: format.percent,
  };
  const figure = (caption: string, chart: Markup): Markup =>
    markup`<figure><figcaption>${caption}</figcaption>${chart}</figure>`;
  switch (it.type) {
    case 'numeric':
      return [
        ...(it.histogram ? [figure(words.charts.histogramShort, histogramChart(it.histogram, about))] : []),
        ...(it.ecdf ? [figure(words.charts.ecdfShort, ecdfChart(it.ecdf, about))] : []),
      ];
    case 'categorical': {
      const share = (count: number, total: number): number => (total === 0 ? 0 : count / total);
      const levels = it.levels.map((level) => ({
        name:
          it.feature === 'finishReason' ? level.level : level.level === 'yes' ? words.compare.yes : words.compare.no,
        baseline: share(level.baseline, it.baseline),
        current: share(level.current, it.current),
      }));
      // Where every trace has the same level the sentence says it all.
      return levels.length < 2 ? [] : [figure(words.charts.sharesSays, sharesChart(levels, about))];
    }
    case 'wording':
      return [];
  }
}

function monitorNote({ view }: LabPicture, { locale }: Viewer, words: Words): Markup | null {
  const { monitor } = view;
  if (!monitor) return null;
  const { drift: w } = words;
  const format = formatFor(locale);
  const next = monitor.nextAt === undefined ? null : markup` ${w.monitorNext(format.moment(monitor.nextAt))}`;
  const said = monitor.looks === 0 ? null : markup` ${monitor.flagged ? w.monitorFlagged : w.monitorQuiet}`;
  return markup`<div class="note ${monitor.flagged ? 'bad' : ''}"><p><strong>${w.monitor}:</strong>${said}${lastLook(monitor.last, w, format)}${next}</p></div>`;
}

function lastLook(last: NonNullable<LabPicture['view']['monitor']>['last'], w: Words['drift'], format: Format): Insert {
  switch (last?.kind) {
    case 'waiting':
      return markup` ${w.monitorWaiting(format.whole(last.traces), format.whole(last.need))}`;
    case 'baseline':
      return markup` ${w.monitorBaseline(format.whole(last.traces))}`;
    case 'nothing-new':
      return markup` ${w.monitorNothingNew}`;
    case 'compared':
      return markup` ${english(last.text)}`;
    case 'lab-over':
    case undefined:
      return null;
  }
}
