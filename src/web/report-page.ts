/** One lab as a page: what it is, what it did, what it cost, what it saw, and what is left of it. */
import { secondsBetween, duration, formatFor } from './format.ts';
import { builtAt, type LabPicture } from './lab-picture.ts';
import { linkTo, page, time, type Visit } from './layout.ts';
import { english, markup, when, type Insert, type Markup } from './markup.ts';
import { phaseBar, stillToGo } from './progress.ts';
import { answersSection } from './report-answers.ts';
import { costSection, resourcesSection } from './report-cost.ts';
import { driftSection } from './report-drift.ts';
import { receiptSection } from './report-receipt.ts';
import { timelineSection } from './report-timeline.ts';
import { tracesSection } from './report-traces.ts';
import { wordsFor, type Words } from './words.ts';
import type { HttpResponseInit } from '@azure/functions';

/** What a visitor may do with the lab: forms, or nothing in key mode. */
export type Actions = (id: string) => Insert;

export function reportPage(picture: LabPicture, visit: Visit, actions: Actions | null): HttpResponseInit {
  const { view } = picture;
  const words = wordsFor(visit.locale);
  const sections: (readonly [id: string, heading: string, content: Markup])[] = [
    ['timeline', words.timeline.heading, timelineSection(picture, visit)],
    ['answers', words.answers.heading, answersSection(picture, visit)],
    ['drift', words.drift.heading, driftSection(picture, visit)],
    ['traces', words.traces.heading, tracesSection(picture, visit)],
    ['cost', words.cost.heading, costSection(picture, visit)],
    ['resources', words.resources.heading, resourcesSection(picture, visit)],
    ['receipt', words.receipt.heading, receiptSection(picture, visit)],
  ];
  const refreshSeconds = refreshOf(picture);
  return page(200, visit, {
    title: words.report.title(view.id),
    ...(refreshSeconds === undefined ? {} : { refreshSeconds }),
    announce: words.phases[view.phase],
    hero: hero(picture, visit, words, actions),
    content: [
      troubles(picture, words),
      sections.map(([id, , content]) => markup`<div id="live-${id}" data-live>${content}</div>`),
    ],
  });
}

/** Often while something happens; seldom while nothing does, since each reading of a watched lab searches its traces. */
function refreshOf({ view }: LabPicture): number | undefined {
  if (view.phase === 'ended') return undefined;
  return view.phase === 'watching' ? 30 : 4;
}

function hero(picture: LabPicture, visit: Visit, words: Words, actions: Actions | null): Markup {
  const { view } = picture;
  const format = formatFor(visit.locale);
  const ended = view.report && view.endedAt !== undefined;
  const lines = [
    markup`${words.report.started('')}${time(view.startedAt, format.moment(view.startedAt))}`,
    ended
      ? markup`, ${words.report.ended(format.moment(view.endedAt ?? ''), words.reasons[view.report?.end.reason ?? 'asked'])}`
      : null,
    !ended && view.secondsLeft !== undefined
      ? markup`; ${words.report.endsIn(duration(view.secondsLeft), words.endsBy[view.deadlines?.endsBy ?? 'idle'])}`
      : null,
  ];
  return markup`<div class="hero"><div class="hero-inner" id="live-hero" data-live>
<p class="eyebrow">${ended ? words.report.eyebrowEnded : words.report.eyebrowLiving}</p>
<div class="titles"><h1 class="mono">${view.id}</h1>${statePill(picture, words)}</div>
<p>${lines}</p>
${view.running ? progressOf(picture, words) : null}
<dl class="facts">${facts(picture, visit, words).map(
    ([name, value, note]) =>
      markup`<div><dt>${name}</dt><dd>${value}</dd>${note ? markup`<dd>${note}</dd>` : null}</div>`,
  )}</dl>
</div></div>
<nav class="jump" aria-label="${words.report.sections}">${(
    ['timeline', 'answers', 'drift', 'traces', 'cost', 'resources', 'receipt'] as const
  ).map((id) => markup`<a href="#${id}">${words[id].heading}</a>`)}<span class="forms">${words.report.otherForms}
<a href="${formLink(visit, 'md')}">Markdown</a><a href="${formLink(visit, 'json')}">JSON</a></span></nav>
${actions === null || view.phase === 'ended' ? null : markup`<div class="actions" id="live-actions">${actions(view.id)}</div>`}`;
}

