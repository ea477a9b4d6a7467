// Azure OpenAI accounts: staged creation with its subdomain's DNS, keys, tags, and the deletion that is only a soft one.
//
// Invariants
// A1  A subdomain is one account's in all of Azure, soft-deleted accounts included.
// A2  One operation on an account at a time: the next gets RequestConflict.
import { accountShape } from './shapes.ts';
import { accountId, accountJson, isBusy, newAccount, requestConflict } from './account.ts';
import { armFailure } from '../arm/errors.ts';
import {
  armRoute,
  bodyLocation,
  bodyOf,
  bodyTags,
  disallowed,
  groupId,
  isReply,
  record,
  resourceNotFound,
} from '../arm/gateway.ts';
import { listBelow } from '../arm/lists.ts';
import { accountsIn, subdomainTaken } from './locations.ts';
import { COGNITIVE_VERSIONS } from '../arm/versions.ts';
import { restoreAccount, softDelete } from './deleted-accounts.ts';
import { takeOnce } from '../landscape.ts';
import { finishOperation, operationUrl, startOperation } from '../arm/operations.ts';
import type { Account } from '../arm/records.ts';
import { ACCOUNT_TYPE } from '../arm/types.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from '../arm/tables.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}$/;
const KINDS = ['OpenAI', 'AIServices'];
const SUBDOMAIN = /^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/i;

type Creation = { id: string; operationId: string; failure?: { code: string; message: string } };

