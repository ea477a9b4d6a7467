/** Which of the rights that a lab needs the app lacks, read before anything is created. */
import { ServiceError } from '../clients/service-error.ts';
import type { Arm } from '../clients/create-clients.ts';
import type { Facts } from '../lab/facts.ts';
import type { LabRef } from '../lab/names.ts';
import { REQUIRED_PROVIDERS } from '../lab/perishables.ts';
import { verdictOf } from './answers.ts';

/** Needed at the subscription: a lab makes its own group, and purging works at no narrower scope. */
const AT_SUBSCRIPTION = [
  'Microsoft.Resources/subscriptions/resourceGroups/write',
  'Microsoft.Resources/subscriptions/resourceGroups/delete',
  'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete',
  ...REQUIRED_PROVIDERS.map((namespace) => `${namespace}/register/action`),
];

/** Needed where the resources go. */
const AT_GROUP = [
  'Microsoft.CognitiveServices/accounts/write',
  'Microsoft.CognitiveServices/accounts/delete',
  'Microsoft.CognitiveServices/accounts/listKeys/action',
  'Microsoft.CognitiveServices/accounts/deployments/write',
  'Microsoft.CognitiveServices/accounts/deployments/delete',
  'Microsoft.Databricks/workspaces/write',
  'Microsoft.Databricks/workspaces/delete',
];

/** Empty where the app may not even read what it may do: then the first refusal tells. */
export async function missingRights(arm: Arm, lab: LabRef): Promise<Facts['missingRights']> {
  const subscription = `/subscriptions/${lab.subscriptionId}`;
  const given = lab.resourceGroup === lab.group ? undefined : (`resourceGroups/${lab.resourceGroup}/` as const);
  try {
    const [above, there] = await Promise.all([
      arm.permissions(''),
      given === undefined ? undefined : arm.permissions(given),
    ]);
    return [
      ...lacking(AT_SUBSCRIPTION, above, subscription),
      ...lacking(
        AT_GROUP,
        there ?? above,
        given === undefined ? subscription : `${subscription}/${given.slice(0, -1)}`,
      ),
    ];
  } catch (error: unknown) {
    if (error instanceof ServiceError && ['problem', 'gone'].includes(verdictOf(error).kind)) return [];
    throw error;
  }
}

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
