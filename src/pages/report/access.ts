/** Who may do more in a lab than its owner: what they have to know, and whom Azure refused. */
import { english, markup, when, type Markup } from '../frame/markup.ts';
import type { LabPicture } from './report-data.ts';
import type { Words } from '../words/en.ts';

export function accessNotice({ access, links, phase }: LabPicture['view'], words: Words): Markup | null {
  if (access === undefined || phase === 'ended') return null;
  const w = words.report.access;
  return markup`<div class="note">${when(
    access.admitted > 0,
    () =>
      markup`<p>${w.admitted(access.admitted)} ${links.portal === undefined ? null : markup`<a href="${links.portal}">${w.portal}</a>`}</p>`,
  )}${when(
    access.refused.length > 0,
    () =>
      markup`<p>${w.refused}</p><ul>${access.refused.map(({ id, why }) => markup`<li><code>${id}</code>: ${english(why)}</li>`)}</ul>`,
  )}${access.handedOverTo === undefined ? null : markup`<p>${w.handedOver(access.handedOverTo)}</p>`}</div>`;
}
