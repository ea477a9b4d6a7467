/**
 * `{id}.openai`: an account with a deployment of the model, in the first placement that Azure grants; or what of both the request brings. Returns its failure;
 * never throws, so that the other branch is not lost with it.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { OpenAIParts, OpenAIResult } from '../../contracts/branch-results.ts';
import type { OpenAIBranchInput } from '../../contracts/inputs.ts';
import { instanceIds } from '../../contracts/instance-ids.ts';
import { accountChain } from '../../contracts/removal-chains.ts';
import type { BranchStatus } from '../../contracts/status.ts';
import type { Ending } from '../../lab/outcome.ts';
import { openaiAfter } from '../../lab/placement/failover.ts';
import type { OpenAIPlacement } from '../../lab/placement/plan.ts';
import type { AccountFacts } from '../../lab/resources.ts';
import { call, type Flow } from '../durable/call.ts';
import { endRequest } from '../durable/events.ts';
import { requireOwnInstance } from '../durable/own-instance.ts';
import { createProgress } from '../durable/progress.ts';
import { runStep, type StepEnding } from '../durable/run-step.ts';
import { keepLease } from '../watch/lease.ts';
import { cancelOtherBranch } from './cancel-branches.ts';
import { inTurn, type BranchContext } from './context.ts';
import { createFailedAttempts } from './remove-failed-attempts.ts';
import { tryPlacements } from './try-placements.ts';

type Branch = BranchContext<OpenAIBranchInput>;

export function* openaiBranch(context: OrchestrationContext): Flow<OpenAIResult> {
  const input = context.df.getInput<OpenAIBranchInput>();
  const { lab: ref, limits, placements, firstTry, borrowed } = input;
  requireOwnInstance(context, instanceIds(ref).openai);
  const progress = createProgress<BranchStatus>(context, ref, { steps: [] });
  const failed = createFailedAttempts(context, ref, progress);
  const meanwhile = inTurn(keepLease(context, ref, limits), failed.pollDue);
  const branch: Branch = { context, ref, input, progress, failed, stops: () => limits, meanwhile };
  const accounts: AccountFacts[] = [];
  const result = (ending: Ending<OpenAIParts>): OpenAIResult => {
    const unfinished = failed.handOver();
    return { ...ending, accounts, removals: failed.removals, unfinished, steps: progress.status.steps };
  };
  if (borrowed?.account !== undefined && borrowed.deployment !== undefined)
    return result({ kind: 'ok', value: { account: borrowed.account, deployment: borrowed.deployment } });

  // The account of the last attempt, which the next one in the same region uses as well.
  let held: { account: AccountFacts; attempt: number } | null = null;
  const ending = yield* tryPlacements<OpenAIPlacement, OpenAIParts, 'account' | 'deployment'>(context, {
    placements,
    firstTry,
    stops: limits,
    after: openaiAfter,
    *attempt(placement, attempt) {
      if (held !== null && held.account.region !== placement.region) {
        yield* failed.add({ region: held.account.region, attempt: held.attempt }, accountChain(ref, held.account));
        held = null;
      }
      let account = borrowed?.account ?? held?.account;
      if (account === undefined) {
        const created = yield* createAccount(branch, placement.region, attempt);
        if (created.kind !== 'ok') return created;
        account = created.value;
        accounts.push(account);
        held = { account, attempt };
      }
      const end = yield* endRequest(context);
      if (end) return { kind: 'ended', end };
      const { region, choice } = placement;
      const about = { region, attempt, subject: choice.model };
      const deployment = yield* runStep(branch, 'deployment', { account, choice }, about);
      return deployment.kind === 'ok' ? { kind: 'ok', value: { account, deployment: deployment.value } } : deployment;
    },
  });
  yield* cancelOtherBranch(context, ref, 'databricks', ending);
  return result(ending);
}

function* createAccount(branch: Branch, region: string, attempt: number): Flow<StepEnding<AccountFacts, 'account'>> {
  const { context, ref, failed } = branch;
  const account = yield* runStep(branch, 'account', { attempt, region }, { region, attempt });
  if (account.kind !== 'failed') return account;
  // It may exist all the same: failed, or not done in time.
  const named = yield* call(context, 'namesOfTry', { lab: ref, attempt });
  if (named.kind === 'done')
    yield* failed.add({ region, attempt }, accountChain(ref, { ...named.value.account, region }));
  return account;
}
