// Resource groups: the container whose deletion takes everything in it along, where nothing holds it back.
//
// Invariants
// G1  A group that is being deleted takes no new resource; it is gone only when everything in it is.
// G2  The managed group of a living workspace is protected by a deny assignment; it goes with its workspace.
// G3  A group's deletion deletes workspaces unforced: their managed groups with Unity Catalog data stay, as the default of the service is.
import { armFailure } from './errors.ts';
import {
  armRoute,
  bodyLocation,
  bodyOf,
  bodyTags,
  checkPolicies,
  groupBeingDeleted,
  groupId,
  groupNotFound,
  isReply,
  subscriptionPath,
} from './gateway.ts';
import { invalidFilter, page } from './lists.ts';
import { takeOnce } from '../landscape.ts';
import { finishOperation, operationUrl, startOperation } from './operations.ts';
import type { Group } from '../arm/records.ts';
import type { Maker } from '../core/records.ts';
import { REGIONS } from './regions.ts';
import { isTagFilter, matchesTagFilter, protection } from './resources.ts';
import { RESOURCES_VERSIONS } from './versions.ts';
import { groupShape } from './shapes.ts';
import { GROUP_TYPE } from './types.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { armOf, rowsInGroup } from './tables.ts';

const NAME = /^[-\w.()]{0,89}[-\w()]$/;

type Deletion = { groupId: string; operationId: string };

export function groupRoutes(state: CloudState): Route[] {
  const find = (call: Call): Group | undefined => armOf(state).groups.seen(groupId(call).toLowerCase());

  const put = (call: Call): Reply => {
    const name = call.params.group as string;
    if (!NAME.test(name))
      return armFailure(400, 'InvalidResourceGroupName', `The resource group name '${name}' is not valid.`);
    const tags = bodyTags(call);
    if (isReply(tags)) return tags;
    const existing = armOf(state).groups.get(groupId(call).toLowerCase());
    const location = bodyLocation(call);
    if (location === undefined)
      return armFailure(400, 'LocationRequired', 'The location property is required for this definition.');
    if (existing === undefined) {
      if (REGIONS[location] === undefined) {
        return armFailure(
          400,
          'LocationNotAvailableForResourceGroup',
          `The provided location '${location}' is not available for resource group.`,
        );
      }
      const refused = checkPolicies(state, name, location, ({ types = [] }) => types.includes(GROUP_TYPE));
      if (refused !== undefined) return refused;
      return { status: 201, json: groupJson(putGroup(state, call, { name, location, tags, maker: 'ours' })) };
    }
    if (existing.state === 'Deleting') return groupBeingDeleted(name);
    if (existing.location !== location) {
      return armFailure(
        409,
        'InvalidResourceGroupLocation',
        `Invalid resource group location '${location}'. The Resource group already exists in location '${existing.location}'.`,
      );
    }
    return protection(state, existing, call, 'write') ?? { status: 200, json: groupJson(update(existing, tags)) };
  };

  const update = (group: Group, tags: Record<string, string>): Group => {
    const updated = { ...group, tags };
    armOf(state).groups.put(group.id.toLowerCase(), updated);
    return updated;
  };

  const patch = (call: Call): Reply => {
    const existing = armOf(state).groups.get(groupId(call).toLowerCase());
    if (existing === undefined) return groupNotFound(call);
    if (existing.state === 'Deleting') return groupBeingDeleted(existing.name);
    const tags = bodyTags(call);
    if (isReply(tags)) return tags;
    return { status: 200, json: groupJson(bodyOf(call).tags === undefined ? existing : update(existing, tags)) };
  };

  const remove = (call: Call): Reply => {
    const id = groupId(call).toLowerCase();
    const group = armOf(state).groups.get(id);
    if (group === undefined) return groupNotFound(call);
    const refused = protection(state, group, call, 'delete');
    if (refused !== undefined) return refused;
    const operationId = startOperation(state);
    const started = { status: 202, headers: { location: operationUrl(state, call, 'group', operationId, '') } };
    const { landscape, latency } = state;
    const doneAt = call.now + latency.groupDeleteMs;
    if (takeOnce(landscape.falseDeletes, (type) => type === GROUP_TYPE) !== undefined) {
      finishOperation(state, operationId, call.now);
      return started;
    }
    armOf(state).groups.put(id, { ...group, state: 'Deleting' });
    const deletion: Deletion = { groupId: id, operationId };
    if (takeOnce(landscape.blockedGroupDeletes, (name) => name === '*' || name === group.name) !== undefined) {
      state.schedule(doneAt, 'group-delete-blocked', deletion);
      return started;
    }
    const workspaces = rowsInGroup(armOf(state).workspaces.values(), id);
    for (const workspace of workspaces)
      armOf(state).workspaces.put(workspace.id.toLowerCase(), { ...workspace, state: 'Deleting' });
    for (const account of rowsInGroup(armOf(state).accounts.values(), id))
      armOf(state).accounts.put(account.id.toLowerCase(), { ...account, state: 'Deleting' });
    state.schedule(doneAt + (workspaces.length > 0 ? latency.workspaceDeleteMs : 0), 'group-deleted', deletion);
    return started;
  };

  state.on<Deletion>('group-delete-blocked', ({ groupId: id, operationId }, at) => {
    const group = armOf(state).groups.get(id);
    if (group !== undefined) armOf(state).groups.put(id, { ...group, state: 'Succeeded' });
    finishOperation(state, operationId, at, {
      code: 'ResourceGroupDeletionBlocked',
      message: `Deletion of resource group '${group?.name}' failed as resources in it could not be deleted. The provisioning state of the resource group will be rolled back.`,
      details: [{ code: 'InUse', message: 'A resource in the group is in use and cannot be deleted.' }],
    });
  });

  state.on<Deletion>('group-deleted', ({ groupId: id, operationId }, at) => {
    dropGroup(state, id, at);
    finishOperation(state, operationId, at);
  });

  const list = (call: Call): Reply => {
    const filter = call.query.get('$filter');
    if (!isTagFilter(filter)) return invalidFilter(filter ?? '');
    const rows = armOf(state)
      .groups.seenValues()
      .filter((it) => it.id.toLowerCase().startsWith(`${subscriptionPath(call)}/`));
    const matches = rows.filter((it) => matchesTagFilter(filter, it.tags));
    return page(state, call, matches.map(groupJson));
  };

  const template = '/subscriptions/{subscriptionId}/resourceGroups/{group}';
  const action = 'Microsoft.Resources/subscriptions/resourceGroups';
  const apiVersions = RESOURCES_VERSIONS;
  const get = (call: Call): Reply => {
    const group = find(call);
    return group === undefined ? groupNotFound(call) : { status: 200, json: groupJson(group) };
  };
  return [
    armRoute(state, {
      method: 'PUT',
      template,
      action: `${action}/write`,
      apiVersions,
      body: groupShape,
      handler: put,
    }),
    armRoute(state, {
      method: 'PATCH',
      template,
      action: `${action}/write`,
      apiVersions,
      body: groupShape,
      handler: patch,
    }),
    armRoute(state, { method: 'GET', template, action: `${action}/read`, apiVersions, handler: get }),
    armRoute(state, {
      method: 'HEAD',
      template,
      action: `${action}/read`,
      apiVersions,
      handler: (call) => ({ status: find(call) === undefined ? 404 : 204 }),
    }),
    armRoute(state, { method: 'DELETE', template, action: `${action}/delete`, apiVersions, handler: remove }),
    armRoute(state, {
      method: 'GET',
      template: '/subscriptions/{subscriptionId}/resourceGroups',
      action: `${action}/read`,
      apiVersions,
      handler: list,
    }),
  ];
}

