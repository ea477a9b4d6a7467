// Who can be named in a workspace's access lists: members whom the workspace has seen or been told of, and its two groups.
import type { Member } from './records.ts';
import { databricksOf, rowsOf } from './tables.ts';
import { invalid, optionalText, refuse, textOf, type Fields } from './wire.ts';
import type { CloudState } from '../core/state.ts';

/** The groups that every workspace has. */
const GROUPS = ['admins', 'users'];
const KINDS = {
  user_name: 'UserName',
  group_name: 'GroupName',
  service_principal_name: 'ServicePrincipalName',
} as const;
export type PrincipalKind = keyof typeof KINDS;

/** A person has no application id. */
const isPerson = (member: Member): boolean => member.clientId === '';

export const memberNamed = (state: CloudState, workspaceId: string, userName: string): Member | undefined =>
  rowsOf(databricksOf(state).members, workspaceId).find(
    (member) => member.userName.toLowerCase() === userName.toLowerCase(),
  );

/** How an access list names a member. */
export const principalKeyOf = (userName: string): string =>
  `${userName.includes('@') ? 'user_name' : 'service_principal_name'}:${userName}`;

/**
 * The principal of an entry of an access list with its level: `user_name:ana@example.org`. Refuses a level that such an object does not have, and a
 * principal whom the workspace does not know (https://github.com/databricks/cli/issues/4488; its status and code are assumed).
 */
export function readAccess(
  state: CloudState,
  workspaceId: string,
  entry: Fields,
  levels: readonly string[],
): { principal: string; level: string } {
  const named = (Object.keys(KINDS) as PrincipalKind[]).filter((kind) => optionalText(entry, kind) !== undefined);
  const [kind] = named;
  if (kind === undefined || named.length > 1)
    return invalid('A principal must be one of user_name, group_name, service_principal_name');
  const level = textOf(entry, 'permission_level');
  if (!levels.includes(level)) invalid(`Permission ${level} is not one of ${levels.join(', ')}`);
  const name = textOf(entry, kind);
  const member = kind === 'group_name' ? undefined : memberNamed(state, workspaceId, name);
  const exists =
    kind === 'group_name' ? GROUPS.includes(name) : member !== undefined && isPerson(member) === (kind === 'user_name');
  if (!exists) refuse(404, 'RESOURCE_DOES_NOT_EXIST', `Principal: ${KINDS[kind]}(${name}) does not exist`);
  return { principal: `${kind}:${name}`, level };
}
