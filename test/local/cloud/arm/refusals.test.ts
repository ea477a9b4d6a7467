// What Azure refuses, with the codes and texts that an app has to tell apart.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { armOf } from '../../../../local/cloud/arm/tables.ts';
import { unregister } from '../../../../local/cloud/arm/providers.ts';
import { deploymentOf, MINUTE_MS, openAiAccount, quickAccount, startAzure, type Azure } from './azure.ts';

let azure: Azure;
let group: string;
const COGNITIVE = 'api-version=2025-09-01';
const RESOURCES = 'api-version=2025-04-01';
const DATABRICKS = 'api-version=2026-01-01';

beforeAll(async () => {
  azure = await startAzure();
});
beforeEach(async () => {
  group = `/subscriptions/${azure.subscription}/resourceGroups/rg-a`;
  await azure.arm('PUT', `${group}?${RESOURCES}`, { location: 'eastus2' });
});
afterEach(() => {
  expect(azure.cloud.unknownRoutes).toEqual([]);
  azure.cloud.reset();
});
afterAll(async () => {
  await azure.cloud.close();
  azure.clock.restore();
});

const account = (name: string): string => `${group}/providers/Microsoft.CognitiveServices/accounts/${name}`;
const workspace = (name: string): string => `${group}/providers/Microsoft.Databricks/workspaces/${name}`;
const putAccount = (name: string, body: object = openAiAccount(name)) =>
  azure.arm('PUT', `${account(name)}?${COGNITIVE}`, body);
const putWorkspace = (name: string, properties: object, more: object = {}) =>
  azure.arm('PUT', `${workspace(name)}?${DATABRICKS}`, {
    location: 'eastus2',
    sku: { name: 'premium' },
    properties,
    ...more,
  });
const deploy = (id: string, name: string, body: object) =>
  azure.arm('PUT', `${id}/deployments/${name}?${COGNITIVE}`, body);
const hybrid = (managed = 'rg-m') => ({
  computeMode: 'Hybrid',
  managedResourceGroupId: `/subscriptions/${azure.subscription}/resourceGroups/${managed}`,
});
const message = (answer: { json: Record<string, unknown> }): string =>
  (answer.json.error as { message: string }).message;