/** Makes a group in the call's subscription, or in `subscriptionId`. */
export function putGroup(
  state: CloudState,
  call: Pick<Call, 'params'>,
  spec: { name: string; location: string; tags: Record<string, string>; maker: Maker; managedBy?: string },
): Group {
  const subscriptionId = (call.params.subscriptionId as string).toLowerCase();
  const group: Group = {
    ...spec,
    id: `/subscriptions/${subscriptionId}/resourceGroups/${spec.name}`,
    subscriptionId,
    state: 'Succeeded',
    createdAt: state.now(),
  };
  armOf(state).groups.put(group.id.toLowerCase(), group);
  return group;
}

// What was in it goes first, then the group.
const dropGroup = (state: CloudState, id: string, at: number): void => {
  const group = armOf(state).groups.get(id);
  if (group !== undefined) for (const empty of armOf(state).onGroupDelete) empty(group, at);
  for (const resource of rowsInGroup(armOf(state).resources.values(), id))
    armOf(state).resources.delete(resource.id.toLowerCase());
  for (const [key, role] of armOf(state).roleAssignments.entries()) {
    if (`${role.scope}/`.toLowerCase().startsWith(`${id}/`)) armOf(state).roleAssignments.delete(key);
  }
  armOf(state).groups.delete(id);
};

const groupJson = (group: Group): object => ({
  id: group.id,
  name: group.name,
  type: GROUP_TYPE,
  location: group.location,
  tags: group.tags,
  ...(group.managedBy === undefined ? {} : { managedBy: group.managedBy }),
  properties: { provisioningState: group.state },
});
