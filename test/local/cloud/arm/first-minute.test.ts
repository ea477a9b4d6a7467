// What an SDK does in its first minute with a subscription, and how it polls.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCertificate } from '../../../../local/cloud/core/certificate.ts';
import { MINUTE_MS, openAiAccount, quickAccount, startAzure, type Azure } from './azure.ts';

let azure: Azure;
let subscription: string;
beforeAll(async () => {
  azure = await startAzure();
  subscription = `/subscriptions/${azure.subscription}`;
});
afterEach(() => {
  expect(azure.cloud.unknownRoutes).toEqual([]);
  azure.cloud.reset();
});
afterAll(async () => {
  await azure.cloud.close();
  azure.clock.restore();
});

const value = async (path: string): Promise<Record<string, unknown>[]> =>
  (await azure.arm('GET', path)).json.value as Record<string, unknown>[];

it('finds its tenant, its subscriptions and their regions', async () => {
  const [tenant] = await value('/tenants?api-version=2022-12-01');
  expect(tenant).toMatchObject({ tenantId: azure.cloud.state.identity.tenantId });
  const subscriptions = await value('/subscriptions?api-version=2022-12-01');
  expect(subscriptions.map((it) => it.subscriptionId)).toEqual(azure.cloud.state.subscriptionIds);
  expect((await azure.arm('GET', `${subscription}?api-version=2022-12-01`)).json).toMatchObject({
    id: subscription,
    tenantId: tenant?.tenantId,
    state: 'Enabled',
  });
  const locations = await value(`${subscription}/locations?api-version=2022-12-01`);
  expect(locations.find((it) => it.name === 'eastus2')).toMatchObject({ displayName: 'East US 2' });
});

it('finds a version of each type to call, and is served in it', async () => {
  const provider = await azure.arm('GET', `${subscription}/providers/Microsoft.Databricks?api-version=2025-04-01`);
  const types = provider.json.resourceTypes as { resourceType: string; apiVersions: string[] }[];
  const versions = types.find((it) => it.resourceType === 'workspaces')?.apiVersions ?? [];
  expect(versions[0]).toBe('2026-01-01');
  for (const version of versions) {
    const list = await azure.arm(
      'GET',
      `${subscription}/providers/Microsoft.Databricks/workspaces?api-version=${version}`,
    );
    expect(list.status, version).toBe(200);
  }
});

it('sets, and takes away, the tags of a group', async () => {
  const group = azure.cloud.bystanders.group({ name: 'rg-a', tags: { old: 'x' } });
  const tags = `${group.id}/providers/Microsoft.Resources/tags/default?api-version=2025-04-01`;
  expect((await azure.arm('PUT', tags, { properties: { tags: { new: 'y' } } })).json.properties).toEqual({
    tags: { new: 'y' },
  });
  expect((await azure.arm('DELETE', tags)).status).toBe(200);
  expect((await azure.arm('GET', tags)).json.properties).toEqual({ tags: {} });
});

it.each(['2017-04-18', '2023-05-01', '2025-09-01'])(
  'polls an operation with the version of its own request, %s',
  async (version) => {
    await azure.arm('PUT', `${subscription}/resourceGroups/rg-a?api-version=2025-04-01`, { location: 'eastus2' });
    const id = `${subscription}/resourceGroups/rg-a/providers/Microsoft.CognitiveServices/accounts/aoai-a`;
    const started = await azure.arm('PUT', `${id}?api-version=2025-09-01`, openAiAccount('aoai-a'));
    await azure.pass(MINUTE_MS);
    const link = new URL(started.headers.get('azure-asyncoperation') as string);
    link.searchParams.set('api-version', version);
    expect(await azure.arm('GET', `${link.pathname}${link.search}`)).toMatchObject({
      status: 200,
      json: { status: 'Succeeded' },
    });
  },
);

it('makes a workspace in a version from before compute modes, which is a hybrid one', async () => {
  await azure.arm('PUT', `${subscription}/resourceGroups/rg-a?api-version=2025-04-01`, { location: 'eastus2' });
  const path = `${subscription}/resourceGroups/rg-a/providers/Microsoft.Databricks/workspaces/dbw-a`;
  const body = {
    location: 'eastus2',
    sku: { name: 'premium' },
    properties: { managedResourceGroupId: `${subscription}/resourceGroups/rg-m` },
  };
  expect((await azure.arm('PUT', `${path}?api-version=2024-05-01`, body)).status).toBe(201);
  expect((await azure.arm('PUT', `${path}b?api-version=2026-01-01`, body)).code).toBe('InvalidComputeMode');
});

it('is told how to authenticate where it has not', async () => {
  const { headers } = await azure.arm('GET', `${subscription}?api-version=2022-12-01`, undefined, {
    authorization: '',
  });
  expect(headers.get('www-authenticate')).toContain(
    `authorization_uri="https://login.windows.net/${azure.cloud.state.identity.tenantId}"`,
  );
});

it('finds what every resource has: an etag that changes with it, and who made it when', async () => {
  const id = await quickAccount(azure, 'rg-a', 'aoai-a');
  const path = `${id}?api-version=2025-09-01`;
  const before = (await azure.arm('GET', path)).json;
  expect(before).toMatchObject({
    etag: expect.stringMatching(/^"[\da-f-]+"$/) as string,
    systemData: { createdBy: azure.cloud.state.identity.clientId, createdByType: 'Application' },
    properties: { networkAcls: { defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [] } },
  });
  await azure.pass(MINUTE_MS);
  await azure.arm('PATCH', path, { tags: { a: 'b' } });
  expect((await azure.arm('GET', path)).json.etag).not.toBe(before.etag);
});

it('tells the certificates of two local clouds in one file apart by their subjects', async () => {
  const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'certificates-')));
  const made = await Promise.all(folders.map((folder) => loadCertificate(folder)));
  for (const folder of folders) rmSync(folder, { recursive: true });
  const [first, second] = made.map(({ cert }) => new X509Certificate(cert));
  expect(first?.subject).toMatch(/^CN=LLMOps lab local cloud [\da-f]{16}$/);
  expect(first?.subject).not.toBe(second?.subject);
});
