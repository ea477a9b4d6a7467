/** Goes through a branch's placements until one holds, until none is worth a try any more, or until the lab is to end. */
import type { OrchestrationContext } from 'durable-functions';
import type { Ending, Problem } from '../../lab/outcome.ts';
import type { FailedTry } from '../../lab/placement/failover.ts';
import { overLimit, sleepUnlessEnded, type Flow, type Stops } from '../durable.ts';

/** How one try ended; `stage` says what was refused. */
export type Tried<T, S extends string> =
  Exclude<Ending<T>, { kind: 'failed' }> | { kind: 'failed'; problem: Problem; stage: S };

type Tries<P, T, S extends string> = {
  placements: readonly P[];
  /** Number of the first try: names carry it. */
  firstTry?: number | undefined;
  stopsFor: Stops;
  attempt: (placement: P, attempt: number) => Flow<Tried<T, S>>;
  /** What is still worth a try, in order, after this one was refused. */
  after: (rest: readonly P[], failed: FailedTry<P> & { stage: S }) => P[];
};

export function* tryPlacements<P extends { region: string }, T, S extends string>(
  context: OrchestrationContext,
  { placements, firstTry = 1, stopsFor, attempt, after }: Tries<P, T, S>,
): Flow<Ending<T>> {
  const tries = new Map<P, number>();
  const told: string[] = [];
  let rest = [...placements];
  let last: Problem | null = null;
  for (let number = firstTry; ; number++) {
    const [placement, ...others] = rest;
    if (placement === undefined) return { kind: 'failed', problem: withTries(last ?? NO_PLACEMENT, told) };
    if (last !== null) {
      const end = (yield* sleepUnlessEnded(context, 0)) ?? overLimit(stopsFor, context);
      if (end !== null) return { kind: 'ended', end };
    }
    const tried = yield* attempt(placement, number);
    if (tried.kind !== 'failed') return tried;
    last = tried.problem;
    told.push(`${placement.region} (${tried.stage}): ${tried.problem.code}`);
    tries.set(placement, (tries.get(placement) ?? 0) + 1);
    const { problem, stage } = tried;
    rest = after(others, { placement, problem, stage, tries: tries.get(placement) ?? 1 });
  }
}

const NO_PLACEMENT: Problem = { code: 'no-placement', message: 'The plan holds no region.', remedy: 'none' };

/** The last refusal, and before it the places that refused as well: whoever raises a quota wants to know them all. */
function withTries(problem: Problem, told: readonly string[]): Problem {
  if (told.length < 2) return problem;
  const tries = ` All ${told.length} tries were refused: ${told.join('; ')}.`;
  return {
    ...problem,
    message: `${problem.message.slice(0, Math.max(200, 500 - tries.length))}${tries}`.slice(0, 500),
  };
}
