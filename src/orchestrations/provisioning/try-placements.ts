/** Goes through a branch's placements until one holds, until none is worth an attempt any more, or until the lab is to end. */
import type { OrchestrationContext } from 'durable-functions';
import type { Ending, Problem } from '../../lab/outcome.ts';
import { MOST_ATTEMPTS, type FailedAttempt } from '../../lab/placement/failover.ts';
import type { StepName } from '../../lab/steps.ts';
import type { Flow } from '../durable/call.ts';
import { endRequest } from '../durable/events.ts';
import { endByTime, type StopTimes } from '../durable/poll.ts';
import type { StepEnding } from '../durable/run-step.ts';

type Tries<P, T, S extends StepName> = {
  placements: readonly P[];
  /** Number of the first attempt: names carry it. */
  firstTry?: number | undefined;
  stops: StopTimes;
  attempt: (placement: P, attempt: number) => Flow<StepEnding<T, S>>;
  /** What is still worth an attempt, in order, after this one was refused. */
  after: (rest: readonly P[], failed: FailedAttempt<P> & { stage: S }) => P[];
};

export function* tryPlacements<P extends { region: string }, T, S extends StepName>(
  context: OrchestrationContext,
  { placements, firstTry = 1, stops, attempt, after }: Tries<P, T, S>,
): Flow<Ending<T>> {
  const tries = new Map<P, number>();
  const refusals: string[] = [];
  let rest = [...placements];
  let last: Problem | null = null;
  for (let number = firstTry; ; number++) {
    const [placement, ...others] = rest;
    if (placement === undefined || number - firstTry >= MOST_ATTEMPTS)
      return { kind: 'failed', problem: withRefusals(last ?? NO_PLACEMENT, refusals) };
    if (last !== null) {
      const end = (yield* endRequest(context)) ?? endByTime(context, stops);
      if (end !== null) return { kind: 'ended', end };
    }
    const ending = yield* attempt(placement, number);
    if (ending.kind !== 'failed') return ending;
    const { problem, step } = ending;
    last = problem;
    refusals.push(`${placement.region} (${step}): ${problem.code}`);
    tries.set(placement, (tries.get(placement) ?? 0) + 1);
    rest = after(others, { placement, problem, stage: step, tries: tries.get(placement) ?? 1 });
  }
}

const NO_PLACEMENT: Problem = { code: 'no-placement', message: 'The plan holds no region.', remedy: 'none' };

/** The last refusal, and before it the places that refused as well: whoever raises a quota wants to know them all. */
function withRefusals(problem: Problem, refusals: readonly string[]): Problem {
  if (refusals.length < 2) return problem;
  const all = ` All ${refusals.length} tries were refused: ${refusals.join('; ')}.`;
  return {
    ...problem,
    message: `${problem.message.slice(0, Math.max(200, 500 - all.length))}${all}`.slice(0, 500),
  };
}
