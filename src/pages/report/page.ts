/** One lab as a page: what it is, what it did, what it cost, what it saw, and what is left of it. */
import { TONES } from './drift-table.ts';
import type { DriftFindings } from '../../drift/findings.ts';
import { secondsBetween, duration, formatFor, type Format } from '../frame/format.ts';
import { builtAt, type LabPicture } from './report-data.ts';
import { page, time, type Viewer } from '../frame/layout.ts';
import { english, markup, when, type Insert, type Markup } from '../frame/markup.ts';
import { isForgotten, lostNotice } from './lost-lab.ts';
import { phaseBar, stillToGo } from './progress.ts';
import { accessNotice } from './access.ts';
import { answersSection } from './answers.ts';
import { costSection, resourcesSection } from './cost.ts';
import { driftSection } from './drift.ts';
import { receiptSection } from './receipt.ts';
import { costOfBudget, hardDeadline, ownerName, statePill } from './summary.ts';
import { timelineSection } from './timeline.ts';
import { tracesSection } from './traces.ts';
import { wordsFor } from '../words/words.ts';
import type { Words } from '../words/en.ts';
import type { HttpResponseInit } from '@azure/functions';

/** What a visitor may do with the lab: forms, or nothing in key mode. */
export type Actions = (id: string) => Insert;

const SECTIONS = ['timeline', 'answers', 'drift', 'traces', 'cost', 'resources', 'receipt'] as const;
type SectionId = (typeof SECTIONS)[number];

export function reportPage(picture: LabPicture, viewer: Viewer, actions: Actions | null): HttpResponseInit {
  const { view } = picture;
  const words = wordsFor(viewer.locale);
  const all: Readonly<Record<SectionId, Markup | null>> = {
    timeline: timelineSection(picture, viewer),
    answers: answersSection(picture, viewer),
    drift: driftSection(picture, viewer),
    traces: tracesSection(picture, viewer),
    cost: costSection(picture, viewer),
    resources: resourcesSection(picture, viewer),
    receipt: receiptSection(picture, viewer),
  };
  const sections = (...ids: SectionId[]): Markup[] =>
    ids.map((id) => markup`<div id="live-${id}" data-live>${all[id]}</div>`);
  const refreshSeconds = refreshOf(picture);
  return page(200, viewer, {
    title: words.report.title(view.id),
    ...(refreshSeconds === undefined ? {} : { refreshSeconds }),
    announce: words.phases[view.phase],
    hero: [
      hero(picture, viewer, words, actions),
      bar(
        SECTIONS.filter((id) => all[id] !== null),
        viewer,
        words,
      ),
    ],
    content: [
      troubles(picture, viewer, words),
      markup`<div id="live-access" data-live>${accessNotice(view, words)}</div>`,
      sections('timeline', 'answers', 'drift', 'traces'),
      markup`<div class="pair">${sections('cost', 'resources')}</div>`,
      sections('receipt'),
      markup`<div id="live-later" data-live>${laterSection(view, all, words)}</div>`,
    ],
  });
}

/** What there is nothing of takes a line, not a card each. Of a lost lab there is nothing to come. */
function laterSection(
  view: LabPicture['view'],
  all: Readonly<Record<SectionId, Markup | null>>,
  words: Words,
): Markup | null {
  if (view.phase === 'lost') return null;
  const missing = SECTIONS.filter((id) => all[id] === null);
  const lines = (['later', 'never', 'forgotten'] as const).map((kind) => {
    const names = missing.filter((id) => whyMissing(id, view) === kind).map((id) => words[id].heading);
    return when(names.length > 0, () => markup`<p class="soft small">${words.report[kind](names.join(', '))}</p>`);
  });
  return markup`${lines}`;
}

function whyMissing(id: SectionId, view: LabPicture['view']): 'later' | 'never' | 'forgotten' {
  if (view.report === undefined) {
    // While a lab ends nothing new happens in it; the receipt, and the numbers of the traces that there were, come with its report.
    const kept = (id === 'drift' || id === 'traces') && (view.completions ?? []).length > 0;
    if (view.phase !== 'tearing-down' || id === 'receipt' || kept) return 'later';
  }
  return isForgotten(view) ? 'forgotten' : 'never';
}

/** Often while something happens; seldom while nothing does, since each reading of a watched lab searches its traces. */
function refreshOf({ view }: LabPicture): number | undefined {
  if (view.phase === 'ended') return undefined;
  return view.phase === 'watching' ? 30 : 4;
}

