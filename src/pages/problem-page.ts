/** A refusal as a page: what went wrong, and where to go. */
import type { HttpResponseInit } from '@azure/functions';
import type { HttpProblem } from '../lab/http-problem.ts';
import { linkTo, page, type Viewer } from './frame/layout.ts';
import { english, markup } from './frame/markup.ts';
import { wordsFor } from './words/words.ts';

export function problemPage(problem: HttpProblem, viewer: Viewer): HttpResponseInit {
  const words = wordsFor(viewer.locale);
  const { problem: w } = words;
  const title = w.titles[problem.code] ?? problem.title;
  return page(problem.status, viewer, {
    title,
    hero: markup`<div class="hero"><div class="hero-inner"><p class="eyebrow">${problem.status} · ${problem.code}</p><div class="titles"><h1>${title}</h1></div></div></div>`,
    content: markup`<section class="card"><p>${english(problem.detail ?? problem.title)}</p>
${problem.suggestion === undefined ? null : markup`<p><strong>${w.suggestion}:</strong> ${english(problem.suggestion)}</p>`}
<p><a href="${linkTo('/api/dashboard', viewer)}">${w.toDashboard}</a></p></section>`,
  });
}
