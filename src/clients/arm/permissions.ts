/** What the caller may do at a scope, its inherited rights included. https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group */
import { z } from 'zod';
import type { ArmConnection } from './connection.ts';

const permission = z.object({ actions: z.array(z.string()).default([]), notActions: z.array(z.string()).default([]) });
export type Permission = z.infer<typeof permission>;

/** `scope` is relative to the subscription: empty, or `resourceGroups/{name}/`. */
export const readPermissions = (arm: ArmConnection, scope: '' | `resourceGroups/${string}/`): Promise<Permission[]> =>
  arm.list(`${scope}providers/Microsoft.Authorization/permissions`, '2022-04-01', permission);