describe('the gateway', () => {
  it.each([
    ['no token', { authorization: '' }, 401, 'AuthenticationFailed'],
    ['a token that is not ours', { authorization: 'Bearer a.b.c' }, 401, 'InvalidAuthenticationToken'],
  ])('refuses %s', async (_what, headers, status, code) => {
    expect(await azure.arm('GET', `${group}?${RESOURCES}`, undefined, headers)).toMatchObject({ status, code });
  });

  it('refuses a token of another audience, and one that has expired', async () => {
    const bearer = (audience: string) => ({ authorization: `Bearer ${azure.cloud.state.issueToken(audience)}` });
    expect(
      (await azure.arm('GET', `${group}?${RESOURCES}`, undefined, bearer('https://cognitiveservices.azure.com'))).code,
    ).toBe('InvalidAuthenticationTokenAudience');
    const headers = bearer('https://management.azure.com');
    expect((await azure.arm('GET', `${group}?${RESOURCES}`, undefined, headers)).status).toBe(200);
    await azure.pass(61 * MINUTE_MS);
    expect((await azure.arm('GET', `${group}?${RESOURCES}`, undefined, headers)).code).toBe(
      'ExpiredAuthenticationToken',
    );
  });

  it('wants an api-version that the provider knows, and JSON', async () => {
    expect((await azure.arm('GET', group)).code).toBe('MissingApiVersionParameter');
    expect((await azure.arm('GET', `${account('a')}?api-version=1999-01-01`)).code).toBe('NoRegisteredProviderFound');
    expect((await azure.arm('PUT', `${group}?${RESOURCES}`, '{"location":')).code).toBe('InvalidRequestContent');
  });

  it('answers 501 for a route that it does not have, and remembers it', async () => {
    const path = `/subscriptions/${azure.subscription}/providers/Microsoft.Unheard/of`;
    expect(await azure.arm('GET', `${path}?${RESOURCES}`)).toMatchObject({ status: 501 });
    expect(azure.cloud.unknownRoutes).toEqual([`arm: GET ${path}`]);
    azure.cloud.unknownRoutes.length = 0;
  });

  it('says 404 for the group before the resource, and for a foreign subscription', async () => {
    expect((await azure.arm('GET', `${account('a')}?${COGNITIVE}`)).code).toBe('ResourceNotFound');
    expect((await azure.arm('GET', `${account('a').replace('rg-a', 'rg-b')}?${COGNITIVE}`)).code).toBe(
      'ResourceGroupNotFound',
    );
    expect(
      (await azure.arm('GET', `/subscriptions/8b1f7c7e-9c6e-4b53-8c14-9f0a1d9b7d11/resourcegroups?${RESOURCES}`)).code,
    ).toBe('SubscriptionNotFound');
  });

  it('refuses what the identity may not do, at its scope only', async () => {
    const purge = 'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete';
    azure.cloud.state.landscape.denied = [{ action: purge }, { action: '*/write', scope: `${group}` }];
    const deleted = `/subscriptions/${azure.subscription}/providers/Microsoft.CognitiveServices/locations/eastus2/resourceGroups/rg-a/deletedAccounts/a`;
    const refused = await azure.arm('DELETE', `${deleted}?${COGNITIVE}`);
    expect(refused).toMatchObject({ status: 403, code: 'AuthorizationFailed' });
    expect(message(refused)).toContain(purge);
    expect((await putAccount('aoai-a')).code).toBe('AuthorizationFailed');
    expect(
      (await azure.arm('PUT', `${group.replace('rg-a', 'rg-b')}?${RESOURCES}`, { location: 'eastus2' })).status,
    ).toBe(201);
    const permissions = await azure.arm(
      'GET',
      `${group}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`,
    );
    expect(permissions.json.value).toEqual([
      expect.objectContaining({ actions: ['*'], notActions: [purge, '*/write'] }),
    ]);
  });

  it('keeps what is locked, and a group with something locked in it', async () => {
    await putAccount('aoai-a');
    await azure.pass(MINUTE_MS);
    azure.cloud.state.landscape.locks = [{ name: 'keep', scope: account('aoai-a'), level: 'CanNotDelete' }];
    expect((await azure.arm('DELETE', `${account('aoai-a')}?${COGNITIVE}`)).code).toBe('ScopeLocked');
    expect((await azure.arm('DELETE', `${group}?${RESOURCES}`)).code).toBe('ScopeLocked');
    expect((await azure.arm('GET', `${account('aoai-a')}?${COGNITIVE}`)).status).toBe(200);
  });

  it('refuses unregistered providers, regions without the type, and regions that a policy forbids', async () => {
    const { state } = azure.cloud;
    unregister(state, 'Microsoft.CognitiveServices');
    expect((await putAccount('aoai-a')).code).toBe('MissingSubscriptionRegistration');
    state.landscape.notOffered['Microsoft.Databricks/workspaces'] = ['eastus2'];
    expect((await putWorkspace('dbw-a', hybrid())).code).toBe('LocationNotAvailableForResourceType');
    state.landscape.policies = [{ name: 'Allowed locations', deniedRegions: ['swedencentral'] }];
    const refused = await putWorkspace('dbw-a', hybrid(), { location: 'swedencentral' });
    expect(refused).toMatchObject({ status: 403, code: 'RequestDisallowedByPolicy' });
    expect(message(refused)).toContain('Allowed locations');
  });

  it('takes no new resource into a group that is being deleted', async () => {
    const started = await azure.arm('DELETE', `${group}?${RESOURCES}`);
    expect(started.status).toBe(202);
    expect((await putAccount('aoai-a')).code).toBe('ResourceGroupBeingDeleted');
  });
});

