/** Resource ids of Azure Resource Manager. Azure compares them without regard to case (see `sameId`). */

export const ACCOUNT_TYPE = 'Microsoft.CognitiveServices/accounts';
export const WORKSPACE_TYPE = 'Microsoft.Databricks/workspaces';

export const subscriptionScope = (subscriptionId: string): string => `/subscriptions/${subscriptionId}`;

export const groupId = (subscriptionId: string, group: string): string =>
  `/subscriptions/${subscriptionId}/resourceGroups/${group}`;

export const accountId = (subscriptionId: string, group: string, name: string): string =>
  `${groupId(subscriptionId, group)}/providers/${ACCOUNT_TYPE}/${name}`;

export const deploymentId = (account: string, name: string): string => `${account}/deployments/${name}`;

export const workspaceId = (subscriptionId: string, group: string, name: string): string =>
  `${groupId(subscriptionId, group)}/providers/${WORKSPACE_TYPE}/${name}`;

export const isAccountId = (id: string): boolean => hasType(id, ACCOUNT_TYPE);
export const isWorkspaceId = (id: string): boolean => hasType(id, WORKSPACE_TYPE);

const hasType = (id: string, type: string): boolean => id.toLowerCase().includes(`/${type.toLowerCase()}/`);

/** The last segment of an id or a path; the text itself where it has none. */
export const lastSegment = (id: string): string => id.split('/').filter(Boolean).at(-1) ?? id;

/**
 * Azure's rules for names, as regular expressions without anchors: a group's ends in no period, and none leads to another place.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */
const SUBSCRIPTION = '[\\w-]{1,64}';
const GROUP = '[\\p{L}\\p{N}_.()-]{0,89}[\\p{L}\\p{N}_()-]';
const NAMES = { [ACCOUNT_TYPE]: '[a-z0-9][\\w.-]{1,63}', [WORKSPACE_TYPE]: '[\\w-]{3,64}' };
/** Of resources that are not the app's: whatever keeps to its segment. */
const SEGMENT = '(?!\\.{1,2}(?:/|$))[^/\\\\?#%\\p{Cc}]+';

export const GROUP_NAME = new RegExp(`^${GROUP}$`, 'u');
const ARM_ID = new RegExp(
  `^/subscriptions/(${SUBSCRIPTION})/resourcegroups/(${GROUP})(?:/(?:${SEGMENT}/)+(${SEGMENT}))?$`,
  'iu',
);

/** Whether it is the id of a resource of that type, in a subscription that it names by its GUID. */
export const armIdOf = (type: keyof typeof NAMES): RegExp =>
  new RegExp(
    `^/subscriptions/[0-9a-f-]{36}/resourceGroups/${GROUP}/providers/${type.replace('.', '\\.')}/${NAMES[type]}$`,
    'iu',
  );

/** @throws Error where `id` is neither a resource group's id nor that of something in one. */
export function parseArmId(id: string): { subscriptionId: string; group: string; name: string } {
  const match = ARM_ID.exec(id);
  if (match === null) throw new Error(`Not an ARM resource id: ${JSON.stringify(id.slice(0, 200))}`);
  const [, subscriptionId = '', group = '', name = ''] = match;
  return { subscriptionId, group, name: name || group };
}
