// Whole labs that no region can serve: each stops as early as it can, says why and what would have to change, and leaves nothing.
import { beforeEach, describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { unregister } from '../../local/cloud/arm/providers.ts';
import { resourceNames } from '../../src/lab/names.ts';
import { addBystanders, fillCores, fillTokens, place, REGIONS } from './placement.ts';
import { useWorld } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const world = useWorld({ catalogue: '2024' });
const [first, second] = REGIONS as [string, string, string];
const landscape = () => world.rig.cloud.state.landscape;
const writes = () =>
  world.rig.cloud.requests
    .filter((it) => it.service === 'arm' && it.method !== 'GET')
    .filter((it) => !/checkDomainAvailability$/.test(it.path));
const refuse = (pattern: string, status: number, code: string, message: string, fire = 100) =>
  world.rig.cloud.faults.add({ pattern, kind: 'status', status, body: { error: { code, message } }, fire });

beforeEach(() => addBystanders(world.rig));

describe('impossible before anything is created', () => {
  it('every region full of tokens: which quota, where, by how much', async () => {
    fillTokens(world.rig, ...REGIONS);
    const { view } = await place(world);
    expect(view.report?.outcome).toBe('failed');
    expect(view.problem).toMatchObject({ code: 'no-token-quota', remedy: 'none' });
    expect(view.problem?.suggestion).toMatch(
      /OpenAI\.Standard\.gpt-35-turbo from 30K to 33K tokens a minute in eastus2/,
    );
    expect(writes()).toEqual([]);
  });

  it('every region full of cores', async () => {
    fillCores(world.rig, ...REGIONS);
    const { view } = await place(world);
    expect(view.problem?.code).toBe('no-core-quota');
    expect(view.problem?.suggestion).toMatch(/standardDDSv5Family from 10 to 12/);
    expect(writes()).toEqual([]);
  });

  it('the right to purge is missing: it must be granted at the subscription', async () => {
    landscape().denied.push({ action: 'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete' });
    const { view } = await place(world);
    expect(view.problem?.code).toBe('missing-right');
    expect(view.problem?.suggestion).toMatch(/deletedAccounts\/delete at the scope of the whole subscription/);
    expect(writes()).toEqual([]);
  });
});

describe('refused everywhere, one region after the other', () => {
  it('cores that are missing at each launch: every region is tried once, and the failure names them all', async () => {
    databricksOf(world.rig.cloud.state).knobs.clusterStarts.push({ script: 'quota', times: 9 });
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('failed');
    expect(lab.tries('cluster')).toEqual(REGIONS.map((it) => `${it} refused`));
    expect(lab.view.problem).toMatchObject({ code: 'AZURE_QUOTA_EXCEEDED_EXCEPTION' });
    expect(lab.view.problem?.message).toMatch(/All 3 tries were refused: eastus2 .*northcentralus .*swedencentral/);
    expect(lab.view.problem?.suggestion).toMatch(/Raise the quota "standardDDSv5Family"/);
  });

  it('a size that is sold out everywhere, called a quota: the suggestion speaks of capacity, not of quota', async () => {
    databricksOf(world.rig.cloud.state).knobs.clusterStarts.push({ script: 'stockout-as-quota', times: 9 });
    const { view } = await place(world);
    expect(view.problem?.code).toBe('AZURE_QUOTA_EXCEEDED_EXCEPTION');
    expect(view.problem?.suggestion).toMatch(/sold out/);
    expect(view.problem?.suggestion).not.toMatch(/Raise the quota/);
  });

  it('a policy that forbids all of the allowed regions', async () => {
    landscape().policies.push({ name: 'Allowed locations', deniedRegions: REGIONS });
    const lab = await place(world);
    expect(lab.tries('account')).toEqual(REGIONS.map((it) => `${it} refused`));
    expect(lab.view.problem?.suggestion).toMatch(/allow another one, or ask for an exemption/);
  });
});

describe('what no region cures stops at once', () => {
  it.each([
    [
      'a policy about something else',
      'PUT */workspaces/*',
      403,
      'RequestDisallowedByPolicy',
      "Resource 'x' was disallowed by policy. Reason: every workspace needs a cost centre.",
      /exemption/,
    ],
    [
      'a right that was taken away',
      'PUT */workspaces/*',
      403,
      'AuthorizationFailed',
      "The client 'x' does not have authorization to perform action 'Microsoft.Databricks/workspaces/write' over scope '/subscriptions/s'.",
      /Grant the app Microsoft\.Databricks\/workspaces\/write at \/subscriptions\/s/,
    ],
    [
      'a subscription that was disabled',
      'PUT */accounts/*',
      409,
      'ReadOnlyDisabledSubscription',
      'disabled',
      /re-enable/,
    ],
    ['a lock', 'PUT */workspaces/*', 409, 'ScopeLocked', 'The scope is locked.', /Remove the lock/],
    [
      'a subscription without access to the service',
      'PUT */accounts/*',
      400,
      'SpecialFeatureOrQuotaIdRequired',
      "The subscription does not have QuotaId/Feature required by SKU 'S0' from kind 'OpenAI'.",
      /another subscription/,
    ],
  ])('%s', async (_what, pattern, status, code, message, suggestion) => {
    refuse(pattern, status, code, message);
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('failed');
    expect(lab.view.problem).toMatchObject({ code, remedy: 'none' });
    expect(lab.view.problem?.suggestion).toMatch(suggestion);
    const step = pattern.includes('accounts') ? 'account' : 'workspace';
    expect(lab.tries(step)).toEqual([`${first} refused`]);
  });

  it('a network that the workspace cannot have: one start, one region', async () => {
    databricksOf(world.rig.cloud.state).knobs.clusterStarts.push({ script: 'vnet-misconfigured', times: 9 });
    const lab = await place(world);
    expect(lab.tries('cluster')).toEqual([`${first} refused`]);
    expect(lab.view.problem?.code).toBe('AZURE_VNET_CONFIGURATION_FAILURE');
  });

  it('on one side takes the other side down as well, however far it came', async () => {
    databricksOf(world.rig.cloud.state).knobs.clusterStarts.push({ script: 'vnet-misconfigured', times: 9 });
    const { view } = await place(world);
    expect(view.steps.find((it) => it.name === 'deployment')?.state).toBe('done');
    expect(view.report?.receipt.removals.map((it) => it.what)).toEqual(
      expect.arrayContaining(['deployment', 'account', 'soft-deleted account', 'workspace', 'group']),
    );
  });
});

describe('names and providers', () => {
  it('a name that a soft-deleted account of another subscription holds: seen by the plan, and the next one taken at once', async () => {
    const { state } = world.rig.cloud;
    const [subscriptionId = '', elsewhere = ''] = state.subscriptionIds;
    const startedAt = new Date(world.rig.clock.now()).toISOString();
    const name = resourceNames({ id: 'named', subscriptionId, installation: 'local-lab', startedAt }, 1).account;
    const [model] = armOf(state).accounts.values();
    if (model === undefined) throw new Error('no bystander');
    const id = `/subscriptions/${elsewhere}/resourceGroups/rg-theirs/providers/Microsoft.CognitiveServices/accounts/${name}`;
    armOf(state).deletedAccounts.put(id.toLowerCase(), {
      account: { ...model, id, name, subdomain: name, subscriptionId: elsewhere, group: 'rg-theirs' },
      deployments: [],
      deletedAt: state.now(),
      scheduledPurgeAt: state.now() + 86_400_000,
      purging: false,
    });
    const lab = await place(world, { id: 'named' });
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.view.steps.find((it) => it.name === 'account')).toMatchObject({ attempt: 2, state: 'done' });
    expect(lab.tries('account')).toEqual([first]);
    expect(lab.view.plan?.notes?.join()).toMatch(/name of the first account is taken/);
  });

  it('a provider that is not registered yet is registered first', async () => {
    unregister(world.rig.cloud.state, 'Microsoft.Databricks');
    const lab = await place(world);
    expect(lab.databricks).toBe(first);
    expect(lab.view.steps.find((it) => it.name === 'providers')).toMatchObject({
      subject: 'Microsoft.Databricks',
      state: 'done',
    });
  });

  const FRESH = ['CognitiveServices', 'Databricks', 'Compute', 'Network', 'Storage'].map((it) => `Microsoft.${it}`);

  it('a subscription that has never used any of it: registered first, because no quota can be read before', async () => {
    for (const namespace of FRESH) unregister(world.rig.cloud.state, namespace);
    const rehearsal = await world.rig.host.fetch('/api/labs?dryRun=true', { method: 'POST' });
    expect(await rehearsal.json()).toMatchObject({
      plan: {
        kind: 'impossible',
        reasons: [
          { code: 'unregistered', suggestion: expect.stringMatching(/^Start the lab: it registers them/) as string },
        ],
      },
    });
    expect(writes()).toEqual([]);
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.view.steps.slice(0, 3).map((it) => [it.name, it.state])).toEqual([
      ['plan', 'done'],
      ['providers', 'done'],
      ['plan', 'done'],
    ]);
  });

  it('a fresh subscription that the app may not register with: the right is named, and the lab ends', async () => {
    for (const namespace of FRESH) unregister(world.rig.cloud.state, namespace);
    landscape().denied.push({ action: 'Microsoft.Compute/register/action' });
    const { view } = await place(world);
    expect(view.problem).toMatchObject({
      code: 'missing-right',
      suggestion: expect.stringContaining('Compute') as string,
    });
    expect(writes()).toEqual([]);
  });

  it('regions that the request names keep its order; those of the installation are spread over the labs', async () => {
    const named = await place(world, { regions: [second, first] });
    expect([named.openai?.split('/')[0], named.databricks]).toEqual([second, second]);
    const used = new Set<string | undefined>();
    for (const id of ['spread-a', 'spread-b', 'spread-c', 'spread-d', 'spread-e', 'spread-f'])
      used.add((await place(world, { id, regions: undefined })).databricks);
    expect(used.size).toBeGreaterThan(1);
  });
});
