/** Every feature on a line: both windows, the effect, the test that decides, and beside them the measures that do not. */
import type { DriftFindings } from '../../drift/findings.ts';
import type { DriftWords } from '../../drift/text/vocabulary.ts';
import { BESIDE, DECIDING, driftRows, NOTHING, type Cell, type Column } from './drift-rows.ts';
import type { Format } from '../frame/format.ts';
import { scrolling } from '../frame/layout.ts';
import { markup, type Markup } from '../frame/markup.ts';
import type { Words } from '../words/en.ts';

/** Which verdict sounds how. */
export const TONES = { drift: 'bad', 'no-drift': 'good', 'not-enough-data': 'warn' } as const;

export function driftTable(findings: DriftFindings, said: DriftWords, words: Words, format: Format): Markup {
  const { columns, table, decides, beside, region } = words.drift;
  const head = (column: Column): Markup => markup`<th scope="col" class="${placeOf(column)}">${columns[column]}</th>`;
  return scrolling(
    region,
    markup`<table class="drifts stacks"><caption class="unseen">${table}</caption><thead><tr><td></td><td></td><th scope="colgroup" colspan="${DECIDING.length}">${decides}</th><th scope="colgroup" colspan="${BESIDE.length}" class="first-beside">${beside}</th></tr><tr><th scope="col">${columns.feature}</th><th scope="col">${columns.verdict}</th>${[...DECIDING, ...BESIDE].map(head)}</tr></thead><tbody>${driftRows(
      findings,
      said,
      words,
      format,
    ).map(
      (it) =>
        markup`<tr><th scope="row">${it.name}</th><td><span class="pill ${TONES[it.verdict]}">${words.drift.kinds[it.verdict]}</span></td>${[...DECIDING, ...BESIDE].map((column) => markup`<td class="${placeOf(column)}${it[column] === NOTHING ? ' nothing' : ''}" data-label="${columns[column]}">${cell(it[column])}</td>`)}</tr>`,
    )}</tbody></table>`,
  );
}

const placeOf = (column: Column): string =>
  column === BESIDE[0] ? 'beside first-beside' : BESIDE.some((it) => it === column) ? 'beside' : '';

const cell = ({ main, note }: Cell): Markup =>
  markup`<bdi>${main}</bdi>${note === undefined ? null : markup`<span class="small soft"><bdi>${note}</bdi></span>`}`;
