/** How far a lab is: its phase among all phases, and what typical times say of the rest. */
import type { LabView } from '../../hub/lab-view.ts';
import { CRITICAL_PATH, PHASES, STEPS, type Phase, type Step } from '../../lab/steps.ts';
import { secondsBetween } from '../frame/format.ts';
import { builtAt } from './report-data.ts';
import { isForgotten } from './lost-lab.ts';
import { markup, when, type Markup } from '../frame/markup.ts';
import type { Words } from '../words/en.ts';

/** The last phase that a lab came to before it ended, -1 where nothing is known of it. */
function lastReached(view: LabView): number {
  if (builtAt(view) !== null) return PHASES.indexOf('watching');
  const phases = view.steps.map((it) => STEPS[it.name].phase).filter((it) => it !== 'tearing-down');
  return Math.max(-1, ...phases.map((it) => PHASES.indexOf(it)));
}

/** @param slim without the phases' names: a table says the one that counts beside it. */
export function phaseBar(view: LabView, words: Words, slim: boolean): Markup {
  const { phase } = view;
  const reached = phase === 'tearing-down' ? lastReached(view) : PHASES.length;
  const skips = (index: number): boolean => index < at && index > reached && !isForgotten(view);
  const at = PHASES.findIndex((it) => it === phase);
  const says = words.report.ofPhases(words.phases[phase], at + 1, PHASES.length);
  const state = (index: number): string => (index === at ? 'now' : index < at && index <= reached ? 'past' : '');
  if (slim)
    return markup`<div class="phases slim" role="img" aria-label="${says}">${PHASES.map((_, index) => markup`<span class="${state(index)}"></span>`)}</div>`;
  return markup`<ol class="phases" aria-label="${words.report.progress}">${PHASES.map(
    (it, index) =>
      markup`<li class="${state(index)}"${index === at ? markup` aria-current="step"` : ''}>${words.phases[it]}${when(skips(index), () => markup`<span class="skipped">${words.report.notReached}</span>`)}</li>`,
  )}</ol>`;
}

/** The longest way to a lab that is complete. */
const WAY = CRITICAL_PATH.filter((name) => STEPS[name].phase !== 'tearing-down');

/** Seconds until the lab is complete, by typical times; 0 where it is, or never will be. */
export function stillToGo(steps: readonly Step[], phase: Phase | 'lost', at: string): number {
  const index = PHASES.findIndex((it) => it === phase);
  if (index < 0 || index >= PHASES.indexOf('watching')) return 0;
  return WAY.reduce((rest, name) => {
    const typical = STEPS[name].typicalSeconds;
    const newest = steps.findLast((it) => it.name === name);
    if (newest?.state === 'done') return rest;
    return rest + (newest?.state === 'running' ? Math.max(0, typical - secondsBetween(newest.startedAt, at)) : typical);
  }, 0);
}
