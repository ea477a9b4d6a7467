// Azure Databricks workspaces, as ARM sees them. What is inside a workspace is served on its own endpoint.
import { armFailure } from '../arm/errors.ts';
import {
  armRoute,
  bodyLocation,
  bodyOf,
  bodyTags,
  checkRights,
  groupId,
  isReply,
  record,
  resourceNotFound,
} from '../arm/gateway.ts';
import { listBelow } from '../arm/lists.ts';
import { takeOnce } from '../landscape.ts';
import { asLocation, finishOperation, operationUrl, startOperation } from '../arm/operations.ts';
import type { Workspace } from '../arm/records.ts';
import type { Tags } from '../core/records.ts';
import { WORKSPACE_TYPE } from '../arm/types.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { CLASSIC_WORKSPACE_VERSIONS, WORKSPACE_VERSIONS } from '../arm/versions.ts';
import { workspacePatchShape, workspaceShape } from './workspace-shapes.ts';
import { newWorkspace, workspaceJson } from './workspace.ts';
import { fillManagedGroup, putManagedGroup, workspaceDeleted } from './managed-group.ts';
import { armOf, rowsInGroup } from '../arm/tables.ts';

const NAME = /^[\w-]{3,64}$/;
const SKUS = ['standard', 'premium', 'trial'];
const GROUP_ID = /^\/subscriptions\/[^/]+\/resourceGroups\/[-\w.()]+$/i;

type Failure = { code: string; message: string };
type Creation = { id: string; operationId: string; failure?: Failure };