const formLink = (visit: Visit, form: 'md' | 'json'): string => {
  const url = new URL(visit.path, 'http://page');
  url.searchParams.set('format', form);
  return `${url.pathname}${url.search}`;
};

function progressOf({ at, view }: LabPicture, words: Words): Markup {
  const left = stillToGo(view.steps, view.phase, at);
  return markup`<div class="on-hero">${phaseBar(view.phase, words, false)}${left > 0 ? markup`<p class="small">${words.report.stillToGo(duration(left))}</p>` : null}</div>`;
}

export function statePill({ view }: Pick<LabPicture, 'view'>, words: Words): Markup {
  if (view.report) {
    const { outcome } = view.report;
    const tone = outcome === 'healthy' ? 'good' : outcome === 'failed' ? 'bad' : 'warn';
    return markup`<span class="pill ${tone}">${words.outcomes[outcome]}</span>`;
  }
  if (view.phase === 'lost') return markup`<span class="pill bad">${words.phases.lost}</span>`;
  const tone = view.problem ? 'bad' : view.phase === 'watching' ? 'good' : view.phase === 'tearing-down' ? 'warn' : '';
  return markup`<span class="pill ${tone} live">${words.phases[view.phase]}</span>`;
}

type Fact = readonly [name: string, value: Insert, note?: Insert];

function facts({ at, view, traces, drift }: LabPicture, visit: Visit, words: Words): Fact[] {
  const format = formatFor(visit.locale);
  const { facts: w } = words.report;
  const built = builtAt(view);
  const { cost } = view;
  const left = view.left?.length ?? 0;
  const verified = view.verifications?.length ?? 0;
  const costNote =
    cost?.avoidedUsd !== undefined
      ? w.avoided(format.usd(cost.avoidedUsd))
      : view.running && cost
        ? w.perHour(format.usd(cost.usdPerHour))
        : undefined;
  return [
    [
      view.endedAt === undefined ? w.lived : w.life,
      duration(secondsBetween(view.startedAt, view.endedAt ?? at)),
      built === null ? undefined : `${w.built} ${duration(secondsBetween(view.startedAt, built))}`,
    ],
    ...(cost ? ([[w.cost, format.usd(cost.usd), costNote]] as const) : []),
    [w.verified, w.verifiedSays(verified, 2), verified > 0 ? w.verifiedNote : undefined],
    ...(traces ? ([[w.traces, format.whole(traces.count), w.tracesNote(format.whole(traces.failed))]] as const) : []),
    ...(drift ? ([[words.drift.heading, words.drift.kinds[drift.findings.verdict.kind]]] as const) : []),
    ...(view.report ? ([[w.left, left === 0 ? w.leftNone : format.whole(left), w.leftNote]] as const) : []),
    [w.owner, ownerName(view.owner, visit, words)],
  ];
}

/** Object ids are long, and their first digits tell owners apart. */
export function ownerName(owner: string, visit: Visit, words: Words): Insert {
  if (owner === 'function-key') return words.owner.key;
  return owner === visit.callerId ? words.owner.you : markup`<span class="mono">${owner.slice(0, 8)}</span>`;
}

function troubles({ view, unread }: LabPicture, words: Words): Insert {
  const { problem } = view;
  return [
    markup`<div id="live-troubles" data-live>${when(
      view.phase === 'lost',
      () => markup`<div class="note bad"><p>${words.report.lost}</p></div>`,
    )}${problem ? markup`<div class="note bad"><p class="lead">${words.report.problem}: <code>${problem.code}</code></p><p>${english(problem.message)}</p>${problem.wayOut ? markup`<p><strong>${words.report.wayOut}:</strong> ${english(problem.wayOut)}</p>` : null}</div>` : null}${when(
      unread,
      () => markup`<div class="note warn"><p>${words.drift.unread}</p></div>`,
    )}</div>`,
  ];
}

/** Address of the page of a lab. */
export const reportLink = (id: string, visit: Visit): string => linkTo(`/api/labs/${id}/report`, visit);