describe('accounts and deployments', () => {
  it('refuses a second operation while one is in progress', async () => {
    await putAccount('aoai-a');
    expect((await putAccount('aoai-a')).code).toBe('RequestConflict');
    expect((await deploy(account('aoai-a'), 'gpt-5.1', deploymentOf('gpt-5.1', '2025-11-13'))).code).toBe(
      'RequestConflict',
    );
    await azure.pass(MINUTE_MS);
    const both = await Promise.all(
      ['one', 'two'].map((name) => deploy(account('aoai-a'), name, deploymentOf('gpt-5.1', '2025-11-13'))),
    );
    expect(both.map((it) => it.status).sort()).toEqual([201, 409]);
  });

  it.each([
    ['retired', deploymentOf('gpt-35-turbo', '0125', 'Standard'), 'ServiceModelDeprecated'],
    [
      'retired, in a region that no longer lists it',
      deploymentOf('gpt-4o-mini', '2024-07-18', 'Standard'),
      'ServiceModelDeprecated',
    ],
    ['closed to new customers', deploymentOf('gpt-5-mini', '2025-08-07'), 'ServiceModelDeprecating'],
    ['unknown', deploymentOf('gpt-9', '1'), 'DeploymentModelNotSupported'],
    ['in a sku that the region lacks', deploymentOf('gpt-5.5', '2026-04-24', 'Standard'), 'InvalidResourceProperties'],
    ['too large for the sku', deploymentOf('gpt-5.1', '2025-11-13', 'Standard', 5_000), 'InvalidResourceProperties'],
    ['beyond the quota', deploymentOf('gpt-5.1', '2025-11-13', 'GlobalStandard', 1_001), 'InsufficientQuota'],
  ])('refuses a model that is %s', async (_what, body, code) => {
    const id = await quickAccount(azure, 'rg-a', 'aoai-a');
    expect(await deploy(id, 'chat', body)).toMatchObject({ status: 400, code });
  });

  it('keeps a deprecating model open to whoever deploys it, and chooses the default version', async () => {
    await azure.cloud.bystanders.account({
      deploy: { model: 'gpt-5-mini', version: '2025-08-07', sku: 'GlobalStandard', capacity: 10 },
    });
    const id = await quickAccount(azure, 'rg-a', 'aoai-a');
    const made = await deploy(id, 'chat', {
      sku: { name: 'GlobalStandard', capacity: 5 },
      properties: { model: { format: 'OpenAI', name: 'gpt-5-mini' } },
    });
    expect(made.status).toBe(201);
    expect((made.json.properties as { model: object }).model).toMatchObject({ version: '2025-08-07' });
  });

  it('counts quota per region, bucket and subscription, soft-deleted accounts included, until they are purged', async () => {
    const { state } = azure.cloud;
    const bucket = 'OpenAI.GlobalStandard.gpt-5.1';
    state.landscape.tokenQuota[`eastus2/${bucket}`] = { limit: 12, used: 0 };
    state.landscape.nestedDeletes = 'allowed';
    const first = await quickAccount(azure, 'rg-a', 'aoai-a');
    expect((await deploy(first, 'chat', deploymentOf('gpt-5.1', '2025-11-13', 'GlobalStandard', 10))).status).toBe(201);
    await azure.pass(5_000);
    await azure.arm('DELETE', `${first}?${COGNITIVE}`);
    const second = await quickAccount(azure, 'rg-a', 'aoai-b');
    const refused = await deploy(second, 'chat', deploymentOf('gpt-5.1', '2025-11-13', 'GlobalStandard', 5));
    expect(message(refused)).toBe(
      'This operation require 5 new capacity in quota Tokens Per Minute (thousands) - GPT-5.1, which is bigger than the current available capacity 2. The current quota usage is 10 and the quota limit is 12 for quota Tokens Per Minute (thousands) - GPT-5.1.',
    );
    const deleted = `/subscriptions/${azure.subscription}/providers/Microsoft.CognitiveServices/locations/eastus2/resourceGroups/rg-a/deletedAccounts/aoai-a`;
    expect((await azure.arm('DELETE', `${deleted}?${COGNITIVE}`)).status).toBe(202);
    await azure.pass(MINUTE_MS);
    expect((await deploy(second, 'chat', deploymentOf('gpt-5.1', '2025-11-13', 'GlobalStandard', 5))).status).toBe(201);
  });

  it('lets capacity disappear between the check and the creation', async () => {
    const { state } = azure.cloud;
    const bucket = 'OpenAI.GlobalStandard.gpt-5.1';
    state.landscape.vanishingTokens[`eastus2/${bucket}`] = 1_000;
    const used = async (): Promise<number> => {
      const answer = await azure.arm(
        'GET',
        `/subscriptions/${azure.subscription}/providers/Microsoft.CognitiveServices/locations/eastus2/usages?${COGNITIVE}`,
      );
      const rows = answer.json.value as { name: { value: string }; currentValue: number }[];
      return rows.find((row) => row.name.value === bucket)?.currentValue ?? -1;
    };
    const id = await quickAccount(azure, 'rg-a', 'aoai-a');
    expect(await used()).toBe(0);
    expect((await deploy(id, 'chat', deploymentOf('gpt-5.1', '2025-11-13'))).code).toBe('InsufficientQuota');
    expect(await used()).toBe(1_000);
  });

  it('has policies and switches about keys', async () => {
    const { landscape } = azure.cloud.state;
    landscape.keyPolicy = 'modify';
    await putAccount('aoai-a');
    await azure.pass(MINUTE_MS);
    expect((await azure.arm('POST', `${account('aoai-a')}/listKeys?${COGNITIVE}`)).status).toBe(400);
    landscape.keyPolicy = 'deny';
    expect((await putAccount('aoai-b')).code).toBe('RequestDisallowedByPolicy');
  });

  it('stops at the number of accounts, and refuses a subscription without the feature', async () => {
    const { landscape } = azure.cloud.state;
    landscape.accountsPerRegion = 1;
    await putAccount('aoai-a');
    expect((await putAccount('aoai-b')).code).toBe('QuotaExceeded');
    expect((await putAccount('aoai-b', openAiAccount('aoai-b', 'swedencentral'))).status).toBe(201);
    landscape.openAiBlocked = true;
    expect((await putAccount('aoai-c', openAiAccount('aoai-c', 'uksouth'))).code).toBe(
      'SpecialFeatureOrQuotaIdRequired',
    );
  });

  it('fails asynchronously on demand', async () => {
    azure.cloud.state.landscape.createFailures = [
      {
        type: 'Microsoft.CognitiveServices/accounts',
        code: 'CustomDomainInUse',
        message: 'Please pick a different name.',
      },
    ];
    const started = await putAccount('aoai-a');
    await azure.pass(MINUTE_MS);
    const url = new URL(started.headers.get('azure-asyncoperation') as string);
    expect((await azure.arm('GET', `${url.pathname}${url.search}`)).json).toMatchObject({
      status: 'Failed',
      error: { code: 'CustomDomainInUse' },
    });
    expect((await azure.arm('GET', `${account('aoai-a')}?${COGNITIVE}`)).json.properties).toMatchObject({
      provisioningState: 'Failed',
    });
  });

  it('refuses to delete an account that goes with its group already', async () => {
    await quickAccount(azure, 'rg-a', 'aoai-a');
    await azure.arm('DELETE', `${group}?${RESOURCES}`);
    expect(await azure.arm('DELETE', `${account('aoai-a')}?${COGNITIVE}`)).toMatchObject({
      status: 409,
      code: 'RequestConflict',
    });
    expect(azure.cloud.inventory().map((it) => it.id)).toContain(account('aoai-a'));
  });

  it('restores a soft-deleted account', async () => {
    await quickAccount(azure, 'rg-a', 'aoai-a');
    await azure.arm('DELETE', `${account('aoai-a')}?${COGNITIVE}`);
    expect((await putAccount('aoai-a', { location: 'eastus2', properties: { restore: true } })).status).toBe(201);
    expect((await azure.arm('GET', `${account('aoai-a')}?${COGNITIVE}`)).status).toBe(200);
  });
});

