/** From an empty subscription to a verified lab: plan, group, the two branches side by side, connection, both completions, both verifications. */
import { AUTOTERMINATION_MINUTES } from '../../lab/catalog/cluster.ts';
import type { DatabricksParts, DatabricksResult, OpenAIResult } from '../../contracts/branch-results.ts';
import type { DatabricksBranchInput, OpenAIBranchInput } from '../../contracts/inputs.ts';
import { instanceIds } from '../../contracts/instance-ids.ts';
import { planSummary } from '../../contracts/status.ts';
import type { Ending } from '../../lab/outcome.ts';
import { borrowedIds } from '../../lab/placement/borrowed.ts';
import type { Plan } from '../../lab/placement/plan.ts';
import type { AccountFacts, CompletionFacts, DeploymentFacts } from '../../lab/resources.ts';
import { completionDimensions } from '../../log.ts';
import { child, type Flow } from '../durable/call.ts';
import { now } from '../durable/clock.ts';
import { allUntilEnd, endRequest } from '../durable/events.ts';
import { logOnce } from '../durable/progress.ts';
import { runStep } from '../durable/run-step.ts';
import { keepLease, leaseUntil } from '../watch/lease.ts';
import { grantAccess, handOver } from './access.ts';
import { cancelBranch } from './cancel-branches.ts';
import type { CompleteLab, LabContext } from './context.ts';
import { makeGroup, makePlan } from './plan.ts';

export function* buildLab(unleased: LabContext): Flow<Ending<CompleteLab>> {
  const { context, ref, input, progress, record } = unleased;
  const lab: LabContext = { ...unleased, meanwhile: keepLease(context, ref, input.limits) };
  const plan = yield* makePlan(unleased);
  if (plan.kind !== 'ok') return plan;
  record.facts.plan = plan.value;
  const { borrowed = {} } = plan.value;
  record.known.borrowed = borrowedIds(borrowed);
  progress.update({ phase: 'provisioning', plan: planSummary(plan.value) });
  const endPlanned = yield* endRequest(context);
  if (endPlanned) return { kind: 'ended', end: endPlanned };

  const lease = leaseUntil(input.limits, now(context) + input.limits.leaseMinutes * 60_000);
  const group = yield* makeGroup(unleased, plan.value, lease);
  if (group.kind !== 'ok') return group;
  const endGrouped = yield* endRequest(context);
  if (endGrouped) return { kind: 'ended', end: endGrouped };

  const parts = yield* provision(lab, plan.value);
  if (parts.kind !== 'ok') return parts;
  const endProvisioned = yield* endRequest(context);
  if (endProvisioned) return { kind: 'ended', end: endProvisioned };

  progress.update({ phase: 'connecting' });
  const { keepExperiment } = input.request.databricks;
  const connection = yield* runStep(lab, 'connection', { ...parts.value, keepExperiment });
  if (connection.kind !== 'ok') return connection;
  const endGranting = yield* grantAccess(lab, parts.value);
  if (endGranting) return { kind: 'ended', end: endGranting };
  const watchedClusterId = borrowed.cluster === undefined ? parts.value.clusterId : null;
  const complete = { ...parts.value, connection: connection.value, watchedClusterId };

  const completed = yield* completeAndVerify(lab, complete, borrowed.cluster?.upgradesMlflow === true);
  if (completed.kind !== 'ok') return completed;
  const endHandingOver = yield* handOver(lab, parts.value);
  if (endHandingOver) return { kind: 'ended', end: endHandingOver };
  return { kind: 'ok', value: complete };
}

