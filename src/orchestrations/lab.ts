/** The story of a lab: build it, watch it, tear it down. Its instance id is the lab id; its children have fixed ids below it. */
import type { OrchestrationContext } from 'durable-functions';
import type { LabInput, TeardownInput } from '../contracts/inputs.ts';
import { instanceIds } from '../contracts/instance-ids.ts';
import type { LabOutcome } from '../contracts/report.ts';
import type { LabStatus } from '../contracts/status.ts';
import type { EndEvent } from '../lab/events.ts';
import type { Ending } from '../lab/outcome.ts';
import { placeOf } from '../lab/resources.ts';
import { child, one, type Flow } from './durable/call.ts';
import { isoNow } from './durable/clock.ts';
import { pendingTokens } from './durable/events.ts';
import { requireOwnInstance } from './durable/own-instance.ts';
import { createProgress, logOnce } from './durable/progress.ts';
import { buildLab } from './provisioning/build-lab.ts';
import type { CompleteLab, LabContext, LabRecord } from './provisioning/context.ts';
import type { TeardownResult } from './teardown.ts';
import { budgetDimensions, createTokenCount, stopsOf, type TokenCount } from './watch/budget.ts';
import { beginMonitor, endMonitor, keepFeatures } from './watch/monitor-hooks.ts';
import { watch } from './watch/watch.ts';

/** What the lab leaves as its output: where its report is, and the short of it. */
export type LabResult = { report: string; outcome: LabOutcome; end: EndEvent; left: number };

export function* lab(context: OrchestrationContext): Flow<LabResult> {
  const input = context.df.getInput<LabInput>();
  const { lab: ref, identity, request } = input;
  requireOwnInstance(context, instanceIds(ref).lab);
  const progress = createProgress<LabStatus>(context, ref, { phase: 'planning', steps: [] });
  const record: LabRecord = {
    facts: {
      request: { ...request },
      tier: request.databricks.tier,
      ...(input.prices === undefined ? {} : { prices: input.prices }),
      completions: [],
      verifications: [],
      steps: progress.status.steps,
    },
    known: { workspaces: [], accounts: [] },
    branchSteps: [],
    removed: [],
    unfinished: [],
  };
  logOnce(context, ref, 'lab.started', { model: request.model });
  const labContext: LabContext = { context, ref, input, progress, record, stops: () => stopsOf(labContext) };
  const built = yield* buildLab(labContext);
  const countTokens = createTokenCount(labContext);
  const { end, outcome } = yield* live(labContext, built, countTokens);
  if (end.reason === 'budget') logOnce(context, ref, 'lab.budget', budgetDimensions('reached', labContext), 'warning');
  if (built.kind === 'failed') record.facts.problem = built.problem;

  progress.update({ phase: 'tearing-down', ...(built.kind === 'failed' ? { problem: built.problem } : {}) });
  const kept = built.kind === 'ok' ? yield* keepFeatures(context, input, placeOf(built.value)) : null;
  for (const tokens of yield* pendingTokens(context)) countTokens(tokens);
  const { facts, known, branchSteps, removed, unfinished } = record;
  const order: TeardownInput = {
    lab: ref,
    identity,
    end,
    outcome,
    facts: { ...facts, steps: [...progress.status.steps, ...branchSteps] },
    kept,
    known,
    removed,
    unfinished,
  };
  const ids = instanceIds(ref);
  const { left } = yield* one<TeardownResult>(child(context, 'teardown', ids.teardown, order));
  yield* endMonitor(context, input, end);
  if (left === 0) progress.update({ phase: 'ended' });
  return { report: ids.report, outcome, end, left };
}

function* live(
  lab: LabContext,
  built: Ending<CompleteLab>,
  countTokens: TokenCount,
): Flow<{ end: EndEvent; outcome: LabOutcome }> {
  const { context, input, progress, record } = lab;
  if (built.kind === 'ended') return { end: built.end, outcome: 'ended-early' };
  if (built.kind === 'failed') return { end: { reason: 'failed', by: 'app', at: isoNow(context) }, outcome: 'failed' };
  const ownRunIds = record.facts.completions.map((it) => it.runId);
  const place = placeOf(built.value);
  progress.update({ place });
  yield* beginMonitor(context, input, place);
  return { end: yield* watch(lab, built.value, ownRunIds, countTokens), outcome: 'healthy' };
}
