// Permissions API 2.0, and who is calling (SCIM Me). https://docs.databricks.com/api/azure/workspace/permissions
import { gatedRoutes, type WorkspaceCall } from './gate.ts';
import { databricksOf, keyOf, rowsOf } from './tables.ts';
import { bodyOf, invalid, listOf, ok, optionalText, refuse, textOf } from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const LEVELS: Record<string, readonly string[]> = {
  clusters: ['CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'],
  notebooks: ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'],
  directories: ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'],
  experiments: ['CAN_READ', 'CAN_EDIT', 'CAN_MANAGE'],
  jobs: ['CAN_VIEW', 'CAN_MANAGE_RUN', 'IS_OWNER', 'CAN_MANAGE'],
};
const PRINCIPALS = ['user_name', 'group_name', 'service_principal_name'] as const;

export function permissionRoutes(
  state: CloudState,
  hasExperiment: (workspaceId: string, experimentId: string) => boolean,
): Route[] {
  const databricks = databricksOf(state);

  const find = (call: WorkspaceCall) => {
    const { type = '', id = '' } = call.params;
    const { workspaceId } = call.workspace;
    const levels = LEVELS[type];
    if (levels === undefined) return invalid(`${type} is not an object type that the local cloud keeps permissions of`);
    const folders = { notebooks: 'NOTEBOOK', directories: 'DIRECTORY' }[type];
    const exists =
      type === 'clusters'
        ? databricks.clusters.get(keyOf(workspaceId, id)) !== undefined
        : type === 'experiments'
          ? hasExperiment(workspaceId, id)
          : folders === undefined ||
            rowsOf(databricks.nodes, workspaceId).some((node) => node.type === folders && String(node.objectId) === id);
    if (!exists) refuse(404, 'RESOURCE_DOES_NOT_EXIST', `${type} ${id} does not exist`);
    const key = keyOf(workspaceId, `${type}/${id}`);
    return { type, id, levels, key, acl: databricks.acls.get(key) ?? {} };
  };

  const view = ({ type, id, acl }: { type: string; id: string; acl: Record<string, string> }) =>
    ok({
      object_id: `/${type}/${id}`,
      object_type: type.replace(/ies$/, 'y').replace(/s$/, ''),
      access_control_list: Object.entries(acl).map(([principal, level]) => {
        const [kind = '', name = ''] = principal.split(/:(.*)/s);
        return { [kind]: name, all_permissions: [{ permission_level: level, inherited: false }] };
      }),
    });

  const change = (replace: boolean) => (call: WorkspaceCall) => {
    const found = find(call);
    const acl = replace ? {} : { ...found.acl };
    for (const entry of listOf(bodyOf(call), 'access_control_list')) {
      const kind = PRINCIPALS.find((name) => optionalText(entry, name) !== undefined);
      if (kind === undefined)
        return invalid('A principal must be one of user_name, group_name, service_principal_name');
      const level = textOf(entry, 'permission_level');
      if (!found.levels.includes(level)) invalid(`Permission ${level} is not one of ${found.levels.join(', ')}`);
      acl[`${kind}:${textOf(entry, kind)}`] = level;
    }
    databricks.acls.put(found.key, acl);
    return view({ ...found, acl });
  };

  const me = (call: WorkspaceCall) => ({
    status: 200,
    headers: { 'x-databricks-org-id': call.workspace.workspaceId },
    json: {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      id: call.member.id,
      userName: call.member.userName,
      displayName: call.member.userName,
      active: true,
      groups: [{ display: 'admins', type: 'direct', value: '1' }],
      entitlements: [{ value: 'allow-cluster-create' }, { value: 'workspace-access' }],
    },
  });

  return gatedRoutes(state, [
    ['GET /api/2.0/preview/scim/v2/Me', me],
    ['GET /api/2.0/permissions/{type}/{id}', (call) => view(find(call))],
    ['PUT /api/2.0/permissions/{type}/{id}', change(true)],
    ['PATCH /api/2.0/permissions/{type}/{id}', change(false)],
  ]);
}
