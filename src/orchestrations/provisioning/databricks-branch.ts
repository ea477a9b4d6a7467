/**
 * `{id}.databricks`: a workspace that answers, the notebook in it, and a running cluster with the library; or what of that the request brings. Returns its
 * failure; never throws.
 *
 * 1. The notebook is imported before the cluster is asked for, so that nothing waits for it while a cluster is billed.
 * 2. A try that fails is taken down beside the next one; a borrowed workspace is no try, and what is in it is the teardown's.
 * 3. Nothing is installed on a borrowed cluster: the notebook installs what it needs for itself.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { ReadyFacts, WorkspaceFacts } from '../../lab/resources.ts';
import { budgetEnd } from '../../lab/cost/ledger.ts';
import type { DatabricksBranchInput } from '../../contracts/inputs.ts';
import { ledgerOf } from '../../lab/cost/lab-cost.ts';
import type { Ending } from '../../lab/outcome.ts';
import type { DatabricksPlacement } from '../../lab/placement/plan.ts';
import { databricksAfter } from '../../lab/placement/failover.ts';
import { failedWorkspaceChain } from '../../contracts/removal-chains.ts';
import type { BranchStatus } from '../../contracts/status.ts';
import { besides, call, isoNow, settle, sleepUnlessEnded, type Flow, type Stops } from '../durable.ts';
import { createFailedTries, type FailedTries } from './remove-failed-attempts.ts';
import { endOtherHalf } from './cancel-branches.ts';
import { keepLease } from '../watch/lease.ts';
import { PACES } from '../durable/wait-times.ts';
import { tryPlacements, type Tried } from './try-placements.ts';
import { createProgress, type Progress } from '../durable/progress.ts';
import type { DatabricksParts, DatabricksResult } from '../../contracts/branch-results.ts';

type Stage = 'workspace' | 'readiness' | 'notebook' | 'cluster' | 'library';
type Site = {
  context: OrchestrationContext;
  input: DatabricksBranchInput;
  progress: Progress<BranchStatus>;
  failed: FailedTries;
  /** Goes on beside each wait. */
  beside: () => Flow<void>;
  placement: DatabricksPlacement;
  attempt: number;
};

export function* databricksBranch(context: OrchestrationContext): Flow<DatabricksResult> {
  const input = context.df.getInput<DatabricksBranchInput>();
  const { lab, limits, borrowed } = input;
  const progress = createProgress<BranchStatus>(context, lab, { steps: [] });
  const failed = createFailedTries(context, lab, progress);
  const beside = besides(keepLease(context, lab, limits), failed.turn);
  const workspaces: WorkspaceFacts[] = [];

  const ending = yield* tryPlacements<DatabricksPlacement, DatabricksParts, Stage>(context, {
    placements: input.placements,
    stopsFor: limits,
    after: (rest, refused) => (borrowed?.workspace === undefined ? databricksAfter(rest, refused) : []),
    *attempt(placement, attempt) {
      const site: Site = { context, input, progress, failed, beside, placement, attempt };
      if (borrowed?.workspace !== undefined) return yield* fillWorkspace(site, borrowed.workspace);
      const made = yield* makeWorkspace(site);
      if (made.kind === 'ok') workspaces.push(made.value);
      const parts = made.kind === 'ok' ? yield* fillWorkspace(site, made.value) : made;
      if (parts.kind === 'failed') yield* takeDown(site);
      return parts;
    },
  });
  yield* endOtherHalf(context, lab, 'openai', ending);
  const unfinished = failed.handOver();
  return { ...ending, workspaces, removals: failed.removals, unfinished, steps: progress.status.steps };
}

/** As things stand in this branch, where everything is that costs by the hour. */
function stopsOf({ context, input, progress }: Site): Stops {
  const { limits, budgetUsd, tier, prices } = input;
  const ledger = ledgerOf(progress.status.steps, { tier, completions: [], ...(prices ? { prices } : {}) });
  return { hardAt: limits.hardAt, budgetAt: budgetEnd(budgetUsd, ledger, isoNow(context)) };
}

/** Whether it came to be or not: a workspace that failed must be deleted, and one that is late still costs. */
function* takeDown({ context, input, failed, placement, attempt }: Site): Flow<void> {
  const { lab } = input;
  const named = yield* call(context, 'namesOfTry', { lab, attempt });
  if (named.kind === 'done')
    yield* failed.add({ region: placement.region, attempt }, failedWorkspaceChain(lab, named.value.workspace));
}

