/**
 * `{id}.databricks`: a workspace that answers, the notebook in it, and a running cluster with the library; or what of that the request brings. Returns its
 * failure; never throws.
 *
 * 1. The notebook is imported before the cluster is asked for, so that nothing waits for it while a cluster is billed.
 * 2. An attempt that fails is taken down beside the next one; a borrowed workspace is no attempt, and what is in it is the teardown's.
 * 3. Nothing is installed on a borrowed cluster: the notebook installs what it needs for itself.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { DatabricksParts, DatabricksResult } from '../../contracts/branch-results.ts';
import type { DatabricksBranchInput } from '../../contracts/inputs.ts';
import { instanceIds } from '../../contracts/instance-ids.ts';
import { failedWorkspaceChain } from '../../contracts/removal-chains.ts';
import type { BranchStatus } from '../../contracts/status.ts';
import { ledgerOf } from '../../lab/cost/lab-cost.ts';
import { budgetEnd } from '../../lab/cost/ledger.ts';
import { databricksAfter } from '../../lab/placement/failover.ts';
import type { DatabricksPlacement } from '../../lab/placement/plan.ts';
import type { WorkspaceFacts } from '../../lab/resources.ts';
import { call, type Flow } from '../durable/call.ts';
import { isoNow } from '../durable/clock.ts';
import { endRequest } from '../durable/events.ts';
import type { StopTimes } from '../durable/poll.ts';
import { requireOwnInstance } from '../durable/own-instance.ts';
import { createProgress } from '../durable/progress.ts';
import { runStep, type StepEnding } from '../durable/run-step.ts';
import { keepLease } from '../watch/lease.ts';
import { cancelOtherBranch } from './cancel-branches.ts';
import { inTurn, type BranchContext } from './context.ts';
import { createFailedAttempts } from './remove-failed-attempts.ts';
import { tryPlacements } from './try-placements.ts';

type Branch = BranchContext<DatabricksBranchInput>;
type Attempt = DatabricksPlacement & { attempt: number };
type BranchStep = 'workspace' | 'readiness' | 'notebook' | 'cluster' | 'borrowed-cluster' | 'library';

export function* databricksBranch(context: OrchestrationContext): Flow<DatabricksResult> {
  const input = context.df.getInput<DatabricksBranchInput>();
  const { lab: ref, limits, placements, borrowed, tier } = input;
  requireOwnInstance(context, instanceIds(ref).databricks);
  const progress = createProgress<BranchStatus>(context, ref, { steps: [] });
  const failed = createFailedAttempts(context, ref, progress);
  const meanwhile = inTurn(keepLease(context, ref, limits), failed.pollDue);
  const branch: Branch = { context, ref, input, progress, failed, stops: () => stopsOf(branch), meanwhile };
  const workspaces: WorkspaceFacts[] = [];

  const ending = yield* tryPlacements<DatabricksPlacement, DatabricksParts, BranchStep>(context, {
    placements,
    stops: limits,
    after: (rest, refused) => (borrowed?.workspace === undefined ? databricksAfter(rest, refused) : []),
    *attempt(placement, number) {
      const attempt: Attempt = { ...placement, attempt: number };
      if (borrowed?.workspace !== undefined) return yield* fillWorkspace(branch, attempt, borrowed.workspace);
      const { region } = placement;
      const created = yield* runStep(branch, 'workspace', { attempt: number, region, tier }, where(attempt));
      if (created.kind === 'ok') workspaces.push(created.value);
      const parts = created.kind === 'ok' ? yield* fillWorkspace(branch, attempt, created.value) : created;
      if (parts.kind === 'failed') yield* takeDown(branch, attempt);
      return parts;
    },
  });
  yield* cancelOtherBranch(context, ref, 'openai', ending);
  const unfinished = failed.handOver();
  return { ...ending, workspaces, removals: failed.removals, unfinished, steps: progress.status.steps };
}

const where = ({ region, attempt }: Attempt) => ({ region, attempt });

/** As things stand in this branch, where everything is that costs by the hour. */
function stopsOf({ context, input, progress }: Branch): StopTimes {
  const { limits, budgetUsd, tier, prices } = input;
  const ledger = ledgerOf(progress.status.steps, { tier, completions: [], ...(prices ? { prices } : {}) });
  return { hardAt: limits.hardAt, budgetAt: budgetEnd(budgetUsd, ledger, isoNow(context)) };
}

/** Whether it came to be or not: a workspace that failed must be deleted, and one that is late still costs. */
function* takeDown({ context, ref, failed }: Branch, attempt: Attempt): Flow<void> {
  const named = yield* call(context, 'namesOfTry', { lab: ref, attempt: attempt.attempt });
  if (named.kind === 'done') yield* failed.add(where(attempt), failedWorkspaceChain(ref, named.value.workspace));
}

function* fillWorkspace(
  branch: Branch,
  attempt: Attempt,
  workspace: WorkspaceFacts,
): Flow<StepEnding<DatabricksParts, BranchStep>> {
  const { autoterminationMinutes, borrowed } = branch.input;
  const borrowedCluster = borrowed?.cluster;
  let ready = borrowedCluster?.ready;
  if (ready === undefined) {
    const { nodeType } = attempt;
    const probed = yield* runStep(branch, 'readiness', { workspace, nodeType }, where(attempt));
    if (probed.kind !== 'ok') return probed;
    ready = probed.value;
  }
  const end = yield* endRequest(branch.context);
  if (end) return { kind: 'ended', end };

  const notebook = yield* runStep(branch, 'notebook', { workspace, ready }, where(attempt));
  if (notebook.kind !== 'ok') return notebook;
  if (borrowedCluster !== undefined) {
    const clusterId = borrowedCluster.id;
    const about = { ...where(attempt), subject: ready.runtime.name };
    const started = yield* runStep(branch, 'borrowed-cluster', { workspace, clusterId }, about);
    if (started.kind !== 'ok') return started;
    return { kind: 'ok', value: { workspace, ready, notebook: notebook.value, clusterId: started.value.clusterId } };
  }
  const settings = { workspace, ready, nodeType: attempt.nodeType, start: 1, autoterminationMinutes };
  const cluster = yield* runStep(branch, 'cluster', settings, { ...where(attempt), subject: ready.runtime.name });
  if (cluster.kind !== 'ok') return cluster;
  const { clusterId } = cluster.value;
  const openai = { workspace, clusterId, package: 'openai' };
  const library = yield* runStep(branch, 'library', openai, { ...where(attempt), subject: 'openai' });
  if (library.kind !== 'ok') return library;
  return { kind: 'ok', value: { workspace, ready, notebook: notebook.value, clusterId } };
}
