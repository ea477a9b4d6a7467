/** From an empty subscription to a verified lab: plan, group, the two branches side by side, connection, both completions, both verifications. */
import type { OrchestrationContext } from 'durable-functions';
import type { ConnectionFacts, DeploymentFacts, AccountFacts } from '../../lab/resources.ts';
import type { LabInput, OpenAIBranchInput, DatabricksBranchInput } from '../../contracts/inputs.ts';
import type { Known, Removal } from '../../lab/removal/inventory.ts';
import type { Ending } from '../../lab/outcome.ts';
import { borrowedIds } from '../../lab/placement/borrowed.ts';
import type { Chain } from '../../contracts/removal-chains.ts';
import { instanceIds } from '../../contracts/instance-ids.ts';
import type { LabFacts } from '../../contracts/report.ts';
import type { Step } from '../../lab/steps.ts';
import type { Plan } from '../../lab/placement/plan.ts';
import { planSummary, type LabStatus } from '../../contracts/status.ts';
import { completionDimensions } from '../../log.ts';
import { allHearingEnd, child, now, settle, sleepUnlessEnded, type Flow } from '../durable.ts';
import type { DatabricksResult, DatabricksParts, OpenAIResult } from '../../contracts/branch-results.ts';
import { endBranch } from './cancel-branches.ts';
import { leaseUntil } from '../watch/lease.ts';
import { PACES } from '../durable/wait-times.ts';
import { handOver, letPeopleIn } from './access.ts';
import { makeGroup, makePlan } from './plan.ts';
import { logOnce, type Progress } from '../durable/progress.ts';
import { stopsOf } from '../watch/budget.ts';

export type BuiltLab = DatabricksParts & {
  account: AccountFacts;
  deployment: DeploymentFacts;
  connection: ConnectionFacts;
  /** The lab's own cluster, whose commands count as activity; null where it is borrowed. */
  watchedClusterId: string | null;
};

/** What is filled in while the lab is built, so that teardown and report know it whatever happens. */
export type Notes = { facts: LabFacts; known: Known; branchSteps: Step[]; removed: Removal[]; unfinished: Chain[] };

export type Site = {
  context: OrchestrationContext;
  input: LabInput;
  progress: Progress<LabStatus>;
  notes: Notes;
  /** A turn of keeping the lease, beside each wait that follows the branches: see `lease.ts`. */
  lease: () => Flow<void>;
};

export function* build(site: Site): Flow<Ending<BuiltLab>> {
  const { progress, notes } = site;
  const plan = yield* makePlan(site);
  if (plan.kind !== 'ok') return plan;
  notes.facts.plan = plan.value;
  const { borrowed = {} } = plan.value;
  notes.known.borrowed = borrowedIds(borrowed);
  progress.update({ phase: 'provisioning', plan: planSummary(plan.value) });
  const endPlanned = yield* sleepUnlessEnded(site.context, 0);
  if (endPlanned) return { kind: 'ended', end: endPlanned };

  const parts = yield* provision(site, plan.value);
  if (parts.kind !== 'ok') return parts;
  const end = yield* sleepUnlessEnded(site.context, 0);
  if (end) return { kind: 'ended', end };

  progress.update({ phase: 'connecting' });
  const { lab, request } = site.input;
  const { keepExperiment } = request.databricks;
  const connection = yield* progress.step({ name: 'connection' }, (onPending) =>
    settle(site.context, {
      name: 'connectWorkspace',
      input: { lab, ...parts.value, keepExperiment },
      pace: PACES.completion,
      stopsFor: stopsOf(site),
      onPending,
      beside: site.lease,
    }),
  );
  if (connection.kind !== 'ok') return connection;
  const endedLettingIn = yield* letPeopleIn(site, parts.value);
  if (endedLettingIn) return { kind: 'ended', end: endedLettingIn };
  const watchedClusterId = borrowed.cluster === undefined ? parts.value.clusterId : null;
  const built = { ...parts.value, connection: connection.value, watchedClusterId };

  const completed = yield* complete(site, built, borrowed.cluster?.upgradesMlflow === true);
  if (completed.kind !== 'ok') return completed;
  const endedHandingOver = yield* handOver(site, parts.value);
  if (endedHandingOver) return { kind: 'ended', end: endedHandingOver };
  return { kind: 'ok', value: built };
}

