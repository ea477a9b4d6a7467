// What is removed is proved to be gone, is removed once, and is never somebody else's.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../local/cloud/core/faults.ts';
import type { Removal } from '../../src/lab/removal/inventory.ts';
import { removalChains } from '../../src/contracts/removal-chains.ts';
import { TAGS } from '../../src/lab/tags.ts';
import { build, inAnHour, labOf, startBench, type Bench } from './bench.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
  bench.reset();
});

const NOTHING_KNOWN = { workspaces: [], accounts: [] };
const ours = () => bench.cloud.inventory().filter((it) => it.origin !== 'bystander');

/** One round of a teardown, as the orchestration runs it. Refusals come back as text. */
async function round(lab = bench.lab): Promise<{ removals: Removal[]; refused: string[] }> {
  const removals: Removal[] = [];
  const refused: string[] = [];
  const inventory = await bench.value('takeInventory', { lab, known: NOTHING_KNOWN });
  for (const chain of removalChains(lab, inventory, NOTHING_KNOWN)) {
    for (const { activity, input } of chain) {
      const outcome = await bench.settle(activity, input);
      if ((outcome as { kind: string }).kind === 'refused') {
        refused.push((outcome as unknown as { problem: { code: string } }).problem.code);
        break;
      }
      removals.push(...(outcome as unknown as { value: Removal[] }).value);
    }
  }
  if (refused.length === 0) removals.push(...(await bench.value('removeGroup', { lab })));
  return { removals, refused };
}

describe('a teardown that knows nothing', () => {
  it('finds and removes all of a lab', async () => {
    await build(bench);
    await round();
    expect(ours()).toEqual([]);
  });

  it.each<[string, Pick<FaultRule, 'pattern'>]>([
    ['workspace', { pattern: 'DELETE */workspaces/*' }],
    ['deployment', { pattern: 'DELETE */deployments/*' }],
    ['account', { pattern: 'DELETE */resourcegroups/*/accounts/aoai*1' }],
    ['purge', { pattern: 'DELETE */deletedAccounts/*' }],
    ['group', { pattern: 'DELETE */resourcegroups/rg-lab*' }],
    ['cluster', { pattern: 'POST */clusters/delete' }],
  ])('goes on after the lost answer to the deletion of the %s', async (_what, rule) => {
    await build(bench);
    bench.cloud.faults.add({ ...rule, kind: 'reset', when: 'after' });
    await round();
    expect(bench.cloud.faults.hits).toEqual([1]);
    expect(ours()).toEqual([]);
  });

  it.each([
    ['by time', { ms: 20_000, reads: 0 }],
    ['by number', { ms: 0, reads: 1 }],
  ])('is not deceived by reads that lag %s', async (_how, lag) => {
    await build(bench);
    bench.cloud.state.lag = lag;
    // A second round is what the orchestration runs until an inventory is empty.
    for (let turn = 1; turn <= 3 && ours().length > 0; turn++) await round();
    expect(ours()).toEqual([]);
  });

  it('proves each absence twice, some time apart, after its DELETE', async () => {
    const built = await build(bench);
    const { removals } = await round();
    expect(removals.map((it) => it.confirmed).filter((it) => !it.startsWith('404 twice'))).toEqual([
      'TERMINATED',
      'no longer listed after our DELETE',
    ]);
    const gets = bench.cloud.requests.filter(
      (it) => it.method === 'GET' && it.path.toLowerCase() === built.account.id.toLowerCase() && it.status === 404,
    );
    expect(gets.length).toBeGreaterThanOrEqual(2);
    expect(gets.at(-1)!.at - gets.at(-2)!.at).toBeGreaterThanOrEqual(5_000);
  });

  it('takes no page with status 404 for an absence', async () => {
    const { account } = await build(bench);
    bench.cloud.faults.add({ pattern: 'GET */accounts/aoai*1', kind: 'html', status: 404, fire: 3 });
    await bench.value('removeDeployments', { lab: bench.lab, account });
    await bench.value('removeAccount', { lab: bench.lab, account });
    expect(armOf(bench.cloud.state).accounts.get(account.id.toLowerCase())).toBeUndefined();
    expect(bench.cloud.faults.hits).toEqual([3]);
  });
});

