// What is read before anything is created, and what becomes of what cannot be read.
import { groupId } from '../../../src/lab/arm-ids.ts';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { unregister } from '../../../local/cloud/arm/providers.ts';
import { inAnHour, labOf, order, planOf, startBench, type Bench } from '../bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ settings: { LAB_REGIONS: 'eastus2,northcentralus,swedencentral' } });
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
  bench.reset();
});

const plan = (body?: object) => bench.value('planLab', { lab: bench.lab, request: order(bench.settings, body) });

describe('a plan', () => {
  it('rejects a region that may not be read, with the reason, and takes another', async () => {
    bench.cloud.faults.add({
      pattern: 'GET */locations/eastus2/models',
      kind: 'status',
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'not there' } },
    });
    const planned = await planOf(bench);
    expect(planned.openai.map((it) => it.region)).not.toContain('eastus2');
    expect(planned.rejected).toContainEqual({
      service: 'openai',
      region: 'eastus2',
      reason: expect.stringContaining('not there') as string,
    });
  });

  it('is made again when a reading failed for a moment, rather than without that region', async () => {
    bench.cloud.faults.add({ pattern: 'GET */locations/eastus2/usages', kind: 'status', status: 500 });
    expect((await planOf(bench)).openai.map((it) => it.region)).toContain('eastus2');
    expect(bench.said).toHaveLength(1);
  });

  it('waits where it is throttled', async () => {
    bench.cloud.faults.add({
      pattern: 'GET */providers/*',
      kind: 'status',
      status: 429,
      headers: { 'Retry-After': '20' },
    });
    expect(await bench.call('planLab', { lab: bench.lab, request: order(bench.settings) })).toMatchObject({
      kind: 'pending',
      afterSeconds: 20,
    });
  });

  it.each([
    ['does not exist', 'no-such-group', () => undefined],
    [
      'belongs to a lab',
      'group-of-a-lab',
      () => {
        const { lab, clients, cloud } = bench;
        const id = groupId(lab.subscriptionId, 'rg-given');
        cloud.bystanders.group({ name: 'rg-given', tags: clients.ownership.tagsFor(lab, id) });
      },
    ],
  ])('is impossible where the group that the request names %s', async (_what, code, prepare) => {
    prepare();
    const lab = labOf(bench.settings.subscriptionId, { resourceGroup: 'rg-given' });
    const request = order(bench.settings, { resourceGroup: 'rg-given' });
    const planned = await bench.value('planLab', { lab, request });
    expect(planned).toMatchObject({ kind: 'impossible', reasons: [{ code }] });
  });

  it('keeps the order of regions that the request names', async () => {
    const planned = await plan({ regions: ['swedencentral', 'eastus2'] });
    expect(planned).toMatchObject({ kind: 'plan', databricks: [{ region: 'swedencentral' }, { region: 'eastus2' }] });
  });

  it('names a right that is missing, and where', async () => {
    bench.cloud.state.landscape.denied.push({
      action: 'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete',
    });
    const planned = await plan();
    expect(planned).toMatchObject({
      kind: 'impossible',
      reasons: [{ code: 'missing-right', message: expect.stringContaining('deletedAccounts/delete') as string }],
    });
  });

  it('looks for the rights of a given group at that group', async () => {
    bench.cloud.bystanders.group({ name: 'rg-given' });
    const lab = labOf(bench.settings.subscriptionId, { resourceGroup: 'rg-given' });
    bench.cloud.state.landscape.denied.push({
      action: 'Microsoft.Databricks/workspaces/write',
      scope: `/subscriptions/${lab.subscriptionId}/resourceGroups/rg-given`,
    });
    expect(await bench.value('planLab', { lab: bench.lab, request: order(bench.settings) })).toMatchObject({
      kind: 'plan',
    });
    expect(await bench.value('planLab', { lab, request: order(bench.settings) })).toMatchObject({
      kind: 'impossible',
      reasons: [{ message: expect.stringContaining('rg-given') as string }],
    });
  });

  it('goes on where the app may not read its own rights', async () => {
    bench.cloud.faults.add({
      pattern: 'GET */permissions',
      kind: 'status',
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'no' } },
    });
    expect(await plan()).toMatchObject({ kind: 'plan' });
  });

  it('opens a model that is closed to new customers where the subscription deploys it', async () => {
    const closed = await planOf(bench);
    await bench.cloud.bystanders.account({
      deploy: { model: 'gpt-5-mini', version: '2025-08-07', sku: 'GlobalStandard', capacity: 1 },
    });
    const open = await planOf(bench);
    expect(closed.openai[0]?.choice.model).not.toBe('gpt-5-mini');
    expect(open.openai[0]?.choice.model).toBe('gpt-5-mini');
  });
});

describe('providers', () => {
  it('that are not registered are registered once, and awaited', async () => {
    unregister(bench.cloud.state, 'Microsoft.Databricks');
    const planned = await planOf(bench);
    expect(planned.register).toEqual(['Microsoft.Databricks']);
    await bench.value('registerProviders', { lab: bench.lab, namespaces: planned.register });
    expect(bench.requests(/^POST .*\/register$/)).toHaveLength(1);
    expect((await planOf(bench)).register).toEqual([]);
  });

  it('that may not be registered are named in the refusal', async () => {
    unregister(bench.cloud.state, 'Microsoft.Databricks');
    bench.cloud.faults.add({
      pattern: 'POST */register',
      kind: 'status',
      status: 403,
      body: {
        error: {
          code: 'AuthorizationFailed',
          message: "does not have authorization to perform action 'Microsoft.Databricks/register/action'",
        },
      },
    });
    expect(
      await bench.settle('registerProviders', { lab: bench.lab, namespaces: ['Microsoft.Databricks'] }),
    ).toMatchObject({
      kind: 'refused',
      problem: {
        code: 'AuthorizationFailed',
        suggestion: expect.stringContaining('Microsoft.Databricks/register/action') as string,
      },
    });
  });
});

describe('the lease', () => {
  it('is on the group from its birth, and moves without touching other tags', async () => {
    const arm = bench.clients.arm(bench.lab.subscriptionId);
    const first = inAnHour(bench);
    await bench.value('ensureGroup', { lab: bench.lab, region: 'eastus2', lease: first });
    expect((await arm.group(bench.lab.group))?.tags['llmops-lease']).toBe(first);
    await arm.setGroupTags(bench.lab.group, { ...(await arm.group(bench.lab.group))!.tags, theirs: 'yes' });
    await bench.pass(60_000);
    const second = inAnHour(bench);
    await bench.value('renewLease', { lab: bench.lab, lease: second });
    expect((await arm.group(bench.lab.group))?.tags).toMatchObject({
      'llmops-lease': second,
      theirs: 'yes',
      'llmops-lab': bench.lab.id,
    });
  });
});
