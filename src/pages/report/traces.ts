/** The lab's traces: their numbers, their latency over time, and the newest of them, any two of which can be compared. */
import { latencyChart } from '../charts/latency.ts';
import { formatFor } from '../frame/format.ts';
import type { LabPicture } from './report-data.ts';
import { card, scrolling, time, type Viewer } from '../frame/layout.ts';
import { foreign, markup, when, type Markup } from '../frame/markup.ts';
import { wordsFor } from '../words/words.ts';

/** Null while there are none. */
export function tracesSection(picture: LabPicture, viewer: Viewer): Markup | null {
  const { view, traces, points, recent } = picture;
  const words = wordsFor(viewer.locale);
  const { traces: w } = words;
  const format = formatFor(viewer.locale);
  if (traces === null || traces.count === 0) return null;
  const { latencyMs } = traces;
  const numbers: (readonly [name: string, value: string, note?: string])[] = [
    traces.cut
      ? [w.count, format.whole(traces.count), w.cut(format.whole(traces.count))]
      : [w.count, format.whole(traces.count)],
    [w.failed, format.whole(traces.failed)],
    [w.refused, format.whole(traces.refused)],
    [w.tokensIn, format.whole(traces.tokensIn)],
    [w.tokensOut, format.whole(traces.tokensOut)],
    ...(latencyMs
      ? [
          [
            w.latency,
            format.milliseconds(latencyMs.median),
            w.medianAndP95(format.milliseconds(latencyMs.p95)),
          ] as const,
        ]
      : []),
  ];
  return card(
    'traces',
    w.heading,
    markup`<dl class="facts">${numbers.map(([name, value, note]) => markup`<div><dt>${name}</dt><dd>${value}</dd>${note === undefined ? null : markup`<dd>${note}</dd>`}</div>`)}</dl>
${when(points.length > 1, () => markup`<h3>${words.charts.latency}</h3>${scrolling(words.charts.latency, latencyChart(points, words, format))}`)}
${recent.length > 0 ? newest(picture, viewer) : when(view.report, () => markup`<p class="small soft">${w.kept}</p>`)}`,
  );
}

function newest({ view, recent }: LabPicture, viewer: Viewer): Markup {
  const words = wordsFor(viewer.locale);
  const { traces: w } = words;
  const { columns } = w;
  const format = formatFor(viewer.locale);
  const pick = (side: 'a' | 'b', traceId: string, chosen: boolean): Markup =>
    markup`<input type="radio" name="${side}" value="${traceId}" id="${side}-${traceId}" aria-label="${side === 'a' ? w.pickA(short(traceId)) : w.pickB(short(traceId))}"${chosen ? markup` checked` : ''}>`;
  const rows = recent.map((it, index) => {
    const tokens = [it.promptTokens, it.completionTokens].map((count) => (count === null ? '–' : format.whole(count)));
    return markup`<tr><td>${pick('a', it.traceId, index === 1)}</td><td>${pick('b', it.traceId, index === 0)}</td><th scope="row" class="mono">${short(it.traceId)}</th><td>${it.time === null ? '' : time(it.time, format.clock(it.time))}</td><td>${it.state === 'OK' ? 'OK' : markup`<strong>${foreign(it.state)}</strong>`}</td><td>${it.source === null ? words.people : (words.sources[it.source] ?? foreign(it.source))}</td><td>${it.model === null ? '' : foreign(it.model)}</td><td class="number">${tokens.join(' / ')}</td><td class="number">${it.latencyMs === null ? '–' : format.milliseconds(it.latencyMs)}</td><td>${it.finishReason === null ? '' : foreign(it.finishReason)}</td></tr>`;
  });
  return markup`<h3>${w.recent}</h3><form method="get" action="/api/labs/${view.id}/traces/compare">${scrolling(
    w.region,
    markup`<table class="lines"><caption class="unseen">${w.recent}</caption><thead><tr><th scope="col"><abbr title="${w.columns.pick}">${columns.a}</abbr></th><th scope="col"><abbr title="${w.columns.pick}">${columns.b}</abbr></th><th scope="col">${columns.trace}</th><th scope="col">${columns.time}</th><th scope="col">${columns.state}</th><th scope="col">${columns.source}</th><th scope="col">${columns.model}</th><th scope="col" class="number">${columns.tokens}</th><th scope="col" class="number">${columns.latency}</th><th scope="col">${columns.finish}</th></tr></thead><tbody>${rows}</tbody></table>`,
  )}${when(viewer.chosen, () => markup`<input type="hidden" name="lang" value="${viewer.locale}">`)}<p>${when(recent.length > 1, () => markup`<button type="submit" id="compare">${w.compare}</button>`)}</p></form>`;
}

/** Enough of an id to tell traces apart by eye. */
const short = (traceId: string): string => `${traceId.slice(0, 11)}…`;
