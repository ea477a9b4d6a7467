// SCIM 2.0 users of a workspace, as far as an admin needs them to make somebody known, and who is calling (Me).
// https://docs.databricks.com/api/azure/workspace/users
import { randomUUID } from 'node:crypto';
import { gatedRoutes, type WorkspaceCall } from './gate.ts';
import { memberNamed } from './principals.ts';
import type { Member } from './records.ts';
import { userShape } from './request-shapes.ts';
import { databricksOf, enrol, rowsOf } from './tables.ts';
import { bodyOf, textOf } from './wire.ts';
import { armOf } from '../arm/tables.ts';
import type { Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const FILTER = /^userName\s+eq\s+"?([^"\s]+)"?$/i;

const scimError = (status: number, detail: string): Reply => ({
  status,
  json: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], detail, status: String(status) },
});

export function userRoutes(state: CloudState): Route[] {
  const me = (call: WorkspaceCall): Reply => ({
    status: 200,
    headers: { 'x-databricks-org-id': call.workspace.workspaceId },
    json: {
      ...userJson(call.member),
      groups: [{ display: 'admins', type: 'direct', value: '1' }],
      entitlements: [{ value: 'allow-cluster-create' }, { value: 'workspace-access' }],
    },
  });

  const list = (call: WorkspaceCall): Reply => {
    const filter = call.query.get('filter');
    const wanted = filter === null ? null : FILTER.exec(filter.trim())?.[1];
    if (wanted === undefined) return scimError(400, `Given filter operator is not supported: ${filter}`);
    const people = rowsOf(databricksOf(state).members, call.workspace.workspaceId).filter((it) => it.clientId === '');
    const found = people.filter((it) => wanted === null || it.userName.toLowerCase() === wanted.toLowerCase());
    return {
      status: 200,
      json: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults: found.length,
        startIndex: 1,
        itemsPerPage: found.length,
        ...(found.length === 0 ? {} : { Resources: found.map(userJson) }),
      },
    };
  };

  // A workspace's admins may add anybody by e-mail address; whether there is such a person is found out at the first sign-in.
  // https://learn.microsoft.com/azure/databricks/admin/users-groups/users
  const create = (call: WorkspaceCall): Reply => {
    const userName = textOf(bodyOf(call), 'userName');
    if (!/^[^@\s]+@[^@\s]+$/.test(userName)) return scimError(400, `Invalid email address: ${userName}`);
    if (memberNamed(state, call.workspace.workspaceId, userName) !== undefined)
      return scimError(409, `User with username ${userName} already exists.`);
    const known = armOf(state)
      .principals.values()
      .find((it) => it.userName?.toLowerCase() === userName.toLowerCase());
    const member = enrol(state, call.workspace, { objectId: known?.objectId ?? randomUUID(), clientId: '', userName });
    return { status: 201, json: userJson(member) };
  };

  return gatedRoutes(state, [
    ['GET /api/2.0/preview/scim/v2/Me', me],
    ['GET /api/2.0/preview/scim/v2/Users', list],
    ['POST /api/2.0/preview/scim/v2/Users', create, userShape],
  ]);
}

const userJson = (member: Member): object => ({
  schemas: [USER],
  id: member.id,
  userName: member.userName,
  displayName: member.userName,
  active: true,
});
