/** The Azure OpenAI account and the deployment in it. */
import type { Activities } from '../../contracts/activities.ts';
import { deploymentName, resourceNames } from '../../lab/names.ts';
import { done, pending, refused } from '../../lab/outcome.ts';
import { answer, failedState, notOurs } from '../outcome-of-error.ts';
import { requested, requestedRecently } from './recently-requested.ts';
import type { Deps } from '../deps.ts';
import type { DeploymentState } from '../../clients/arm/openai.ts';
import type { ModelChoice } from '../../lab/placement/plan.ts';
import { accountId, deploymentId, parseArmId } from '../../lab/arm-ids.ts';

export const openaiActivities = ({ clients, now }: Deps): Pick<Activities, 'ensureAccount' | 'ensureDeployment'> => ({
  ensureAccount: ({ lab, attempt, region, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(lab.subscriptionId);
        const name = resourceNames(lab, attempt).account;
        const found = await arm.account(lab.resourceGroup, name);
        if (found === undefined) {
          if (requestedRecently(memo, now())) return pending('the account is not readable yet', { memo });
          const tags = clients.ownership.tagsFor(lab, accountId(lab.subscriptionId, lab.resourceGroup, name));
          await arm.putAccount(lab.resourceGroup, name, region, tags);
          return pending('the account is being created', { memo: requested(now()) });
        }
        if (!clients.ownership.isOurs(found, lab)) return notOurs(found.id);
        if (found.state === 'Failed' || found.state === 'Canceled') {
          return refused(failedState('account', found.state, await arm.operationError(found.id)));
        }
        if (found.state !== 'Succeeded' || found.endpoint === undefined)
          return pending(`the account is ${found.state}`);
        return done({ id: found.id, name: found.name, region: found.region, endpoint: found.endpoint });
      },
      { memo, labAgeMs: now().getTime() - Date.parse(lab.startedAt) },
    ),

  ensureDeployment: ({ lab, account, choice, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(parseArmId(account.id).subscriptionId);
        const name = deploymentName(lab, choice.model, account.borrowed === true);
        const found = await arm.deployment(account.id, name);
        // An account that is tried again with another choice may hold what failed of the one before: that is replaced, once.
        const obsolete = found !== undefined && memo === undefined && isObsolete(found, choice);
        if (found === undefined || obsolete) {
          if (requestedRecently(memo, now())) return pending('the deployment is not readable yet', { memo });
          const { model, version, sku, capacity } = choice;
          const tags = clients.ownership.tagsFor(lab, deploymentId(account.id, name));
          await arm.putDeployment(account.id, name, { model, version, sku, capacity, tags });
          return pending('the deployment is being created', { memo: requested(now()) });
        }
        if (found.state === 'Failed' || found.state === 'Canceled') {
          return refused(
            failedState('deployment', found.state, await arm.operationError(deploymentId(account.id, name))),
          );
        }
        if (found.state !== 'Succeeded') return pending(`the deployment is ${found.state}`);
        return done({
          name,
          model: found.model,
          version: found.version,
          sku: found.sku,
          capacity: found.capacity,
          apiVersion: choice.apiVersion,
        });
      },
      { memo },
    ),
});

const isObsolete = (found: DeploymentState, choice: ModelChoice): boolean =>
  found.state === 'Failed' ||
  found.state === 'Canceled' ||
  found.sku !== choice.sku ||
  (choice.version !== undefined && found.version !== choice.version);