function hero(picture: LabPicture, viewer: Viewer, words: Words, actions: Actions | null): Markup {
  const { view } = picture;
  const format = formatFor(viewer.locale);
  const ended = view.report && view.endedAt !== undefined;
  const deadline = hardDeadline(view, words, format);
  const lines = [
    markup`${words.report.started('')}${time(view.startedAt, format.moment(view.startedAt))}`,
    ended
      ? markup`, ${words.report.ended(format.moment(view.endedAt ?? ''), words.reasons[view.report?.end.reason ?? 'asked'])}`
      : null,
    !ended && view.secondsLeft !== undefined
      ? markup`; ${words.report.endsIn(duration(view.secondsLeft), words.endsBy[view.deadlines?.endsBy ?? 'idle'])}`
      : null,
    deadline === null ? null : markup`; ${deadline}`,
    ended || view.deadlines?.held === undefined ? null : markup`. ${words.report.held[view.deadlines.held]}`,
  ];
  return markup`<div class="hero"><div class="hero-inner" id="live-hero" data-live>
<p class="eyebrow">${ended ? words.report.eyebrowEnded : words.report.eyebrowLiving}</p>
<div class="titles"><h1 class="mono">${view.id}</h1>${statePill(picture, words)}${
    actions === null || view.phase === 'ended' ? null : markup`<div class="actions">${actions(view.id)}</div>`
  }</div>
<p>${lines}</p>
${view.running ? progressOf(picture, words) : null}
<dl class="facts">${facts(picture, viewer, words).map(
    ({ name, value, note, tone }) =>
      markup`<div><dt>${name}</dt><dd${tone === undefined ? '' : markup` class="${tone}"`}>${value}</dd>${note ? markup`<dd>${note}</dd>` : null}</div>`,
  )}</dl>
</div></div>`;
}

const bar = (ids: readonly SectionId[], viewer: Viewer, words: Words): Markup =>
  markup`<div class="bar"><nav class="jump" id="live-jump" data-live aria-label="${words.report.sections}">${ids.map((id) => markup`<a href="#${id}">${words[id].heading}</a>`)}<span class="forms"><span>${words.report.otherForms}</span><a href="${formLink(viewer, 'md')}">Markdown</a><a href="${formLink(viewer, 'json')}">JSON</a></span></nav></div>`;

const formLink = (viewer: Viewer, form: 'md' | 'json'): string => {
  const url = new URL(viewer.path, 'http://page');
  url.searchParams.set('format', form);
  return `${url.pathname}${url.search}`;
};

function progressOf({ at, view }: LabPicture, words: Words): Markup {
  const left = stillToGo(view.steps, view.phase, at);
  return markup`${phaseBar(view, words, false)}${left > 0 ? markup`<p class="small">${words.report.stillToGo(duration(left))}</p>` : null}`;
}

type Fact = { name: string; value: Insert; note?: Insert; tone?: 'good' | 'warn' | 'bad' };

function facts({ at, view, traces, drift }: LabPicture, viewer: Viewer, words: Words): Fact[] {
  const format = formatFor(viewer.locale);
  const { facts: w } = words.report;
  const built = builtAt(view);
  const { cost } = view;
  const left = view.left?.length ?? 0;
  const verified = view.verifications?.length ?? 0;
  const costNote =
    cost?.avoidedUsd !== undefined && cost.avoidedUsd > 0
      ? w.avoided(format.usd(cost.avoidedUsd))
      : view.running && cost
        ? w.perHour(format.usd(cost.usdPerHour))
        : undefined;
  const verdict = drift && drift.findings.features.length > 0 ? drift.findings.verdict : null;
  return [
    {
      name: view.endedAt === undefined ? w.lived : w.life,
      value: duration(secondsBetween(view.startedAt, view.endedAt ?? at)),
      note: built === null ? null : `${w.built} ${duration(secondsBetween(view.startedAt, built))}`,
    },
    ...(cost ? [{ name: w.cost, value: costOfBudget(cost.usd, view, words, format), note: costNote }] : []),
    ...(verified === 0 && isForgotten(view)
      ? []
      : [{ name: w.verified, value: w.verifiedSays(verified, 2), note: verified > 0 ? w.verifiedNote : null }]),
    ...(traces && traces.count > 0
      ? [{ name: w.traces, value: format.whole(traces.count), note: w.tracesNote(format.whole(traces.failed)) }]
      : []),
    ...(verdict
      ? [
          {
            name: w.drift,
            value: words.drift.kinds[verdict.kind],
            note: verdictNote(verdict, drift?.findings.features.length ?? 0, w, format),
            tone: TONES[verdict.kind],
          },
        ]
      : []),
    ...(view.report
      ? [
          {
            name: w.left,
            value: left === 0 ? w.leftNone : format.whole(left),
            note: isForgotten(view) ? w.leftNoteForgotten : w.leftNote,
            tone: left === 0 ? ('good' as const) : ('bad' as const),
          },
        ]
      : []),
    { name: w.owner, value: ownerName(view.owner, viewer, words) },
  ];
}

function verdictNote(
  verdict: DriftFindings['verdict'],
  features: number,
  w: Words['report']['facts'],
  format: Format,
): string | null {
  if (verdict.kind !== 'not-enough-data')
    return w.driftNote(verdict.kind === 'drift' ? verdict.features.length : 0, features);
  return verdict.need === null ? null : w.driftNeed(format.whole(verdict.need));
}

function troubles({ view, unread }: LabPicture, { locale }: Viewer, words: Words): Insert {
  const { problem } = view;
  return [
    markup`<div id="live-troubles" data-live>${when(
      view.phase === 'lost',
      () => markup`<div class="note bad"><p>${lostNotice(view, locale)}</p></div>`,
    )}${problem ? markup`<div class="note bad"><p class="lead">${words.report.problem}: <code>${problem.code}</code></p><p>${english(problem.message)}</p>${problem.suggestion ? markup`<p><strong>${words.report.suggestion}:</strong> ${english(problem.suggestion)}</p>` : null}</div>` : null}${when(
      unread,
      () => markup`<div class="note warn"><p>${words.drift.unread}</p></div>`,
    )}</div>`,
  ];
}