/** Both branches side by side. Each hears of an end by its own event and returns. */
function* provision(
  { context, ref, input, record }: LabContext,
  plan: Plan,
): Flow<Ending<DatabricksParts & { account: AccountFacts; deployment: DeploymentFacts }>> {
  const { request, limits, prices } = input;
  const { borrowed = {}, firstOpenAITry: firstTry } = plan;
  const openaiInput: OpenAIBranchInput = {
    lab: ref,
    limits,
    placements: plan.openai,
    borrowed,
    ...(firstTry === undefined ? {} : { firstTry }),
  };
  const databricksInput: DatabricksBranchInput = {
    lab: ref,
    limits,
    placements: plan.databricks,
    tier: request.databricks.tier,
    budgetUsd: request.budgetUsd,
    ...(prices === undefined ? {} : { prices }),
    autoterminationMinutes: AUTOTERMINATION_MINUTES,
    borrowed,
  };
  const ids = instanceIds(ref);
  const { results, end } = yield* allUntilEnd<[OpenAIResult, DatabricksResult]>(
    context,
    [child(context, 'openai', ids.openai, openaiInput), child(context, 'databricks', ids.databricks, databricksInput)],
    function* (requested) {
      yield* cancelBranch(context, ref, 'openai', requested);
      yield* cancelBranch(context, ref, 'databricks', requested);
    },
  );
  const [openai, databricks] = results;
  record.branchSteps.push(...openai.steps, ...databricks.steps);
  record.removed.push(...openai.removals, ...databricks.removals);
  record.unfinished.push(...openai.unfinished, ...databricks.unfinished);
  record.known.accounts.push(...openai.accounts);
  record.known.workspaces.push(...databricks.workspaces);
  if (openai.kind === 'ok') Object.assign(record.facts, openai.value);
  if (databricks.kind === 'ok') {
    record.facts.workspace = databricks.value.workspace;
    record.facts.clusterId = databricks.value.clusterId;
  }
  // A failure is told before an end: both may be true, and the failure is the news.
  if (openai.kind === 'failed') return openai;
  if (databricks.kind === 'failed') return databricks;
  if (end !== null) return { kind: 'ended', end };
  if (openai.kind === 'ended') return openai;
  if (databricks.kind === 'ended') return databricks;
  return { kind: 'ok', value: { ...databricks.value, ...openai.value } };
}

/** Twice: the app's own completion, which also proves the deployment, and then the notebook on the cluster. */
function* completeAndVerify(lab: LabContext, complete: CompleteLab, upgradesMlflow: boolean): Flow<Ending<null>> {
  const { context, ref, input, progress, record } = lab;
  const prompts = input.request.completion;
  const { workspace, account, deployment, connection, notebook, clusterId } = complete;
  const completed = (completion: CompletionFacts): void => {
    record.facts.completions.push(completion);
    logOnce(context, ref, 'completion.logged', completionDimensions(completion, deployment, account.region));
  };

  progress.update({ phase: 'completing' });
  const using = { workspace, account, deployment, connection, prompts };
  const key = `${ref.id}|${ref.startedAt}|first`;
  const fromApp = yield* runStep(lab, 'app-completion', { key, ...using }, { subject: deployment.name });
  if (fromApp.kind !== 'ok') return fromApp;
  completed(fromApp.value);
  progress.update({ completions: [...record.facts.completions] });

  const run = { attempt: 1, clusterId, notebook, ...using };
  const fromNotebook = yield* runStep(lab, 'notebook-completion', run, { subject: notebook.path });
  if (fromNotebook.kind !== 'ok') return fromNotebook;
  if (upgradesMlflow) fromNotebook.value.warnings.push(UPGRADED);
  completed(fromNotebook.value);
  progress.update({ phase: 'verifying', completions: [...record.facts.completions] });

  for (const completion of [fromApp.value, fromNotebook.value]) {
    const { source, runId } = completion;
    const logged = { workspace, connection, source, runId };
    const verified = yield* runStep(lab, `${source}-verification`, logged, { subject: runId });
    if (verified.kind !== 'ok') return verified;
    record.facts.verifications.push(verified.value);
    completion.traceId = verified.value.traceId;
    progress.update({ verifications: [...record.facts.verifications], completions: [...record.facts.completions] });
  }
  return { kind: 'ok', value: null };
}

const UPGRADED =
  'The MLflow of the borrowed cluster’s runtime is too old to trace OpenAI calls: the notebook upgraded it for itself.';
