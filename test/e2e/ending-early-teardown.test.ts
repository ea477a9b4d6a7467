/** A teardown that is held up: what it says meanwhile, how it goes on, and how long one takes that is not. */
import { describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { groupName } from '../../src/lab/names.ts';
import type { LabReport } from '../../src/contracts/report.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** What is gone is known to be gone within this time: see `removing` in `src/lab/steps.ts`. */
const KNOWN_GONE_MS = 15_000;

const pass = (ms: number) => world.rig.host.until(world.rig.clock.now() + ms);

/** A lab that is watched, with the id of its own group. */
async function living(request: Record<string, unknown> = {}): Promise<{ id: string; group: string; groupId: string }> {
  const id = await world.start({ idleMinutes: 600, maxHours: 72, budgetUsd: 1_000, ...request });
  const { startedAt } = await world.until(id, (view) => view.phase === 'watching');
  const subscriptionId = world.rig.cloud.state.subscriptionIds[0] ?? '';
  const group = groupName({ id, subscriptionId, installation: 'local-lab', startedAt });
  return { id, group, groupId: `/subscriptions/${subscriptionId}/resourceGroups/${group}` };
}

const kept = async (id: string): Promise<LabReport> => {
  const { report } = await world.ids(id);
  const response = await world.rig.host.fetch(`/runtime/webhooks/durabletask/instances/${report}?code=local`);
  return ((await response.json()) as { input: LabReport }).input;
};

const leftovers = () =>
  world.logs
    .filter((it) => it.message.includes('"lab.leftover"'))
    .map((it) => JSON.parse(it.message) as { reason: string; attempt: number; handedOver: boolean });

describe('DELETE with dryRun', () => {
  const preview = async (id: string, dryRun = 'true') =>
    world.rig.host.fetch(`/api/labs/${id}?dryRun=${dryRun}`, { method: 'DELETE' });

  it('lists what would go and what would stay, and changes nothing', async () => {
    const { id, group, groupId } = await living();
    const storage = world.rig.cloud.bystanders.storageIn(group);
    const before = world.left();
    const response = await preview(id);
    expect(response.status).toBe(200);
    const body = (await response.json()) as {
      wouldGo: { what: string; id: string }[];
      wouldStay: { id: string; why: string }[];
      blindTo: string[];
    };
    expect(body.wouldGo.map((it) => it.what)).toEqual(['workspace', 'managed group', 'account']);
    expect(body.wouldStay.map((it) => it.id.toLowerCase())).toEqual([storage.id.toLowerCase(), groupId.toLowerCase()]);
    expect(body.blindTo).not.toEqual([]);
    await pass(5 * MINUTE_MS);
    expect(world.left()).toEqual(before);
    expect((await world.view(id)).phase).toBe('watching');
  });

  it.each([
    { place: 'of its own', borrows: false },
    { place: 'in a borrowed account and workspace', borrows: true },
  ])('of a lab $place names what its receipt then says', async ({ borrows }) => {
    const { bystanders } = world.rig.cloud;
    const account = borrows ? (await bystanders.account()).id : '';
    const workspace = borrows ? (await bystanders.workspace()).id : '';
    const loans = borrows ? { openai: { accountId: account }, databricks: { workspaceId: workspace } } : {};
    const { id } = await living(loans);
    const { wouldGo } = (await (await preview(id)).json()) as { wouldGo: { what: string; id: string }[] };
    expect(wouldGo.length).toBeGreaterThan(borrows ? 3 : 2);
    await world.end(id);
    const { report } = await world.ended(id);
    const removed = report?.receipt.removals.map(({ what, id: it }) => `${what} ${it}`.toLowerCase());
    expect(removed).toEqual(expect.arrayContaining(wouldGo.map(({ what, id: it }) => `${what} ${it}`.toLowerCase())));
  });

  it('of a lab that has ended lists nothing; of one that nobody started is 404; of a word that is neither true nor false is 400', async () => {
    const { id } = await living();
    await world.end(id);
    await world.ended(id);
    expect(await (await preview(id)).json()).toMatchObject({ dryRun: true, wouldGo: [], wouldStay: [] });
    expect((await preview('nobody')).status).toBe(404);
    expect((await preview(id, 'yes')).status).toBe(400);
  });
});

describe('a teardown that is held up', () => {
  it('by a lock says so, backs off to an hour, is never over, is carried on by the sweep, and goes on when the lock is gone', async () => {
    const { id, groupId } = await living();
    const { locks } = world.rig.cloud.state.landscape;
    locks.push({ scope: groupId, level: 'CanNotDelete', name: 'by-hand' });
    await world.end(id);
    const held = await world.until(id, (view) => (view.left?.length ?? 0) > 0);
    expect(held.phase).toBe('tearing-down');
    expect(held.left?.map((it) => it.why).join(' ')).toMatch(/ScopeLocked.*lock/);

    await pass(30 * HOUR_MS);
    const later = await world.view(id);
    expect(later.phase).toBe('tearing-down');
    expect(later.endedAt).toBeUndefined();
    expect(world.logs.filter((it) => it.message.includes('"lab.ended"'))).toEqual([]);
    const told = leftovers();
    expect(told.some((it) => it.handedOver && it.attempt > 20)).toBe(true);
    expect(told.length).toBeLessThan(200);
    const listed = (await (await world.rig.host.fetch('/api/labs')).json()) as { living: { phase: string }[] };
    expect(listed.living.map((it) => it.phase)).toEqual(['tearing-down']);

    const { features, drift } = await kept(id);
    expect(features).toBeDefined();
    locks.length = 0;
    await world.rig.host.until(() => world.left().length === 0, { ms: 2 * HOUR_MS });
    const view = await world.until(id, (it) => it.phase === 'ended');
    expect(await kept(id)).toMatchObject({ features, drift });
    expect(view.report).toMatchObject({ outcome: 'healthy', end: { reason: 'asked' }, receipt: { left: [] } });
    // What the first teardown could remove is on the receipt of the one that finished.
    expect(view.report?.receipt.removals.map((it) => it.what)).toEqual(
      expect.arrayContaining(['workspace', 'managed group', 'soft-deleted account', 'group']),
    );
  });

  it('tries again at once when it is asked again', async () => {
    const { id, groupId } = await living();
    const { locks } = world.rig.cloud.state.landscape;
    locks.push({ scope: groupId, level: 'CanNotDelete', name: 'by-hand' });
    await world.end(id);
    await pass(10 * HOUR_MS + 5 * MINUTE_MS);
    locks.length = 0;
    const from = world.rig.clock.now();
    expect((await world.end(id)).status).toBe(202);
    await world.ended(id);
    expect(world.rig.clock.now() - from).toBeLessThan(10 * MINUTE_MS);
  });

  it.each([
    ['a policy', 403, 'RequestDisallowedByPolicy', 'was disallowed by policy'],
    ['a missing permission', 403, 'AuthorizationFailed', 'does not have authorization to perform action'],
    ['a deny assignment', 403, 'DenyAssignmentAuthorizationFailed', 'access is denied because of the deny assignment'],
  ])('by %s says so, and goes on when it may', async (_what, status, code, message) => {
    const { id } = await living();
    world.rig.cloud.faults.add({
      ...{ pattern: 'DELETE *Microsoft.Databricks/workspaces/*', kind: 'status', status },
      ...{ body: { error: { code, message } }, fire: Infinity, forMs: 3 * HOUR_MS },
    });
    await world.end(id);
    const held = await world.until(id, (view) => (view.left?.length ?? 0) > 0);
    expect(held.left?.[0]?.why).toContain(code);
    expect(held.left?.[0]?.id).toMatch(/^dbw-/);
    const { report } = await world.ended(id);
    expect(report?.receipt.left).toEqual([]);
    expect(world.left()).toEqual([]);
  });

  it('by one purge alone shows what it has removed, and that it costs nothing any more', async () => {
    const { id } = await living();
    world.rig.cloud.faults.add({
      ...{ pattern: 'DELETE *deletedAccounts/*', kind: 'status', status: 403, fire: Infinity },
      body: { error: { code: 'AuthorizationFailed', message: 'no' } },
    });
    await world.end(id);
    await world.until(id, (view) => (view.left?.length ?? 0) > 0);
    const held = await world.view(id);
    expect(held.cost?.usdPerHour).toBe(0);
    expect(held.steps.filter((it) => it.state === 'done').map((it) => it.name)).toEqual(
      expect.arrayContaining(['remove-clusters', 'remove-workspace', 'remove-account']),
    );

    // Across the hand-over to the sweep, whose teardown is another one.
    await pass(26 * HOUR_MS);
    expect((await world.view(id)).cost?.usd).toBe(held.cost?.usd);
    world.rig.cloud.faults.clear();
    await world.end(id);
    await world.until(id, (view) => view.phase === 'ended');
    const { report } = await world.view(id);
    expect(report?.cost?.usd).toBe(held.cost?.usd);
    const removals = report?.teardownSteps.filter((it) => it.name === 'remove-workspace');
    expect(removals?.map((it) => it.state)).toEqual(['done']);
  });

  it('by a hub that was lost is shown as what it is while the sweep carries it on', async () => {
    const { id, groupId } = await living();
    world.rig.cloud.state.landscape.locks.push({ scope: groupId, level: 'CanNotDelete', name: 'by-hand' });
    await world.end(id);
    await world.until(id, (view) => (view.left?.length ?? 0) > 0);
    await world.rig.renewHost('new');
    expect((await world.view(id)).phase).toBe('lost');
    const carried = await world.until(id, (view) => view.phase === 'tearing-down' && (view.left?.length ?? 0) > 0);
    expect(carried.running).toBe(true);
  });

  it('by an orchestration that broke is no end, until the sweep has removed what is left', async () => {
    const { id } = await living();
    await world.terminate(id);
    const broken = await world.until(id, (view) => !view.running);
    expect(broken).toMatchObject({ phase: 'lost', problem: { code: 'orchestration-terminated' } });
    const ended = await world.until(id, (view) => view.phase === 'ended');
    expect(ended.report?.receipt.left).toEqual([]);
    expect(world.left()).toEqual([]);
  });
});

describe('a lab whose orchestration is terminated', () => {
  it('while its branches build has them ended as well: none of them makes a cluster after the teardown', async () => {
    const { bystanders, state } = world.rig.cloud;
    // The first start fails while the teardown goes on, and would be followed by a fresh one.
    databricksOf(state).knobs.clusterStarts.push({ script: 'stockout' });
    const { id: accountId } = await bystanders.account();
    const { id: workspaceId } = await bystanders.workspace();
    const id = await world.start({ openai: { accountId }, databricks: { workspaceId } });
    await world.until(id, ({ steps }) => steps.some((it) => it.name === 'cluster' && it.state === 'running'));
    await world.terminate(id);
    await world.until(id, ({ phase }) => phase === 'ended');
    await pass(60 * MINUTE_MS);
    expect(world.left()).toEqual([]);
    const { databricks } = await world.ids(id);
    const over = await world.rig.host.fetch(`/runtime/webhooks/durabletask/instances/${databricks}?code=local`);
    expect(await over.json()).toMatchObject({ runtimeStatus: 'Terminated' });
  });

  it('before it made anything is over, says that nothing is left of it, and is no stranger to DELETE', async () => {
    const outage = { pattern: 'GET *usages*', kind: 'status', status: 503, fire: Infinity, forMs: HOUR_MS } as const;
    world.rig.cloud.faults.add(outage);
    const id = await world.start({});
    await pass(MINUTE_MS);
    await world.terminate(id);
    const over = await world.until(id, ({ running }) => !running);
    expect(over).toMatchObject({ phase: 'ended', problem: { code: 'orchestration-terminated' } });
    expect(over.problem?.suggestion).toMatch(/^Nothing of it is left/);
    const ending = await world.end(id);
    expect(ending.status).toBe(200);
    expect(await ending.json()).toMatchObject({ id, phase: 'ended' });
  });

  it('while the notebook runs shows no step that goes on, neither when it is lost nor when it has ended', async () => {
    const id = await world.start({});
    const about = 'notebook-completion';
    await world.until(id, ({ steps }) => steps.some((it) => it.name === about && it.state === 'running'));
    await world.terminate(id);
    for (const phase of ['lost', 'ended']) {
      const { steps } = await world.until(id, (view) => view.phase === phase);
      expect(steps.find((it) => it.name === about)).toMatchObject({
        state: 'ended',
        endedAt: expect.any(String) as string,
      });
      expect(steps.filter((it) => it.state === 'running')).toEqual([]);
    }
  });
});

describe('a teardown of a healthy lab', () => {
  it.each([
    ['usual', {}],
    ['slower', { clusterTerminateMs: 71_000, workspaceDeleteMs: 419_000, groupDeleteMs: 98_000 }],
    ['faster', { clusterTerminateMs: 31_000, workspaceDeleteMs: 151_000, groupDeleteMs: 33_000 }],
    ['slower for the account', { deploymentDeleteMs: 77_000, purgeMs: 501_000 }],
  ])(
    'at the %s latencies takes the longest chain of deletions, and at most one poll a link',
    async (_which, latencies) => {
      Object.assign(world.rig.cloud.state.latency, latencies);
      const { id } = await living();
      await world.end(id);
      const { report } = await world.ended(id);
      const { latency } = world.rig.cloud.state;
      const chains = [
        [latency.clusterTerminateMs, latency.workspaceDeleteMs, latency.groupDeleteMs],
        [latency.deploymentDeleteMs, 0, latency.purgeMs, latency.groupDeleteMs],
      ].map((links) => ({
        leastMs: links.reduce((sum, it) => sum + it, 0),
        mostMs: links.reduce((sum, it) => sum + it + KNOWN_GONE_MS, 0),
      }));
      const tookMs = Date.parse(report?.endedAt ?? '') - Date.parse(report?.end.at ?? '');
      expect(tookMs).toBeGreaterThanOrEqual(Math.max(...chains.map((it) => it.leastMs)));
      expect(tookMs).toBeLessThanOrEqual(Math.max(...chains.map((it) => it.mostMs)));
    },
  );
});
