// Accounts as rows and as JSON: what the routes of accounts, deployments and soft-deleted accounts share.
import { randomBytes } from 'node:crypto';
import { etagOf, systemDataOf } from '../arm/common-fields.ts';
import { armFailure } from '../arm/errors.ts';
import { groupId } from '../arm/gateway.ts';
import type { Account } from '../arm/records.ts';
import type { Maker, Tags } from '../core/records.ts';
import { ACCOUNT_TYPE } from '../arm/types.ts';
import type { Call, Reply } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

export const accountId = (call: Call): string =>
  `${groupId(call)}/providers/Microsoft.CognitiveServices/accounts/${call.params.name}`;

export const requestConflict = (account: Account): Reply =>
  armFailure(
    409,
    'RequestConflict',
    `Another operation is being performed on the parent resource '${account.id}'. Please try again later.`,
  );

/** Whether an operation on the account is in progress. */
export const isBusy = (account: Account, now: number): boolean =>
  account.busyUntil > now || (account.state !== 'Succeeded' && account.state !== 'Failed');

/** A new account's row, with its endpoint open. The caller puts it. `group` is the group's id. */
export async function newAccount(
  state: CloudState,
  spec: { group: string; name: string; location: string; tags: Tags; subdomain: string | null; maker: Maker },
): Promise<Account> {
  const [, , subscriptionId, , group] = spec.group.split('/') as [string, string, string, string, string];
  const id = `${spec.group}/providers/Microsoft.CognitiveServices/accounts/${spec.name}`;
  const key = (): string => randomBytes(16).toString('hex');
  return {
    ...spec,
    id,
    subscriptionId,
    group,
    kind: 'OpenAI',
    sku: { name: 'S0' },
    state: 'Creating',
    disableLocalAuth: false,
    publicNetworkAccess: 'Enabled',
    networkAcls: { defaultAction: 'Allow' },
    keys: { key1: key(), key2: key() },
    origin: await state.openListener('account', id.toLowerCase()),
    busyUntil: 0,
    createdAt: state.now(),
  };
}

export const accountJson = (state: CloudState, account: Account): object => ({
  id: account.id,
  name: account.name,
  type: ACCOUNT_TYPE,
  location: account.location,
  kind: account.kind,
  sku: account.sku,
  tags: account.tags,
  etag: etagOf(account),
  systemData: systemDataOf(state, account),
  properties: {
    provisioningState: account.state,
    // Without a subdomain the service gives the region's shared endpoint, which knows no account by its address.
    endpoint:
      account.subdomain === null ? `https://${account.location}.api.cognitive.microsoft.com/` : `${account.origin}/`,
    ...(account.subdomain === null
      ? {}
      : {
          customSubDomainName: account.subdomain,
          endpoints: { 'OpenAI Language Model Instance API': `${account.origin}/` },
        }),
    disableLocalAuth: account.disableLocalAuth,
    publicNetworkAccess: account.publicNetworkAccess,
    networkAcls: { virtualNetworkRules: [], ipRules: [], ...account.networkAcls },
    dateCreated: new Date(account.createdAt).toISOString(),
    capabilities: [],
    isMigrated: false,
  },
});
