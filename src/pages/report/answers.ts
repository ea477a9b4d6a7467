/** Both completions of the lab: what was asked, what was answered, and whether the numbers agree where the lab says they do. */
import { formatFor, type Format } from '../frame/format.ts';
import type { LabPicture } from './report-data.ts';
import { card, linkTo, type Viewer } from '../frame/layout.ts';
import { english, foreign, markup, quoted, when, type Markup } from '../frame/markup.ts';
import { wordsFor } from '../words/words.ts';
import type { Words } from '../words/en.ts';

type Completion = NonNullable<LabPicture['view']['completions']>[number];
type Verification = NonNullable<LabPicture['view']['verifications']>[number];

/** Null until something was answered. */
export function answersSection({ view, prompts }: LabPicture, viewer: Viewer): Markup | null {
  const words = wordsFor(viewer.locale);
  const { answers: w } = words;
  const completions = view.completions ?? [];
  if (completions.length === 0) return null;
  const asked = prompts
    ? markup`<dl class="pairs asked"><dt>${w.system}</dt><dd>${quoted(prompts.system)}</dd><dt>${w.asked}</dt><dd>${quoted(prompts.prompt)}</dd></dl>`
    : null;
  const [a, b] = completions.map((it) => it.traceId);
  const compare =
    view.phase === 'watching' && a && b
      ? markup`<a href="${compareLink(view.id, a, b, viewer)}">${w.compare}</a>`
      : null;
  const format = formatFor(viewer.locale);
  const verified = (it: Completion) => view.verifications?.find((one) => one.runId === it.runId);
  return card(
    'answers',
    w.heading,
    markup`${asked}<div class="columns">${completions.map((it) => answer(it, verified(it), words, format))}</div>`,
    compare,
  );
}

export const compareLink = (id: string, a: string, b: string, viewer: Viewer): string =>
  linkTo(`/api/labs/${id}/traces/compare?${new URLSearchParams({ a, b }).toString()}`, viewer);

function answer(it: Completion, verified: Verification | undefined, words: Words, format: Format): Markup {
  const { answers: w } = words;
  const seal = verified
    ? markup`<span class="pill good">${w.verified}</span>`
    : markup`<span class="pill">${w.notYet}</span>`;
  return markup`<figure class="answer"><figcaption><h3>${w.by(words.sources[it.source] ?? it.source)}</h3>${seal}</figcaption>
<blockquote>${quoted(it.answer)}</blockquote>
<dl class="pairs"><dt>${words.compare.fields.model}</dt><dd>${foreign(it.model)}</dd>
<dt>Tokens</dt><dd>${w.tokens(format.whole(it.promptTokens), format.whole(it.completionTokens))}</dd>
<dt>${words.traces.latency}</dt><dd>${format.milliseconds(it.latencyMs)}</dd>
<dt>${words.compare.fields.finishReason}</dt><dd>${foreign(it.finishReason)}</dd>
${verified ? markup`<dt>completion_tokens</dt><dd>${w.verifiedSays(format.whole(verified.param), format.whole(verified.spanUsage), verified.traceTokenUsage === null ? words.unknown : format.whole(verified.traceTokenUsage))}</dd>` : null}
<dt>${w.run}</dt><dd class="mono">${it.runId}</dd>
${it.traceId === null ? null : markup`<dt>${w.trace}</dt><dd class="mono">${it.traceId}</dd>`}</dl>
${when(it.warnings.length > 0, () => markup`<div class="note warn"><p>${w.warnings}</p><ul>${it.warnings.map((text) => markup`<li>${english(text)}</li>`)}</ul></div>`)}</figure>`;
}
