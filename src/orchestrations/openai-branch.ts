/**
 * `{id}.openai`: an account with a deployment of the model, in the first placement that Azure grants. Returns its failure; never throws, so that its sibling is
 * not lost with it.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { AccountFacts, DeploymentFacts } from '../contracts.ts';
import type { OpenAIBranchInput } from '../lab/input.ts';
import type { Ending } from '../lab/outcome.ts';
import type { Step } from '../lab/phases.ts';
import type { BranchStatus } from '../lab/status.ts';
import { call, settle, sleepUnlessEnded, type Flow } from './durable.ts';
import { PACES } from './paces.ts';
import { noPlacement, tryPlacements, type Tried } from './placements.ts';
import { createProgress } from './progress.ts';

export type OpenAIResult = Tried<{ account: AccountFacts; deployment: DeploymentFacts }> & {
  accounts: AccountFacts[];
  steps: Step[];
};

export function* openaiBranch(context: OrchestrationContext): Flow<OpenAIResult> {
  const { lab, limits, placements } = context.df.getInput<OpenAIBranchInput>();
  const progress = createProgress<BranchStatus>(context, lab, { steps: [] });
  const accounts: AccountFacts[] = [];

  const ending = yield* tryPlacements(placements, function* (placement, attempt): Flow<
    Ending<{ account: AccountFacts; deployment: DeploymentFacts }>
  > {
    const where = { region: placement.region, attempt };
    const account = yield* progress.step({ name: 'account', ...where }, (onPending) =>
      settle(context, {
        name: 'ensureAccount',
        input: { lab, attempt, region: placement.region },
        pace: PACES.account,
        stopsFor: limits,
        onPending,
      }),
    );
    if (account.kind !== 'ok') return account;
    accounts.push(account.value);
    const end = yield* sleepUnlessEnded(context, 0);
    if (end) return { kind: 'ended', end };
    const deployment = yield* progress.step(
      { name: 'deployment', ...where, subject: placement.choice.model },
      (onPending) =>
        settle(context, {
          name: 'ensureDeployment',
          input: { lab, account: account.value, choice: placement.choice },
          pace: PACES.deployment,
          stopsFor: limits,
          onPending,
        }),
    );
    if (deployment.kind !== 'ok') {
      // The failed try's deletion is begun here and goes on beside the next one; teardown confirms it.
      if (deployment.kind === 'failed') yield* begin(context, lab, account.value);
      return deployment;
    }
    return { kind: 'ok', value: { account: account.value, deployment: deployment.value } };
  });
  return { ...(ending ?? noPlacement('Azure OpenAI')), accounts, steps: progress.status.steps };
}

function* begin(context: OrchestrationContext, lab: OpenAIBranchInput['lab'], account: AccountFacts): Flow<void> {
  try {
    yield* call(context, 'removeAccount', { lab, account });
  } catch {
    // Teardown removes it; a failed clean-up of a failed try must not end the lab.
  }
}
