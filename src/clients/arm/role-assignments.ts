/** Role assignments at one resource. https://learn.microsoft.com/rest/api/authorization/role-assignments */
import { z } from 'zod';
import { segment, segments } from '../url-path.ts';
import type { ArmConnection } from './connection.ts';
import { lastSegment, subscriptionScope } from '../../lab/arm-ids.ts';

const API_VERSION = '2022-04-01';
const ASSIGNMENTS = 'providers/Microsoft.Authorization/roleAssignments';

const assignment = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({ scope: z.string(), principalId: z.string(), roleDefinitionId: z.string() }),
});
/** `roleId` is the definition's GUID, without the scope before it. */
export type RoleAssignmentState = { name: string; scope: string; principalId: string; roleId: string };

export type AccessCalls = ReturnType<typeof accessCalls>;

/** `scope` is the id of a resource in the connection's subscription. */
export function accessCalls(arm: ArmConnection) {
  return {
    /** May be repeated under the same name. @throws ServiceError `RoleAssignmentExists` where it has another name, `PrincipalNotFound` for nobody */
    assignRole: async (scope: string, name: string, it: { principalId: string; roleId: string }): Promise<void> => {
      const roleDefinitionId = `${subscriptionScope(arm.subscriptionId)}/providers/Microsoft.Authorization/roleDefinitions/${it.roleId}`;
      const body = { properties: { roleDefinitionId, principalId: it.principalId } };
      await arm.send('PUT', `${segments(below(scope))}/${ASSIGNMENTS}/${segment(name)}`, API_VERSION, body);
    },

    /** Those at the scope and above it. */
    rolesAt: async (scope: string): Promise<RoleAssignmentState[]> =>
      (await arm.list(`${segments(below(scope))}/${ASSIGNMENTS}`, API_VERSION, assignment, 'atScope()')).map(
        ({ name, properties }) => ({
          name,
          scope: properties.scope,
          principalId: properties.principalId,
          roleId: lastSegment(properties.roleDefinitionId),
        }),
      ),

    /** Does nothing where it is gone. */
    withdrawRole: (scope: string, name: string): Promise<void> =>
      arm.send('DELETE', `${segments(below(scope))}/${ASSIGNMENTS}/${segment(name)}`, API_VERSION),
  };
}

/** Without the subscription, which the connection knows. */
const below = (scope: string): string => scope.replace(/^\/subscriptions\/[^/]+\//i, '');
