// Permissions API 2.0. https://docs.databricks.com/api/azure/workspace/permissions
import { gatedRoutes, type WorkspaceCall } from './gate.ts';
import { databricksOf, keyOf, rowsOf } from './tables.ts';
import { principalKeyOf, readAccess } from './principals.ts';
import { permissionsShape } from './request-shapes.ts';
import { bodyOf, invalid, listOf, ok, refuse } from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

/** What can be given on each kind of object. https://learn.microsoft.com/azure/databricks/security/auth/access-control */
export const LEVELS = {
  clusters: ['CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'],
  notebooks: ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'],
  directories: ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'],
  experiments: ['CAN_READ', 'CAN_EDIT', 'CAN_MANAGE'],
  jobs: ['CAN_VIEW', 'CAN_MANAGE_RUN', 'IS_OWNER', 'CAN_MANAGE'],
} as const satisfies Record<string, readonly string[]>;

export function permissionRoutes(
  state: CloudState,
  hasExperiment: (workspaceId: string, experimentId: string) => boolean,
): Route[] {
  const databricks = databricksOf(state);

  const creatorOf = (workspaceId: string, type: string, id: string): string | null | undefined => {
    const node = rowsOf(databricks.nodes, workspaceId).find((it) => String(it.objectId) === id);
    switch (type) {
      case 'clusters':
        return databricks.clusters.get(keyOf(workspaceId, id))?.creator;
      case 'notebooks':
        return node?.type === 'NOTEBOOK' ? node.creator : undefined;
      case 'directories':
        return node?.type === 'DIRECTORY' ? node.creator : undefined;
      case 'experiments':
        return hasExperiment(workspaceId, id) ? (node?.creator ?? null) : undefined;
      default:
        return null;
    }
  };

  const find = (call: WorkspaceCall) => {
    const { type = '', id = '' } = call.params;
    const { workspaceId } = call.workspace;
    const levels: readonly string[] | undefined = LEVELS[type as keyof typeof LEVELS];
    if (levels === undefined) return invalid(`${type} is not an object type that the local cloud keeps permissions of`);
    const creator = creatorOf(workspaceId, type, id);
    if (creator === undefined) return refuse(404, 'RESOURCE_DOES_NOT_EXIST', `${type} ${id} does not exist`);
    const key = keyOf(workspaceId, `${type}/${id}`);
    const own = creator === null ? {} : { [principalKeyOf(creator)]: 'CAN_MANAGE' };
    return { type, id, levels, key, acl: databricks.acls.get(key) ?? own };
  };

  // The admins of the workspace manage everything in it, without being in any list.
  const view = ({ type, id, acl }: { type: string; id: string; acl: Record<string, string> }) =>
    ok({
      object_id: `/${type}/${id}`,
      object_type: type.replace(/ies$/, 'y').replace(/s$/, ''),
      access_control_list: [
        ...Object.entries(acl).map(([principal, level]) => {
          const [kind = '', name = ''] = principal.split(/:(.*)/s);
          return { [kind]: name, all_permissions: [{ permission_level: level, inherited: false }] };
        }),
        {
          group_name: 'admins',
          all_permissions: [{ permission_level: 'CAN_MANAGE', inherited: true, inherited_from_object: [`/${type}/`] }],
        },
      ],
    });

  const change = (replace: boolean) => (call: WorkspaceCall) => {
    const found = find(call);
    const acl: Record<string, string> = replace ? {} : { ...found.acl };
    for (const entry of listOf(bodyOf(call), 'access_control_list')) {
      const { principal, level } = readAccess(state, call.workspace.workspaceId, entry, found.levels);
      acl[principal] = level;
    }
    databricks.acls.put(found.key, acl);
    return view({ ...found, acl });
  };

  return gatedRoutes(state, [
    ['GET /api/2.0/permissions/{type}/{id}', (call) => view(find(call))],
    ['PUT /api/2.0/permissions/{type}/{id}', change(true), permissionsShape],
    ['PATCH /api/2.0/permissions/{type}/{id}', change(false), permissionsShape],
  ]);
}
