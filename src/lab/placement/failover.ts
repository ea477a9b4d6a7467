/** Where a branch goes next after Azure has refused a placement all the same: what the refusal rules out is skipped, not tried. */
import type { Problem, Remedy } from '../outcome.ts';
import type { DatabricksPlacement, OpenAIPlacement } from './plan.ts';

/** A placement that was refused. `tries` counts those of this very placement, this one included. */
export type FailedAttempt<P> = { placement: P; problem: Pick<Problem, 'remedy'>; tries: number };

/** Attempts of one branch, whatever the plan still holds: each costs minutes, and the history of the branch grows with it. */
export const MOST_ATTEMPTS = 10;

/** A name that is taken, or a failure on the service's side, deserves the same place under the next name; but not for ever. */
const MOST_TRIES: Readonly<Partial<Record<Remedy, number>>> = { 'another-name': 3, 'fresh-start': 2 };

const again = <P>({ placement, problem, tries }: FailedAttempt<P>): P[] =>
  tries < (MOST_TRIES[problem.remedy] ?? 0) ? [placement] : [];

/**
 * @param rest placements that were not tried yet, in order.
 * @param failed its `stage` says what was refused: without an account a region is out; without a deployment only this model and sku there.
 * @returns the placements still worth a try, in order; empty where none is.
 */
export function openaiAfter(
  rest: readonly OpenAIPlacement[],
  failed: FailedAttempt<OpenAIPlacement> & { stage: 'account' | 'deployment' },
): OpenAIPlacement[] {
  const { placement, problem, stage } = failed;
  switch (problem.remedy) {
    case 'none':
      return [];
    case 'another-model':
      return rest.filter(
        ({ choice: { model, version } }) => model !== placement.choice.model || version !== placement.choice.version,
      );
    case 'another-region':
      return stage === 'account' ? rest.filter((it) => it.region !== placement.region) : [...rest];
    case 'another-name':
    case 'fresh-start': {
      const retry = again(failed);
      // Another model needs an account as well: a region that makes none is out.
      const others = stage === 'account' ? rest.filter((it) => it.region !== placement.region) : rest;
      return retry.length > 0 ? [...retry, ...rest] : [...others];
    }
  }
}

/** @returns the placements still worth a try, in order; a fresh start stays in its region once. */
export function databricksAfter(
  rest: readonly DatabricksPlacement[],
  failed: FailedAttempt<DatabricksPlacement>,
): DatabricksPlacement[] {
  if (failed.problem.remedy === 'none') return [];
  return [...again(failed), ...rest.filter((it) => it.region !== failed.placement.region)];
}