describe('a change of an account', () => {
  const patch = (properties: object) => azure.arm('PATCH', `${account('aoai-a')}?${COGNITIVE}`, { properties });
  beforeEach(async () => {
    await quickAccount(azure, 'rg-a', 'aoai-a');
    await azure.pass(MINUTE_MS);
  });

  it('closes its public endpoint, which then lets nobody in', async () => {
    expect((await patch({ publicNetworkAccess: 'Disabled' })).json.properties).toMatchObject({
      publicNetworkAccess: 'Disabled',
    });
    const { origin } = armOf(azure.cloud.state).accounts.values()[0] as { origin: string };
    const chat = `${origin}/openai/deployments/x/chat/completions?api-version=2024-10-21`;
    expect((await fetch(chat, { method: 'POST', body: '{"messages":[]}' })).status).toBe(403);
  });

  it('never changes its subdomain', async () => {
    expect(await patch({ customSubDomainName: 'aoai-b' })).toMatchObject({ status: 400, code: 'CustomDomainInvalid' });
    expect((await patch({ customSubDomainName: 'aoai-a' })).status).toBe(200);
  });

  it('gives it a subdomain where it has none, unless that is taken', async () => {
    const bare = { ...openAiAccount('x'), properties: {} };
    await putAccount('aoai-bare', bare);
    await azure.pass(MINUTE_MS);
    const change = (name: string) =>
      azure.arm('PATCH', `${account('aoai-bare')}?${COGNITIVE}`, { properties: { customSubDomainName: name } });
    expect(await change('aoai-a')).toMatchObject({ status: 409, code: 'CustomDomainInUse' });
    expect((await change('aoai-bare')).json.properties).toMatchObject({ customSubDomainName: 'aoai-bare' });
  });
});

