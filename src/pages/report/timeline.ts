/** The timeline: a chart of all steps, and the same as a table. */
import { LANES, STEPS } from '../../lab/steps.ts';
import { gantt, stepLabel } from '../charts/gantt.ts';
import { duration, formatFor, secondsBetween } from '../frame/format.ts';
import { waitingOf, type LabPicture } from './report-data.ts';
import { card, scrolling, time, type Viewer } from '../frame/layout.ts';
import { english, markup, when, type Insert, type Markup } from '../frame/markup.ts';
import { wordsFor } from '../words/words.ts';

/** Null before the first step. */
export function timelineSection({ at, view }: LabPicture, { locale }: Viewer): Markup | null {
  const words = wordsFor(locale);
  const { timeline: w } = words;
  if (view.steps.length === 0) return null;
  const until = view.endedAt ?? at;
  const lanes = LANES.filter((lane) => view.steps.some((it) => STEPS[it.name].lane === lane));
  const legend = markup`<ul class="legend" aria-label="${w.legend}">${lanes.map((lane) => markup`<li class="key ${lane}">${w.lanes[lane]}</li>`)}</ul>`;
  const chart = gantt(view.steps, { startedAt: view.startedAt, until, waiting: waitingOf(view, until), words });
  return card(
    'timeline',
    w.heading,
    markup`${runningNow()}${scrolling(w.region, chart)}<details id="steps-table"><summary>${w.table}</summary>${scrolling(w.table, table())}</details>`,
    legend,
  );

  /** On a phone the chart begins at its left edge, and what runs is at its right one. */
  function runningNow(): Insert {
    const running = view.steps.filter((it) => it.state === 'running');
    const names = running.map((it) => `${stepLabel(it, words)} (${duration(secondsBetween(it.startedAt, until))})`);
    return when(names.length > 0, () => markup`<p class="small">${w.now(names.join(', '))}</p>`);
  }

  function table(): Markup {
    const format = formatFor(locale);
    const { columns } = w;
    return markup`<table class="stacks"><caption class="unseen">${w.title}</caption><thead><tr><th scope="col">${columns.step}</th><th scope="col">${columns.state}</th><th scope="col">${columns.start}</th><th scope="col" class="number">${columns.took}</th><th scope="col">${columns.region}</th><th scope="col">${columns.note}</th></tr></thead><tbody>${view.steps.map(
      (step) =>
        markup`<tr><th scope="row">${stepLabel(step, words)}</th><td data-label="${columns.state}">${words.states[step.state]}</td><td data-label="${columns.start}">${time(step.startedAt, format.clock(step.startedAt))}</td><td class="number" data-label="${columns.took}">${duration(secondsBetween(step.startedAt, step.endedAt ?? until))}</td>${step.region === undefined ? markup`<td></td>` : markup`<td data-label="${columns.region}">${step.region}</td>`}<td class="wrap">${step.note === undefined ? '' : english(step.note)}</td></tr>`,
    )}</tbody></table>`;
  }
}
