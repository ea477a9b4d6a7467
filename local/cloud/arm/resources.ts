// Resources in general: lists by tag, type and group, reads and deletions by id, and the tags of anything.
import { armFailure } from './errors.ts';
import {
  armRoute,
  bodyOf,
  bodyTags,
  groupId,
  groupNotFound,
  isReply,
  record,
  resourceNotFound,
  subscriptionPath,
} from './gateway.ts';
import { invalidFilter, page } from './lists.ts';
import { RESOURCES_VERSIONS } from './versions.ts';
import { tagsPatchShape, tagsShape } from './shapes.ts';
import { ACCOUNT_TYPE, WORKSPACE_TYPE } from './types.ts';
import type { Group } from '../arm/records.ts';
import type { Tags } from '../core/records.ts';
import { mayDo } from '../core/rights.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from './tables.ts';

type Generic = { id: string; name: string; type: string; location: string; tags: Tags; kind?: string; sku?: object };

/** Every tracked resource, as lists show it: accounts, workspaces and the rest, in managed groups too. */
const everything = (state: CloudState): Generic[] => [
  ...armOf(state)
    .accounts.seenValues()
    .map(({ id, name, location, tags, kind, sku }) => ({ id, name, type: ACCOUNT_TYPE, location, tags, kind, sku })),
  ...armOf(state)
    .workspaces.seenValues()
    .map(({ id, name, location, tags, sku }) => ({ id, name, type: WORKSPACE_TYPE, location, tags, sku })),
  ...armOf(state)
    .resources.seenValues()
    .map(({ id, name, type, location, tags }) => ({ id, name, type, location, tags })),
];

const TAG_FILTER = /^\s*tagName\s+eq\s+'((?:[^']|'')*)'(?:\s+and\s+tagValue\s+eq\s+'((?:[^']|'')*)')?\s*$/i;

/** Whether it is the one filter that group lists know, or none. */
export const isTagFilter = (filter: string | null): boolean =>
  filter === null || filter === '' || TAG_FILTER.test(filter);

/** A tag, with or without its value. Names match in any case, values exactly. */
export function matchesTagFilter(filter: string | null, tags: Tags): boolean {
  if (filter === null || filter === '') return true;
  const parsed = TAG_FILTER.exec(filter);
  if (parsed === null) return false;
  const [name, value] = [parsed[1], parsed[2]].map((text) => text?.replaceAll("''", "'"));
  return Object.entries(tags).some(
    ([key, text]) => key.toLowerCase() === name?.toLowerCase() && (value === undefined || text === value),
  );
}

/**
 * "Note that when resources are filtered by tag name and value, the original tags for each resource will not be returned in the results."
 * https://learn.microsoft.com/rest/api/resources/resources/list; lists of groups do return theirs.
 */
const asListed = (filter: string | null, { tags, ...rest }: Generic): object =>
  filter !== null && TAG_FILTER.exec(filter)?.[2] !== undefined ? rest : { ...rest, tags };

const TYPE_FILTER = /^\s*resourceType\s+eq\s+'([^']+)'\s*$/i;

const matches = (filter: string | null, resource: Generic): boolean => {
  const type = filter === null ? null : TYPE_FILTER.exec(filter);
  if (type !== null) return resource.type.toLowerCase() === type[1]?.toLowerCase();
  return matchesTagFilter(filter, resource.tags);
};

