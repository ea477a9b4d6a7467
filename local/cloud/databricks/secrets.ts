// Secrets API 2.0, with Databricks-backed scopes. No call gives a secret's value back; only a notebook reads it (`secretOf`).
// https://docs.databricks.com/api/azure/workspace/secrets
import { gatedRoutes, type WorkspaceCall } from './gate.ts';
import type { SecretScope } from './records.ts';
import {
  scopeNameShape,
  scopeShape,
  secretAclNameShape,
  secretAclShape,
  secretNameShape,
  secretShape,
} from './request-shapes.ts';
import { databricksOf, keyOf, rowsOf } from './tables.ts';
import { bodyOf, invalid, ok, optionalText, queryOf, refuse, textOf } from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const NAME = /^[\w.@-]{1,128}$/;
const PERMISSIONS = ['READ', 'WRITE', 'MANAGE'];
const MAX_BYTES = 128 * 1024;

/** A secret's value, as `dbutils.secrets.get` sees it. */
export const secretOf = (state: CloudState, workspaceId: string, scope: string, key: string): string | undefined =>
  databricksOf(state).scopes.get(keyOf(workspaceId, scope))?.secrets[key]?.value;

export function secretRoutes(state: CloudState): Route[] {
  const { scopes } = databricksOf(state);

  const find = (call: WorkspaceCall, name: string): SecretScope =>
    scopes.get(keyOf(call.workspace.workspaceId, name)) ??
    refuse(404, 'RESOURCE_DOES_NOT_EXIST', `Scope ${name} does not exist!`);
  const save = (call: WorkspaceCall, scope: SecretScope): void => {
    scopes.put(keyOf(call.workspace.workspaceId, scope.name), scope);
  };

  const createScope = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    const name = textOf(body, 'scope');
    if (!NAME.test(name))
      invalid(`Scope name can only contain alphanumeric characters, dashes, underscores, and periods; got ${name}`);
    const backend = optionalText(body, 'scope_backend_type') ?? 'DATABRICKS';
    if (backend !== 'DATABRICKS') refuse(400, 'BAD_REQUEST', 'The local cloud has Databricks-backed scopes only');
    const principal = optionalText(body, 'initial_manage_principal');
    if (principal !== undefined && principal !== 'users') invalid('initial_manage_principal must be users');
    if (scopes.get(keyOf(call.workspace.workspaceId, name)) !== undefined) {
      refuse(400, 'RESOURCE_ALREADY_EXISTS', `Scope ${name} already exists!`);
    }
    if (rowsOf(scopes, call.workspace.workspaceId).length >= 1_000) {
      refuse(400, 'RESOURCE_LIMIT_EXCEEDED', 'A workspace can have at most 1000 scopes');
    }
    const creator = call.member.userName;
    save(call, { name, creator, secrets: {}, acls: { [principal ?? creator]: 'MANAGE' } });
    return ok();
  };

  const deleteScope = (call: WorkspaceCall) => {
    scopes.delete(keyOf(call.workspace.workspaceId, find(call, textOf(bodyOf(call), 'scope')).name));
    return ok();
  };

  const listScopes = (call: WorkspaceCall) => {
    const rows = rowsOf(scopes, call.workspace.workspaceId);
    return ok(rows.length === 0 ? {} : { scopes: rows.map(({ name }) => ({ name, backend_type: 'DATABRICKS' })) });
  };

  const put = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    const scope = find(call, textOf(body, 'scope'));
    const key = textOf(body, 'key');
    if (!NAME.test(key))
      invalid(`Secret key can only contain alphanumeric characters, dashes, underscores, and periods; got ${key}`);
    const text = optionalText(body, 'string_value');
    const bytes = optionalText(body, 'bytes_value');
    if ((text === undefined) === (bytes === undefined)) {
      refuse(400, 'MALFORMED_REQUEST', 'Exactly one of string_value and bytes_value must be given');
    }
    const value = text ?? Buffer.from(bytes ?? '', 'base64').toString();
    if (Buffer.byteLength(value) > MAX_BYTES) invalid('The secret is larger than 128 KB');
    if (Object.keys(scope.secrets).length >= 1_000 && scope.secrets[key] === undefined) {
      refuse(400, 'RESOURCE_LIMIT_EXCEEDED', 'A scope can have at most 1000 secrets');
    }
    save(call, { ...scope, secrets: { ...scope.secrets, [key]: { value, at: state.now() } } });
    return ok();
  };

  const deleteSecret = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    const scope = find(call, textOf(body, 'scope'));
    const key = textOf(body, 'key');
    const { [key]: gone, ...secrets } = scope.secrets;
    if (gone === undefined)
      refuse(404, 'RESOURCE_DOES_NOT_EXIST', `No secret with key ${key} exists in scope ${scope.name}`);
    save(call, { ...scope, secrets });
    return ok();
  };

  const list = (call: WorkspaceCall) => {
    const secrets = Object.entries(find(call, queryOf(call, 'scope')).secrets);
    if (secrets.length === 0) return ok();
    return ok({ secrets: secrets.map(([key, { at }]) => ({ key, last_updated_timestamp: at })) });
  };

  const putAcl = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    const scope = find(call, textOf(body, 'scope'));
    const permission = textOf(body, 'permission');
    if (!PERMISSIONS.includes(permission)) invalid(`Permission must be one of ${PERMISSIONS.join(', ')}`);
    save(call, { ...scope, acls: { ...scope.acls, [textOf(body, 'principal')]: permission } });
    return ok();
  };

  const deleteAcl = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    const scope = find(call, textOf(body, 'scope'));
    const { [textOf(body, 'principal')]: gone, ...acls } = scope.acls;
    if (gone === undefined) refuse(404, 'RESOURCE_DOES_NOT_EXIST', 'No such ACL');
    save(call, { ...scope, acls });
    return ok();
  };

  const listAcls = (call: WorkspaceCall) => {
    const { acls } = find(call, queryOf(call, 'scope'));
    return ok({ items: Object.entries(acls).map(([principal, permission]) => ({ principal, permission })) });
  };

  return gatedRoutes(state, [
    ['POST /api/2.0/secrets/scopes/create', createScope, scopeShape],
    ['POST /api/2.0/secrets/scopes/delete', deleteScope, scopeNameShape],
    ['GET /api/2.0/secrets/scopes/list', listScopes],
    ['POST /api/2.0/secrets/put', put, secretShape],
    ['POST /api/2.0/secrets/delete', deleteSecret, secretNameShape],
    ['GET /api/2.0/secrets/list', list],
    ['POST /api/2.0/secrets/acls/put', putAcl, secretAclShape],
    ['POST /api/2.0/secrets/acls/delete', deleteAcl, secretAclNameShape],
    ['GET /api/2.0/secrets/acls/list', listAcls],
  ]);
}
