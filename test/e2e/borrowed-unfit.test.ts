// What a request brings and cannot be used is refused before anything is made; what can, stays clean whatever becomes of the lab.
import { describe, expect, it } from 'vitest';
import { databricksOf, keyOf } from '../../local/cloud/databricks/tables.ts';
import type { Account, Workspace } from '../../local/cloud/arm/records.ts';
import type { DryRun } from '../../src/http/api/dry-run.ts';
import { outside, place } from './placement.ts';
import { useWorld } from './world.ts';
import { armOf, workspaceGone } from '../../local/cloud/arm/tables.ts';

const world = useWorld();
const cloud = () => world.rig.cloud;
const MINE = { model: 'gpt-5.1', version: '2025-11-13', sku: 'GlobalStandard', capacity: 50 };
const account = (deploy = MINE) => cloud().bystanders.account({ group: 'rg-course', name: 'aoai-course', deploy });
const workspace = () => cloud().bystanders.workspace({ group: 'rg-course', name: 'dbw-course' });
const change = (it: Account, more: Partial<Account>) =>
  armOf(cloud().state).accounts.put(it.id.toLowerCase(), { ...it, ...more });
const changeWorkspace = (it: Workspace, more: Partial<Workspace>) =>
  armOf(cloud().state).workspaces.put(it.id.toLowerCase(), { ...it, ...more });

type Brought = Record<string, unknown>;

