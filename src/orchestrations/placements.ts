/** Goes through a branch's placements until one holds, or until a refusal that no region cures. */
import type { Ending, Problem } from '../lab/outcome.ts';
import type { Flow } from './durable.ts';

export type Tried<T> = Ending<T>;

export function* tryPlacements<P, T>(
  placements: readonly P[],
  attemptOne: (placement: P, attempt: number) => Flow<Ending<T>>,
): Flow<Ending<T> | null> {
  let last: Ending<T> | null = null;
  for (const [index, placement] of placements.entries()) {
    last = yield* attemptOne(placement, index + 1);
    if (last.kind !== 'failed' || !movesOn(last.problem)) return last;
  }
  return last;
}

/** Whether the next placement may succeed where this one was refused. A timeout or a fault of the service counts: somewhere else it may be well. */
const movesOn = (problem: Problem): boolean =>
  problem.remedy === 'another-region' ||
  problem.remedy === 'another-model' ||
  problem.remedy === 'another-name' ||
  problem.remedy === 'fresh-start';

export const noPlacement = (service: string): Ending<never> => ({
  kind: 'failed',
  problem: { code: 'no-placement', message: `The plan holds no region for ${service}.`, remedy: 'none' },
});
