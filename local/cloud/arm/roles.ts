// Role assignments, and what the caller may do at a scope. https://learn.microsoft.com/rest/api/authorization/role-assignments
import { armFailure } from './errors.ts';
import { armRoute, bodyOf, groupNotFound, record, resourceNotFound, within } from './gateway.ts';
import { invalidFilter, page } from './lists.ts';
import type { Principal, RoleAssignment } from './records.ts';
import { roleAssignmentShape } from './shapes.ts';
import { PERMISSION_VERSIONS, ROLE_VERSIONS } from './versions.ts';
import { armOf } from './tables.ts';
import { permissionsAt } from '../core/rights.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const OPENAI_USER = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd';
const GUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/i;

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles: the general ones, and those of Azure OpenAI. */
const BUILT_IN_ROLES = [
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635', // Owner
  'b24988ac-6180-42a0-ab88-20f7382dd24c', // Contributor
  'acdd72a7-3385-48ef-bd42-f606fba81ae7', // Reader
  '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', // User Access Administrator
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168', // Role Based Access Control Administrator
  '25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68', // Cognitive Services Contributor
  'a97b65f3-24c7-4388-baec-2e87135dc908', // Cognitive Services User
  OPENAI_USER,
  'a001fd3d-188f-4b5d-821b-7da978bf7442', // Cognitive Services OpenAI Contributor
];

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
    principalType: 'ServicePrincipal',
    createdBy: '0b8e1c52-0000-4000-8000-00000000feed',
    maker: 'bystander',
    createdAt: state.now() - 86_400_000,
  });
}

/** Somebody in Microsoft Entra, by object id. */
export const principalOf = (state: CloudState, objectId: string): Principal | undefined =>
  objectId.toLowerCase() === state.identity.objectId
    ? { objectId: state.identity.objectId, type: 'ServicePrincipal' }
    : armOf(state).principals.get(objectId.toLowerCase());

