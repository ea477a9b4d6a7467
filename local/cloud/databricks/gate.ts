// Who may call a workspace, and when: before its handlers run, each call passes readiness, authentication and enrolment.
//
// Invariants
// G1  A workspace that ARM calls Succeeded is not usable yet: first nothing works, then the compute APIs still do not. Those answers are 400s.
//     https://github.com/Azure/azure-rest-api-specs/issues/9316, https://github.com/databricks/terraform-provider-databricks/issues/33
// G2  A service principal that the workspace does not know is let in by a management token and the workspace's resource id, and is then known.
//     https://learn.microsoft.com/azure/databricks/dev-tools/service-prin-aad-token
import type { z } from 'zod';
import type { Member } from './records.ts';
import { databricksOf, enrol, keyOf } from './tables.ts';
import { bodyOf, failure, invalid, misshapen, refuse, Refusal } from './wire.ts';
import type { Workspace } from '../arm/records.ts';
import { faultIn } from '../core/shapes.ts';
import { mayDo } from '../core/rights.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { checkToken, type Token } from '../core/tokens.ts';
import { workspaceByOrigin } from '../arm/tables.ts';

export const DATABRICKS_AUDIENCE = '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d';
/** What a first login takes. https://learn.microsoft.com/azure/role-based-access-control/permissions/analytics#microsoftdatabricks */
const ADMISSION = [
  'Microsoft.Databricks/workspaces/read',
  'Microsoft.Databricks/workspaces/assignWorkspaceAdmin/action',
];
const MANAGEMENT_AUDIENCE = 'https://management.core.windows.net';

/** A call that passed the gate. */
export type WorkspaceCall = Call & { workspace: Workspace; member: Member };
export type WorkspaceHandler = (call: WorkspaceCall) => Reply | Promise<Reply>;

/** Puts the gate before `handler`. `compute` marks the APIs that need a worker environment; `shape` is what the body must meet. */
export function gated(
  state: CloudState,
  handler: WorkspaceHandler,
  { compute = false, shape }: { compute?: boolean; shape?: z.ZodType | undefined } = {},
): (call: Call) => Promise<Reply> {
  return async (call) => {
    try {
      const workspace = workspaceByOrigin(state, call.origin);
      if (workspace === undefined) return failure(404, 'RESOURCE_DOES_NOT_EXIST', 'Workspace not found');
      ready(state, workspace, compute);
      const member = admit(state, workspace, call);
      const fault = shape === undefined ? undefined : faultIn(shape, bodyOf(call));
      if (fault !== undefined) return misshapen(fault);
      return await handler({ ...call, workspace, member });
    } catch (error: unknown) {
      if (error instanceof Refusal) return error.reply;
      throw error;
    }
  };
}

/** Routes of one family, all behind the gate: `['GET /api/2.0/…', handler, shape of the body]`; under further versions too. */
export function gatedRoutes(
  state: CloudState,
  routes: readonly (readonly [string, WorkspaceHandler, z.ZodType?])[],
  { compute = false, versions = [] }: { compute?: boolean; versions?: readonly string[] } = {},
): Route[] {
  return routes.flatMap(([line, handler, shape]) => {
    const [method, template] = line.split(' ') as [Route['method'], string];
    const served = gated(state, handler, { compute, shape });
    const others = versions.map((version) => template.replace(/^\/api\/[\d.]+\//, `/api/${version}/`));
    return [...new Set([template, ...others])].map((path) => ({ method, template: path, handler: served }));
  });
}

const ready = (state: CloudState, workspace: Workspace, compute: boolean): void => {
  const { workspaceId, succeededAt } = workspace;
  const age = succeededAt === undefined ? -1 : state.now() - succeededAt;
  const readyMs = state.latency.workspaceReadyMs;
  if (age < 0 || age < readyMs / 2) {
    invalid(`UnknownWorkerEnvironmentException: Unknown worker environment for workspace ${workspaceId}`);
  }
  if (compute && age < readyMs) invalid(`Workspace ${workspaceId} does not have any associated worker environments`);
};

const admit = (state: CloudState, workspace: Workspace, call: Call): Member => {
  const token = call.token ?? bearerOf(state, call);
  const { members } = databricksOf(state);
  const member = members.get(keyOf(workspace.workspaceId, token.objectId));
  if (member !== undefined) return member;

  const management = call.headers['x-databricks-azure-sp-management-token'];
  const resource = call.headers['x-databricks-azure-workspace-resource-id'];
  if (management === undefined || resource === undefined) {
    return refuse(403, '403', 'Management API token must be provided for service principal admin user login');
  }
  const checked = checkToken(state.secret, management, state.now());
  if (!checked.ok || checked.token.audience.replace(/\/+$/, '') !== MANAGEMENT_AUDIENCE) {
    return refuse(403, '403', 'Invalid management token');
  }
  const rights = [state.identity.objectId, workspace.createdBy.objectId];
  const isTheirs = resource.toLowerCase() === workspace.id.toLowerCase();
  const mayEnter = rights.includes(token.objectId) && ADMISSION.every((it) => mayDo(state, it, workspace.id));
  if (!isTheirs || checked.token.objectId !== token.objectId || !mayEnter) {
    throw new Refusal({
      status: 403,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      text: '<html><head><title>Error 403 User not authorized.</title></head><body><h2>HTTP ERROR 403</h2><pre>    User not authorized.</pre></body></html>',
    });
  }
  return enrol(state, workspace, token);
};

const bearerOf = (state: CloudState, call: Call): Token => {
  const bearer = /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
  if (bearer === undefined) {
    return unauthorized('Credential was not sent or was of an unsupported type for this API.');
  }
  const checked = checkToken(state.secret, bearer, state.now());
  if (!checked.ok) return refuse(403, '403', 'Invalid access token.');
  if (checked.token.audience.replace(/\/+$/, '') !== DATABRICKS_AUDIENCE) {
    return unauthorized(
      `io.jsonwebtoken.IncorrectClaimException: Expected aud claim to be: ${DATABRICKS_AUDIENCE}, but was: ${checked.token.audience}.`,
    );
  }
  return checked.token;
};

/** RFC 9110 wants the header; its realm is assumed. */
const unauthorized = (message: string): never => {
  const reply = failure(401, 401, message);
  throw new Refusal({ ...reply, headers: { 'www-authenticate': 'Bearer realm="DatabricksRealm"' } });
};
