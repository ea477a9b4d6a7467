// What the app reads before it creates: compute, providers, pages; and other people's things.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAzure, type Azure } from './azure.ts';

let azure: Azure;
let subscription: string;
beforeAll(async () => {
  azure = await startAzure({ catalogue: '2024', userAssigned: true });
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

describe('compute', () => {
  const usages = async () => {
    const rows = await value(
      `${subscription}/providers/Microsoft.Compute/locations/eastus2/usages?api-version=2024-07-01`,
    );
    return Object.fromEntries(
      rows.map((row) => [(row.name as { value: string }).value, [row.currentValue, row.limit]]),
    );
  };

  it('counts cores by family and in total, those of living clusters added', async () => {
    expect(await usages()).toMatchObject({ cores: [8, 100], standardDDSv5Family: [4, 50] });
    azure.cloud.state.onCoresUsed((_subscription, region) => (region === 'eastus2' ? { standardDDSv5Family: 4 } : {}));
    azure.cloud.state.landscape.coreQuota['eastus2/standardDDSv5Family'] = { limit: 10, used: 5 };
    expect(await usages()).toMatchObject({ cores: [12, 100], standardDDSv5Family: [9, 10] });
  });

  it('lists sizes with their family and their restrictions', async () => {
    azure.cloud.state.landscape.sizeRestrictions['eastus2/Standard_D4ds_v5'] = 'NotAvailableForSubscription';
    azure.cloud.state.landscape.missingSizes.push('eastus2/Standard_D8ds_v5');
    const rows = await value(
      `${subscription}/providers/Microsoft.Compute/skus?api-version=2021-07-01&$filter=location eq 'eastus2'`,
    );
    expect(rows.find((row) => row.name === 'Standard_D4ds_v5')).toMatchObject({
      family: 'standardDDSv5Family',
      restrictions: [{ type: 'Location', reasonCode: 'NotAvailableForSubscription' }],
    });
    expect(rows.map((row) => row.name)).not.toContain('Standard_D8ds_v5');
  });
});

describe('identity', () => {
  const ask = async (query: string, header = process.env.IDENTITY_HEADER as string) => {
    const response = await fetch(`${process.env.IDENTITY_ENDPOINT}?${query}`, {
      headers: { 'x-identity-header': header },
    });
    return response.status;
  };

  it('answers only its own header, version and client id', async () => {
    const good = `api-version=2019-08-01&resource=https://management.azure.com/&client_id=${process.env.AZURE_CLIENT_ID}`;
    expect(await ask(good)).toBe(200);
    expect(await ask(good, 'guess')).toBe(401);
    expect(await ask(good.replace('2019', '2017'))).toBe(400);
    expect(await ask(good.replace(/&client_id.*/, ''))).toBe(400);
  });
});

describe('lists', () => {
  it('come in pages, which the SDK follows', async () => {
    azure.cloud.state.landscape.pageSize = 2;
    for (const name of ['rg-a', 'rg-b', 'rg-c']) azure.cloud.bystanders.group({ name, tags: { lab: name } });
    const names = [];
    for await (const group of azure.resources.resourceGroups.list()) names.push(group.name);
    expect(names).toEqual(['rg-a', 'rg-b', 'rg-c']);
    expect(azure.cloud.requests.filter((it) => it.service === 'arm').length).toBe(2);
  });

  it('know a tag by name in any case, and by exact value', async () => {
    azure.cloud.bystanders.group({ name: 'rg-a', tags: { Lab: 'One' } });
    const list = async (filter: string) =>
      (await value(`${subscription}/resourcegroups?api-version=2025-04-01&$filter=${filter}`)).length;
    expect(await list("tagName eq 'lab'")).toBe(1);
    expect(await list("tagName eq 'lab' and tagValue eq 'One'")).toBe(1);
    expect(await list("tagName eq 'lab' and tagValue eq 'one'")).toBe(0);
  });

  it('of resources say no tags once a tag is in the filter: whoever looked for the owner there would find none', async () => {
    const { id } = await azure.cloud.bystanders.account({ tags: { lab: 'a' } });
    const rows = (filter: string) => value(`${subscription}/resources?api-version=2025-04-01${filter}`);
    expect(await rows('')).toMatchObject([{ id, tags: { lab: 'a' } }]);
    const [row] = await rows("&$filter=tagName eq 'lab' and tagValue eq 'a'");
    expect(row).toMatchObject({ id });
    expect(row).not.toHaveProperty('tags');
  });

  it('merge, replace and delete tags of anything', async () => {
    const storage = azure.cloud.bystanders.storageIn('rg-a');
    const tags = `${storage.id}/providers/Microsoft.Resources/tags/default?api-version=2025-04-01`;
    const patch = async (operation: string, given: Record<string, string>) => {
      const answer = await azure.arm('PATCH', tags, { operation, properties: { tags: given } });
      return (answer.json.properties as { tags: object }).tags;
    };
    expect(await patch('Merge', { a: '1', b: '2' })).toEqual({ a: '1', b: '2' });
    expect(await patch('Delete', { a: '1' })).toEqual({ b: '2' });
    expect(await patch('Replace', { c: '3' })).toEqual({ c: '3' });
  });
});

describe('bystanders', () => {
  it('are in the inventory as what they are, managed group included', async () => {
    await azure.cloud.bystanders.account({
      deploy: { model: 'gpt-4o', version: '2024-08-06', sku: 'GlobalStandard', capacity: 10 },
    });
    const workspace = await azure.cloud.bystanders.workspace();
    azure.cloud.bystanders.storageIn('rg-elsewhere');
    const items = azure.cloud.inventory();
    expect(new Set(items.map((it) => it.origin))).toEqual(new Set(['bystander']));
    expect(items.map((it) => it.id)).toContain(workspace.managedGroupId);
    const listed = await value(`${subscription}/resources?api-version=2025-04-01`);
    expect(listed.length).toBe(
      items.filter((it) => !/resourceGroups$|deployments$|roleAssignments$/.test(it.type)).length,
    );
  });
});
