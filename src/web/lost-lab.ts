/** A lab that the app has lost track of: what its pages can still say of it. */
import type { Locale } from '../drift/words.ts';
import type { LabView } from '../http/lab-view.ts';
import { formatFor } from './format.ts';
import { wordsFor } from './words.ts';

/** What the lab's own orchestration knew is lost: what is not shown may have been reached all the same. */
export const isForgotten = ({ phase, report, cost, problem }: LabView): boolean =>
  phase === 'lost' ||
  problem?.code.startsWith('orchestration-') === true ||
  (report ? report.facts === null : cost === undefined);

/** When a lost lab goes by itself: after its lease where the hub knows nothing of it, else with the next run of the sweep; never where no lease can be read. */
const removalOf = ({ lease, cost }: LabView): { kind: 'after'; at: string } | { kind: 'soon' | 'never' } =>
  lease !== undefined ? { kind: 'after', at: lease } : { kind: cost === undefined ? 'never' : 'soon' };

/** What a lost lab is, when it goes, and how to make it go now. */
export function lostNotice(view: LabView, locale: Locale): string {
  const { report: w } = wordsFor(locale);
  const removal = removalOf(view);
  const when = removal.kind === 'after' ? w.lostAfter(formatFor(locale).moment(removal.at)) : w.lostUntil[removal.kind];
  return `${w.lost} ${when} ${w.lostNow(view.id)}`;
}

/** When a lost lab goes; of today the time of day says it. */
export function lostGoes(view: LabView, at: string, locale: Locale): string {
  const { list: w } = wordsFor(locale);
  const format = formatFor(locale);
  const removal = removalOf(view);
  if (removal.kind !== 'after') return w.goes[removal.kind];
  const today = removal.at.slice(0, 10) === at.slice(0, 10);
  return w.goesAfter(today ? `${format.clock(removal.at)} UTC` : format.moment(removal.at));
}
