// The local cloud driven by the SDKs that the app uses, over TLS and a managed identity.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Usage } from '@azure/arm-cognitiveservices';
import { DefaultAzureCredential } from '@azure/identity';
import { startAzure, deploymentOf, hybridWorkspace, MINUTE_MS, openAiAccount, type Azure } from './azure.ts';
import { armOf } from '../../../../local/cloud/arm/tables.ts';

let azure: Azure;
beforeAll(async () => {
  azure = await startAzure();
});
afterEach(() => {
  expect(azure.cloud.unknownRoutes).toEqual([]);
  azure.cloud.reset();
});
afterAll(async () => {
  await azure.cloud.close();
  azure.clock.restore();
});

const rest = async (work: Promise<unknown>): Promise<{ code?: string; statusCode?: number; message: string }> => {
  try {
    await work;
  } catch (error: unknown) {
    return error as { code?: string; statusCode?: number; message: string };
  }
  throw new Error('expected a refusal');
};

describe('identity', () => {
  it('gives DefaultAzureCredential a token that lives 24 h of lab time', async () => {
    const token = await new DefaultAzureCredential().getToken('https://cognitiveservices.azure.com/.default');
    expect(token.expiresOnTimestamp - azure.clock.now()).toBe(24 * 60 * MINUTE_MS);
  });
});

describe('resource groups', () => {
  it('creates, reads, tags, lists by tag and deletes', async () => {
    const { resources } = azure;
    await resources.resourceGroups.createOrUpdate('rg-a', { location: 'eastus2', tags: { lab: 'a', lease: '1' } });
    await resources.resourceGroups.createOrUpdate('rg-b', { location: 'swedencentral', tags: { lab: 'b' } });
    await resources.resourceGroups.update('rg-a', { tags: { lab: 'a', lease: '2' } });
    expect((await resources.resourceGroups.get('rg-a')).tags).toEqual({ lab: 'a', lease: '2' });
    expect((await resources.resourceGroups.checkExistence('rg-a')).body).toBe(true);

    const found = [];
    for await (const group of resources.resourceGroups.list({ filter: "tagName eq 'lab' and tagValue eq 'b'" }))
      found.push(group.name);
    expect(found).toEqual(['rg-b']);

    const poller = resources.resourceGroups.delete('rg-a', { updateIntervalInMs: 1 });
    await poller.submitted();
    expect((await resources.resourceGroups.get('rg-a')).properties?.provisioningState).toBe('Deleting');
    expect(await rest(resources.resourceGroups.createOrUpdate('rg-a', { location: 'eastus2' }))).toMatchObject({
      code: 'ResourceGroupBeingDeleted',
    });
    await azure.pass(MINUTE_MS);
    await poller.poll();
    expect(poller.isDone).toBe(true);
    expect(await rest(resources.resourceGroups.get('rg-a'))).toMatchObject({
      code: 'ResourceGroupNotFound',
      statusCode: 404,
    });
  });

  it('registers a provider in stages', async () => {
    const { resources } = azure;
    armOf(azure.cloud.state).providers.put(`${azure.subscription}/microsoft.databricks`, {
      registrationState: 'NotRegistered',
    });
    await resources.resourceGroups.createOrUpdate('rg-a', { location: 'eastus2' });
    const refused = await rest(
      azure.databricks.workspaces.createOrUpdate('rg-a', 'dbw-a', hybridWorkspace(azure, 'rg-m')).submitted(),
    );
    expect(refused.code).toBe('MissingSubscriptionRegistration');
    expect((await resources.providers.register('Microsoft.Databricks')).registrationState).toBe('Registering');
    await azure.pass(MINUTE_MS);
    expect((await resources.providers.get('Microsoft.Databricks')).registrationState).toBe('Registered');
  });
});