export function roleRoutes(state: CloudState): Route[] {
  const scopeOf = (call: Call): string => call.path.split(/\/providers\/Microsoft\.Authorization\//i)[0] as string;

  // Assignments hang on what exists only. The deletion of one that is gone is no error.
  const refuseScope = (call: Call): Reply | undefined => {
    const { group, namespace, type } = call.params;
    const scope = scopeOf(call).toLowerCase();
    const { groups, accounts, workspaces, resources } = armOf(state);
    if (group === undefined) return undefined;
    if (type === undefined) return groups.get(scope) === undefined ? groupNotFound(call) : undefined;
    const exists = [accounts, workspaces, resources].some((table) => table.get(scope) !== undefined);
    return exists ? undefined : resourceNotFound(state, call, `${namespace}/${type}`);
  };

  /** https://github.com/Azure/azure-service-operator/issues/2586 */
  const refuseName = ({ params: { assignment = '' } }: Call): Reply | undefined =>
    GUID.test(assignment)
      ? undefined
      : armFailure(
          400,
          'InvalidRoleAssignmentId',
          `The role assignment ID '${assignment}' is not valid. The role assignment ID must be a GUID.`,
        );

  const put = (call: Call): Reply => {
    const properties = record(bodyOf(call).properties);
    const roleId = (String(properties.roleDefinitionId).split('/').at(-1) as string).toLowerCase();
    const principalId = String(properties.principalId);
    const principal = principalFor(
      state,
      principalId,
      properties.principalType as Principal['type'] | null | undefined,
    );
    const refused = refuseName(call) ?? refuseScope(call) ?? refuseRole(state, roleId);
    if (refused !== undefined) return refused;
    if ('status' in principal) return principal;
    const role: RoleAssignment = {
      id: call.path,
      scope: scopeOf(call),
      roleId,
      principalId,
      principalType: principal.type,
      createdBy: call.token?.objectId ?? '',
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
    const refused = refuseName(call);
    if (refused !== undefined) return refused;
    const role = armOf(state).roleAssignments.get(call.path.toLowerCase());
    if (role === undefined) return { status: 204 };
    armOf(state).roleAssignments.delete(call.path.toLowerCase());
    return { status: 200, json: roleJson(role) };
  };

  // https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope: `atScope()` leaves out what is below the scope, and
  // `principalId eq` leaves only that principal's; `assignedTo()` would add those of its groups, of which there are none.
  const list = (call: Call): Reply => {
    const filter = call.query.get('$filter') ?? '';
    const terms = filter.trim() === '' ? [] : filter.split(/\s+and\s+/i).map((term) => term.trim());
    const named = terms.flatMap((term) => PRINCIPAL_TERM.exec(term)?.slice(1, 3) ?? []).find((id) => id !== undefined);
    const above = terms.some((term) => AT_SCOPE.test(term));
    if (terms.some((term) => !AT_SCOPE.test(term) && !PRINCIPAL_TERM.test(term))) return invalidFilter(filter);
    const refused = refuseScope(call);
    if (refused !== undefined) return refused;
    const scope = scopeOf(call);
    return page(
      state,
      call,
      armOf(state)
        .roleAssignments.values()
        .filter((it) => within(scope, it.scope) || (!above && within(it.scope, scope)))
        .filter((it) => named === undefined || it.principalId.toLowerCase() === named.toLowerCase())
        .map(roleJson),
    );
  };

  const permissions = (call: Call): Reply => page(state, call, permissionsAt(state, scopeOf(call)));

  const scopes = ['', '/resourceGroups/{group}', '/resourceGroups/{group}/providers/{namespace}/{type}/{name}'];
  return scopes.flatMap((scope) => {
    const base = `/subscriptions/{subscriptionId}${scope}/providers/Microsoft.Authorization`;
    const template = `${base}/roleAssignments/{assignment}`;
    const action = 'Microsoft.Authorization/roleAssignments';
    const one = { template, apiVersions: ROLE_VERSIONS };
    return [
      armRoute(state, { ...one, method: 'PUT', action: `${action}/write`, body: roleAssignmentShape, handler: put }),
      armRoute(state, { ...one, method: 'GET', action: `${action}/read`, handler: get }),
      armRoute(state, { ...one, method: 'DELETE', action: `${action}/delete`, handler: remove }),
      armRoute(state, {
        method: 'GET',
        template: `${base}/roleAssignments`,
        action: `${action}/read`,
        apiVersions: ROLE_VERSIONS,
        handler: list,
      }),
      armRoute(state, {
        method: 'GET',
        template: `${base}/permissions`,
        action: 'Microsoft.Authorization/permissions/read',
        apiVersions: PERMISSION_VERSIONS,
        handler: permissions,
      }),
    ];
  });
}

const AT_SCOPE = /^atScope\(\)$/i;
const PRINCIPAL_TERM = /^(?:principalId\s+eq\s+'([^']*)'|assignedTo\('([^']*)'\))$/i;

/**
 * The principal of an assignment, or the refusal. One that Entra does not know is taken where its type is given, since it may be too new to be seen:
 * https://github.com/Azure/bicep/issues/11025. The form of the id: https://github.com/Azure/azure-powershell/issues/16627
 */
function principalFor(
  state: CloudState,
  objectId: string,
  type: Principal['type'] | null | undefined,
): Principal | Reply {
  if (!GUID.test(objectId)) {
    return armFailure(
      400,
      'InvalidPrincipalId',
      `The Principal ID '${objectId}' is not valid. Principal ID must be a GUID.`,
    );
  }
  const known = principalOf(state, objectId);
  if (known === undefined && (type === null || type === undefined)) {
    return armFailure(
      400,
      'PrincipalNotFound',
      `Principal ${objectId.replaceAll('-', '')} does not exist in the directory ${state.identity.tenantId}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype`,
    );
  }
  if (known !== undefined && type !== null && type !== undefined && type !== known.type) {
    return armFailure(
      400,
      'UnmatchedPrincipalType',
      `The PrincipalId '${objectId.replaceAll('-', '')}' has type '${known.type}' , which is different from specified PrinciaplType '${type}'.`,
    );
  }
  return known ?? { objectId, type: type as Principal['type'] };
}

/** The code as reports quote it; that it comes with 400 here and not with 404 is assumed. */
const refuseRole = (state: CloudState, roleId: string): Reply | undefined =>
  [...BUILT_IN_ROLES, ...state.landscape.customRoles].includes(roleId)
    ? undefined
    : armFailure(
        400,
        'RoleDefinitionDoesNotExist',
        `The specified role definition with ID '${roleId.replaceAll('-', '')}' does not exist.`,
      );

const roleJson = (role: RoleAssignment): object => {
  const at = new Date(role.createdAt).toISOString();
  return {
    id: role.id,
    name: role.id.split('/').at(-1),
    type: 'Microsoft.Authorization/roleAssignments',
    properties: {
      scope: role.scope,
      principalId: role.principalId,
      principalType: role.principalType,
      roleDefinitionId: `${role.scope.split('/').slice(0, 3).join('/')}/providers/Microsoft.Authorization/roleDefinitions/${role.roleId}`,
      createdOn: at,
      createdBy: role.createdBy,
      updatedOn: at,
      updatedBy: role.createdBy,
    },
  };
};
