/** All labs of a visitor: what lives, what it costs, how long it will live, and what has ended. With sign-in also the forms that start, extend and end. */
import type { HttpResponseInit } from '@azure/functions';
import type { LabView } from '../../hub/lab-view.ts';
import type { ReportLine } from '../../contracts/report-line.ts';
import { duration, formatFor, secondsBetween, type Format } from '../frame/format.ts';
import { card, page, scrolling, time, type Viewer } from '../frame/layout.ts';
import { markup, when, type Insert, type Markup } from '../frame/markup.ts';
import { lostGoes } from '../report/lost-lab.ts';
import { phaseBar, stillToGo } from '../report/progress.ts';
import { costOfBudget, hardDeadline, ownerName, reportLink, statePill } from '../report/summary.ts';
import { extendForm, endForm, startForm, type StartForm } from './forms.ts';
import { wordsFor } from '../words/words.ts';
import type { Words } from '../words/en.ts';

export type Dashboard = {
  /** ISO time of the reading. */
  at: string;
  living: LabView[];
  /** Newest first. */
  ended: ReportLine[];
  /** Of ended labs there are so many, of which `ended` are the newest. */
  endedCount: number;
  /** What has just been done. */
  done: { what: 'started' | 'extended' | 'ending'; id: string } | null;
  /** Null where pages are read-only. */
  form: StartForm | null;
};

export function dashboardPage(it: Dashboard, viewer: Viewer, status = 200): HttpResponseInit {
  const words = wordsFor(viewer.locale);
  const changing = it.living.some((view) => view.phase !== 'watching');
  const start = it.form === null ? null : startForm(it.form, viewer);
  return page(status, viewer, {
    title: words.dashboard,
    refreshSeconds: it.living.length === 0 ? 30 : changing ? 5 : 20,
    announce: it.living.map((view) => `${view.id}: ${words.phases[view.phase]}`).join('; '),
    hero: hero(it, viewer, words),
    content: [
      it.done === null
        ? null
        : markup`<div class="note good" id="done"><p>${words.done[it.done.what](it.done.id)}</p></div>`,
      it.form === null ? markup`<p class="note">${words.list.readOnly}</p>` : null,
      it.living.length === 0 ? start : null,
      markup`<div id="live-living" data-live>${livingSection(it, viewer, words)}</div>`,
      it.living.length === 0 ? null : start,
      markup`<div id="live-ended" data-live>${endedSection(it, viewer, words)}</div>`,
    ],
  });
}

function hero({ at, living, ended, form }: Dashboard, viewer: Viewer, words: Words): Markup {
  const format = formatFor(viewer.locale);
  const sum = (values: readonly (number | undefined)[]): string => {
    const known = values.filter((it) => it !== undefined);
    const unknown = values.length - known.length;
    if (unknown > 0 && known.length === 0) return words.list.unknown;
    const usd = format.usd(known.reduce((a, b) => a + b, 0));
    return unknown === 0 ? usd : words.list.plusUnknown(usd, format.whole(unknown));
  };
  const facts: [string, string][] = [
    [words.list.summaryLiving, format.whole(living.length)],
    [words.list.summaryRate, sum(living.map((it) => it.cost?.usdPerHour))],
    [words.list.summarySpent, sum(living.map((it) => it.cost?.usd))],
    [words.list.summaryAvoided, sum(ended.map((it) => (it.usd === null ? undefined : (it.avoidedUsd ?? 0))))],
  ];
  return markup`<div class="hero"><div class="hero-inner" id="live-hero" data-live><p class="eyebrow">${words.tagline}</p>
<div class="titles"><h1>${words.list.title}</h1>${when(form, () => markup`<span class="actions"><a class="button main" href="#start">${words.start.heading}</a></span>`)}</div><p>${words.pageRead('')}${time(at, format.moment(at))}</p>
<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></div></div>`;
}

function livingSection(it: Dashboard, viewer: Viewer, words: Words): Markup {
  const { list: w } = words;
  if (it.living.length === 0) return card('living', w.living, markup`<p class="soft">${w.noneLiving}</p>`);
  const format = formatFor(viewer.locale);
  const heads: Insert[] = [w.columns.lab, w.columns.phase, w.columns.owner].map(
    (name) => markup`<th scope="col">${name}</th>`,
  );
  const numbers = [w.columns.cost, w.columns.left].map((name) => markup`<th scope="col" class="number">${name}</th>`);
  return card(
    'living',
    w.living,
    scrolling(
      w.region,
      markup`<table class="stacks"><caption class="unseen">${w.living}</caption><thead><tr>${heads}${numbers}${when(it.form, () => markup`<th scope="col">${w.columns.actions}</th>`)}</tr></thead><tbody>${it.living.map((view) => livingRow(view, it, viewer, words, format))}</tbody></table>`,
    ),
  );
}