/** The lab's group with the lease, then both branches side by side. Each branch hears of an end by its own event and returns. */
function* provision(
  site: Site,
  plan: Plan,
): Flow<Ending<DatabricksParts & { account: AccountFacts; deployment: DeploymentFacts }>> {
  const { context, input, notes } = site;
  const { lab, request, limits } = input;
  const lease = leaseUntil(limits, now(context) + limits.leaseMinutes * 60_000);
  const group = yield* makeGroup(site, plan, lease);
  if (group.kind !== 'ok') return group;
  const early = yield* sleepUnlessEnded(context, 0);
  if (early) return { kind: 'ended', end: early };

  const { borrowed = {}, firstOpenAITry: firstTry } = plan;
  const openaiInput: OpenAIBranchInput = {
    lab,
    limits,
    placements: plan.openai,
    borrowed,
    ...(firstTry === undefined ? {} : { firstTry }),
  };
  const databricksInput: DatabricksBranchInput = {
    lab,
    limits,
    placements: plan.databricks,
    tier: request.databricks.tier,
    budgetUsd: request.budgetUsd,
    ...(input.prices === undefined ? {} : { prices: input.prices }),
    autoterminationMinutes: Math.max(10, request.idleMinutes),
    borrowed,
  };
  const ids = instanceIds(lab);
  const { results, end } = yield* allHearingEnd<[OpenAIResult, DatabricksResult]>(
    context,
    [child(context, 'openai', ids.openai, openaiInput), child(context, 'databricks', ids.databricks, databricksInput)],
    function* (asked) {
      yield* endBranch(context, lab, 'openai', asked);
      yield* endBranch(context, lab, 'databricks', asked);
    },
  );
  const [openai, databricks] = results;
  notes.branchSteps.push(...openai.steps, ...databricks.steps);
  notes.removed.push(...openai.removals, ...databricks.removals);
  notes.unfinished.push(...openai.unfinished, ...databricks.unfinished);
  notes.known.accounts.push(...openai.accounts);
  notes.known.workspaces.push(...databricks.workspaces);
  if (openai.kind === 'ok') Object.assign(notes.facts, openai.value);
  if (databricks.kind === 'ok') {
    notes.facts.workspace = databricks.value.workspace;
    notes.facts.clusterId = databricks.value.clusterId;
  }
  // A failure is told before an end: both may be true, and the failure is the news.
  if (openai.kind === 'failed') return openai;
  if (databricks.kind === 'failed') return databricks;
  if (end !== null) return { kind: 'ended', end };
  if (openai.kind === 'ended') return openai;
  if (databricks.kind === 'ended') return databricks;
  return { kind: 'ok', value: { ...databricks.value, ...openai.value } };
}

/** L13 and L14, twice: the app's own completion, which also proves the deployment, and then the notebook on the cluster. */
function* complete(site: Site, built: BuiltLab, upgradesMlflow: boolean): Flow<Ending<null>> {
  const { context, input, progress, notes, lease: beside } = site;
  const { lab, request } = input;
  const prompts = request.completion;
  const { workspace, account, deployment, connection, notebook, clusterId } = built;

  progress.update({ phase: 'completing' });
  const fromApp = yield* progress.step({ name: 'app-completion', subject: deployment.name }, (onPending) =>
    settle(context, {
      name: 'completeFromApp',
      input: { lab, key: `${lab.id}|${lab.startedAt}|first`, workspace, account, deployment, connection, prompts },
      pace: PACES.completion,
      stopsFor: stopsOf(site),
      onPending,
      beside,
    }),
  );
  if (fromApp.kind !== 'ok') return fromApp;
  notes.facts.completions.push(fromApp.value);
  logOnce(context, lab, 'completion.logged', completionDimensions(fromApp.value, deployment, account.region));
  progress.update({ completions: [...notes.facts.completions] });

  const fromNotebook = yield* progress.step({ name: 'notebook-completion', subject: notebook.path }, (onPending) =>
    settle(context, {
      name: 'runNotebook',
      input: { lab, attempt: 1, workspace, clusterId, notebook, account, deployment, connection, prompts },
      pace: PACES.notebook,
      stopsFor: stopsOf(site),
      onPending,
      beside,
    }),
  );
  if (fromNotebook.kind !== 'ok') return fromNotebook;
  if (upgradesMlflow) fromNotebook.value.warnings.push(UPGRADED);
  notes.facts.completions.push(fromNotebook.value);
  logOnce(context, lab, 'completion.logged', completionDimensions(fromNotebook.value, deployment, account.region));
  progress.update({ phase: 'verifying', completions: [...notes.facts.completions] });

  for (const completion of [fromApp.value, fromNotebook.value]) {
    const verified = yield* progress.step(
      { name: `${completion.source}-verification`, subject: completion.runId },
      (onPending) =>
        settle(context, {
          name: 'verifyCompletion',
          input: { lab, workspace, connection, source: completion.source, runId: completion.runId },
          pace: PACES.verification,
          stopsFor: stopsOf(site),
          onPending,
          beside,
        }),
    );
    if (verified.kind !== 'ok') return verified;
    notes.facts.verifications.push(verified.value);
    completion.traceId = verified.value.traceId;
    progress.update({ verifications: [...notes.facts.verifications], completions: [...notes.facts.completions] });
  }
  return { kind: 'ok', value: null };
}

const UPGRADED =
  'The MLflow of the borrowed cluster’s runtime is too old to trace OpenAI calls: the notebook upgraded it for itself.';
