// Labs that use what the request brings: an account, a deployment, a workspace, a cluster. It is used as it is, and what was put into it comes out again.
import { describe, expect, it } from 'vitest';
import type { Account, Workspace } from '../../local/cloud/arm/records.ts';
import { databricksOf, keyOf } from '../../local/cloud/databricks/tables.ts';
import { mlflowOf } from '../../local/cloud/mlflow/records.ts';
import type { DryRun } from '../../src/http/api/dry-run.ts';
import { fillCores, outside, place, REGIONS } from './placement.ts';
import { useWorld } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const world = useWorld();
const cloud = () => world.rig.cloud;
const MINE = { model: 'gpt-5.1', version: '2025-11-13', sku: 'GlobalStandard', capacity: 50 };

const account = (deploy?: { name?: string; model: string; version: string; sku: string; capacity: number }) =>
  cloud().bystanders.account({ group: 'rg-course', name: 'aoai-course', ...(deploy === undefined ? {} : { deploy }) });
const workspace = () => cloud().bystanders.workspace({ group: 'rg-course', name: 'dbw-course' });
const row = <T extends { id: string }>(it: T, table: { get(id: string): T | undefined }): T | undefined =>
  table.get(it.id.toLowerCase());
/** What the service keeps of a thing, but for the time of its last operation. */
const kept = (it: Account): object => ({ ...row(it, armOf(cloud().state).accounts), busyUntil: 0 });
const clusterState = (home: Workspace, id: string) =>
  databricksOf(cloud().state).clusters.get(keyOf(home.workspaceId, id));

describe('an account', () => {
  it('is used: the lab deploys in it under a name of its own, and takes the deployment out again', async () => {
    const mine = await account({ ...MINE, name: 'gpt-5.1' });
    const before = kept(mine);
    const lab = await place(world, { openai: { accountId: mine.id } });
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('account')).toEqual([]);
    const { deployment, account: used } = lab.view.report?.facts ?? {};
    expect(used).toMatchObject({ id: mine.id, borrowed: true });
    expect(deployment?.name).toMatch(/^gpt-5\.1-lab-[0-9a-f]{10}-[0-9a-f]{8}$/);
    const { receipt } = lab.view.report ?? {};
    expect(receipt?.borrowed).toEqual([mine.id]);
    expect(receipt?.removals.filter((it) => it.what === 'deployment').map((it) => it.id)).toEqual([
      `${mine.id}/deployments/${deployment?.name}`,
    ]);
    expect(receipt?.removals.map((it) => it.what)).not.toContain('account');
    expect(kept(mine)).toEqual(before);
  });

  it('with a deployment: both are used, and nothing is deployed', async () => {
    const mine = await account({ ...MINE, name: 'course' });
    const before = kept(mine);
    const lab = await place(world, { openai: { accountId: mine.id, deployment: 'course' } });
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.view.report?.facts?.deployment).toMatchObject({ name: 'course', model: 'gpt-5.1', borrowed: true });
    expect(world.creations(/^PUT .*\/deployments\//)).toBe(0);
    expect(kept(mine)).toEqual(before);
    expect(lab.view.plan?.reason).toMatch(/as the deployment has it/);
  });

  it('decides where the model is: the workspace goes beside it where it can, and elsewhere where it cannot', async () => {
    const mine = await cloud().bystanders.account({ group: 'rg-course', name: 'aoai-course', location: 'westeurope' });
    const lab = await place(world, { openai: { accountId: mine.id } });
    expect(lab.view.report?.facts?.account?.region).toBe('westeurope');
    expect(REGIONS).toContain(lab.databricks);
  });

  it('without keys: the notebook gets a token', async () => {
    const mine = await account(MINE);
    armOf(cloud().state).accounts.put(mine.id.toLowerCase(), { ...mine, disableLocalAuth: true });
    const lab = await place(world, { openai: { accountId: mine.id, deployment: 'gpt-5.1' } });
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.view.plan?.notes?.join()).toMatch(/keys are switched off: the notebook gets an Entra token/);
  });

  it('that loses its tokens between plan and deployment fails the lab where it is: no other account is taken', async () => {
    const mine = await account();
    for (const sku of ['Standard', 'DataZoneStandard', 'GlobalStandard'])
      for (const model of ['gpt-5.1', 'gpt-5.5'])
        cloud().state.landscape.vanishingTokens[`eastus2/OpenAI.${sku}.${model}`] = 1_000;
    const lab = await place(world, { openai: { accountId: mine.id } });
    expect(lab.view.report?.outcome).toBe('failed');
    expect(lab.view.problem?.code).toBe('InsufficientQuota');
    expect(new Set(lab.tries('deployment'))).toEqual(new Set(['eastus2 refused']));
  });
});