describe('unfit', () => {
  const rows: [what: string, code: string, said: RegExp, bring: () => Promise<Brought>][] = [
    [
      'a resource group that does not exist',
      'no-such-group',
      /rg-nowhere does not exist/,
      () => Promise.resolve({ resourceGroup: 'rg-nowhere' }),
    ],
    [
      'an account that does not exist',
      'no-such-account',
      /does not exist/,
      async () => ({ openai: { accountId: (await account()).id.replace('aoai-course', 'aoai-nowhere') } }),
    ],
    [
      'an account of another kind',
      'unfit-account',
      /kind SpeechServices, not OpenAI/,
      async () => {
        const it = await account();
        change(it, { kind: 'SpeechServices' });
        return { openai: { accountId: it.id } };
      },
    ],
    [
      'an account without a subdomain, behind private endpoints: both at once',
      'unfit-account',
      /no custom subdomain.*private connections only/,
      async () => {
        const it = await account();
        change(it, { subdomain: null, publicNetworkAccess: 'Disabled' });
        return { openai: { accountId: it.id } };
      },
    ],
    [
      'an account in which the app may not deploy',
      'missing-right',
      /deployments\/write/,
      async () => {
        const it = await account();
        cloud().state.landscape.denied.push({
          action: 'Microsoft.CognitiveServices/accounts/deployments/write',
          scope: it.id,
        });
        return { openai: { accountId: it.id } };
      },
    ],
    [
      'an account that the app may not read',
      'unreadable-account',
      /does not have authorization/,
      async () => {
        const it = await account();
        cloud().state.landscape.denied.push({ action: 'Microsoft.CognitiveServices/accounts/read', scope: it.id });
        return { openai: { accountId: it.id } };
      },
    ],
    [
      'a deployment that does not exist',
      'no-such-deployment',
      /deployment nothing does not exist/,
      async () => ({ openai: { accountId: (await account()).id, deployment: 'nothing' } }),
    ],
    [
      'a deployment of a retired model',
      'unfit-deployment',
      /gpt-4\.1-mini 2025-04-14: retired since 2026-10-14/,
      async () => {
        const deploy = { model: 'gpt-4.1-mini', version: '2025-04-14', sku: 'GlobalStandard', capacity: 50 };
        return { openai: { accountId: (await account(deploy)).id, deployment: 'gpt-4.1-mini' } };
      },
    ],
    [
      'a workspace that does not exist',
      'no-such-workspace',
      /does not exist/,
      async () => ({ databricks: { workspaceId: (await workspace()).id.replace('dbw-course', 'dbw-nowhere') } }),
    ],
    [
      'a workspace that is being deleted',
      'unfit-workspace',
      /state Deleting/,
      async () => {
        const it = await workspace();
        changeWorkspace(it, { state: 'Deleting' });
        return { databricks: { workspaceId: it.id } };
      },
    ],
    [
      'a serverless workspace',
      'unfit-workspace',
      /serverless/,
      async () => {
        const it = await workspace();
        changeWorkspace(it, { computeMode: 'Serverless' });
        return { databricks: { workspaceId: it.id } };
      },
    ],
    [
      'a workspace that does not let the app in',
      'unreadable-workspace',
      /User not authorized/,
      async () => {
        cloud().faults.add({
          pattern: 'GET /api/2.0/preview/scim/v2/Me',
          kind: 'status',
          status: 403,
          body: { error_code: '403', message: 'User not authorized.' },
          fire: 9,
        });
        return { databricks: { workspaceId: (await workspace()).id } };
      },
    ],
    [
      'a workspace of another lab',
      'unfit-workspace',
      /belongs to a lab, and goes with it/,
      async () => {
        const it = await workspace();
        changeWorkspace(it, { tags: { 'llmops-installation': 'local-lab', 'llmops-lab': 'theirs' } });
        return { databricks: { workspaceId: it.id } };
      },
    ],
    [
      'a cluster that does not exist',
      'no-such-cluster',
      /1122-080000-nowhere0 does not exist/,
      async () => ({ databricks: { workspaceId: (await workspace()).id, clusterId: '1122-080000-nowhere0' } }),
    ],
    [
      'a shared cluster on a runtime that is too old: both at once',
      'unfit-cluster',
      /older than 13\.3 LTS ML; the access mode is USER_ISOLATION, not single user/,
      async () => {
        const home = await workspace();
        const { id } = cloud().bystanders.cluster(home, {
          runtime: '12.2.x-cpu-ml-scala2.12',
          accessMode: 'USER_ISOLATION',
        });
        return { databricks: { workspaceId: home.id, clusterId: id } };
      },
    ],
    [
      'a stopped cluster that would never end by itself',
      'unfit-cluster',
      /would never end by itself/,
      async () => {
        const home = await workspace();
        const { id } = cloud().bystanders.cluster(home, { state: 'TERMINATED', autoterminationMinutes: 0 });
        return { databricks: { workspaceId: home.id, clusterId: id } };
      },
    ],
  ];

  it.each(rows)('%s: %s, before anything is made', async (_what, code, said, bring) => {
    const body = await bring();
    const rehearsal = await world.rig.host.fetch('/api/labs?dryRun=true', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { plan } = (await rehearsal.json()) as DryRun;
    expect(plan).toMatchObject({ kind: 'impossible', reasons: [{ code }] });
    const lab = await place(world, { regions: undefined, ...body });
    expect(lab.view.problem).toMatchObject({ code, message: expect.stringMatching(said) as string });
    expect(lab.view.problem?.suggestion).toMatch(/\S/);
    expect(world.creations(/^PUT /)).toBe(0);
  });

  it('everything at once, so that nobody mends one thing to meet the next', async () => {
    const it = await account();
    change(it, { kind: 'Face' });
    const home = await workspace();
    changeWorkspace(home, { computeMode: 'Serverless' });
    const lab = await place(world, { openai: { accountId: it.id }, databricks: { workspaceId: home.id } });
    expect(lab.view.problem?.message).toMatch(/kind Face.*serverless/);
  });

  it('in a subscription that is not allowed: a bad request that names the field', async () => {
    const there = (await account()).id.replace(/[0-9a-f-]{36}/, '99999999-9999-4999-8999-999999999999');
    const response = await world.post({ openai: { accountId: there } });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('openai.accountId');
  });
});

describe('whatever becomes of the lab', () => {
  const all = async () => {
    const mine = await account();
    const home = await workspace();
    const cluster = cloud().bystanders.cluster(home);
    return {
      home,
      clusterId: cluster.id,
      body: { openai: { accountId: mine.id }, databricks: { workspaceId: home.id, clusterId: cluster.id } },
    };
  };

  it.each(['deployment', 'notebook', 'connection', 'app-completion', 'notebook-completion', 'app-verification'])(
    'ended at the step %s: nothing of it stays in what was borrowed, and no run goes on there',
    async (step) => {
      const { body, home, clusterId } = await all();
      const others = outside(world.rig);
      const id = await world.start(body);
      await world.until(id, (view) => view.steps.some((it) => it.name === step));
      await world.end(id);
      const view = await world.ended(id);
      expect(view.report?.receipt.left).toEqual([]);
      expect(world.left()).toEqual([]);
      expect(outside(world.rig)).toEqual(others);
      const { runs, clusters } = databricksOf(cloud().state);
      expect(runs.values().flatMap((it) => it.tasks.filter((task) => task.state !== 'TERMINATED'))).toEqual([]);
      expect(clusters.get(keyOf(home.workspaceId, clusterId))?.state).toBe('RUNNING');
      expect(world.creations(/\/runs\/cancel$/)).toBe(step === 'notebook-completion' ? 1 : 0);
    },
  );

  it('its orchestration lost: the sweep reads on the lab’s own group what was borrowed, and takes everything out', async () => {
    const { body, home } = await all();
    const others = outside(world.rig);
    const id = await world.start({ ...body, databricks: { workspaceId: home.id } });
    await world.until(id, (view) => view.phase === 'watching');
    expect(world.left().some((it) => it.includes('dbw-course'))).toBe(true);
    await world.rig.renewHost('new');
    await world.rig.host.until(() => world.left().length === 0, { ms: 4 * 3_600_000 });
    expect(outside(world.rig)).toEqual(others);
    await world.rig.host.until(world.rig.clock.now() + 5 * 60_000);
    const { report } = await world.view(id);
    expect(report?.receipt).toMatchObject({ left: [], borrowed: [expect.any(String), home.id] });
    expect(report?.receipt.removals.map((it) => it.what)).toEqual(
      expect.arrayContaining(['deployment', 'cluster', 'secret scope', 'notebook folder', 'group']),
    );
  });

  it('a workspace that its owner deletes meanwhile holds up nothing', async () => {
    const { body, home } = await all();
    const id = await world.start(body);
    await world.until(id, (view) => view.phase === 'watching');
    armOf(cloud().state).workspaces.delete(home.id.toLowerCase());
    workspaceGone(cloud().state, home);
    await world.end(id);
    expect((await world.ended(id)).report?.receipt.left).toEqual([]);
    expect(world.left()).toEqual([]);
  });

  it('two labs on the same loans do not meet: the end of one leaves the other whole', async () => {
    const { body } = await all();
    const one = await world.start({ id: 'one', ...body });
    const two = await world.start({ id: 'two', ...body });
    for (const id of [one, two]) await world.until(id, (view) => view.phase === 'watching');
    const ofTwo = () =>
      world
        .left()
        .filter((it) => /two-[0-9a-f]{8}/.test(it))
        .sort();
    const before = ofTwo();
    await world.end(one);
    await world.ended(one);
    expect(world.left().filter((it) => /one-[0-9a-f]{8}/.test(it))).toEqual([]);
    expect(ofTwo()).toEqual(before);
    expect(before.length).toBeGreaterThan(3);
    await world.end(two);
    expect((await world.ended(two)).report?.outcome).toBe('healthy');
    expect(world.left()).toEqual([]);
  });

  it('a workspace that cannot be asked for a while keeps the lab’s group as the record, and is cleaned when it can', async () => {
    const { body } = await all();
    const id = await world.start(body);
    await world.until(id, (view) => view.phase === 'watching');
    cloud().faults.add({
      pattern: 'GET /api/2.0/preview/scim/v2/Me',
      kind: 'status',
      status: 403,
      body: { error_code: '403', message: 'User not authorized.' },
      fire: Infinity,
      forMs: 40 * 60_000,
    });
    await world.end(id);
    await world.until(id, (view) => (view.left ?? []).length > 0);
    expect(world.left().some((it) => it.includes('resourceGroups'))).toBe(true);
    const view = await world.ended(id);
    expect(view.report?.receipt.left).toEqual([]);
    expect(world.left()).toEqual([]);
  });
});
