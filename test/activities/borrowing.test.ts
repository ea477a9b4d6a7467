// Loans from another subscription than the lab's, and clusters that do not start at once.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newAccount } from '../../local/cloud/openai/account.ts';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { putGroup } from '../../local/cloud/arm/groups.ts';
import type { Account } from '../../local/cloud/arm/records.ts';
import { inAnHour, order, startBench, type Bench } from './bench.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ settings: { LAB_REGIONS: 'northcentralus,swedencentral' } });
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
  bench.reset();
});

/** An account of somebody in the cloud's second subscription. */
async function accountElsewhere(): Promise<Account> {
  const { state } = bench.cloud;
  const call = { params: { subscriptionId: state.subscriptionIds[1] as string } };
  const group = putGroup(state, call, { name: 'rg-theirs', location: 'eastus2', tags: {}, maker: 'bystander' });
  const made = await newAccount(state, {
    group: group.id,
    name: 'aoai-theirs',
    location: 'eastus2',
    tags: {},
    subdomain: 'aoai-theirs',
    maker: 'bystander',
  });
  const account: Account = { ...made, state: 'Succeeded', createdAt: state.now() - 86_400_000 };
  armOf(state).accounts.put(account.id.toLowerCase(), account);
  return account;
}

describe('an account in another subscription', () => {
  it('is read, deployed in and cleaned there, with the quota that is there', async () => {
    const { lab } = bench;
    const theirs = await accountElsewhere();
    const request = order(bench.settings, { openai: { accountId: theirs.id } });
    const plan = await bench.value('planLab', { lab, request });
    if (plan.kind !== 'plan') throw new Error(JSON.stringify(plan));
    expect(plan.openai.map((it) => it.region)).toEqual(plan.openai.map(() => 'eastus2'));
    expect(plan.databricks.map((it) => it.region)).not.toContain('eastus2');
    const usages = bench.requests(/^GET .*\/locations\/eastus2\/usages$/);
    expect(usages).toEqual([expect.stringContaining(theirs.subscriptionId) as string]);

    const account = plan.borrowed?.account;
    const choice = plan.openai[0]?.choice;
    if (account === undefined || choice === undefined) throw new Error('nothing borrowed');
    const borrowed = { account: account.id };
    await bench.value('ensureGroup', { lab, region: 'eastus2', lease: inAnHour(bench), borrowed });
    const deployment = await bench.value('ensureDeployment', { lab, account, choice });
    expect(
      armOf(bench.cloud.state)
        .deployments.values()
        .map((it) => it.id),
    ).toEqual([`${theirs.id}/deployments/${deployment.name}`]);

    // From the group's tags alone, as the sweep would find it.
    const inventory = await bench.value('takeInventory', { lab, known: { workspaces: [], accounts: [] } });
    expect(inventory.borrowed.map((it) => it.toLowerCase())).toEqual([theirs.id.toLowerCase()]);
    expect(inventory.left.find((it) => it.kind === 'borrowed-account')).toMatchObject({
      deployments: [deployment.name],
    });
    await bench.value('removeDeployments', { lab, account });
    expect(armOf(bench.cloud.state).deployments.values()).toEqual([]);
    expect(armOf(bench.cloud.state).accounts.values()).toHaveLength(1);
  });
});

describe('a borrowed cluster', () => {
  const borrow = async (state: 'RUNNING' | 'TERMINATED') => {
    const home = await bench.cloud.bystanders.workspace();
    const { id: clusterId } = bench.cloud.bystanders.cluster(home, { state });
    const { id, name, location, origin, managedGroupId } = home;
    const workspace = { id, name, region: location, url: origin, managedGroupId, borrowed: true as const };
    // The plan's look, which lets the app in.
    await bench.clients.databricks(workspace).me();
    return { lab: bench.lab, workspace, clusterId };
  };
  const starts = () => bench.requests(/clusters\/start$/).length;

  it('that runs needs no call but the look', async () => {
    expect(await bench.settle('ensureBorrowedCluster', await borrow('RUNNING'))).toMatchObject({ kind: 'done' });
    expect(bench.requests(/clusters/)).toHaveLength(1);
  });

  it('is started once, whatever becomes of the answer', async () => {
    bench.cloud.faults.add({ pattern: 'POST */clusters/start', kind: 'reset', when: 'after' });
    expect(await bench.settle('ensureBorrowedCluster', await borrow('TERMINATED'))).toMatchObject({ kind: 'done' });
    expect(starts()).toBe(1);
  });

  it('that somebody else starts at the same moment is awaited', async () => {
    bench.cloud.faults.add({
      pattern: 'POST */clusters/start',
      kind: 'status',
      status: 400,
      body: { error_code: 'INVALID_STATE', message: 'Cluster x is in unexpected state Pending.' },
    });
    expect(await bench.settle('ensureBorrowedCluster', await borrow('TERMINATED'))).toMatchObject({ kind: 'done' });
  });

  it('whose transient failure comes twice is refused, and not started for ever', async () => {
    databricksOf(bench.cloud.state).knobs.clusterStarts.push({ script: 'bootstrap-timeout', times: 9 });
    expect(await bench.settle('ensureBorrowedCluster', await borrow('TERMINATED'))).toMatchObject({
      kind: 'refused',
      problem: { code: 'BOOTSTRAP_TIMEOUT' },
    });
    expect(starts()).toBe(2);
  });
});