it('an account of a kind that there is not is refused', async () => {
  expect(await putAccount('aoai-a', { ...openAiAccount('aoai-a'), kind: 'Oracle' })).toMatchObject({
    status: 400,
    code: 'InvalidApiSetId',
  });
});

describe('lists', () => {
  it.each([
    ['resourcegroups?$filter=nonsense', 'InvalidFilterInQueryString'],
    ['resources?$filter=nonsense', 'InvalidFilterInQueryString'],
    ['resources?$skiptoken=garbled', 'InvalidSkipToken'],
    ['resources?$top=-1', 'InvalidQueryParameterValue'],
    ['resources?$top=0', 'InvalidQueryParameterValue'],
    ['resources?$top=many', 'InvalidQueryParameterValue'],
  ])('refuse %s', async (query, code) => {
    const path = `/subscriptions/${azure.subscription}/${query}&${RESOURCES}`;
    expect(await azure.arm('GET', path)).toMatchObject({ status: 400, code });
  });
});

describe('workspaces', () => {
  it.each([
    ['an unknown sku', { sku: { name: 'gold' } }, {}, 'InvalidDatabricksSku'],
    ['no compute mode', {}, { computeMode: undefined }, 'InvalidComputeMode'],
    ['no managed group', {}, { managedResourceGroupId: undefined }, 'InvalidApplicationManagedResourceGroupId'],
  ])('refuses %s', async (_what, more, properties, code) => {
    expect(await putWorkspace('dbw-a', { ...hybrid(), ...properties }, more)).toMatchObject({ status: 400, code });
  });

  it('refuses another managed group, and operations while one is in progress', async () => {
    expect((await putWorkspace('dbw-a', hybrid())).status).toBe(201);
    expect((await putWorkspace('dbw-a', hybrid())).status).toBe(409);
    expect((await azure.arm('DELETE', `${workspace('dbw-a')}?${DATABRICKS}`)).status).toBe(409);
    await azure.pass(3 * MINUTE_MS);
    expect((await putWorkspace('dbw-a', hybrid('rg-other'))).code).toBe('ApplianceManagedResourceGroupMismatch');
    expect((await putWorkspace('dbw-a', hybrid())).status).toBe(200);
  });

  it('keep their tags where a change does not name them', async () => {
    await putWorkspace('dbw-a', hybrid(), { tags: { a: 'b' } });
    await azure.pass(3 * MINUTE_MS);
    expect((await azure.arm('PATCH', `${workspace('dbw-a')}?${DATABRICKS}`, {})).json.tags).toEqual({ a: 'b' });
    expect((await azure.arm('PATCH', `${workspace('dbw-a')}?${DATABRICKS}`, { tags: {} })).json.tags).toEqual({});
  });

  it('that failed to be made stay Failed when their deletion fails too', async () => {
    const type = 'Microsoft.Databricks/workspaces';
    azure.cloud.state.landscape.createFailures = [{ type, code: 'X', message: 'no' }];
    await putWorkspace('dbw-a', hybrid());
    await azure.pass(3 * MINUTE_MS);
    azure.cloud.state.landscape.falseDeletes = [type];
    await azure.arm('DELETE', `${workspace('dbw-a')}?${DATABRICKS}`);
    await azure.pass(4 * MINUTE_MS);
    expect((await azure.arm('GET', `${workspace('dbw-a')}?${DATABRICKS}`)).json.properties).toMatchObject({
      provisioningState: 'Failed',
    });
  });

  it('reports a deletion as done that failed', async () => {
    await putWorkspace('dbw-a', hybrid());
    await azure.pass(3 * MINUTE_MS);
    azure.cloud.state.landscape.falseDeletes = ['Microsoft.Databricks/workspaces'];
    const started = await azure.arm('DELETE', `${workspace('dbw-a')}?${DATABRICKS}`);
    await azure.pass(4 * MINUTE_MS);
    const url = new URL(started.headers.get('location') as string);
    expect(await azure.arm('GET', `${url.pathname}${url.search}`)).toMatchObject({
      status: 200,
      json: { status: 'Failed' },
    });
    expect((await azure.arm('GET', `${workspace('dbw-a')}?${DATABRICKS}`)).status).toBe(200);
  });
});