describe('Azure OpenAI', () => {
  it('creates in stages, deploys, lists keys, deletes softly and purges', async () => {
    const { cognitive, resources } = azure;
    await resources.resourceGroups.createOrUpdate('rg-a', { location: 'eastus2' });
    const poller = await cognitive.accounts.beginCreate('rg-a', 'aoai-a', openAiAccount('aoai-a'), {
      updateIntervalInMs: 1,
    });
    expect((await cognitive.accounts.get('rg-a', 'aoai-a')).properties?.provisioningState).toBe('Creating');
    await azure.pass(20_000);
    await poller.poll();
    expect((await cognitive.accounts.get('rg-a', 'aoai-a')).properties?.provisioningState).toBe('ResolvingDNS');
    await azure.pass(40_000);
    await poller.poll();
    expect(poller.isDone()).toBe(true);
    const account = poller.getResult();
    expect(account?.properties?.provisioningState).toBe('Succeeded');
    expect(account?.properties?.endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/$/);
    expect((await cognitive.accounts.listKeys('rg-a', 'aoai-a')).key1).toMatch(/^[0-9a-f]{32}$/);

    const deployment = await cognitive.deployments.beginCreateOrUpdateAndWait(
      'rg-a',
      'aoai-a',
      'gpt-5.1',
      deploymentOf('gpt-5.1', '2025-11-13'),
    );
    expect(deployment.properties?.rateLimits).toEqual([
      { key: 'request', renewalPeriod: 10, count: 5 },
      { key: 'token', renewalPeriod: 60, count: 5_000 },
    ]);
    await azure.pass(5_000);
    expect(await rest(cognitive.accounts.beginDelete('rg-a', 'aoai-a'))).toMatchObject({
      code: 'CannotDeleteResource',
    });

    const removal = await cognitive.deployments.beginDelete('rg-a', 'aoai-a', 'gpt-5.1', { updateIntervalInMs: 1 });
    expect(await rest(cognitive.accounts.beginDelete('rg-a', 'aoai-a'))).toMatchObject({ code: 'RequestConflict' });
    await azure.pass(5_000);
    await removal.poll();
    expect(await rest(cognitive.deployments.get('rg-a', 'aoai-a', 'gpt-5.1'))).toMatchObject({ statusCode: 404 });

    await cognitive.accounts.beginDeleteAndWait('rg-a', 'aoai-a');
    expect(await rest(cognitive.accounts.get('rg-a', 'aoai-a'))).toMatchObject({ code: 'ResourceNotFound' });
    expect(await rest(cognitive.accounts.beginCreate('rg-a', 'aoai-a', openAiAccount('aoai-a')))).toMatchObject({
      code: 'FlagMustBeSetForRestore',
    });
    expect(await rest(cognitive.accounts.beginCreate('rg-a', 'aoai-b', openAiAccount('aoai-a')))).toMatchObject({
      code: 'CustomDomainInUse',
    });
    expect(
      (await cognitive.checkDomainAvailability('aoai-a', 'Microsoft.CognitiveServices/accounts')).isSubdomainAvailable,
    ).toBe(false);

    const deleted = [];
    for await (const it of cognitive.deletedAccounts.list()) deleted.push(it);
    expect(deleted.map((it) => it.name)).toEqual(['aoai-a']);
    const purge = await cognitive.deletedAccounts.beginPurge('eastus2', 'rg-a', 'aoai-a', { updateIntervalInMs: 1 });
    await azure.pass(30_000);
    await purge.poll();
    expect(purge.isDone()).toBe(true);
    expect(await rest(cognitive.deletedAccounts.get('eastus2', 'rg-a', 'aoai-a'))).toMatchObject({ statusCode: 404 });
  });

  it('forgets a soft-deleted account after 48 hours', async () => {
    const { cognitive, resources } = azure;
    await resources.resourceGroups.createOrUpdate('rg-a', { location: 'eastus2' });
    const poller = await cognitive.accounts.beginCreate('rg-a', 'aoai-a', openAiAccount('aoai-a'), {
      updateIntervalInMs: 1,
    });
    await azure.pass(MINUTE_MS);
    await poller.poll();
    await cognitive.accounts.beginDeleteAndWait('rg-a', 'aoai-a');
    await azure.pass(48 * 60 * MINUTE_MS - 1);
    expect(azure.cloud.inventory().some((it) => it.type.endsWith('/deletedAccounts'))).toBe(true);
    await azure.pass(1);
    expect(azure.cloud.inventory().some((it) => it.type.endsWith('/deletedAccounts'))).toBe(false);
  });

  it('lists models and usages that join by usage name', async () => {
    const usages: Usage[] = [];
    for await (const it of azure.cognitive.usages.list('eastus2')) usages.push(it);
    const models = [];
    for await (const it of azure.cognitive.models.list('eastus2')) models.push(it.model);
    const model = models.find((it) => it?.name === 'gpt-5.1');
    expect(
      model?.skus?.map((sku) => sku.usageName).every((name) => usages.some((usage) => usage.name?.value === name)),
    ).toBe(true);
    expect(models.find((it) => it?.name === 'gpt-35-turbo')?.lifecycleStatus).toBe('Deprecated');
    expect(models.find((it) => it?.name === 'gpt-5-mini')?.lifecycleStatus).toBe('Deprecating');
  });
});

