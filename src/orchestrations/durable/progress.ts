/** Keeps the steps of one orchestration: writes them, bounded, into its custom status, and each that ends, and each change of phase, into the log. */
import type { OrchestrationContext } from 'durable-functions';
import { bounded } from '../../contracts/status.ts';
import type { LabRef } from '../../lab/names.ts';
import type { Ending } from '../../lab/outcome.ts';
import { STEPS, type Phase, type Step, type StepName } from '../../lab/steps.ts';
import { truncate } from '../../lab/text.ts';
import { logEvent, type Dimensions, type EventName, type Level } from '../../log.ts';
import type { Flow } from './call.ts';
import { isoNow, now } from './clock.ts';

export type Progress<S extends { steps: Step[] }> = {
  readonly status: S;
  /** Changes fields beside the steps. */
  update(change: Partial<Omit<S, 'steps'>>): void;
  /** Runs one step: starts it, hears its notes, and ends it as its result tells. */
  step<T>(about: StepAbout, run: (hear: (note: string) => void) => Flow<Ending<T>>): Flow<Ending<T>>;
  /** Starts a step that its caller ends: for what goes on beside the others. */
  begin(about: StepAbout): OpenStep;
};

export type OpenStep = { hear: (note: string) => void; end: (ending: Ending<unknown>) => void };

export type StepAbout = { name: StepName; region?: string; attempt?: number; subject?: string };

export function createProgress<S extends { steps: Step[]; phase?: Phase }>(
  context: OrchestrationContext,
  lab: LabRef,
  initial: S,
): Progress<S> {
  const status = initial;
  const publish = () => context.df.setCustomStatus(bounded(status));
  const begin = (about: StepAbout): OpenStep => {
    const step: Step = { ...about, state: 'running', startedAt: isoNow(context) };
    status.steps.push(step);
    publish();
    return {
      hear: (note) => {
        step.note = truncate(note, 200);
        publish();
      },
      end: (ending) => {
        step.endedAt = isoNow(context);
        delete step.note;
        if (ending.kind === 'ok') step.state = 'done';
        else if (ending.kind === 'ended') step.state = 'ended';
        else {
          step.state = 'failed';
          const { code, message, suggestion } = ending.problem;
          const said = truncate(`${code}: ${message}`, 200);
          step.note = suggestion === undefined ? said : `${said} ${truncate(suggestion, 200)}`;
        }
        publish();
        const { name, region, attempt, subject } = about;
        const durationMs = Date.parse(step.endedAt) - Date.parse(step.startedAt);
        const reason = ending.kind === 'failed' ? ending.problem.code : undefined;
        const dimensions: Dimensions = {
          phase: STEPS[name].phase,
          step: name,
          region,
          attempt,
          subject,
          durationMs,
          outcome: step.state,
          reason,
        };
        logOnce(context, lab, 'lab.step', dimensions, step.state === 'failed' ? 'warning' : 'information');
      },
    };
  };
  let phaseSince = now(context);
  const tellPhase = (former: Phase | undefined): void => {
    // `lab.ended` tells more of the last one.
    if (status.phase === undefined || status.phase === former || status.phase === 'ended') return;
    const durationMs = former === undefined ? undefined : now(context) - phaseSince;
    phaseSince = now(context);
    logOnce(context, lab, 'lab.phase', { phase: status.phase, former, durationMs });
  };
  tellPhase(undefined);
  return {
    status,
    update(change) {
      const former = status.phase;
      Object.assign(status, change);
      tellPhase(former);
      publish();
    },
    *step(about, run) {
      const open = begin(about);
      const ending = yield* run(open.hear);
      open.end(ending);
      return ending;
    },
    begin,
  };
}

/** An orchestrator is executed many times over the same history; its log is written the first time only. */
export function logOnce(
  context: OrchestrationContext,
  lab: LabRef,
  event: EventName,
  dimensions: Dimensions,
  level: Level = 'information',
): void {
  if (!context.df.isReplaying)
    logEvent(context, event, { at: isoNow(context), labId: lab.id, owner: lab.owner, ...dimensions }, level);
}