export function workspaceRoutes(state: CloudState): Route[] {
  const idOf = (call: Call): string => `${groupId(call)}/providers/${WORKSPACE_TYPE}/${call.params.name}`;

  const put = async (call: Call): Promise<Reply> => {
    const body = bodyOf(call);
    const properties = record(body.properties);
    const location = bodyLocation(call) as string;
    const refused = refuseBody(call);
    if (refused !== undefined) return refused;
    const tags = bodyTags(call);
    if (isReply(tags)) return tags;
    const managedGroupId = String(properties.managedResourceGroupId);
    const existing = armOf(state).workspaces.get(idOf(call).toLowerCase());
    if (existing !== undefined) return update(call, existing, { location, managedGroupId, tags });

    const operationId = startOperation(state);
    const taken = armOf(state).groups.get(managedGroupId.toLowerCase()) !== undefined;
    const asked = takeOnce(
      state.landscape.createFailures,
      (it) => it.type === WORKSPACE_TYPE && (it.region ?? location) === location,
    );
    const failure = taken
      ? {
          code: 'ApplianceProvisioningFailed',
          message: `The managed resource group '${managedGroupId}' already exists. Please specify a new non-existent managed resource group.`,
        }
      : asked;
    const workspace = await newWorkspace(state, {
      group: armOf(state).groups.get(groupId(call).toLowerCase())?.id as string,
      name: call.params.name as string,
      location,
      tags,
      sku: String(record(body.sku).name).toLowerCase(),
      managedGroupId,
      maker: 'ours',
      parameters: record(properties.parameters),
      requiredNsgRules: typeof properties.requiredNsgRules === 'string' ? properties.requiredNsgRules : 'AllRules',
    });
    if (!taken) putManagedGroup(state, workspace);
    armOf(state).workspaces.put(workspace.id.toLowerCase(), workspace);
    const creation: Creation = {
      id: workspace.id.toLowerCase(),
      operationId,
      ...(failure === undefined ? {} : { failure: { code: failure.code, message: failure.message } }),
    };
    state.schedule(
      call.now + (failure === undefined ? 1 : 1 / 3) * state.latency.workspaceCreateMs,
      'workspace-created',
      creation,
    );
    return {
      status: 201,
      headers: { 'azure-asyncoperation': operationUrl(state, call, 'databricks', operationId, location) },
      json: workspaceJson(state, workspace),
    };
  };

  const refuseBody = (call: Call): Reply | undefined => {
    const body = bodyOf(call);
    const properties = record(body.properties);
    const { managedResourceGroupId } = properties;
    const isClassic = CLASSIC_WORKSPACE_VERSIONS.includes(call.query.get('api-version') ?? '');
    const computeMode = isClassic ? 'Hybrid' : properties.computeMode;
    if (!NAME.test(call.params.name ?? ''))
      return armFailure(400, 'InvalidResourceName', `The workspace name '${call.params.name}' is invalid.`);
    if (!SKUS.includes(String(record(body.sku).name).toLowerCase())) {
      return armFailure(
        400,
        'InvalidDatabricksSku',
        "The SKU is invalid. The allowed SKUs are: 'Standard', 'Premium', 'Trial'.",
      );
    }
    if (computeMode !== 'Hybrid' && computeMode !== 'Serverless') {
      return armFailure(
        400,
        'InvalidComputeMode',
        "The property 'computeMode' is required. The allowed values are 'Hybrid' and 'Serverless'.",
      );
    }
    if (computeMode === 'Serverless') {
      return armFailure(
        400,
        'FeatureNotSupportedForServerlessWorkspace',
        'The local cloud makes Hybrid workspaces only.',
      );
    }
    if (typeof managedResourceGroupId !== 'string' || !GROUP_ID.test(managedResourceGroupId)) {
      return armFailure(
        400,
        'InvalidApplicationManagedResourceGroupId',
        "The property 'managedResourceGroupId' is missing or is not the id of a resource group.",
      );
    }
    return checkRights(state, call, 'Microsoft.Resources/subscriptions/resourceGroups/write', managedResourceGroupId);
  };

  const update = (
    call: Call,
    existing: Workspace,
    wanted: { location: string; managedGroupId: string; tags: Tags },
  ): Reply => {
    if (existing.location !== wanted.location) {
      return armFailure(
        409,
        'InvalidResourceLocation',
        `The resource '${existing.name}' already exists in location '${existing.location}'.`,
      );
    }
    if (existing.managedGroupId.toLowerCase() !== wanted.managedGroupId.toLowerCase()) {
      return armFailure(
        409,
        'ApplianceManagedResourceGroupMismatch',
        `The managed resource group '${wanted.managedGroupId}' does not match that of the existing workspace, '${existing.managedGroupId}'.`,
      );
    }
    if (existing.state !== 'Succeeded') return inProgress(existing);
    const updated = { ...existing, tags: wanted.tags };
    armOf(state).workspaces.put(existing.id.toLowerCase(), updated);
    return { status: 200, json: workspaceJson(state, updated) };
  };

  const inProgress = (workspace: Workspace): Reply =>
    armFailure(
      409,
      'Conflict',
      `The workspace '${workspace.id}' is in provisioning state '${workspace.state}'. Please try again when the operation in progress has ended.`,
    );

  state.on<Creation>('workspace-created', ({ id, operationId, failure }, at) => {
    const workspace = armOf(state).workspaces.get(id);
    finishOperation(state, operationId, at, failure);
    if (workspace?.state !== 'Creating') return;
    if (failure !== undefined) {
      armOf(state).workspaces.put(id, { ...workspace, state: 'Failed' });
      return;
    }
    const succeeded: Workspace = { ...workspace, state: 'Succeeded', succeededAt: at };
    armOf(state).workspaces.put(id, succeeded);
    fillManagedGroup(state, succeeded);
  });

  const patch = (call: Call): Reply => {
    const existing = armOf(state).workspaces.get(idOf(call).toLowerCase());
    if (existing === undefined) return resourceNotFound(state, call, WORKSPACE_TYPE);
    if (existing.state !== 'Succeeded') return inProgress(existing);
    const given = bodyTags(call);
    if (isReply(given)) return given;
    const tags = bodyOf(call).tags === undefined ? existing.tags : given;
    return update(call, existing, { location: existing.location, managedGroupId: existing.managedGroupId, tags });
  };

  const get = (call: Call): Reply => {
    const workspace = armOf(state).workspaces.seen(idOf(call).toLowerCase());
    return workspace === undefined
      ? resourceNotFound(state, call, WORKSPACE_TYPE)
      : { status: 200, json: workspaceJson(state, workspace) };
  };

  const remove = (call: Call): Reply => {
    const workspace = armOf(state).workspaces.get(idOf(call).toLowerCase());
    if (workspace === undefined) return { status: 204 };
    if (workspace.state === 'Creating' || workspace.state === 'Accepted') return inProgress(workspace);
    const operationId = startOperation(state);
    const url = asLocation(operationUrl(state, call, 'databricks', operationId, workspace.location));
    const started = { status: 202, headers: { location: url } };
    const id = workspace.id.toLowerCase();
    const doneAt = call.now + state.latency.workspaceDeleteMs;
    const force = call.query.get('forceDeletion') === 'true';
    if (takeOnce(state.landscape.falseDeletes, (type) => type === WORKSPACE_TYPE) !== undefined) {
      state.schedule(doneAt, 'workspace-kept', { id, operationId, former: workspace.state });
    } else state.schedule(doneAt, 'workspace-deleted', { id, operationId, force, workspaceId: workspace.workspaceId });
    armOf(state).workspaces.put(id, { ...workspace, state: 'Deleting' });
    return started;
  };

  // The service deletes what a group takes along unforced.
  armOf(state).onGroupDelete.push((group) => {
    for (const workspace of rowsInGroup(armOf(state).workspaces.values(), group.id))
      workspaceDeleted(state, workspace, false);
  });
  type Removal = { id: string; operationId: string; force: boolean; workspaceId: string };
  state.on<Removal>('workspace-deleted', ({ id, operationId, force, workspaceId }, at) => {
    const workspace = armOf(state).workspaces.get(id);
    if (workspace?.workspaceId === workspaceId) workspaceDeleted(state, workspace, force);
    finishOperation(state, operationId, at);
  });
  type Kept = { id: string; operationId: string; former: Workspace['state'] };
  state.on<Kept>('workspace-kept', ({ id, operationId, former }, at) => {
    const workspace = armOf(state).workspaces.get(id);
    if (workspace !== undefined) armOf(state).workspaces.put(id, { ...workspace, state: former });
    finishOperation(state, operationId, at, {
      code: 'ApplianceDeprovisioningFailed',
      message: 'The operation to delete the workspace failed.',
    });
  });

  const list = (call: Call): Reply =>
    listBelow(state, call, armOf(state).workspaces.seenValues(), (row) => workspaceJson(state, row));

  const inGroup = `/subscriptions/{subscriptionId}/resourceGroups/{group}/providers/${WORKSPACE_TYPE}`;
  const one = `${inGroup}/{name}`;
  const [action, apiVersions] = [WORKSPACE_TYPE, WORKSPACE_VERSIONS];
  return [
    armRoute(state, {
      method: 'PUT',
      template: one,
      action: `${action}/write`,
      apiVersions,
      body: workspaceShape,
      creates: WORKSPACE_TYPE,
      handler: put,
    }),
    armRoute(state, {
      method: 'PATCH',
      template: one,
      action: `${action}/write`,
      apiVersions,
      body: workspacePatchShape,
      handler: patch,
    }),
    armRoute(state, { method: 'GET', template: one, action: `${action}/read`, apiVersions, handler: get }),
    armRoute(state, { method: 'DELETE', template: one, action: `${action}/delete`, apiVersions, handler: remove }),
    armRoute(state, {
      method: 'GET',
      template: inGroup,
      action: `${action}/read`,
      apiVersions,
      handler: list,
    }),
    armRoute(state, {
      method: 'GET',
      template: `/subscriptions/{subscriptionId}/providers/${WORKSPACE_TYPE}`,
      action: `${action}/read`,
      apiVersions,
      handler: list,
    }),
  ];
}
