/** What the cloud does to everybody now and then: deletions that are refused, rolled back or untrue, reads that lag, and things that others do to a lab. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Landscape } from '../../local/cloud/landscape.ts';
import type { Latencies } from '../../local/cloud/latencies.ts';
import type { StepName } from '../../src/lab/steps.ts';
import { judge, someBystanders } from './oracle.ts';
import { PATIENCE_MS } from './size.ts';
import { openWorld, type World } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const ID = 'lab-1';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
let world: World;
let bystanders: string;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  await world.reset();
  bystanders = await someBystanders(world);
});
afterAll(() => world.close());

const state = () => world.cloud.state;
const watched = () => world.until(async () => (await world.view(ID)).phase === 'watching', 3 * HOUR_MS);

describe('a lab leaves nothing, and knows it', () => {
  const WORKSPACES = 'Microsoft.Databricks/workspaces';
  const ACCOUNTS = 'Microsoft.CognitiveServices/accounts';
  const rows: [what: string, manners: Partial<Landscape>, latencies: Partial<Latencies>, graceMinutes: number][] = [
    ['a workspace deletion that says success and fails', { falseDeletes: [WORKSPACES] }, {}, 20],
    ['two of them', { falseDeletes: [WORKSPACES, WORKSPACES] }, {}, 40],
    ['an account deletion that deletes nothing', { falseDeletes: [ACCOUNTS] }, {}, 15],
    ['a deployment deletion that deletes nothing', { falseDeletes: [`${ACCOUNTS}/deployments`] }, {}, 15],
    ['a purge that purges nothing', { falseDeletes: ['Microsoft.CognitiveServices/deletedAccounts'] }, {}, 15],
    ['a group deletion that deletes nothing', { falseDeletes: ['Microsoft.Resources/resourceGroups'] }, {}, 15],
    ['a group deletion that is rolled back', { blockedGroupDeletes: ['*'] }, {}, 15],
    ['three of them', { blockedGroupDeletes: ['*', '*', '*'] }, {}, 45],
    ['a forced workspace deletion that keeps its managed group', { stubbornManagedGroups: 1 }, {}, 5],
    ['accounts that may be deleted with their deployments', { nestedDeletes: 'allowed' }, {}, 0],
    ['an account that is busy for a minute after each write', {}, { accountBusyMs: 60_000 }, 5],
    ['a purge that takes half an hour', {}, { purgeMs: 30 * MINUTE_MS }, 30],
    ['a workspace deletion that takes an hour and a half', {}, { workspaceDeleteMs: 90 * MINUTE_MS }, 100],
    ['a group deletion that takes an hour', {}, { groupDeleteMs: HOUR_MS }, 70],
    ['lists on pages of one row', { pageSize: 1 }, {}, 0],
  ];
  it.each(rows)('under %s', { timeout: PATIENCE_MS }, async (_what, manners, latencies, graceMinutes) => {
    Object.assign(state().landscape, manners);
    Object.assign(state().latency, latencies);
    await world.start(ID, { idleMinutes: 5 });
    const verdict = await judge(world, [ID], bystanders, { graceMs: graceMinutes * MINUTE_MS });
    expect(verdict.broken).toEqual([]);
    expect(verdict.endings).toMatchObject([{ outcome: 'healthy', reason: 'idle' }]);
  });

  it.each([
    ['10 seconds', { ms: 10_000, reads: 0 }],
    ['a minute', { ms: 60_000, reads: 0 }],
    ['three reads', { ms: 0, reads: 3 }],
    ['a minute and ten reads', { ms: 60_000, reads: 10 }],
  ])('under reads that lag %s behind writes', { timeout: PATIENCE_MS }, async (_lag, lag) => {
    state().lag = lag;
    await world.start(ID, { idleMinutes: 5 });
    const verdict = await judge(world, [ID], bystanders, { graceMs: 15 * MINUTE_MS });
    expect(verdict.broken).toEqual([]);
    expect(verdict.extra).toEqual([]);
    expect(verdict.endings).toMatchObject([{ outcome: 'healthy', reason: 'idle' }]);
  });

  const STEPS: StepName[] = ['group', 'account', 'deployment', 'workspace', 'readiness', 'cluster'];
  it.each(STEPS)(
    'asked to end at the step %s, when reads lag a minute behind writes',
    { timeout: PATIENCE_MS },
    async (step) => {
      state().lag = { ms: 60_000, reads: 0 };
      await world.start(ID, { idleMinutes: 5 });
      await world.until(async () => (await world.view(ID)).steps.some((it) => it.name === step), HOUR_MS);
      await world.end(ID);
      // Nobody may say that it is over while anything is there.
      await world.until(async () => (await world.liveInstances()).length === 0, 12 * HOUR_MS);
      expect(world.left()).toEqual([]);
      const verdict = await judge(world, [ID], bystanders);
      expect(verdict.broken).toEqual([]);
      expect(verdict.endings).toMatchObject([{ reason: 'asked' }]);
    },
  );
});

describe('what others do to a lab', () => {
  const arm = async (method: string, path: string): Promise<number> => {
    const response = await fetch(`${world.cloud.settings()['ARM_ENDPOINT']}${path}?api-version=2025-04-01`, {
      method,
      headers: { authorization: `Bearer ${state().issueToken('https://management.azure.com/')}` },
    });
    return response.status;
  };
  const groupId = () =>
    armOf(state())
      .groups.values()
      .find((it) => it.maker === 'ours')?.id ?? '';

  it(
    'its group deleted by hand while it is watched: the managed group that stays is removed, and the account purged',
    { timeout: PATIENCE_MS },
    async () => {
      await world.start(ID, { idleMinutes: 5 });
      await watched();
      expect(await arm('DELETE', groupId())).toBe(202);
      const verdict = await judge(world, [ID], bystanders, { graceMs: 15 * MINUTE_MS });
      expect(verdict.broken).toEqual([]);
    },
  );

  it('its group deleted by hand while it is built', { timeout: PATIENCE_MS }, async () => {
    await world.start(ID, { idleMinutes: 5 });
    await world.until(async () => (await world.view(ID)).steps.some((it) => it.name === 'cluster'), HOUR_MS);
    expect(await arm('DELETE', groupId())).toBe(202);
    const verdict = await judge(world, [ID], bystanders, { graceMs: 90 * MINUTE_MS });
    expect(verdict.broken).toEqual([]);
    expect(verdict.endings[0]?.outcome).not.toBe('healthy');
  });

  it(
    'its managed group cannot be deleted by anybody while the workspace lives: a deny assignment, which the app does not run into',
    { timeout: PATIENCE_MS },
    async () => {
      await world.start(ID, { idleMinutes: 5 });
      await watched();
      const managed =
        armOf(state())
          .groups.values()
          .find((it) => it.maker === 'managed')?.id ?? '';
      expect(await arm('DELETE', managed)).toBe(403);
      const verdict = await judge(world, [ID], bystanders);
      expect(verdict.broken).toEqual([]);
      expect(world.cloud.requests.filter((it) => it.method === 'DELETE' && it.status === 403)).toHaveLength(1);
    },
  );

  it(
    'its tags taken off one resource: that is not the app’s any more, stays, and the report says so',
    { timeout: PATIENCE_MS },
    async () => {
      await world.start(ID, { idleMinutes: 5 });
      await watched();
      const account = armOf(state())
        .accounts.values()
        .find((it) => it.maker === 'ours');
      if (account === undefined) throw new Error('no account');
      armOf(state()).accounts.put(account.id.toLowerCase(), { ...account, tags: {} });
      await world.until(async () => (await world.liveInstances()).length === 0, 12 * HOUR_MS);
      const { report, phase } = await world.view(ID);
      expect(phase).toBe('ended');
      expect(report?.receipt.foreign.map((it) => it.id.toLowerCase())).toEqual([account.id.toLowerCase()]);
      expect(report?.receipt.removals.filter((it) => it.kept)).toHaveLength(1);
      expect(world.left().some((it) => it.includes('/workspaces/'))).toBe(false);
    },
  );

  it(
    'its tags taken off an account in a given group: it stays, and the receipt says so beside what went',
    { timeout: PATIENCE_MS },
    async () => {
      world.cloud.bystanders.group({ name: 'rg-given' });
      await world.start(ID, { idleMinutes: 5, resourceGroup: 'rg-given' });
      await watched();
      const account = armOf(state())
        .accounts.values()
        .find((it) => it.maker === 'ours');
      if (account === undefined) throw new Error('no account');
      armOf(state()).accounts.put(account.id.toLowerCase(), { ...account, tags: {} });
      await world.until(async () => (await world.liveInstances()).length === 0, 12 * HOUR_MS);
      const { report } = await world.view(ID);
      const kept = report?.receipt.removals.filter((it) => it.kept) ?? [];
      expect(kept.map((it) => [it.what, it.id.toLowerCase(), it.confirmed])).toEqual([
        ['account', account.id.toLowerCase(), "kept: it does not carry this lab's tags any more"],
      ]);
      expect(armOf(state()).accounts.get(account.id.toLowerCase())).toBeDefined();
    },
  );
});
