/** A lab that the app has lost track of: what its pages can still say of it. */
import type { Locale } from '../../drift/text/vocabulary.ts';
import type { LabView } from '../../hub/lab-view.ts';
import { formatFor } from '../frame/format.ts';
import { wordsFor } from '../words/words.ts';

/** What the lab's own orchestration knew is lost: what is not shown may have been reached all the same. */
export const isForgotten = ({ phase, report, cost, problem }: LabView): boolean =>
  phase === 'lost' ||
  problem?.code.startsWith('orchestration-') === true ||
  (report ? report.facts === null : cost === undefined);

/** What a lost lab is, when it goes, and how to make it go now. */
export function lostNotice(view: LabView, locale: Locale): string {
  const { report: w } = wordsFor(locale);
  const when = view.lease === undefined ? w.lostSoon : w.lostAfter(formatFor(locale).moment(view.lease));
  return `${w.lost} ${when} ${w.lostNow(view.id)}`;
}

/** When a lost lab goes: after its lease where the hub knows nothing of it, else with the next run of the sweep; of today the time of day says it. */
export function lostGoes(view: LabView, at: string, locale: Locale): string {
  const { list: w } = wordsFor(locale);
  const format = formatFor(locale);
  const { lease } = view;
  if (lease === undefined) return w.goesSoon;
  const today = lease.slice(0, 10) === at.slice(0, 10);
  return w.goesAfter(today ? `${format.clock(lease)} UTC` : format.moment(lease));
}