describe('Databricks workspaces', () => {
  it('creates with its managed group, refuses its direct deletion, and leaves Unity Catalog behind unless forced', async () => {
    const { databricks, resources } = azure;
    const tags = { lab: 'a' };
    await resources.resourceGroups.createOrUpdate('rg-a', { location: 'eastus2' });
    const create = async (name: string): Promise<void> => {
      const poller = databricks.workspaces.createOrUpdate(
        'rg-a',
        name,
        hybridWorkspace(azure, `rg-${name}`, 'eastus2', tags),
        { updateIntervalInMs: 1 },
      );
      await poller.submitted();
      expect((await databricks.workspaces.get('rg-a', name)).workspaceUrl).toBeUndefined();
      await azure.pass(3 * MINUTE_MS);
      await poller.poll();
      expect(poller.isDone).toBe(true);
      expect(poller.result?.provisioningState).toBe('Succeeded');
      expect(poller.result?.workspaceUrl).toMatch(/^127\.0\.0\.1:\d+$/);
    };
    await create('dbw-a');
    const inside = [];
    for await (const it of resources.resources.listByResourceGroup('rg-dbw-a')) inside.push(it);
    expect(inside.map((it) => it.type)).toContain('Microsoft.Databricks/accessConnectors');
    expect(inside.every((it) => it.tags?.lab === 'a')).toBe(true);
    expect(await rest(resources.resourceGroups.delete('rg-dbw-a').submitted())).toMatchObject({
      code: 'DenyAssignmentAuthorizationFailed',
    });

    const remove = async (name: string, forceDeletion: boolean): Promise<void> => {
      const poller = databricks.workspaces.delete('rg-a', name, { forceDeletion, updateIntervalInMs: 1 });
      await poller.submitted();
      await azure.pass(3 * MINUTE_MS);
      await poller.poll();
      expect(poller.isDone).toBe(false);
      await azure.pass(MINUTE_MS);
      await poller.poll();
      expect(poller.isDone).toBe(true);
      expect(await rest(databricks.workspaces.get('rg-a', name))).toMatchObject({ statusCode: 404 });
    };
    await remove('dbw-a', false);
    const left = [];
    for await (const it of resources.resources.list({ filter: "tagName eq 'lab' and tagValue eq 'a'" }))
      left.push(it.type);
    expect(left).toEqual(['Microsoft.Storage/storageAccounts', 'Microsoft.Databricks/accessConnectors']);
    await resources.resourceGroups.delete('rg-dbw-a').submitted();

    await create('dbw-b');
    await remove('dbw-b', true);
    expect(await rest(resources.resourceGroups.get('rg-dbw-b'))).toMatchObject({ code: 'ResourceGroupNotFound' });
  });

  it('fails asynchronously where the managed group exists', async () => {
    const { databricks, resources } = azure;
    await resources.resourceGroups.createOrUpdate('rg-a', { location: 'eastus2' });
    await resources.resourceGroups.createOrUpdate('rg-taken', { location: 'eastus2' });
    const poller = databricks.workspaces.createOrUpdate('rg-a', 'dbw-a', hybridWorkspace(azure, 'rg-taken'), {
      updateIntervalInMs: 1,
    });
    await poller.submitted();
    await azure.pass(3 * MINUTE_MS);
    const failed = await rest(poller.poll());
    expect(failed.message).toContain('ApplianceProvisioningFailed');
    expect((await databricks.workspaces.get('rg-a', 'dbw-a')).provisioningState).toBe('Failed');
    // Its deletion leaves the group of somebody else alone.
    const removal = databricks.workspaces.delete('rg-a', 'dbw-a', { forceDeletion: true, updateIntervalInMs: 1 });
    await removal.submitted();
    await azure.pass(4 * MINUTE_MS);
    await removal.poll();
    expect((await resources.resourceGroups.get('rg-taken')).name).toBe('rg-taken');
  });

  it('goes with its group, which keeps what Unity Catalog keeps', async () => {
    const { databricks, resources } = azure;
    await resources.resourceGroups.createOrUpdate('rg-a', { location: 'eastus2' });
    await databricks.workspaces.createOrUpdate('rg-a', 'dbw-a', hybridWorkspace(azure, 'rg-managed')).submitted();
    await azure.pass(3 * MINUTE_MS);
    await resources.resourceGroups.delete('rg-a').submitted();
    expect((await databricks.workspaces.get('rg-a', 'dbw-a')).provisioningState).toBe('Deleting');
    await azure.pass(5 * MINUTE_MS);
    const groups = azure.cloud.inventory().filter((it) => it.type === 'Microsoft.Resources/resourceGroups');
    expect(groups.map((it) => it.id.split('/').at(-1))).toEqual(['rg-managed']);
  });
});
