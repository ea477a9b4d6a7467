/**
 * `{id}.openai`: an account with a deployment of the model, in the first placement that Azure grants; or what of both the request brings. Returns its failure;
 * never throws, so that its sibling is not lost with it.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { DeploymentFacts, AccountFacts } from '../../lab/resources.ts';
import type { OpenAIBranchInput } from '../../contracts/inputs.ts';
import type { OpenAIParts, OpenAIResult } from '../../contracts/branch-results.ts';
import type { Ending } from '../../lab/outcome.ts';
import type { OpenAIPlacement } from '../../lab/placement/plan.ts';
import { openaiAfter } from '../../lab/placement/failover.ts';
import { accountChain } from '../../contracts/removal-chains.ts';
import type { BranchStatus } from '../../contracts/status.ts';
import { besides, call, settle, sleepUnlessEnded, type Flow } from '../durable.ts';
import { createFailedTries, type FailedTries } from './remove-failed-attempts.ts';
import { endOtherHalf } from './cancel-branches.ts';
import { keepLease } from '../watch/lease.ts';
import { PACES } from '../durable/wait-times.ts';
import { tryPlacements, type Tried } from './try-placements.ts';
import { createProgress, type Progress } from '../durable/progress.ts';

type Site = {
  context: OrchestrationContext;
  input: OpenAIBranchInput;
  progress: Progress<BranchStatus>;
  failed: FailedTries;
  /** Goes on beside each wait. */
  beside: () => Flow<void>;
};

export function* openaiBranch(context: OrchestrationContext): Flow<OpenAIResult> {
  const input = context.df.getInput<OpenAIBranchInput>();
  const { lab, limits, placements, firstTry, borrowed } = input;
  const progress = createProgress<BranchStatus>(context, lab, { steps: [] });
  const failed = createFailedTries(context, lab, progress);
  const beside = besides(keepLease(context, lab, limits), failed.turn);
  const site: Site = { context, input, progress, failed, beside };
  const accounts: AccountFacts[] = [];
  const result = (ending: Ending<OpenAIParts>): OpenAIResult => {
    const unfinished = failed.handOver();
    return { ...ending, accounts, removals: failed.removals, unfinished, steps: progress.status.steps };
  };
  if (borrowed?.account !== undefined && borrowed.deployment !== undefined)
    return result({ kind: 'ok', value: { account: borrowed.account, deployment: borrowed.deployment } });

  // The account of the last try, which the next one in the same region uses as well.
  let held: { account: AccountFacts; attempt: number } | null = null;
  const ending = yield* tryPlacements<OpenAIPlacement, OpenAIParts, 'account' | 'deployment'>(context, {
    placements,
    firstTry,
    stopsFor: limits,
    after: openaiAfter,
    *attempt(placement, attempt) {
      if (held !== null && held.account.region !== placement.region) {
        yield* failed.add({ region: held.account.region, attempt: held.attempt }, accountChain(lab, held.account));
        held = null;
      }
      let account = borrowed?.account ?? held?.account;
      if (account === undefined) {
        const made = yield* makeAccount(site, placement, attempt);
        if (made.kind !== 'ok') return made;
        account = made.value;
        accounts.push(account);
        held = { account, attempt };
      }
      const end = yield* sleepUnlessEnded(context, 0);
      if (end) return { kind: 'ended', end };
      const deployment = yield* deploy(site, placement, attempt, account);
      return deployment.kind === 'ok' ? { kind: 'ok', value: { account, deployment: deployment.value } } : deployment;
    },
  });
  yield* endOtherHalf(context, lab, 'databricks', ending);
  return result(ending);
}

function* makeAccount(
  { context, input, progress, failed, beside }: Site,
  { region }: OpenAIPlacement,
  attempt: number,
): Flow<Tried<AccountFacts, 'account'>> {
  const { lab, limits } = input;
  const account = yield* progress.step({ name: 'account', region, attempt }, (onPending) =>
    settle(context, {
      name: 'ensureAccount',
      input: { lab, attempt, region },
      pace: PACES.account,
      stopsFor: limits,
      onPending,
      beside,
    }),
  );
  if (account.kind !== 'failed') return account;
  // It may exist all the same: failed, or not done in time.
  const named = yield* call(context, 'namesOfTry', { lab, attempt });
  if (named.kind === 'done')
    yield* failed.add({ region, attempt }, accountChain(lab, { ...named.value.account, region }));
  return { ...account, stage: 'account' };
}

function* deploy(
  { context, input, progress, beside }: Site,
  { region, choice }: OpenAIPlacement,
  attempt: number,
  account: AccountFacts,
): Flow<Tried<DeploymentFacts, 'deployment'>> {
  const { lab, limits } = input;
  const deployment = yield* progress.step({ name: 'deployment', region, attempt, subject: choice.model }, (onPending) =>
    settle(context, {
      name: 'ensureDeployment',
      input: { lab, account, choice },
      pace: PACES.deployment,
      stopsFor: limits,
      onPending,
      beside,
    }),
  );
  return deployment.kind === 'failed' ? { ...deployment, stage: 'deployment' } : deployment;
}
