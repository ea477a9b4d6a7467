/** What the task hub still holds of a lab whose orchestration broke, in the form in which a teardown is told: its inputs, its last status, and what its branches returned. */
import type { DatabricksBranchInput, OpenAIBranchInput, TeardownInput } from '../contracts/inputs.ts';
import type { LabRef } from '../lab/names.ts';
import type { Step } from '../lab/steps.ts';
import { borrowedIds } from '../lab/placement/borrowed.ts';
import type { LabReport } from '../contracts/report.ts';
import type { LabStatus } from '../contracts/status.ts';
import type { DatabricksResult, OpenAIResult } from '../contracts/branch-results.ts';
import { inputOf, isOfStart, stepsOf, type Family, type Instance } from './instances.ts';
import { problemFromOutside } from './operator-actions.ts';
import { statusOf } from './status.ts';

/** What is known of the end of a lab, too, where one had begun. */
export type Remains = Omit<TeardownInput, 'lab' | 'end' | 'outcome'> & Partial<Pick<TeardownInput, 'end' | 'outcome'>>;

/** @param at ISO time: whatever is still going on ends now. */
export function remainsOf(family: Family, lab: LabRef, at: string): Remains {
  const { report, teardown } = family;
  if (report?.startedAt === lab.startedAt) return toldBy(report);
  // A teardown that was terminated had been told all that there is; what it has removed itself is seen to be gone.
  if (isOfStart(teardown, lab.startedAt)) return teardown.input as TeardownInput;
  if (isOfStart(family.lab, lab.startedAt)) return heldBy(family, family.lab, at);
  return { identity: null, facts: null, known: knownOf(null) };
}

/** The new report goes on from the earlier one instead of forgetting it. */
const toldBy = (report: LabReport): Remains => ({
  identity: report.identity,
  end: report.end,
  outcome: report.outcome,
  facts: report.facts,
  known: knownOf(report),
  removed: report.receipt.removals,
  earlierSteps: report.teardownSteps,
  ...(report.features === undefined ? {} : { kept: { features: report.features, drift: report.drift ?? null } }),
});

/** What a report remembers beside what Azure shows. */
export function knownOf(report: LabReport | null): TeardownInput['known'] {
  const facts = report?.facts ?? null;
  return {
    workspaces: facts?.workspace ? [facts.workspace] : [],
    accounts: facts?.account ? [facts.account] : [],
    borrowed: borrowedIds(facts?.plan?.borrowed ?? {}),
  };
}

function heldBy(family: Family, instance: Instance, at: string): Remains {
  const { lab, identity, request, prices } = inputOf(instance);
  const status = statusOf<LabStatus>(instance);
  const problem = status.problem ?? problemFromOutside(family);
  const openai = branchOf<OpenAIBranchInput, OpenAIResult>(family.openai, lab.startedAt, at);
  const databricks = branchOf<DatabricksBranchInput, DatabricksResult>(family.databricks, lab.startedAt, at);
  const built = databricks.result?.kind === 'ok' ? databricks.result.value : undefined;
  const workspace = built?.workspace ?? status.place?.workspace;
  return {
    identity,
    facts: {
      request: { ...request },
      tier: request.databricks.tier,
      ...(prices === undefined ? {} : { prices }),
      ...(openai.result?.kind === 'ok' ? openai.result.value : {}),
      ...(workspace === undefined ? {} : { workspace }),
      ...(built === undefined ? {} : { clusterId: built.clusterId }),
      completions: status.completions ?? [],
      verifications: status.verifications ?? [],
      ...(status.tokens === undefined ? {} : { tokens: status.tokens }),
      steps: [...stepsOf(instance, at), ...openai.steps, ...databricks.steps],
      ...(problem === undefined ? {} : { problem }),
    },
    known: {
      accounts: openai.result?.accounts ?? [],
      workspaces: databricks.result?.workspaces ?? [],
      borrowed: borrowedIds({ ...openai.input?.borrowed, ...databricks.input?.borrowed }),
    },
    removed: [...(openai.result?.removals ?? []), ...(databricks.result?.removals ?? [])],
    unfinished: [...(openai.result?.unfinished ?? []), ...(databricks.result?.unfinished ?? [])],
  };
}

type Branch<I, R> = { input?: I; result?: R; steps: Step[] };

/** A branch that returned has told all; of one that was terminated its input and its steps are known. */
function branchOf<I, R extends { steps: Step[] }>(
  branch: Instance | null,
  startedAt: string,
  at: string,
): Branch<I, R> {
  if (!isOfStart(branch, startedAt)) return { steps: [] };
  const input = branch.input as I;
  if (String(branch.runtimeStatus) !== 'Completed') return { input, steps: stepsOf(branch, at) };
  const result = branch.output as R;
  return { input, result, steps: result.steps };
}
