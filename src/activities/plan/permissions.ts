/** Which of the rights that a lab needs the app lacks, read before anything is created. Rights for what the request brings instead are not asked for. */
import { ServiceError } from '../../clients/service-error.ts';
import type { Arm } from '../../clients/arm/arm.ts';
import type { Facts } from '../../lab/placement/facts.ts';
import type { LabRef } from '../../lab/names.ts';
import { LIST_KEYS } from '../../lab/placement/borrowed.ts';
import { verdictOf } from '../outcome-of-error.ts';
import { parseArmId, ACCOUNT_TYPE, groupId, subscriptionScope } from '../../lab/arm-ids.ts';

/** What the lab makes by itself, and which providers that takes. */
export type Making = { account: boolean; workspace: boolean; access?: boolean; providers: readonly string[] };

/** Where its resources go: the lab's own group, or one that the request names. */
type Home = 'own-group' | 'given-group';

/**
 * Needed at the subscription: a lab makes its own group, and purging works at no narrower scope. Beside a given group the own one stays empty, and an app that
 * may not delete groups leaves it behind, without its tags: the right to delete every group of a shared subscription is worse than an empty group.
 */
const atSubscription = ({ account, providers }: Making, home: Home): string[] => [
  'Microsoft.Resources/subscriptions/resourceGroups/write',
  ...(home === 'own-group' ? ['Microsoft.Resources/subscriptions/resourceGroups/delete'] : []),
  ...(account ? ['Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete'] : []),
  ...providers.map((namespace) => `${namespace}/register/action`),
];

const TO_DEPLOY = [
  'Microsoft.CognitiveServices/accounts/deployments/write',
  'Microsoft.CognitiveServices/accounts/deployments/delete',
];

/** Needed where the resources go. */
const atGroup = ({ account, workspace, access }: Making): string[] => [
  ...(account
    ? [
        'Microsoft.CognitiveServices/accounts/write',
        'Microsoft.CognitiveServices/accounts/delete',
        LIST_KEYS,
        ...TO_DEPLOY,
      ]
    : []),
  ...(workspace ? ['Microsoft.Databricks/workspaces/write', 'Microsoft.Databricks/workspaces/delete'] : []),
  ...(access === true
    ? ['Microsoft.Authorization/roleAssignments/write', 'Microsoft.Authorization/roleAssignments/delete']
    : []),
];

/** Empty where the app may not even read what it may do: then the first refusal tells. */
export async function missingRights(arm: Arm, lab: LabRef, making: Making): Promise<Facts['missingRights']> {
  const subscription = subscriptionScope(lab.subscriptionId);
  const given = lab.resourceGroup === lab.group ? undefined : (`resourceGroups/${lab.resourceGroup}/` as const);
  return unlessHidden(async () => {
    const [above, there] = await Promise.all([
      arm.permissions(''),
      given === undefined ? undefined : arm.permissions(given),
    ]);
    return [
      ...lacking(atSubscription(making, given === undefined ? 'own-group' : 'given-group'), above, subscription),
      ...lacking(
        atGroup(making),
        there ?? above,
        given === undefined ? subscription : groupId(lab.subscriptionId, lab.resourceGroup),
      ),
    ];
  });
}

/** Rights that the app lacks in a borrowed account: to give the notebook a key, and to deploy where it is to. */
export async function missingRightsIn(arm: Arm, accountId: string, deploys: boolean): Promise<string[]> {
  const { group, name } = parseArmId(accountId);
  const scope = `resourceGroups/${group}/providers/${ACCOUNT_TYPE}/${name}/` as const;
  const needed = [LIST_KEYS, ...(deploys ? TO_DEPLOY : [])];
  const missing = await unlessHidden(async () => lacking(needed, await arm.permissions(scope), accountId));
  return missing.map((it) => it.action);
}

const unlessHidden = (read: () => Promise<Facts['missingRights']>): Promise<Facts['missingRights']> =>
  read().catch((error: unknown) => {
    if (error instanceof ServiceError && ['problem', 'gone'].includes(verdictOf(error).kind)) return [];
    throw error;
  });

type Permission = { actions: string[]; notActions: string[] };

const lacking = (actions: readonly string[], permissions: Permission[], scope: string) =>
  actions.filter((action) => !permissions.some((it) => allows(it, action))).map((action) => ({ action, scope }));

const allows = ({ actions, notActions }: Permission, action: string): boolean =>
  actions.some(matches(action)) && !notActions.some(matches(action));

/** https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format: `*` stands for anything, case does not matter. */
const matches =
  (action: string) =>
  (pattern: string): boolean =>
    new RegExp(
      `^${pattern
        .split('*')
        .map((it) => it.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`,
      'i',
    ).test(action);
