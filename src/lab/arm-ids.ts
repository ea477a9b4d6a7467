/** Resource ids of Azure Resource Manager. Azure compares them without regard to case (see `sameId`). */

export const ACCOUNT_TYPE = 'Microsoft.CognitiveServices/accounts';
export const WORKSPACE_TYPE = 'Microsoft.Databricks/workspaces';

export const subscriptionScope = (subscriptionId: string): string => `/subscriptions/${subscriptionId}`;

export const groupId = (subscriptionId: string, group: string): string =>
  `/subscriptions/${subscriptionId}/resourceGroups/${group}`;

export const accountId = (subscriptionId: string, group: string, name: string): string =>
  `${groupId(subscriptionId, group)}/providers/${ACCOUNT_TYPE}/${name}`;

export const workspaceId = (subscriptionId: string, group: string, name: string): string =>
  `${groupId(subscriptionId, group)}/providers/${WORKSPACE_TYPE}/${name}`;

export const isAccountId = (id: string): boolean => hasType(id, ACCOUNT_TYPE);
export const isWorkspaceId = (id: string): boolean => hasType(id, WORKSPACE_TYPE);

const hasType = (id: string, type: string): boolean => id.toLowerCase().includes(`/${type.toLowerCase()}/`);

/** The last segment of an id or a path; the text itself where it has none. */
export const lastSegment = (id: string): string => id.split('/').filter(Boolean).at(-1) ?? id;

/** @throws Error where `id` is neither a resource group's id nor that of something in one. */
export function parseArmId(id: string): { subscriptionId: string; group: string; name: string } {
  const match = /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)(?:\/.*\/([^/]+))?$/i.exec(id);
  if (match === null) throw new Error(`Not an ARM resource id: ${id}`);
  const [, subscriptionId = '', group = '', name = ''] = match;
  return { subscriptionId, group, name: name || group };
}
