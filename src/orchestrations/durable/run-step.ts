/** Runs a step of the table: it stands in the status while its activity is polled by its policy, and ends there as the activity does. */
import type { OrchestrationContext } from 'durable-functions';
import type { ActivityName, InputOf } from '../../contracts/activities.ts';
import type { LabRef } from '../../lab/names.ts';
import type { Ending, Problem } from '../../lab/outcome.ts';
import { isTriedAgain, STEPS, type ActivityOf, type Phase, type Step, type StepName } from '../../lab/steps.ts';
import type { Flow, ValueOf } from './call.ts';
import { poll, type StopTimes } from './poll.ts';
import type { Progress, StepAbout } from './progress.ts';

/** What the steps of one orchestration share. */
export type StepContext = {
  context: OrchestrationContext;
  ref: LabRef;
  progress: Progress<{ steps: Step[]; phase?: Phase }>;
  /** Asked when a step begins; `never`: nothing cuts its wait short. */
  stops: (() => StopTimes) | 'never';
  /** Runs once before each sleep of a step. */
  meanwhile?: () => Flow<void>;
};

type WithoutShared<T> = T extends unknown ? Omit<T, 'lab' | 'memo'> : never;
type Activity<S extends StepName> = Extract<ActivityOf<S>, ActivityName>;
export type StepInput<S extends StepName> = WithoutShared<InputOf<Activity<S>>>;
export type StepValue<S extends StepName> = ValueOf<Activity<S>>;

/** An ending whose failure names its step. */
export type StepEnding<T, S extends StepName = StepName> =
  Exclude<Ending<T>, { kind: 'failed' }> | { kind: 'failed'; problem: Problem; step: S };

/**
 * Never throws: see `poll`. A failure that a fresh start may cure gets that start once, in the same place, where the table has it so; if it fails again, only another
 * region is left.
 */
export function* runStep<S extends StepName>(
  shared: StepContext,
  step: S,
  input: StepInput<S>,
  about: Omit<StepAbout, 'name'> = {},
): Flow<StepEnding<StepValue<S>, S>> {
  const once = (own: StepInput<S>) =>
    shared.progress.step({ name: step, ...about }, (onPending) => pollStep(shared, step, own, onPending));
  const first = yield* once(input);
  if (first.kind !== 'failed') return first;
  if (!isTriedAgain(step) || first.problem.remedy !== 'fresh-start') return { ...first, step };
  // What has taken all of its time is not given the same again.
  const last = first.problem.code === 'timed-out' ? first : yield* once(startedAnew(input));
  if (last.kind !== 'failed') return last;
  const { problem } = last;
  return {
    ...last,
    step,
    problem: problem.remedy === 'fresh-start' ? { ...problem, remedy: 'another-region' } : problem,
  };
}

/** Where the input counts starts or attempts, the next one is another thing than the one that failed. */
function startedAnew<I>(input: I): I {
  const counted = input as { start?: number; attempt?: number };
  return {
    ...input,
    ...(counted.start === undefined ? {} : { start: counted.start + 1 }),
    ...(counted.attempt === undefined ? {} : { attempt: counted.attempt + 1 }),
  };
}

/** The same for a step that its caller keeps in the status. */
export const pollStep = <S extends StepName>(
  { context, ref, stops, meanwhile }: StepContext,
  step: S,
  input: StepInput<S>,
  onPending: (note: string) => void,
): Flow<Ending<StepValue<S>>> =>
  poll<Activity<S>>(context, {
    name: STEPS[step].activity as Activity<S>,
    input: { ...input, lab: ref } as unknown as InputOf<Activity<S>>,
    policy: STEPS[step].poll,
    stops: stops === 'never' ? stops : stops(),
    onPending,
    meanwhile,
  });
