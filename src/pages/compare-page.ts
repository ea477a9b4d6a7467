/** Two traces side by side, and what became of the answer's words. Everything that is shown was written by people and models: it is text, and nothing else. */
import type { HttpResponseInit } from '@azure/functions';
import type { Compared, DiffPart, Scalar, TraceComparison, TraceSide } from '../lab/traces/compare.ts';
import { formatFor, type Format } from './frame/format.ts';
import { card, page, scrolling, time, type Viewer } from './frame/layout.ts';
import { foreign, markup, quoted, type Insert, type Markup } from './frame/markup.ts';
import { compareLink } from './report/answers.ts';
import { reportLink } from './report/summary.ts';
import { wordsFor } from './words/words.ts';
import type { Words } from './words/en.ts';

export function comparePage(id: string, comparison: TraceComparison, viewer: Viewer): HttpResponseInit {
  const words = wordsFor(viewer.locale);
  const { compare: w } = words;
  const format = formatFor(viewer.locale);
  const { a, b, answers } = comparison;
  const differing = comparison.fields.filter((it) => !it.same).length;
  return page(200, viewer, {
    title: w.title,
    hero: markup`<div class="hero"><div class="hero-inner"><p class="eyebrow">${w.eyebrow} · <a href="${reportLink(id, viewer)}">${id}</a></p>
<div class="titles"><h1>${w.title}</h1></div>
<p class="mono">${foreign(a.trace.traceId)} → ${foreign(b.trace.traceId)}</p>
<p><a href="${compareLink(id, b.trace.traceId, a.trace.traceId, viewer)}">${w.swap}</a> · <a href="${reportLink(id, viewer)}">${w.back}</a></p></div></div>`,
    content: [
      card(
        'answers',
        w.answers,
        markup`<div class="columns">${side(w.sideA, a, words, format)}${side(w.sideB, b, words, format)}</div><h3>${w.diff}</h3>${diff(answers, words)}`,
      ),
      card(
        'fields',
        w.measured,
        scrolling(w.region, table(comparison.fields, words, format)),
        markup`<span class="pill ${differing === 0 ? 'good' : 'warn'}">${differing === 0 ? w.same : w.differing(differing)}</span>`,
      ),
      markup`<p class="soft small">${w.note}</p>`,
    ],
  });
}

function side(name: string, it: TraceSide, words: Words, format: Format): Markup {
  const { compare: w } = words;
  const when = it.trace.time === null ? null : time(it.trace.time, format.moment(it.trace.time));
  return markup`<figure class="answer"><figcaption><h3>${name}</h3><span class="soft small">${when}</span></figcaption>
<blockquote>${it.answer === null ? markup`<p class="soft">${w.noAnswer}</p>` : quoted(it.answer)}</blockquote>
<dl class="pairs">${it.system === null ? null : markup`<dt>${w.fields.system}</dt><dd>${quoted(it.system)}</dd>`}<dt>${w.fields.prompt}</dt><dd>${quoted(it.prompt)}</dd>
${it.run === null ? null : markup`<dt>${w.run}</dt><dd class="mono">${it.run.id}</dd>`}</dl></figure>`;
}

function diff({ same, diff: parts, cut }: TraceComparison['answers'], words: Words): Insert {
  const { compare: w } = words;
  const note = cut ? markup`<p class="soft small">${w.cut}</p>` : null;
  if (same) return [markup`<div class="note good"><p>${w.identical}</p></div>`, note];
  if (parts === null) return [markup`<p class="soft">${w.noDiff}</p>`, note];
  return [
    markup`<p class="soft small">${w.diffLegend}</p><div class="answer"><pre class="said" dir="auto">${parts.map((it) => changed(it, words))}</pre></div>`,
    note,
  ];
}

/** Marks of deletion and insertion are not read out by all screen readers: words stand beside them. */
function changed({ kind, text }: DiffPart, { compare: w }: Words): Markup {
  switch (kind) {
    case 'same':
      return markup`${text}`;
    case 'removed':
      return markup`<del><span class="unseen">${w.removed}</span><bdi>${text}</bdi></del>`;
    case 'added':
      return markup`<ins><span class="unseen">${w.added}</span><bdi>${text}</bdi></ins>`;
  }
}

function table(fields: readonly Compared[], words: Words, format: Format): Markup {
  const { compare: w } = words;
  const shown = fields.filter((it) => it.a !== null || it.b !== null);
  return markup`<table class="sides stacks"><caption class="unseen">${w.measured}</caption><thead><tr><th scope="col">${w.field}</th><th scope="col">${w.sideA}</th><th scope="col">${w.sideB}</th><th scope="col">${w.change}</th></tr></thead><tbody>${shown.map(
    (it) =>
      markup`<tr><th scope="row">${w.fields[it.field]}</th><td class="wrap" data-label="${w.sideA}">${cell(it, it.a, words, format)}</td><td class="wrap" data-label="${w.sideB}">${cell(it, it.b, words, format)}</td><td class="${it.same ? 'soft' : 'differs'}" data-label="${w.change}">${it.same ? w.same : it.change === null ? w.differs : `${format.signed(it.change)}${it.field === 'latencyMs' ? ' ms' : ''}`}</td></tr>`,
  )}</tbody></table>`;
}

function cell({ field }: Compared, value: Scalar, words: Words, format: Format): Markup {
  if (value === null) return markup`<span class="soft">–</span>`;
  if (typeof value === 'boolean') return markup`${value ? words.compare.yes : words.compare.no}`;
  if (typeof value === 'number')
    return markup`${field === 'latencyMs' ? format.milliseconds(value) : format.whole(value)}`;
  if (field !== 'parameters') return quoted(value);
  return value === '{}' ? markup`<span class="soft">${words.none}</span>` : markup`<code><bdi>${value}</bdi></code>`;
}
