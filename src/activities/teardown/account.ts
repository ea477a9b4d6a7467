/** Takes down the Azure OpenAI side: deployments, account, and the shell that a deleted account leaves for 48 hours (see `delete-and-verify.ts`). */
import { attemptOf } from '../../clients/arm/ownership.ts';
import type { Activities } from '../../contracts/activities.ts';
import type { Removal } from '../../lab/removal/inventory.ts';
import { borrowedSuffix } from '../../lab/names.ts';
import { done, pending } from '../../lab/outcome.ts';
import { answer, outcomeOf } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';
import { deleteAndVerify } from './delete-and-verify.ts';
import { deploymentId, parseArmId } from '../../lab/arm-ids.ts';

type Removals = Pick<Activities, 'removeDeployments' | 'removeAccount' | 'purgeAccount'>;

export const accountRemovals = ({ clients, now }: Deps): Removals => ({
  removeDeployments: ({ lab, account, memo }) =>
    answer(
      async () => {
        const { subscriptionId, group, name } = parseArmId(account.id);
        // A borrowed account may be in another subscription than the lab.
        const arm = clients.arm(subscriptionId);
        const owner = await arm.account(group, name);
        const deployments = owner === undefined ? [] : await arm.deployments(account.id);
        if (deployments === undefined)
          return pending('the deployments of the account cannot be listed', { memo: memo ?? {} });
        const names = String(memo?.['names'] ?? '')
          .split(' ')
          .filter((it) => it !== '');
        // In an account of ours everything goes; in another one only what we put there.
        const ours = deployments.filter(
          (deployment) =>
            (owner !== undefined && clients.ownership.isOurs(owner, lab)) ||
            clients.ownership.isOurs({ id: deploymentId(account.id, deployment.name), tags: deployment.tags }, lab) ||
            deployment.name.endsWith(borrowedSuffix(lab)),
        );
        if (ours.length === 0) {
          return done(
            names.map((deployment): Removal => ({
              what: 'deployment',
              id: `${account.id}/deployments/${deployment}`,
              at: now().toISOString(),
              confirmed: 'no longer listed after our DELETE',
            })),
          );
        }
        const next = { names: [...new Set([...names, ...ours.map((it) => it.name)])].join(' ') };
        // One after the other: an account takes one operation at a time.
        for (const deployment of ours.filter((it) => it.state !== 'Deleting')) {
          try {
            await arm.deleteDeployment(account.id, deployment.name);
          } catch (error: unknown) {
            return outcomeOf(error, { memo: { ...memo, ...next }, removing: true });
          }
        }
        return pending(`${ours.length} deployment(s) are being deleted`, { afterSeconds: 5, memo: next });
      },
      { memo, removing: true },
    ),

  removeAccount: ({ lab, account, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(lab.subscriptionId);
        const { group, name } = parseArmId(account.id);
        const look = async () => {
          const found = await arm.account(group, name);
          return found && { ours: clients.ownership.isOurs(found, lab), state: found.state };
        };
        const remove = () => arm.deleteAccount(account.id);
        return deleteAndVerify({ what: 'account', id: account.id, memo, now, standing: await look(), look, remove });
      },
      { memo, removing: true },
    ),

  // Works when the account's group is gone, too.
  purgeAccount: ({ lab, account, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(lab.subscriptionId);
        const look = async () => {
          const found = await arm.deletedAccount(account.id, account.region);
          return (
            found && {
              ours: attemptOf(lab, 'account', found.name) !== undefined,
              state: 'Deleted',
            }
          );
        };
        const remove = () => arm.purgeAccount(account.id, account.region);
        return deleteAndVerify({
          what: 'soft-deleted account',
          id: account.id,
          memo,
          now,
          standing: await look(),
          look,
          remove,
        });
      },
      { memo, removing: true },
    ),
});