export function resourceRoutes(state: CloudState): Route[] {
  const list =
    (scope: (call: Call) => string | Reply) =>
    (call: Call): Reply => {
      const prefix = scope(call);
      if (typeof prefix !== 'string') return prefix;
      const filter = call.query.get('$filter');
      if (!isTagFilter(filter) && !TYPE_FILTER.test(filter ?? '')) return invalidFilter(filter ?? '');
      // What the caller may not read is left out, without a word.
      const rows = everything(state).filter(
        (it) =>
          it.id.toLowerCase().startsWith(`${prefix.toLowerCase()}/`) &&
          matches(filter, it) &&
          mayDo(state, `${it.type}/read`, it.id),
      );
      return page(
        state,
        call,
        rows.map((it) => asListed(filter, it)),
      );
    };

  const subscription = '/subscriptions/{subscriptionId}';
  const group = `${subscription}/resourceGroups/{group}`;
  const one = `${group}/providers/{namespace}/{type}/{name}`;
  const apiVersions = RESOURCES_VERSIONS;
  const action = 'Microsoft.Resources/subscriptions/resources/read';

  const stored = (call: Call) => armOf(state).resources.get(idOf(call).toLowerCase());
  const typeOf = (call: Call): string => `${call.params.namespace}/${call.params.type}`;
  const get = (call: Call): Reply => {
    const resource = armOf(state).resources.seen(idOf(call).toLowerCase());
    if (resource === undefined) return resourceNotFound(state, call, typeOf(call));
    const { id, name, type, location, tags, properties } = resource;
    return { status: 200, json: { id, name, type, location, tags, properties } };
  };
  const remove = (call: Call): Reply => {
    const resource = stored(call);
    if (resource === undefined) return { status: 204 };
    const owner = armOf(state).groups.get(groupId(call).toLowerCase());
    const refused = owner === undefined ? undefined : protection(state, owner, call, 'delete');
    if (refused !== undefined) return refused;
    armOf(state).resources.delete(resource.id.toLowerCase());
    return { status: 200 };
  };

  const routes: Route[] = [
    armRoute(state, {
      method: 'GET',
      template: `${subscription}/resources`,
      action,
      apiVersions,
      handler: list(subscriptionPath),
    }),
    armRoute(state, {
      method: 'GET',
      template: `${group}/resources`,
      action,
      apiVersions,
      handler: list((call) =>
        armOf(state).groups.seen(groupId(call).toLowerCase()) === undefined ? groupNotFound(call) : groupId(call),
      ),
    }),
    // Any version: each provider has its own. Accounts and workspaces have routes of their own, which win.
    armRoute(state, { method: 'GET', template: one, action, handler: get }),
    armRoute(state, {
      method: 'DELETE',
      template: one,
      action: 'Microsoft.Resources/subscriptions/resources/delete',
      handler: remove,
    }),
  ];
  for (const scope of [group, one]) {
    const template = `${scope}/providers/Microsoft.Resources/tags/default`;
    routes.push(
      armRoute(state, {
        method: 'GET',
        template,
        action: 'Microsoft.Resources/tags/read',
        apiVersions,
        handler: (call) => tagsReply(state, call),
      }),
      armRoute(state, {
        method: 'PATCH',
        template,
        action: 'Microsoft.Resources/tags/write',
        apiVersions,
        body: tagsPatchShape,
        handler: (call) => patchTags(state, call),
      }),
      armRoute(state, {
        method: 'PUT',
        template,
        action: 'Microsoft.Resources/tags/write',
        apiVersions,
        body: tagsShape,
        handler: (call) => patchTags(state, { ...call, body: { ...bodyOf(call), operation: 'Replace' } }),
      }),
      armRoute(state, {
        method: 'DELETE',
        template,
        action: 'Microsoft.Resources/tags/delete',
        apiVersions,
        handler: (call) => {
          const answer = patchTags(state, { ...call, body: { operation: 'Replace', properties: { tags: {} } } });
          return answer.status === 200 ? { status: 200 } : answer;
        },
      }),
    );
  }
  return routes;
}

/** 403 for whoever would change or delete the managed group of a living workspace, or something in it. */
export function protection(state: CloudState, group: Group, call: Call, verb: 'write' | 'delete'): Reply | undefined {
  const owner = group.managedBy === undefined ? undefined : armOf(state).workspaces.get(group.managedBy.toLowerCase());
  if (owner === undefined) return undefined;
  const { clientId, objectId } = call.token ?? state.identity;
  return armFailure(
    403,
    'DenyAssignmentAuthorizationFailed',
    `The client '${clientId}' with object id '${objectId}' has permission to perform action 'Microsoft.Resources/subscriptions/resourcegroups/${verb}' on scope '${group.id}'; however, the access is denied because of the deny assignment with name 'System deny assignment created by Azure Databricks ${owner.id}' at scope '${group.id}'.`,
  );
}

const idOf = (call: Call): string =>
  `${groupId(call)}/providers/${call.params.namespace}/${call.params.type}/${call.params.name}`;

/** The row that a scope names, with a way to put its tags. */
const tagged = (state: CloudState, call: Call): { id: string; tags: Tags; put(tags: Tags): void } | undefined => {
  const id = (call.params.name === undefined ? groupId(call) : idOf(call)).toLowerCase();
  for (const table of [armOf(state).groups, armOf(state).accounts, armOf(state).workspaces, armOf(state).resources]) {
    const row = table.get(id);
    if (row === undefined) continue;
    const put = (tags: Tags): void => {
      table.put(id, { ...row, tags } as never);
    };
    return { id: row.id, tags: row.tags, put };
  }
  return undefined;
};

const tagsReply = (state: CloudState, call: Call): Reply => {
  const target = tagged(state, call);
  if (target === undefined)
    return call.params.name === undefined ? groupNotFound(call) : resourceNotFound(state, call, call.params.type ?? '');
  return {
    status: 200,
    json: {
      id: `${target.id}/providers/Microsoft.Resources/tags/default`,
      name: 'default',
      type: 'Microsoft.Resources/tags',
      properties: { tags: target.tags },
    },
  };
};

const patchTags = (state: CloudState, call: Call): Reply => {
  const target = tagged(state, call);
  if (target === undefined) return tagsReply(state, call);
  const given = bodyTags({ ...call, body: record(bodyOf(call).properties) });
  if (isReply(given)) return given;
  const operation = bodyOf(call).operation;
  if (operation === 'Merge') target.put({ ...target.tags, ...given });
  else if (operation === 'Replace') target.put(given);
  else target.put(Object.fromEntries(Object.entries(target.tags).filter(([name, value]) => given[name] !== value)));
  return tagsReply(state, call);
};