describe("a service's bad manners", () => {
  it('a deletion that is called a success and fails is repeated', async () => {
    await build(bench);
    bench.cloud.state.landscape.falseDeletes.push(
      'Microsoft.Databricks/workspaces',
      'Microsoft.CognitiveServices/accounts',
    );
    await round();
    expect(bench.requests(/^DELETE .*\/workspaces\//)).toHaveLength(2);
    expect(ours()).toEqual([]);
  });

  it('a workspace that is still being made refuses its deletion, and is deleted when it is there', async () => {
    const { lab } = bench;
    await bench.value('ensureGroup', { lab, region: 'eastus2', lease: inAnHour(bench) });
    await bench.call('ensureWorkspace', { lab, attempt: 1, region: 'eastus2', tier: 'premium' });
    const { removals, refused } = await round();
    expect(refused).toEqual([]);
    expect(removals.map((it) => it.what)).toEqual(['workspace', 'managed group', 'group']);
    expect(bench.said.join()).toMatch(/removeWorkspace: .*provisioning state 'Creating'/);
    expect(ours()).toEqual([]);
  });

  it('a managed group that survives its workspace is removed after it', async () => {
    await build(bench);
    bench.cloud.state.landscape.stubbornManagedGroups = 1;
    const { removals } = await round();
    expect(removals.filter((it) => it.what === 'managed group')).toMatchObject([
      { confirmed: '404 twice after our DELETE' },
    ]);
    expect(ours()).toEqual([]);
  });

  it('a managed group whose workspace somebody else deleted is found by its name, and removed', async () => {
    const { workspace } = await build(bench);
    bench.cloud.state.landscape.stubbornManagedGroups = 1;
    const arm = bench.clients.arm(bench.lab.subscriptionId);
    await arm.deleteWorkspace(workspace.id);
    await bench.pass(3_600_000);
    const inventory = await bench.value('takeInventory', { lab: bench.lab, known: NOTHING_KNOWN });
    expect(inventory.left.map((it) => it.kind)).toContain('managed-group');
    await round();
    expect(ours()).toEqual([]);
  });

  it('an account is purged after its group is gone', async () => {
    const { account } = await build(bench);
    const arm = bench.clients.arm(bench.lab.subscriptionId);
    await arm.deleteGroup(bench.lab.group);
    await bench.pass(3_600_000);
    const inventory = await bench.value('takeInventory', { lab: bench.lab, known: NOTHING_KNOWN });
    expect(inventory.left).toContainEqual({ kind: 'deleted-account', id: account.id, region: account.region });
    await round();
    expect(ours()).toEqual([]);
  });

  it('a lock is told as what it is, and nothing is called removed', async () => {
    const { account } = await build(bench);
    bench.cloud.state.landscape.locks.push({ scope: account.id, level: 'CanNotDelete', name: 'keep' });
    const { refused, removals } = await round();
    expect(refused).toEqual(['ScopeLocked']);
    expect(removals.map((it) => it.what)).not.toContain('account');
    bench.cloud.state.landscape.locks.length = 0;
    await round();
    expect(ours()).toEqual([]);
  });

  it('a group that is made between two of its reads is no contradiction', async () => {
    await build(bench);
    const notYet = { error: { code: 'ResourceGroupNotFound', message: "Resource group 'rg' could not be found." } };
    bench.cloud.faults.add({
      pattern: 'GET */resourcegroups/rg-lab*/resources',
      kind: 'status',
      status: 404,
      body: notYet,
    });
    const { unread, left } = await bench.value('takeInventory', { lab: bench.lab, known: NOTHING_KNOWN });
    expect(bench.cloud.faults.hits).toEqual([1]);
    expect(unread ?? []).toEqual([]);
    expect(left.length).toBeGreaterThan(1);
  });

  it('a subscription that cannot be read leaves no empty inventory behind', async () => {
    await build(bench);
    bench.cloud.state.landscape.denied.push({ action: 'Microsoft.CognitiveServices/*' });
    const { left, unread } = await bench.value('takeInventory', { lab: bench.lab, known: NOTHING_KNOWN });
    expect(unread?.map((it) => it.what.split('/').at(-1))).toEqual(['accounts', 'deletedAccounts']);
    expect(unread?.filter((it) => !it.why.startsWith('AuthorizationFailed: '))).toEqual([]);
    // What can be read can be removed.
    expect(left.map((it) => it.kind)).toEqual(['workspace', 'group']);
  });
});

describe("other people's things", () => {
  it('in the group of a lab keep it, and the group loses our tags alone', async () => {
    await build(bench);
    const storage = bench.cloud.bystanders.storageIn(bench.lab.group);
    const arm = bench.clients.arm(bench.lab.subscriptionId);
    const group = await arm.group(bench.lab.group);
    await arm.setGroupTags(bench.lab.group, { ...group!.tags, theirs: 'yes' });

    const { removals } = await round();
    expect(removals.at(-1)).toMatchObject({
      what: 'group',
      kept: true,
      confirmed: expect.stringContaining('holds what is not ours') as string,
    });
    expect(removals.at(-1)?.confirmed).toContain(storage.name);
    expect((await arm.group(bench.lab.group))?.tags).toEqual({ theirs: 'yes' });
    expect(await bench.value('takeInventory', { lab: bench.lab, known: NOTHING_KNOWN })).toMatchObject({
      left: [],
      foreign: [{ id: storage.id, type: 'Microsoft.Storage/storageAccounts' }],
    });
    // A second execution says the same.
    expect(await bench.value('removeGroup', { lab: bench.lab })).toMatchObject([{ kept: true }]);
  });

  it('elsewhere are neither listed nor touched, whatever their tags nearly say', async () => {
    const { lab } = bench;
    await build(bench);
    const nearly = {
      [TAGS.installation]: lab.installation,
      [TAGS.lab]: lab.id,
      [TAGS.started]: '2026-01-01T00:00:00.000Z',
    };
    await bench.cloud.bystanders.account({ tags: nearly });
    await bench.cloud.bystanders.workspace({
      tags: { ...nearly, [TAGS.started]: lab.startedAt, [TAGS.installation]: 'another' },
    });
    bench.cloud.bystanders.group({ name: 'rg-lab-lab-one-00000000' });
    const before = bench.cloud.inventory().filter((it) => it.origin === 'bystander');
    await round();
    expect(bench.cloud.inventory()).toEqual(before);
  });

  it('under a name of ours are kept when their tags are gone', async () => {
    const { account } = await build(bench);
    const row = armOf(bench.cloud.state).accounts.get(account.id.toLowerCase())!;
    armOf(bench.cloud.state).accounts.put(account.id.toLowerCase(), { ...row, tags: {} });
    expect(await bench.value('removeAccount', { lab: bench.lab, account })).toMatchObject([{ kept: true }]);
    expect(bench.requests(/^DELETE/)).toEqual([]);
  });

  it('the given group of a lab stays, and what the lab put there goes', async () => {
    const lab = labOf(bench.settings.subscriptionId, { resourceGroup: 'rg-given' });
    bench.cloud.bystanders.group({ name: 'rg-given' });
    const storage = bench.cloud.bystanders.storageIn('rg-given');
    await bench.value('ensureGroup', { lab, region: 'eastus2', lease: inAnHour(bench) });
    await bench.value('ensureAccount', { lab, attempt: 1, region: 'eastus2' });
    const groups = await bench.clients.labSurvey.listLabGroups();
    expect(groups.map((it) => it.lab)).toEqual([lab]);
    await round(lab);
    expect(ours()).toEqual([]);
    expect(bench.cloud.inventory().map((it) => it.id)).toContain(storage.id);
  });
});