function* makeWorkspace(site: Site): Flow<Tried<WorkspaceFacts, Stage>> {
  const { context, input, progress, beside, attempt } = site;
  const { region } = site.placement;
  const { lab, tier } = input;
  const workspace = yield* progress.step({ name: 'workspace', region, attempt }, (onPending) =>
    settle(context, {
      name: 'ensureWorkspace',
      input: { lab, attempt, region, tier },
      pace: PACES.workspace,
      stopsFor: stopsOf(site),
      onPending,
      beside,
    }),
  );
  return workspace.kind === 'failed' ? { ...workspace, stage: 'workspace' } : workspace;
}

function* fillWorkspace(site: Site, workspace: WorkspaceFacts): Flow<Tried<DatabricksParts, Stage>> {
  const { context, input, progress, beside, placement, attempt } = site;
  const { lab, borrowed } = input;
  const where = { region: placement.region, attempt };
  let ready = borrowed?.cluster?.ready;
  if (ready === undefined) {
    const probed = yield* progress.step({ name: 'readiness', ...where }, (onPending) =>
      settle(context, {
        name: 'probeWorkspace',
        input: { lab, workspace, nodeType: placement.nodeType },
        pace: PACES.readiness,
        stopsFor: stopsOf(site),
        onPending,
        beside,
      }),
    );
    if (probed.kind !== 'ok') return at('readiness', probed);
    ready = probed.value;
  }
  const end = yield* sleepUnlessEnded(context, 0);
  if (end) return { kind: 'ended', end };

  const using = { lab, workspace, ready };
  const notebook = yield* progress.step({ name: 'notebook', ...where }, (onPending) =>
    settle(context, {
      name: 'importNotebook',
      input: using,
      pace: PACES.quick,
      stopsFor: stopsOf(site),
      onPending,
      beside,
    }),
  );
  if (notebook.kind !== 'ok') return at('notebook', notebook);

  const cluster =
    borrowed?.cluster === undefined
      ? yield* startCluster(site, workspace, ready)
      : yield* startBorrowed(site, workspace, borrowed.cluster.id, ready.runtime.name);
  if (cluster.kind !== 'ok') return cluster.kind === 'failed' ? { ...cluster, stage: 'cluster' } : cluster;
  const { clusterId } = cluster.value;
  const parts = { workspace, ready, notebook: notebook.value, clusterId };
  if (borrowed?.cluster !== undefined) return { kind: 'ok', value: parts };

  const library = yield* progress.step({ name: 'library', ...where, subject: 'openai' }, (onPending) =>
    settle(context, {
      name: 'ensureLibrary',
      input: { lab, workspace, clusterId, package: 'openai' },
      pace: PACES.library,
      stopsFor: stopsOf(site),
      onPending,
      beside,
    }),
  );
  return library.kind === 'ok' ? { kind: 'ok', value: parts } : at('library', library);
}

const at = (stage: Stage, ending: Exclude<Ending<unknown>, { kind: 'ok' }>): Tried<never, Stage> =>
  ending.kind === 'failed' ? { ...ending, stage } : ending;

/**
 * A transient failure of the launch gets one fresh start in the same place. What fails for good, or is still PENDING after half an hour, which is how a sold-out
 * size may look, is over in this region.
 */
function* startCluster(site: Site, workspace: WorkspaceFacts, ready: ReadyFacts): Flow<Ending<{ clusterId: string }>> {
  const { context, input, progress, beside, placement, attempt } = site;
  const { region, nodeType } = placement;
  const { lab, autoterminationMinutes } = input;
  const starting = (start: number) =>
    progress.step({ name: 'cluster', region, attempt, subject: ready.runtime.name }, (onPending) =>
      settle(context, {
        name: 'ensureCluster',
        input: { lab, workspace, ready, nodeType, start, autoterminationMinutes },
        pace: PACES.cluster,
        stopsFor: stopsOf(site),
        onPending,
        beside,
      }),
    );
  const first = yield* starting(1);
  const again = first.kind === 'failed' && first.problem.remedy === 'fresh-start' && first.problem.code !== 'timed-out';
  const last = again ? yield* starting(2) : first;
  return last.kind === 'failed' && last.problem.remedy === 'fresh-start'
    ? { kind: 'failed', problem: { ...last.problem, remedy: 'another-region' } }
    : last;
}

const startBorrowed = (
  { context, input, progress, beside, placement, attempt }: Site,
  workspace: WorkspaceFacts,
  clusterId: string,
  runtime: string,
): Flow<Ending<{ clusterId: string }>> =>
  progress.step({ name: 'borrowed-cluster', region: placement.region, attempt, subject: runtime }, (onPending) =>
    settle(context, {
      name: 'ensureBorrowedCluster',
      input: { lab: input.lab, workspace, clusterId },
      pace: PACES.cluster,
      stopsFor: input.limits,
      onPending,
      beside,
    }),
  );