function livingRow(view: LabView, { at, form }: Dashboard, viewer: Viewer, words: Words, format: Format): Markup {
  const { list: w } = words;
  const toGo = stillToGo(view.steps, view.phase, at);
  const left =
    view.secondsLeft !== undefined
      ? markup`${duration(view.secondsLeft)}<span class="small soft">${words.endsBy[view.deadlines?.endsBy ?? 'idle']}</span>`
      : markup`<span class="soft">${view.phase === 'lost' ? lostGoes(view, at, viewer.locale) : view.phase === 'tearing-down' ? w.ending : w.building}</span>`;
  const deadline = hardDeadline(view, words, format);
  return markup`<tr><th scope="row"><a class="mono" href="${reportLink(view.id, viewer)}">${view.id}</a><span class="small soft">${w.since(duration(secondsBetween(view.startedAt, at)))}</span></th>
<td>${statePill({ view }, words)}${view.phase === 'lost' ? null : phaseBar(view, words, true)}${when(toGo > 0, () => markup`<span class="small soft">${words.report.stillToGo(duration(toGo))}</span>`)}</td>
<td data-label="${w.columns.owner}">${ownerName(view.owner, viewer, words)}</td>
<td class="number" data-label="${w.columns.cost}">${view.cost ? costOfBudget(view.cost.usd, view, words, format) : w.unknown}${view.cost ? markup`<span class="small soft">${words.report.facts.perHour(format.usd(view.cost.usdPerHour))}</span>` : null}</td>
<td class="number" data-label="${w.columns.left}">${left}${when(deadline, () => markup`<span class="small soft">${deadline}</span>`)}</td>${when(form, () => markup`<td><div class="actions">${view.phase === 'tearing-down' ? null : [view.phase === 'lost' ? null : extendForm(view.id, 'dashboard', viewer), endForm(view.id, 'dashboard', viewer)]}</div></td>`)}</tr>`;
}

function endedSection({ ended, endedCount }: Dashboard, viewer: Viewer, words: Words): Markup {
  const { list: w } = words;
  if (ended.length === 0) return card('ended', w.ended, markup`<p class="soft">${w.noneEnded}</p>`);
  const format = formatFor(viewer.locale);
  const { columns } = w;
  return card(
    'ended',
    w.ended,
    markup`${scrolling(
      w.region,
      markup`<table class="stacks"><caption class="unseen">${w.ended}</caption><thead><tr><th scope="col">${columns.lab}</th><th scope="col">${columns.outcome}</th><th scope="col">${columns.owner}</th><th scope="col">${columns.ended}</th><th scope="col" class="number">${columns.life}</th><th scope="col" class="number">${columns.cost}</th><th scope="col" class="number">${columns.receipt}</th></tr></thead><tbody>${ended.map(
        (it) => {
          const { left } = it;
          const tone = it.outcome === 'healthy' ? 'good' : it.outcome === 'failed' ? 'bad' : 'warn';
          return markup`<tr><th scope="row"><a class="mono" href="${reportLink(it.id, viewer)}">${it.id}</a></th><td><span class="pill ${tone}">${words.outcomes[it.outcome]}</span></td><td data-label="${columns.owner}">${ownerName(it.owner, viewer, words)}</td><td data-label="${columns.ended}">${time(it.endedAt, format.moment(it.endedAt))}<span class="small soft">${words.reasons[it.reason]}</span></td><td class="number" data-label="${columns.life}">${duration(secondsBetween(it.startedAt, it.endedAt))}</td><td class="number" data-label="${columns.cost}">${it.usd === null ? w.unknown : format.usd(it.usd)}</td><td class="number" data-label="${columns.receipt}">${left === 0 ? words.report.facts.leftNone : markup`<strong>${format.whole(left)}</strong>`}</td></tr>`;
        },
      )}</tbody></table>`,
    )}${when(endedCount > ended.length, () => markup`<p class="small soft">${w.onlyNewest(format.whole(ended.length))}</p>`)}`,
  );
}