describe('tags', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`tag-${at}`, 'x']));
  const put = (tags: Record<string, unknown>) =>
    azure.arm('PUT', `${group}?${RESOURCES}`, { location: 'eastus2', tags });

  it.each([
    ['50', many(50)],
    ['a name of 512 characters', { ['n'.repeat(512)]: 'x' }],
    ['a value of 256 characters', { name: 'v'.repeat(256) }],
    ['an empty value', { name: '' }],
  ])('take %s', async (_what, tags) => {
    expect(await put(tags)).toMatchObject({ status: 200, json: { tags } });
  });

  const sign = (text: string): [string, Record<string, unknown>, string] => [
    `the sign ${text}`,
    { [`a${text}b`]: 'x' },
    'InvalidTagValueLength',
  ];
  it('refuse a text in their place', async () => {
    expect(await azure.arm('PUT', `${group}?${RESOURCES}`, { location: 'eastus2', tags: 'text' })).toMatchObject({
      status: 400,
      code: 'InvalidRequestContent',
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['51', many(51), 'TooManyTags'],
    ['a name of 513 characters', { ['n'.repeat(513)]: 'x' }, 'InvalidTagValueLength'],
    ['a value of 257 characters', { name: 'v'.repeat(257) }, 'InvalidTagValueLength'],
    ...['<', '>', '%', '&', '\\', '?', '/'].map(sign),
  ])('refuse %s', async (_what, tags, code) => {
    expect(await put(tags)).toMatchObject({ status: 400, code });
  });
});

describe('groups', () => {
  it('rolls a blocked deletion back, which shows on polling', async () => {
    azure.cloud.state.landscape.blockedGroupDeletes = ['rg-a'];
    const started = await azure.arm('DELETE', `${group}?${RESOURCES}`);
    await azure.pass(MINUTE_MS);
    const url = new URL(started.headers.get('location') as string);
    expect(await azure.arm('GET', `${url.pathname}${url.search}`)).toMatchObject({
      status: 409,
      code: 'ResourceGroupDeletionBlocked',
    });
    expect((await azure.arm('GET', `${group}?${RESOURCES}`)).json.properties).toEqual({
      provisioningState: 'Succeeded',
    });
  });

  it('signs its operation URLs, and refuses one without the signature', async () => {
    const started = await azure.arm('DELETE', `${group}?${RESOURCES}`);
    const url = new URL(started.headers.get('location') as string);
    expect([...url.searchParams.keys()]).toEqual(['api-version', 't', 'c', 's', 'h']);
    expect(url.href.length).toBeGreaterThan(2_500);
    url.searchParams.delete('s');
    expect((await azure.arm('GET', `${url.pathname}${url.search}`)).code).toBe('InvalidOperationSignature');
  });

  it('soft-deletes the accounts in it', async () => {
    const id = await quickAccount(azure, 'rg-a', 'aoai-a');
    await deploy(id, 'chat', deploymentOf('gpt-5.1', '2025-11-13'));
    await azure.arm('DELETE', `${group}?${RESOURCES}`);
    await azure.pass(MINUTE_MS);
    expect(
      azure.cloud
        .inventory()
        .filter((it) => it.origin === 'ours')
        .map((it) => it.type),
    ).toEqual(['Microsoft.CognitiveServices/deletedAccounts']);
  });
});
