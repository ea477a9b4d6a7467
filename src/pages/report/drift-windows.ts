/** The form that asks for other windows: a link to the same report with both of them in its address, which works without a script and can be kept. */
import { WINDOW_FORMS } from '../../lab/traces/windows.ts';
import type { LabPicture } from './report-data.ts';
import type { Viewer } from '../frame/layout.ts';
import { markup, when, type Markup } from '../frame/markup.ts';
import { wordsFor } from '../words/words.ts';

type Asked = NonNullable<NonNullable<LabPicture['drift']>['asked']>;

/** @param asked the windows of now, where the address names some. */
export function windowsForm({ view, recent }: LabPicture, asked: Asked | null, viewer: Viewer): Markup {
  const { drift: w } = wordsFor(viewer.locale);
  const sessions = [...new Set(recent.flatMap((it) => (it.session === null ? [] : [it.session])))];
  const field = (side: 'baseline' | 'current'): Markup =>
    markup`<div><label for="window-${side}">${w[side]}</label><input id="window-${side}" name="${side}" value="${valueOf(asked?.[side], view.id)}" required autocomplete="off" spellcheck="false" list="window-list" aria-describedby="window-hint"></div>`;
  return markup`<details id="windows"${asked === null ? '' : markup` open`}><summary id="windows-open">${w.otherWindows}</summary><form method="get" action="/api/labs/${view.id}/report#drift"><div class="fields">${field('baseline')}${field('current')}</div><datalist id="window-list"><option value="all"></option><option value="count:60"></option><option value="count:60,skip:60"></option>${sessions.map((it) => markup`<option value="session:${it}"></option>`)}</datalist><p class="hint" id="window-hint">${w.windowHint} <code>${WINDOW_FORMS}</code></p>${when(viewer.chosen, () => markup`<input type="hidden" name="lang" value="${viewer.locale}">`)}<p><button type="submit" id="windows-compare">${w.compareWindows}</button></p></form></details>`;
}

function valueOf(asked: Asked['baseline'] | undefined, labId: string): string {
  if (asked === undefined) return '';
  return asked.lab === labId ? asked.window : `report:${asked.lab}/${asked.window}`;
}
