/**
 * `{id}.databricks`: a workspace that answers, the notebook in it, and a running cluster with the library. Returns its failure; never throws.
 * The notebook is imported before the cluster is asked for, so that nothing waits for it while a cluster is billed.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { NotebookFacts, ReadyFacts, WorkspaceFacts } from '../contracts.ts';
import type { DatabricksBranchInput } from '../lab/input.ts';
import type { Ending } from '../lab/outcome.ts';
import type { DatabricksPlacement } from '../lab/plan.ts';
import type { Step } from '../lab/phases.ts';
import type { BranchStatus } from '../lab/status.ts';
import { call, now, settle, sleepUnlessEnded, type Flow } from './durable.ts';
import { renewLease } from './lease.ts';
import { PACES } from './paces.ts';
import { noPlacement, tryPlacements, type Tried } from './placements.ts';
import { createProgress, type Progress } from './progress.ts';

export type DatabricksParts = {
  workspace: WorkspaceFacts;
  ready: ReadyFacts;
  notebook: NotebookFacts;
  clusterId: string;
};
export type DatabricksResult = Tried<DatabricksParts> & { workspaces: WorkspaceFacts[]; steps: Step[] };

export function* databricksBranch(context: OrchestrationContext): Flow<DatabricksResult> {
  const input = context.df.getInput<DatabricksBranchInput>();
  const progress = createProgress<BranchStatus>(context, input.lab, { steps: [] });
  const workspaces: WorkspaceFacts[] = [];

  const ending = yield* tryPlacements(input.placements, function* (placement, attempt): Flow<Ending<DatabricksParts>> {
    const where = { region: placement.region, attempt };
    if (attempt > 1)
      yield* renewLease(context, input.lab, input.limits, now(context) + input.limits.leaseMinutes * 60_000);
    const workspace = yield* progress.step({ name: 'workspace', ...where }, (onPending) =>
      settle(context, {
        name: 'ensureWorkspace',
        input: { lab: input.lab, attempt, region: placement.region, tier: input.tier },
        pace: PACES.workspace,
        stopsFor: input.limits,
        onPending,
      }),
    );
    if (workspace.kind !== 'ok') return workspace;
    workspaces.push(workspace.value);
    const parts = yield* fillWorkspace(context, input, placement, attempt, workspace.value, progress);
    if (parts.kind === 'failed') yield* beginRemoval(context, input, workspace.value);
    return parts;
  });
  return { ...(ending ?? noPlacement('Azure Databricks')), workspaces, steps: progress.status.steps };
}

function* fillWorkspace(
  context: OrchestrationContext,
  input: DatabricksBranchInput,
  placement: DatabricksPlacement,
  attempt: number,
  workspace: WorkspaceFacts,
  progress: Progress<BranchStatus>,
): Flow<Ending<DatabricksParts>> {
  const { lab } = input;
  const where = { region: placement.region, attempt };
  const ready = yield* progress.step({ name: 'readiness', ...where }, (onPending) =>
    settle(context, {
      name: 'probeWorkspace',
      input: { lab, workspace, nodeType: placement.nodeType },
      pace: PACES.readiness,
      stopsFor: input.limits,
      onPending,
    }),
  );
  if (ready.kind !== 'ok') return ready;
  const end = yield* sleepUnlessEnded(context, 0);
  if (end) return { kind: 'ended', end };

  const notebook = yield* progress.step({ name: 'notebook', ...where }, (onPending) =>
    settle(context, {
      name: 'importNotebook',
      input: { lab, workspace, ready: ready.value },
      pace: PACES.quick,
      stopsFor: input.limits,
      onPending,
    }),
  );
  if (notebook.kind !== 'ok') return notebook;

  const cluster = yield* startCluster(context, input, placement, attempt, workspace, ready.value, progress);
  if (cluster.kind !== 'ok') return cluster;
  const library = yield* progress.step({ name: 'library', ...where, subject: 'openai' }, (onPending) =>
    settle(context, {
      name: 'ensureLibrary',
      input: { lab, workspace, clusterId: cluster.value.clusterId, package: 'openai' },
      pace: PACES.library,
      stopsFor: input.limits,
      onPending,
    }),
  );
  if (library.kind !== 'ok') return library;
  return {
    kind: 'ok',
    value: { workspace, ready: ready.value, notebook: notebook.value, clusterId: cluster.value.clusterId },
  };
}

/** A transient failure of the launch gets one fresh start in the same place; what a second one says is final for this placement. */
function* startCluster(
  context: OrchestrationContext,
  input: DatabricksBranchInput,
  placement: DatabricksPlacement,
  attempt: number,
  workspace: WorkspaceFacts,
  ready: ReadyFacts,
  progress: Progress<BranchStatus>,
): Flow<Ending<{ clusterId: string }>> {
  const starting = (start: number) =>
    progress.step({ name: 'cluster', region: placement.region, attempt, subject: ready.runtime.name }, (onPending) =>
      settle(context, {
        name: 'ensureCluster',
        input: {
          lab: input.lab,
          workspace,
          ready,
          nodeType: placement.nodeType,
          start,
          autoterminationMinutes: input.autoterminationMinutes,
        },
        pace: PACES.cluster,
        stopsFor: input.limits,
        onPending,
      }),
    );
  const first = yield* starting(1);
  return first.kind === 'failed' && first.problem.remedy === 'fresh-start' ? yield* starting(2) : first;
}

function* beginRemoval(
  context: OrchestrationContext,
  input: DatabricksBranchInput,
  workspace: WorkspaceFacts,
): Flow<void> {
  try {
    yield* call(context, 'removeWorkspace', { lab: input.lab, workspace });
  } catch {
    // Teardown removes it; a failed clean-up of a failed try must not end the lab.
  }
}
