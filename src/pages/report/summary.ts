/** What the pages and the Markdown say of a lab in a few words: its state, cost, deadline and owner. */
import type { LabView } from '../../hub/lab-view.ts';
import type { Format } from '../frame/format.ts';
import { linkTo, type Viewer } from '../frame/layout.ts';
import { markup, type Insert, type Markup } from '../frame/markup.ts';
import type { Words } from '../words/en.ts';
import type { LabPicture } from './report-data.ts';

/** Address of the page of a lab. */
export const reportLink = (id: string, viewer: Viewer): string => linkTo(`/api/labs/${id}/report`, viewer);

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

/** Of a lab that may still be kept alive, and until then only. */
export const hardDeadline = ({ phase, limits }: LabView, words: Words, format: Format): string | null =>
  limits === undefined || phase === 'tearing-down' || phase === 'ended' || phase === 'lost'
    ? null
    : words.report.hardDeadline(format.moment(limits.hardAt));

/** `$0.41 of $10.00`. */
export const costOfBudget = (usd: number, { limits }: Pick<LabView, 'limits'>, words: Words, format: Format): string =>
  limits === undefined ? format.usd(usd) : words.report.facts.ofBudget(format.usd(usd), format.usd(limits.budgetUsd));

/** Object ids are long, and their first digits tell owners apart. */
export function ownerName(owner: string, viewer: Viewer, words: Words): Insert {
  if (owner === 'function-key') return words.owner.key;
  return owner === viewer.callerId ? words.owner.you : markup`<span class="mono">${owner.slice(0, 8)}</span>`;
}
