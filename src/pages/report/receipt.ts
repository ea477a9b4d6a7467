/** The teardown's receipt: what went, how that was seen, and what is left, which is nothing. */
import { formatFor } from '../frame/format.ts';
import type { LabPicture } from './report-data.ts';
import { card, scrolling, time, type Viewer } from '../frame/layout.ts';
import { isForgotten } from './lost-lab.ts';
import { english, foreign, markup, when, type Markup } from '../frame/markup.ts';
import { wordsFor } from '../words/words.ts';
import { lastSegment } from '../../lab/arm-ids.ts';

/** Null while the lab lives. */
export function receiptSection({ view }: LabPicture, { locale }: Viewer): Markup | null {
  const words = wordsFor(locale);
  const { receipt: w } = words;
  const format = formatFor(locale);
  const left = view.left ?? [];
  const list = (items: readonly Markup[]): Markup => markup`<ul>${items.map((it) => markup`<li>${it}</li>`)}</ul>`;
  const leftList = list(left.map((it) => markup`<span class="mono">${foreign(it.id)}</span>: ${english(it.why)}`));
  const receipt = view.report?.receipt;
  if (!receipt) {
    return left.length > 0 ? card('receipt', w.heading, markup`<p>${w.tearingDown}</p>${leftList}`) : null;
  }
  const { removals, foreign: strangers, borrowed = [], blindTo } = receipt;
  const gone = removals.filter((it) => !it.kept).length;
  const seal =
    left.length === 0
      ? markup`<span class="pill good">${w.allGone}</span>`
      : markup`<span class="pill bad">${w.left(format.whole(left.length))}</span>`;
  return card(
    'receipt',
    w.heading,
    markup`<div class="ledger"><p class="lead mono">${view.id}</p><p class="small soft">${removals.length + left.length > 0 ? w.removedSays(format.whole(gone)) : isForgotten(view) ? w.nothingFound : w.nothingMade}</p>${when(
      removals.length + left.length > 0,
      () =>
        scrolling(
          w.heading,
          markup`<table class="stacks"><caption class="unseen">${w.heading}</caption><thead><tr><th scope="col"><span class="unseen">${words.timeline.columns.state}</span></th><th scope="col">${w.columns.what}</th><th scope="col">${w.columns.name}</th><th scope="col">${w.columns.at}</th><th scope="col">${w.columns.confirmed}</th></tr></thead><tbody>${removals.map(
            (it) =>
              markup`<tr><td>${it.kept ? markup`<span class="kept">${w.kept}</span>` : markup`<span class="gone">✓ ${w.gone}</span>`}</td><th scope="row" class="kind">${words.kinds[it.what] ?? foreign(it.what)}</th><td class="wrap mono">${foreign(lastSegment(it.id))}</td><td data-label="${w.columns.at}">${time(it.at, format.clock(it.at))}</td><td class="wrap small" data-label="${w.columns.confirmed}">${english(it.confirmed)}</td></tr>`,
          )}</tbody><tfoot><tr><td class="${left.length === 0 ? 'gone' : ''}">${format.whole(left.length)}</td><th scope="row" colspan="2">${w.leftLine}</th>${view.endedAt === undefined ? markup`<td></td>` : markup`<td>${time(view.endedAt, format.clock(view.endedAt))}</td>`}<td>${view.cost ? w.costLine(format.usd(view.cost.usd)) : ''}</td></tr></tfoot></table>`,
        ),
    )}</div>${when(left.length > 0, () => markup`<div class="note bad"><p class="lead">${w.leftHeading}</p>${leftList}</div>`)}${when(
      strangers.length > 0,
      () =>
        markup`<h3>${w.foreign}</h3>${list(strangers.map((it) => markup`<span class="mono">${foreign(it.id)}</span>`))}`,
    )}${when(
      borrowed.length > 0,
      () =>
        markup`<h3>${w.borrowed}</h3>${list(borrowed.map((it) => markup`<span class="mono">${foreign(it)}</span>`))}`,
    )}<p class="small soft">${w.blind}: ${english(blindTo.join('; '))}</p>`,
    seal,
  );
}