export function accountRoutes(state: CloudState): Route[] {
  const put = async (call: Call): Promise<Reply> => {
    const key = accountId(call).toLowerCase();
    const name = call.params.name as string;
    const properties = record(bodyOf(call).properties);
    const existing = armOf(state).accounts.get(key);
    const location = bodyLocation(call) as string;
    if (existing !== undefined) return updateAccount(call, existing, location);
    if (!NAME.test(name)) return armFailure(400, 'InvalidResourceName', `The account name '${name}' is invalid.`);
    const deleted = armOf(state).deletedAccounts.get(key);
    if (deleted !== undefined) {
      if (properties.restore === true) return restoreAccount(state, call, deleted);
      return armFailure(
        409,
        'FlagMustBeSetForRestore',
        `An existing resource with ID '${deleted.account.id}' has been soft-deleted. To restore the resource, you must specify 'restore' to be 'true' in the property. If you don't want to restore existing resource, please purge it first.`,
      );
    }
    const refused = refuseAccount(call, location);
    if (refused !== undefined) return refused;
    const tags = bodyTags(call);
    if (isReply(tags)) return tags;

    const subdomain =
      typeof properties.customSubDomainName === 'string' ? properties.customSubDomainName.toLowerCase() : null;
    const group = armOf(state).groups.get(groupId(call).toLowerCase());
    const account = await newAccount(state, {
      group: group?.id as string,
      name,
      location,
      tags,
      subdomain,
      maker: 'ours',
    });
    const keysOff = properties.disableLocalAuth === true || state.landscape.keyPolicy === 'modify';
    armOf(state).accounts.put(key, {
      ...account,
      disableLocalAuth: keysOff,
      kind: String(bodyOf(call).kind),
      ...(typeof properties.publicNetworkAccess === 'string'
        ? { publicNetworkAccess: properties.publicNetworkAccess }
        : {}),
      networkAcls: { ...account.networkAcls, ...(properties.networkAcls as Account['networkAcls'] | undefined) },
    });

    const operationId = startOperation(state);
    const failure = takeOnce(
      state.landscape.createFailures,
      (it) => it.type === ACCOUNT_TYPE && (it.region ?? location) === location,
    );
    const { accountCreatingMs, accountDnsMs } = state.latency;
    if (subdomain !== null) state.schedule(call.now + accountCreatingMs, 'account-dns', { id: key });
    const creation: Creation = {
      id: key,
      operationId,
      ...(failure === undefined ? {} : { failure: { code: failure.code, message: failure.message } }),
    };
    state.schedule(
      call.now + (subdomain === null ? 2_000 : accountCreatingMs + accountDnsMs),
      'account-created',
      creation,
    );
    return {
      status: 201,
      headers: { 'azure-asyncoperation': operationUrl(state, call, 'cognitive', operationId, location) },
      json: accountJson(state, armOf(state).accounts.get(key) as Account),
    };
  };

  const refuseAccount = (call: Call, location: string): Reply | undefined => {
    const body = bodyOf(call);
    const properties = record(body.properties);
    if (typeof body.kind !== 'string' || record(body.sku).name !== 'S0') {
      return armFailure(400, 'InvalidResourceProperties', "The account needs a kind, and the sku 'S0'.");
    }
    // The further kinds of the service are not made here.
    if (!KINDS.includes(body.kind)) {
      return armFailure(
        400,
        'InvalidApiSetId',
        `The account type '${body.kind}' is either invalid or unavailable in given region.`,
      );
    }
    const { landscape } = state;
    if (landscape.openAiBlocked && body.kind === 'OpenAI') {
      return armFailure(
        400,
        'SpecialFeatureOrQuotaIdRequired',
        `The subscription does not have QuotaId/Feature required by SKU 'S0' from kind 'OpenAI' or contains blocked QuotaId/Feature.`,
      );
    }
    if (landscape.keyPolicy === 'deny' && properties.disableLocalAuth !== true) {
      return disallowed(call.params.name ?? '', 'Azure AI Services resources should have key access disabled');
    }
    const subdomain = properties.customSubDomainName;
    const taken = typeof subdomain === 'string' ? refuseSubdomain(subdomain) : undefined;
    if (taken !== undefined) return taken;
    if (accountsIn(state, call.params.subscriptionId as string, location) >= landscape.accountsPerRegion) {
      return armFailure(
        400,
        'QuotaExceeded',
        `The number of OpenAI accounts in region '${location}' would exceed the limit of ${landscape.accountsPerRegion}.`,
      );
    }
    return undefined;
  };

  const refuseSubdomain = (subdomain: string): Reply | undefined => {
    if (!SUBDOMAIN.test(subdomain)) return armFailure(400, 'CustomDomainInvalid', 'The subdomain name is not valid.');
    if (!subdomainTaken(state, subdomain)) return undefined;
    return armFailure(
      409,
      'CustomDomainInUse',
      `Please pick a different name. The subdomain name '${subdomain}' is not available as it's already used by a resource. If the resource using the name was deleted in the last 48 hours, you may need to purge the deleted resource.`,
    );
  };

  const updateAccount = (call: Call, existing: Account, location?: string): Reply => {
    if (isBusy(existing, call.now)) return requestConflict(existing);
    if (location !== undefined && location !== existing.location) {
      return armFailure(
        409,
        'InvalidResourceLocation',
        `The resource '${existing.name}' already exists in location '${existing.location}' in resource group '${existing.group}'. A resource with the same name cannot be created in location '${location}'.`,
      );
    }
    const tags = bodyTags(call);
    if (isReply(tags)) return tags;
    const body = bodyOf(call);
    const properties = record(body.properties);
    const subdomain = nextSubdomain(existing, properties.customSubDomainName);
    if (typeof subdomain === 'object' && subdomain !== null) return subdomain;
    const updated: Account = {
      ...existing,
      subdomain,
      publicNetworkAccess:
        typeof properties.publicNetworkAccess === 'string'
          ? properties.publicNetworkAccess
          : existing.publicNetworkAccess,
      networkAcls: { ...existing.networkAcls, ...(properties.networkAcls as Account['networkAcls'] | undefined) },
      tags: body.tags === undefined && call.method === 'PATCH' ? existing.tags : tags,
      disableLocalAuth:
        typeof properties.disableLocalAuth === 'boolean' ? properties.disableLocalAuth : existing.disableLocalAuth,
      busyUntil: call.now + state.latency.accountBusyMs,
    };
    armOf(state).accounts.put(existing.id.toLowerCase(), updated);
    return { status: 200, json: accountJson(state, updated) };
  };

  /** A subdomain can be given later, and never be changed. https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains */
  const nextSubdomain = (account: Account, given: unknown): string | null | Reply => {
    if (typeof given !== 'string' || given.toLowerCase() === account.subdomain) return account.subdomain;
    if (account.subdomain !== null)
      return armFailure(400, 'CustomDomainInvalid', 'The subdomain name of an account cannot be changed.');
    return refuseSubdomain(given) ?? given.toLowerCase();
  };

  const existing =
    (reply: (call: Call, account: Account) => Reply) =>
    (call: Call): Reply => {
      const account = armOf(state).accounts.get(accountId(call).toLowerCase());
      return account === undefined ? resourceNotFound(state, call, ACCOUNT_TYPE) : reply(call, account);
    };

  const get = (call: Call): Reply => {
    const account = armOf(state).accounts.seen(accountId(call).toLowerCase());
    return account === undefined
      ? resourceNotFound(state, call, ACCOUNT_TYPE)
      : { status: 200, json: accountJson(state, account) };
  };

  const remove = (call: Call): Reply => {
    const account = armOf(state).accounts.get(accountId(call).toLowerCase());
    if (account === undefined) return { status: 204 };
    if (isBusy(account, call.now)) return requestConflict(account);
    const nested = armOf(state)
      .deployments.values()
      .filter((it) => it.accountId.toLowerCase() === account.id.toLowerCase());
    if (nested.length > 0 && state.landscape.nestedDeletes === 'refused') {
      return armFailure(
        409,
        'CannotDeleteResource',
        `Cannot delete resource while nested resources exist. Some existing nested resource IDs include: '${nested[0]?.id}'. Please delete all nested resources before deleting this resource.`,
      );
    }
    if (takeOnce(state.landscape.falseDeletes, (type) => type === ACCOUNT_TYPE) === undefined)
      softDelete(state, account, call.now);
    return { status: 200 };
  };

  const listKeys = existing((_call, account) =>
    account.disableLocalAuth
      ? armFailure(400, 'BadRequest', 'Failed to list key. disableLocalAuth is set to be true')
      : { status: 200, json: account.keys },
  );

  state.on<{ id: string }>('account-dns', ({ id }) => {
    const account = armOf(state).accounts.get(id);
    if (account?.state === 'Creating') armOf(state).accounts.put(id, { ...account, state: 'ResolvingDNS' });
  });
  state.on<Creation>('account-created', ({ id, operationId, failure }, at) => {
    const account = armOf(state).accounts.get(id);
    finishOperation(state, operationId, at, failure);
    if (account === undefined || account.state === 'Deleting') return;
    armOf(state).accounts.put(id, { ...account, state: failure === undefined ? 'Succeeded' : 'Failed' });
  });

  const list = (call: Call): Reply =>
    listBelow(state, call, armOf(state).accounts.seenValues(), (row) => accountJson(state, row));

  const subscription = '/subscriptions/{subscriptionId}';
  const inGroup = `${subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts`;
  const one = `${inGroup}/{name}`;
  const [action, apiVersions] = [ACCOUNT_TYPE, COGNITIVE_VERSIONS];
  return [
    armRoute(state, {
      method: 'PUT',
      template: one,
      action: `${action}/write`,
      apiVersions,
      body: accountShape,
      creates: ACCOUNT_TYPE,
      handler: put,
    }),
    armRoute(state, {
      method: 'PATCH',
      template: one,
      action: `${action}/write`,
      apiVersions,
      body: accountShape,
      handler: existing((call, account) => updateAccount(call, account)),
    }),
    armRoute(state, { method: 'GET', template: one, action: `${action}/read`, apiVersions, handler: get }),
    armRoute(state, { method: 'DELETE', template: one, action: `${action}/delete`, apiVersions, handler: remove }),
    armRoute(state, {
      method: 'POST',
      template: `${one}/listKeys`,
      action: `${action}/listKeys/action`,
      apiVersions,
      handler: listKeys,
    }),
    armRoute(state, {
      method: 'GET',
      template: inGroup,
      action: `${action}/read`,
      apiVersions,
      handler: list,
    }),
    armRoute(state, {
      method: 'GET',
      template: `${subscription}/providers/Microsoft.CognitiveServices/accounts`,
      action: `${action}/read`,
      apiVersions,
      handler: list,
    }),
  ];
}
