// Soft-deleted accounts: they hold their name, their subdomain and their deployments' quota for 48 hours, unless they are purged or restored.
import { armFailure } from '../arm/errors.ts';
import { armRoute, groupId, subscriptionPath } from '../arm/gateway.ts';
import { page } from '../arm/lists.ts';
import { accountJson } from './account.ts';
import { COGNITIVE_VERSIONS } from '../arm/versions.ts';
import { takeOnce } from '../landscape.ts';
import { asLocation, finishOperation, operationUrl, startOperation } from '../arm/operations.ts';
import type { Account, DeletedAccount } from '../arm/records.ts';
import { regionName } from '../arm/regions.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { armOf, rowsInGroup } from '../arm/tables.ts';

const TYPE = 'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts';

/** Moves an account, with what is deployed in it, to the soft-deleted ones. */
export function softDelete(state: CloudState, account: Account, at: number): void {
  const key = account.id.toLowerCase();
  const deployments = armOf(state)
    .deployments.values()
    .filter((it) => it.accountId.toLowerCase() === key);
  for (const deployment of deployments) armOf(state).deployments.delete(deployment.id.toLowerCase());
  armOf(state).accounts.delete(key);
  state.closeListener('account', key);
  const scheduledPurgeAt = at + state.latency.softDeleteMs;
  armOf(state).deletedAccounts.put(key, { account, deployments, deletedAt: at, scheduledPurgeAt, purging: false });
  state.schedule(scheduledPurgeAt, 'account-expired', { key, deletedAt: at });
}

/** Undoes a soft deletion: the answer to a PUT with `restore: true`. */
export async function restoreAccount(state: CloudState, call: Call, deleted: DeletedAccount): Promise<Reply> {
  const key = deleted.account.id.toLowerCase();
  if (deleted.purging)
    return armFailure(409, 'RequestConflict', `The account '${deleted.account.name}' is being purged.`);
  const origin = await state.openListener('account', key);
  const account: Account = {
    ...deleted.account,
    state: 'Succeeded',
    origin,
    busyUntil: call.now + state.latency.accountBusyMs,
  };
  armOf(state).deletedAccounts.delete(key);
  armOf(state).accounts.put(key, account);
  for (const deployment of deleted.deployments) armOf(state).deployments.put(deployment.id.toLowerCase(), deployment);
  return { status: 201, json: accountJson(state, account) };
}

export function deletedAccountRoutes(state: CloudState): Route[] {
  const keyOf = (call: Call): string =>
    `${groupId(call)}/providers/Microsoft.CognitiveServices/accounts/${call.params.name}`.toLowerCase();
  const find = (call: Call, rows: (key: string) => DeletedAccount | undefined): DeletedAccount | undefined => {
    const found = rows(keyOf(call));
    return found?.account.location === regionName(call.params.location as string) ? found : undefined;
  };

  const get = (call: Call): Reply => {
    const found = find(call, (key) => armOf(state).deletedAccounts.seen(key));
    if (found !== undefined) return { status: 200, json: deletedJson(state, found) };
    return armFailure(404, 'ResourceNotFound', `The Resource '${TYPE}/${call.params.name}' was not found.`);
  };

  const purge = (call: Call): Reply => {
    const found = find(call, (key) => armOf(state).deletedAccounts.get(key));
    if (found === undefined) return { status: 204 };
    const operationId = startOperation(state);
    if (takeOnce(state.landscape.falseDeletes, (type) => type === TYPE) !== undefined)
      finishOperation(state, operationId, call.now);
    else {
      armOf(state).deletedAccounts.put(keyOf(call), { ...found, purging: true });
      state.schedule(call.now + state.latency.purgeMs, 'account-purged', {
        key: keyOf(call),
        deletedAt: found.deletedAt,
        operationId,
      });
    }
    const url = operationUrl(state, call, 'cognitive', operationId, found.account.location);
    return { status: 202, headers: { 'azure-asyncoperation': url, location: asLocation(url) } };
  };

  // An account of the same name may have been made and deleted again since: only that very deletion is purged.
  const forget = (key: string, deletedAt: number): void => {
    if (armOf(state).deletedAccounts.get(key)?.deletedAt === deletedAt) armOf(state).deletedAccounts.delete(key);
  };
  armOf(state).onGroupDelete.push((group, at) => {
    for (const account of rowsInGroup(armOf(state).accounts.values(), group.id)) softDelete(state, account, at);
  });
  state.on<{ key: string; deletedAt: number }>('account-expired', ({ key, deletedAt }) => {
    forget(key, deletedAt);
  });
  state.on<{ key: string; deletedAt: number; operationId: string }>(
    'account-purged',
    ({ key, deletedAt, operationId }, at) => {
      forget(key, deletedAt);
      finishOperation(state, operationId, at);
    },
  );

  const list = (call: Call): Reply => {
    const prefix = `${subscriptionPath(call)}/`;
    return page(
      state,
      call,
      armOf(state)
        .deletedAccounts.seenValues()
        .filter((it) => it.account.id.toLowerCase().startsWith(prefix))
        .map((row) => deletedJson(state, row)),
    );
  };

  const provider = '/subscriptions/{subscriptionId}/providers/Microsoft.CognitiveServices';
  const one = `${provider}/locations/{location}/resourceGroups/{group}/deletedAccounts/{name}`;
  const apiVersions = COGNITIVE_VERSIONS;
  return [
    armRoute(state, { method: 'GET', template: one, action: `${TYPE}/read`, apiVersions, handler: get }),
    armRoute(state, { method: 'DELETE', template: one, action: `${TYPE}/delete`, apiVersions, handler: purge }),
    armRoute(state, {
      method: 'GET',
      template: `${provider}/deletedAccounts`,
      action: 'Microsoft.CognitiveServices/deletedAccounts/read',
      apiVersions,
      handler: list,
    }),
  ];
}

const deletedJson = (state: CloudState, { account, deletedAt, scheduledPurgeAt }: DeletedAccount): object => {
  const { id, name, group, subscriptionId, location } = account;
  const json = accountJson(state, account) as { properties: object };
  return {
    ...json,
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.CognitiveServices/locations/${location}/resourceGroups/${group}/deletedAccounts/${name}`,
    type: 'Microsoft.CognitiveServices/deletedAccounts',
    properties: {
      ...json.properties,
      internalId: id,
      deletionDate: new Date(deletedAt).toISOString(),
      scheduledPurgeDate: new Date(scheduledPurgeAt).toISOString(),
    },
  };
};
