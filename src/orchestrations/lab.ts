/** The story of a lab: build it, watch it, tear it down. Its instance id is the lab id; its children have fixed ids below it. */
import type { OrchestrationContext } from 'durable-functions';
import type { EndEvent } from '../lab/events.ts';
import { instanceIds } from '../contracts/instance-ids.ts';
import type { LabInput, TeardownInput } from '../contracts/inputs.ts';
import { placeOf } from '../lab/resources.ts';
import type { LabOutcome } from '../contracts/report.ts';
import type { LabStatus } from '../contracts/status.ts';
import { build, type BuiltLab, type Notes, type Site } from './provisioning/build-lab.ts';
import { child, isoNow, one, unheardTokens, type Flow } from './durable.ts';
import { keepLease } from './watch/lease.ts';
import { beginMonitor, endMonitor, keepFeatures } from './watch/monitor-hooks.ts';
import { createProgress, logOnce } from './durable/progress.ts';
import { budgetDimensions, createTokenCount, type TokenCount } from './watch/budget.ts';
import type { TeardownResult } from './teardown.ts';
import { watch } from './watch/watch.ts';
import type { Ending } from '../lab/outcome.ts';

/** What the lab leaves as its output: where its report is, and the short of it. */
export type LabResult = { report: string; outcome: LabOutcome; end: EndEvent; left: number };

export function* lab(context: OrchestrationContext): Flow<LabResult> {
  const input = context.df.getInput<LabInput>();
  const progress = createProgress<LabStatus>(context, input.lab, { phase: 'planning', steps: [] });
  const notes: Notes = {
    facts: {
      request: { ...input.request },
      tier: input.request.databricks.tier,
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
  logOnce(context, input.lab, 'lab.started', { model: input.request.model });
  const site: Site = { context, input, progress, notes, lease: keepLease(context, input.lab, input.limits) };
  const built = yield* build(site);
  const countTokens = createTokenCount(site);
  const { end, outcome } = yield* live(site, built, countTokens);
  if (end.reason === 'budget') logOnce(context, input.lab, 'lab.budget', budgetDimensions('reached', site), 'warning');
  if (built.kind === 'failed') notes.facts.problem = built.problem;

  progress.update({ phase: 'tearing-down', ...(built.kind === 'failed' ? { problem: built.problem } : {}) });
  const kept = built.kind === 'ok' ? yield* keepFeatures(context, input, placeOf(built.value)) : null;
  for (const told of yield* unheardTokens(context)) countTokens(told);
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
  const ids = instanceIds(input.lab);
  const { left } = yield* one<TeardownResult>(child(context, 'teardown', ids.teardown, order));
  yield* endMonitor(context, input, end);
  if (left === 0) progress.update({ phase: 'ended' });
  return { report: ids.report, outcome, end, left };
}

function* live(
  site: Site,
  built: Ending<BuiltLab>,
  countTokens: TokenCount,
): Flow<{ end: EndEvent; outcome: LabOutcome }> {
  const { context, input, progress, notes } = site;
  if (built.kind === 'ended') return { end: built.end, outcome: 'ended-early' };
  if (built.kind === 'failed') return { end: { reason: 'failed', by: 'app', at: isoNow(context) }, outcome: 'failed' };
  const ownRunIds = notes.facts.completions.map((it) => it.runId);
  const place = placeOf(built.value);
  progress.update({ place });
  yield* beginMonitor(context, input, place);
  return { end: yield* watch(site, built.value, ownRunIds, countTokens), outcome: 'healthy' };
}
