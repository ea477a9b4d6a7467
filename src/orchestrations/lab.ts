/** The story of a lab: build it, watch it, tear it down. Its instance id is the lab id; its children have fixed ids below it. */
import type { OrchestrationContext } from 'durable-functions';
import type { Keepsake } from '../lab/drift-watch.ts';
import type { EndEvent } from '../lab/events.ts';
import type { LabInput, TeardownInput } from '../lab/input.ts';
import { placeOf } from '../lab/place.ts';
import type { LabOutcome, LabReport } from '../lab/report.ts';
import type { LabStatus } from '../lab/status.ts';
import { build, type BuiltLab, type Notes } from './build.ts';
import { call, callWithin, child, isoNow, one, type Flow } from './durable.ts';
import { createProgress, logOnce } from './progress.ts';
import { watch } from './watch.ts';
import type { Ending } from '../lab/outcome.ts';

/** What is kept of the traces is good to have: teardown does not wait longer for it. */
const KEEPING_MS = 60_000;

/** What the lab leaves as its output: where its report is, and the short of it. */
export type LabResult = { report: string; outcome: LabOutcome; end: EndEvent; left: number };

export function* lab(context: OrchestrationContext): Flow<LabResult> {
  const input = context.df.getInput<LabInput>();
  const progress = createProgress<LabStatus>(context, input.lab, { phase: 'planning', steps: [] });
  const notes: Notes = {
    facts: {
      request: { ...input.request },
      tier: input.request.databricks.tier,
      completions: [],
      verifications: [],
      steps: progress.status.steps,
    },
    known: { workspaces: [], accounts: [] },
    branchSteps: [],
    removed: [],
    unfinished: [],
  };
  logOnce(context, input.lab, 'lab.started', { model: input.request.model });
  const built = yield* build({ context, input, progress, notes });
  const { end, outcome } = yield* live(context, input, built, notes, progress);
  if (built.kind === 'failed') notes.facts.problem = built.problem;

  progress.update({ phase: 'tearing-down', ...(built.kind === 'failed' ? { problem: built.problem } : {}) });
  const kept = built.kind === 'ok' ? yield* keepFeatures(context, input, built.value) : null;
  const order: TeardownInput = {
    lab: input.lab,
    identity: input.identity,
    end,
    outcome,
    facts: { ...notes.facts, steps: [...progress.status.steps, ...notes.branchSteps] },
    kept,
    known: notes.known,
    removed: notes.removed,
    unfinished: notes.unfinished,
  };
  const report = yield* one<LabReport>(child(context, 'teardown', `${input.lab.id}.teardown`, order));
  yield* endMonitor(context, input, end);
  progress.update({ phase: 'ended' });
  return { report: `${input.lab.id}.report`, outcome, end, left: report.receipt.left.length };
}

function* live(
  context: OrchestrationContext,
  input: LabInput,
  built: Ending<BuiltLab>,
  notes: Notes,
  progress: ReturnType<typeof createProgress<LabStatus>>,
): Flow<{ end: EndEvent; outcome: LabOutcome }> {
  if (built.kind === 'ended') return { end: built.end, outcome: 'ended-early' };
  if (built.kind === 'failed') return { end: { reason: 'failed', by: 'app', at: isoNow(context) }, outcome: 'failed' };
  const ownRunIds = notes.facts.completions.map((it) => it.runId);
  progress.update({ place: placeOf(built.value) });
  yield* beginMonitor(context, input, built.value);
  return { end: yield* watch(context, input, built.value, ownRunIds, progress), outcome: 'healthy' };
}

function* keepFeatures(context: OrchestrationContext, { lab }: LabInput, built: BuiltLab): Flow<Keepsake | null> {
  const outcome = yield* callWithin(context, 'collectFeatures', { lab, place: placeOf(built) }, KEEPING_MS);
  return outcome?.kind === 'done' ? outcome.value : null;
}

/** A lab without its monitor is still the lab that was asked for. */
function* beginMonitor(context: OrchestrationContext, { lab, limits, request }: LabInput, built: BuiltLab): Flow<void> {
  const { monitorEveryMinutes: everyMinutes } = request;
  if (everyMinutes === undefined) return;
  try {
    yield* call(context, 'beginMonitor', { lab, limits, place: placeOf(built), everyMinutes });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logOnce(context, lab, 'activity.failed', { step: 'beginMonitor', reason }, 'warning');
  }
}

/** A monitor that does not hear of it finds the lab over at its next look. */
function* endMonitor(context: OrchestrationContext, { lab, request }: LabInput, end: EndEvent): Flow<void> {
  if (request.monitorEveryMinutes === undefined) return;
  try {
    yield* call(context, 'endMonitor', { lab, end });
  } catch {
    return;
  }
}
