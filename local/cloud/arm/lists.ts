// Lists of Azure Resource Manager: filters and pages. `$skiptoken` is opaque to the client, which follows `nextLink` as it stands.
// https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/resource-api-reference.md#get-resource
import { armFailure } from './errors.ts';
import { groupId, groupNotFound, subscriptionPath } from './gateway.ts';
import { armOf } from './tables.ts';
import type { Call, Reply } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

export const invalidFilter = (filter: string): Reply =>
  armFailure(400, 'InvalidFilterInQueryString', `Invalid $filter '${filter}' specified in the query string.`);

/** One page of a list, with the link to the next. The codes of the two refusals are assumed. */
export function page(state: CloudState, call: Call, rows: readonly unknown[]): Reply {
  const start = startOf(call.query.get('$skiptoken'));
  if (start === undefined)
    return armFailure(400, 'InvalidSkipToken', 'The skip token of the query string is not one that this service gave.');
  const top = call.query.get('$top');
  if (top !== null && !/^[1-9]\d{0,8}$/.test(top))
    return armFailure(400, 'InvalidQueryParameterValue', `Invalid $top '${top}' specified in the query string.`);
  const end = start + Math.min(state.landscape.pageSize, top === null ? Infinity : Number(top));
  if (end >= rows.length) return { status: 200, json: { value: rows.slice(start) } };
  const query = new URLSearchParams(call.query);
  query.set('$skiptoken', Buffer.from(`from:${end}`).toString('base64url'));
  return {
    status: 200,
    json: { value: rows.slice(start, end), nextLink: `${call.origin}${call.path}?${query.toString()}` },
  };
}

const startOf = (token: string | null): number | undefined => {
  if (token === null) return 0;
  const place = /^from:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  return place === undefined ? undefined : Number(place);
};

/** The rows of the call's group, if its route names one, or of its subscription; 404 for a group that is not there. */
export function listBelow<T extends { id: string }>(
  state: CloudState,
  call: Call,
  rows: readonly T[],
  json: (row: T) => object,
): Reply {
  const scope = call.params.group === undefined ? subscriptionPath(call) : groupId(call);
  if (call.params.group !== undefined && armOf(state).groups.seen(scope.toLowerCase()) === undefined)
    return groupNotFound(call);
  const below = rows.filter((it) => it.id.toLowerCase().startsWith(`${scope}/`.toLowerCase()));
  return page(state, call, below.map(json));
}
