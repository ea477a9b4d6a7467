/** A teardown that cannot read everything: it removes what it sees, and neither calls the lab gone nor deletes the group that a later one finds it by. */
import { describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const HOUR_MS = 3_600_000;
const FORBIDDEN = {
  kind: 'status',
  status: 403,
  fire: Infinity,
  body: { error: { code: 'AuthorizationFailed', message: 'The client may no longer read this.' } },
} as const;
const DELETED_ACCOUNTS = 'GET */providers/Microsoft.CognitiveServices/deletedAccounts';

const pass = (ms: number) => world.rig.host.until(world.rig.clock.now() + ms);

async function living(request: Record<string, unknown> = {}): Promise<string> {
  const id = await world.start({ idleMinutes: 600, maxHours: 72, budgetUsd: 1_000, ...request });
  await world.until(id, (view) => view.phase === 'watching');
  return id;
}

const billed = () => world.left().filter((it) => /Microsoft\.(?:Databricks|CognitiveServices)/.test(it));
const running = () => [...databricksOf(world.rig.cloud.state).clusters.values()].filter((it) => it.state === 'RUNNING');
const groups = () => world.left().filter((it) => it.startsWith('Microsoft.Resources/'));

describe('a teardown that cannot read', () => {
  it.each([
    ['for lack of a right', FORBIDDEN],
    ['because the service is out', { kind: 'status', status: 503, fire: Infinity }],
    [
      'because the service wants to be left alone for an hour',
      { ...FORBIDDEN, status: 429, headers: { 'retry-after': '3600' } },
    ],
  ] as const)(
    'the deleted accounts %s removes the rest within the hour, says so, and is done when they can be read',
    async (_why, fault) => {
      const id = await living();
      world.rig.cloud.faults.add({ pattern: DELETED_ACCOUNTS, ...fault });
      await world.end(id);
      await pass(HOUR_MS);
      expect(running()).toEqual([]);
      expect(billed()).toEqual([]);
      expect(groups()).toHaveLength(1);
      const { phase, left } = await world.view(id);
      expect(phase).toBe('tearing-down');
      expect(left).toMatchObject([
        { id: expect.stringMatching(/deletedAccounts$/) as string, why: expect.stringMatching(/^unread: /) as string },
      ]);

      world.rig.cloud.faults.clear();
      await world.end(id);
      expect((await world.ended(id)).report?.receipt.left).toEqual([]);
      expect(world.left()).toEqual([]);
    },
  );

  it('the deployments of an account that it borrowed removes all that is its own, and keeps on saying so after a day', async () => {
    const account = await world.rig.cloud.bystanders.account({ group: 'rg-course', name: 'aoai-course' });
    const id = await living({ openai: { accountId: account.id } });
    world.rig.cloud.faults.add({ pattern: `GET ${account.id}/deployments*`, ...FORBIDDEN });
    await world.end(id);
    await pass(30 * HOUR_MS);
    expect(running()).toEqual([]);
    expect(world.left().filter((it) => /Databricks/.test(it))).toEqual([]);
    expect((await world.view(id)).left?.map((it) => it.id)).toEqual([`${account.id}/deployments`]);

    world.rig.cloud.faults.clear();
    await world.rig.host.until(() => world.left().length === 0, { ms: 2 * HOUR_MS });
  });

  it.each([
    ['the deployments of an account', /\/accounts\/aoai-course\/deployments$/],
    ['an account', /\/accounts\/aoai-course(?:\/deployments)?$/],
    ['a workspace', /\/workspaces\/dbw-course$/],
  ])('%s that it borrowed, and is told for minutes that there are none, does not believe it', async (_what, lost) => {
    const { bystanders, state } = world.rig.cloud;
    const account = await bystanders.account({ group: 'rg-course', name: 'aoai-course' });
    const workspace = await bystanders.workspace({ group: 'rg-course', name: 'dbw-course' });
    const id = await living({ openai: { accountId: account.id }, databricks: { workspaceId: workspace.id } });
    // What was made in it goes with the lab: nothing of Azure takes long enough to outlast the outage.
    state.latency.clusterTerminateMs = 1_000;
    for (const path of [account.id, `${account.id}/deployments`, workspace.id].filter((it) => lost.test(it)))
      world.rig.cloud.faults.add({
        pattern: `GET ${path}`,
        ...{ kind: 'status', status: 404, fire: Infinity, forMs: 4 * 60_000 },
        ...{ body: { error: { code: 'ResourceNotFound', message: 'The resource was not found.' } } },
      });
    await world.end(id);
    await world.ended(id);
    expect(world.left()).toEqual([]);
  });

  it('the job runs of a workspace that it borrowed removes its cluster from there all the same', async () => {
    const workspace = await world.rig.cloud.bystanders.workspace({ group: 'rg-course', name: 'dbw-course' });
    const id = await living({ databricks: { workspaceId: workspace.id } });
    world.rig.cloud.faults.add({
      ...FORBIDDEN,
      pattern: 'GET */jobs/runs/list',
      body: { error_code: 'PERMISSION_DENIED', message: 'no' },
    });
    await world.end(id);
    await pass(HOUR_MS);
    expect(running()).toEqual([]);
    expect((await world.view(id)).left?.some((it) => it.id.endsWith('(job runs)'))).toBe(true);
  });

  it('a borrowed workspace behind a gateway’s page takes that for no word on its folder, which goes when the page has gone', async () => {
    const { id: workspaceId } = await world.rig.cloud.bystanders.workspace({ group: 'rg-course', name: 'dbw-course' });
    const id = await living({ databricks: { workspaceId } });
    const page = { kind: 'html', status: 404, fire: Infinity, forMs: HOUR_MS } as const;
    world.rig.cloud.faults.add({ pattern: 'GET */workspace/get-status', ...page });
    await world.end(id);
    expect((await world.ended(id)).report?.receipt.left).toEqual([]);
    expect(world.left()).toEqual([]);
  });

  it('something just once waits for it, and has nothing to report', async () => {
    const id = await living();
    world.rig.cloud.faults.add({ pattern: DELETED_ACCOUNTS, kind: 'status', status: 503 });
    await world.end(id);
    expect((await world.ended(id)).report?.receipt.left).toEqual([]);
    expect(world.rig.cloud.faults.hits).toEqual([1]);
    expect(world.logs.filter((it) => it.message.includes('"lab.leftover"'))).toEqual([]);
  });

  it('names what a rehearsal could not read', async () => {
    const id = await living();
    world.rig.cloud.faults.add({ pattern: DELETED_ACCOUNTS, ...FORBIDDEN });
    const response = await world.rig.host.fetch(`/api/labs/${id}?dryRun=true`, { method: 'DELETE' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      unread: [{ what: expect.stringMatching(/deletedAccounts$/) as string }],
      wouldGo: expect.arrayContaining([expect.objectContaining({ what: 'workspace' })]) as unknown,
    });
  });
});

describe('a sweep that cannot read the deleted accounts', () => {
  it('ends what the other lists show all the same, and says that it failed', async () => {
    const id = await living();
    world.rig.cloud.faults.add({ pattern: DELETED_ACCOUNTS, ...FORBIDDEN });
    await world.terminate(id);
    await pass(HOUR_MS);
    expect(running()).toEqual([]);
    expect(billed()).toEqual([]);
    expect((await world.view(id)).left).toMatchObject([{ id: expect.stringMatching(/deletedAccounts$/) as string }]);
    const runs = world.logs.filter((it) => it.message.includes('"sweep.run"'));
    expect(runs.at(-1)?.message).toMatch(/"outcome":"failed".*deleted accounts/);
  });
});
