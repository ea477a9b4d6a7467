// Role assignments, and what the caller may do at a scope.
import { armFailure } from './errors.ts';
import { armRoute, bodyOf, page, record, within } from './gateway.ts';
import type { RoleAssignment } from '../arm/records.ts';
import { permissionsAt } from '../core/rights.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from './tables.ts';

const OPENAI_USER = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd';
const VERSIONS = ['2022-04-01'];

/** The app's standing right to run inference, as a deployment of the app would have assigned it. */
export function seedRoles(state: CloudState): void {
  if (armOf(state).roleAssignments.values().length > 0) return;
  const scope = `/subscriptions/${state.subscriptionIds[0]}`;
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001`;
  armOf(state).roleAssignments.put(id.toLowerCase(), {
    id,
    scope,
    roleId: OPENAI_USER,
    principalId: state.identity.objectId,
    maker: 'bystander',
    createdAt: state.now() - 86_400_000,
  });
}

export function roleRoutes(state: CloudState): Route[] {
  const scopeOf = (call: Call): string => call.path.split(/\/providers\/Microsoft\.Authorization\//i)[0] as string;

  const put = (call: Call): Reply => {
    const properties = record(bodyOf(call).properties);
    const { roleDefinitionId, principalId } = properties;
    if (typeof roleDefinitionId !== 'string' || typeof principalId !== 'string') {
      return armFailure(
        400,
        'BadRequestFormat',
        'The request was incorrectly formatted: roleDefinitionId and principalId are required.',
      );
    }
    const role: RoleAssignment = {
      id: call.path,
      scope: scopeOf(call),
      roleId: (roleDefinitionId.split('/').at(-1) as string).toLowerCase(),
      principalId,
      maker: 'ours',
      createdAt: call.now,
    };
    const existing = armOf(state).roleAssignments.get(call.path.toLowerCase());
    const same = armOf(state)
      .roleAssignments.values()
      .some(
        (it) =>
          it.scope.toLowerCase() === role.scope.toLowerCase() &&
          it.roleId === role.roleId &&
          it.principalId === principalId,
      );
    if (existing === undefined && same)
      return armFailure(409, 'RoleAssignmentExists', 'The role assignment already exists.');
    if (existing !== undefined && (existing.roleId !== role.roleId || existing.principalId !== principalId)) {
      return armFailure(
        409,
        'RoleAssignmentUpdateNotPermitted',
        'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
      );
    }
    if (existing === undefined) armOf(state).roleAssignments.put(call.path.toLowerCase(), role);
    return { status: existing === undefined ? 201 : 200, json: roleJson(existing ?? role) };
  };

  const get = (call: Call): Reply => {
    const role = armOf(state).roleAssignments.get(call.path.toLowerCase());
    if (role !== undefined) return { status: 200, json: roleJson(role) };
    return armFailure(404, 'RoleAssignmentNotFound', `The role assignment '${call.params.assignment}' is not found.`);
  };

  const remove = (call: Call): Reply => {
    const role = armOf(state).roleAssignments.get(call.path.toLowerCase());
    if (role === undefined) return { status: 204 };
    armOf(state).roleAssignments.delete(call.path.toLowerCase());
    return { status: 200, json: roleJson(role) };
  };

  const list = (call: Call): Reply => {
    const scope = scopeOf(call);
    return page(
      state,
      call,
      armOf(state)
        .roleAssignments.values()
        .filter((it) => within(it.scope, scope) || within(scope, it.scope))
        .map(roleJson),
    );
  };

  const permissions = (call: Call): Reply => page(state, call, permissionsAt(state, scopeOf(call)));

  const scopes = ['', '/resourceGroups/{group}', '/resourceGroups/{group}/providers/{namespace}/{type}/{name}'];
  return scopes.flatMap((scope) => {
    const base = `/subscriptions/{subscriptionId}${scope}/providers/Microsoft.Authorization`;
    const one = `${base}/roleAssignments/{assignment}`;
    const action = 'Microsoft.Authorization/roleAssignments';
    return [
      armRoute(state, { method: 'PUT', template: one, action: `${action}/write`, apiVersions: VERSIONS, handler: put }),
      armRoute(state, { method: 'GET', template: one, action: `${action}/read`, apiVersions: VERSIONS, handler: get }),
      armRoute(state, {
        method: 'DELETE',
        template: one,
        action: `${action}/delete`,
        apiVersions: VERSIONS,
        handler: remove,
      }),
      armRoute(state, {
        method: 'GET',
        template: `${base}/roleAssignments`,
        action: `${action}/read`,
        apiVersions: VERSIONS,
        handler: list,
      }),
      armRoute(state, {
        method: 'GET',
        template: `${base}/permissions`,
        action: 'Microsoft.Authorization/permissions/read',
        apiVersions: ['2018-07-01', ...VERSIONS],
        handler: permissions,
      }),
    ];
  });
}

const roleJson = (role: RoleAssignment): object => ({
  id: role.id,
  name: role.id.split('/').at(-1),
  type: 'Microsoft.Authorization/roleAssignments',
  properties: {
    scope: role.scope,
    principalId: role.principalId,
    principalType: 'ServicePrincipal',
    roleDefinitionId: `${role.scope.split('/').slice(0, 3).join('/')}/providers/Microsoft.Authorization/roleDefinitions/${role.roleId}`,
  },
});