describe('a workspace', () => {
  it('is used: the lab’s cluster, folder, experiment and secret scope come out of it again, and are on the receipt', async () => {
    const home = await workspace();
    const before = row(home, armOf(cloud().state).workspaces);
    const lab = await place(world, { databricks: { workspaceId: home.id } });
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('workspace')).toEqual([]);
    expect(row(home, armOf(cloud().state).workspaces)).toEqual(before);
    const { receipt } = lab.view.report ?? {};
    expect(receipt?.borrowed).toEqual([home.id]);
    const gone = receipt?.removals.map((it) => it.what);
    expect(gone).toEqual(expect.arrayContaining(['cluster', 'secret scope', 'notebook folder']));
    expect(gone).not.toContain('workspace');
    expect(
      mlflowOf(cloud().state)
        .experiments.values()
        .map((it) => it.stage),
    ).toEqual(['deleted']);
    expect(clusterState(home, lab.view.report?.facts?.clusterId ?? '')).toBeUndefined();
  });

  it('keeps the experiment with its runs and traces where that is asked for, and the plan says where', async () => {
    const home = await workspace();
    const others = outside(world.rig);
    const id = await world.start({ databricks: { workspaceId: home.id, keepExperiment: true } });
    const watching = await world.until(id, (view) => view.phase === 'watching');
    const path = /the experiment is kept: (\S+)/.exec(watching.plan?.notes?.join() ?? '')?.[1];
    await world.end(id);
    const view = await world.ended(id);
    expect(view.report?.receipt.left).toEqual([]);
    expect(world.left()).toEqual([expect.stringMatching(/databricks\/nodes .*-experiment$/) as string]);
    const [experiment] = mlflowOf(cloud().state).experiments.values();
    expect(experiment).toMatchObject({ stage: 'active', name: path });
    expect(outside(world.rig)).toEqual(others);
  });

  it('whose region has no cores: impossible, whatever other regions have', async () => {
    const home = await workspace();
    fillCores(world.rig, 'eastus2');
    const lab = await place(world, { databricks: { workspaceId: home.id } });
    expect(lab.view.problem?.code).toBe('no-core-quota');
    expect(lab.view.problem?.suggestion).toMatch(/in eastus2/);
    expect(world.creations(/^PUT .*\/resourcegroups\//i)).toBe(0);
  });

  it('whose cores are missing at the launch: the lab fails there, and its cluster comes out again', async () => {
    const home = await workspace();
    databricksOf(cloud().state).knobs.clusterStarts.push({ script: 'quota' });
    const lab = await place(world, { databricks: { workspaceId: home.id } });
    expect(lab.view.report?.outcome).toBe('failed');
    expect(lab.tries('cluster')).toEqual(['eastus2 refused']);
    expect(lab.view.report?.receipt.removals.map((it) => it.what)).toContain('cluster');
  });
});

describe('a cluster', () => {
  const using = (home: Workspace, clusterId: string) => ({ databricks: { workspaceId: home.id, clusterId } });

  it('that runs is used as it is, and still runs afterwards', async () => {
    const home = await workspace();
    const { id } = cloud().bystanders.cluster(home);
    fillCores(world.rig, ...REGIONS);
    const lab = await place(world, using(home, id));
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(clusterState(home, id)).toMatchObject({ state: 'RUNNING', epoch: 1, libraries: [] });
    expect(world.creations(/^POST .*\/clusters\/(create|start|edit|delete|permanent-delete)$/)).toBe(0);
    expect(lab.view.completions?.map((it) => it.warnings)).toEqual([[], []]);
  });

  it('that was made in the newer form, with a plain runtime and a wish for the ML one, is an ML cluster', async () => {
    const home = await workspace();
    const { id } = cloud().bystanders.cluster(home, { form: 'simple', runtime: '18.x-cpu-ml-scala2.13' });
    const lab = await place(world, using(home, id));
    expect(lab.view.report?.outcome).toBe('healthy');
  });

  it('that is just stopping is waited for, and started', async () => {
    const home = await workspace();
    const { id } = cloud().bystanders.cluster(home);
    const started = clusterState(home, id);
    if (started === undefined) throw new Error('no cluster');
    const { clusters } = databricksOf(cloud().state);
    clusters.put(keyOf(home.workspaceId, id), { ...started, state: 'TERMINATING' });
    const lab = world.start({ regions: REGIONS, ...using(home, id) });
    await world.until(await lab, (view) => view.steps.some((it) => /is TERMINATING/.test(it.note ?? '')));
    clusters.put(keyOf(home.workspaceId, id), {
      ...started,
      state: 'TERMINATED',
      terminationReason: { code: 'INACTIVITY', type: 'SUCCESS', parameters: {} },
    });
    expect((await world.until(await lab, (view) => view.phase === 'watching')).steps.at(-1)?.state).toBe('done');
    expect(clusterState(home, id)?.state).toBe('RUNNING');
  });

  it('that is stopped is started, and left to its own auto-termination', async () => {
    const home = await workspace();
    const { id } = cloud().bystanders.cluster(home, { state: 'TERMINATED' });
    const lab = await place(world, using(home, id));
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('borrowed-cluster')).toEqual(['eastus2']);
    expect(lab.view.plan?.notes?.join()).toMatch(/stopped: it is started first/);
    expect(clusterState(home, id)?.state).toBe('RUNNING');
    await world.rig.host.until(world.rig.clock.now() + 90 * 60_000);
    cloud().state.tick();
    expect(clusterState(home, id)).toMatchObject({ state: 'TERMINATED', terminationReason: { code: 'INACTIVITY' } });
  });

  it('that fails to start for a moment gets one fresh start; for good, the lab fails with the reason', async () => {
    const home = await workspace();
    const { id } = cloud().bystanders.cluster(home, { state: 'TERMINATED' });
    const { clusterStarts } = databricksOf(cloud().state).knobs;
    clusterStarts.push({ script: 'bootstrap-timeout' });
    expect((await place(world, using(home, id))).view.report?.outcome).toBe('healthy');

    const other = cloud().bystanders.cluster(home, { id: '1122-080000-second00', state: 'TERMINATED' });
    clusterStarts.push({ script: 'quota' });
    const failed = await place(world, using(home, other.id));
    expect(failed.view.report?.outcome).toBe('failed');
    expect(failed.view.problem?.suggestion).toMatch(/Raise the quota/);
    expect(clusterState(home, other.id)?.state).toBe('TERMINATED');
  });

  it.each(['13.3.x-cpu-ml-scala2.12', '15.4.x-cpu-ml-scala2.12'])(
    'on the old runtime %s: the notebook upgrades MLflow first, and the completion says so',
    async (runtime) => {
      const home = await workspace();
      const { id } = cloud().bystanders.cluster(home, { runtime });
      const lab = await place(world, using(home, id));
      expect(lab.view.report?.outcome).toBe('healthy');
      const [fromApp, fromNotebook] = lab.view.completions ?? [];
      expect(fromApp?.warnings).toEqual([]);
      expect(fromNotebook?.warnings.join()).toMatch(/too old to trace OpenAI calls: the notebook upgraded it/);
      expect(lab.view.verifications).toHaveLength(2);
    },
  );

  it('reuse "compatible" finds the fit one: running before stopped, new before old, and never an unfit one', async () => {
    const home = await workspace();
    const add = (id: string, it: Parameters<ReturnType<typeof cloud>['bystanders']['cluster']>[1]) =>
      cloud().bystanders.cluster(home, { id: `1122-080000-${id}`, name: id, ...it });
    add('plain', { runtime: '19.x-scala2.13' });
    add('shared', { accessMode: 'USER_ISOLATION' });
    add('theirs', { singleUser: 'teacher@example.org' });
    add('old', { runtime: '16.4.x-cpu-ml-scala2.12' });
    add('new', { runtime: '18.x-cpu-ml-scala2.13' });
    add('stopped', { runtime: '19.x-cpu-ml-scala2.13', state: 'TERMINATED' });
    const lab = await place(world, { databricks: { workspaceId: home.id }, reuse: 'compatible' });
    expect(lab.view.report?.facts?.clusterId).toBe('1122-080000-new');
    expect(lab.view.plan?.notes?.join()).toMatch(/the cluster new \(1122-080000-new\) is fit and used/);
  });

  it('reuse "compatible" without a fit one: the lab makes its own, and says why', async () => {
    const home = await workspace();
    cloud().bystanders.cluster(home, { runtime: '19.x-scala2.13' });
    const lab = await place(world, { databricks: { workspaceId: home.id }, reuse: 'compatible' });
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('cluster')).toEqual(['eastus2']);
    expect(lab.view.plan?.notes?.join()).toMatch(/none of the workspace’s 1 clusters is fit .*no ML runtime/);
  });

  it('and a deployment: a lab of nothing but loans has an empty group with the lease, and costs nothing by itself', async () => {
    const mine = await account(MINE);
    const home = await workspace();
    const { id } = cloud().bystanders.cluster(home);
    const body = { openai: { accountId: mine.id, deployment: 'gpt-5.1' }, ...using(home, id) };
    const rehearsal = await world.rig.host.fetch('/api/labs?dryRun=true', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(((await rehearsal.json()) as DryRun).estimate).toMatchObject({ usdPerHour: 0, lines: [] });
    const lab = await place(world, body);
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(world.creations(/^PUT .*\/(accounts|workspaces|deployments)\/[^/]+$/)).toBe(0);
    expect(lab.view.report?.receipt.borrowed).toEqual([mine.id, home.id]);
    expect(lab.view.report?.cost?.hoursUsd).toBe(0);
  });
});
