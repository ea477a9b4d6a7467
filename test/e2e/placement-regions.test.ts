// Whole labs in subscriptions that cannot serve them everywhere: each ends where it should, leaves nothing, and touches nothing of others.
import { beforeEach, describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import type { ClusterScript } from '../../local/cloud/databricks/start-failures.ts';
import { addBystanders, fillCores, fillTokens, place, REGIONS } from './placement.ts';
import { useWorld } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const world = useWorld({ catalogue: '2024' });
const MODEL = 'gpt-35-turbo/Standard';
const BUCKET = 'OpenAI.Standard.gpt-35-turbo';
const [first, second, third] = REGIONS as [string, string, string];

const landscape = () => world.rig.cloud.state.landscape;
const starts = (...scripts: { script: ClusterScript; region?: string; times?: number }[]) =>
  databricksOf(world.rig.cloud.state).knobs.clusterStarts.push(...scripts);
const refuse = (pattern: string, status: number, code: string, message: string, fire = 1) =>
  world.rig.cloud.faults.add({ pattern, kind: 'status', status, body: { error: { code, message } }, fire });

beforeEach(() => addBystanders(world.rig));

describe('what the plan sees', () => {
  it('nothing in the way: the first region for both, at the first try', async () => {
    const lab = await place(world);
    expect([lab.openai, lab.databricks]).toEqual([`${first}/${MODEL}`, first]);
    expect(lab.tries('account')).toEqual([first]);
    expect(lab.tries('cluster')).toEqual([first]);
  });

  it('the first region full of tokens: the second one for both', async () => {
    fillTokens(world.rig, first);
    const lab = await place(world);
    expect([lab.openai, lab.databricks]).toEqual([`${second}/${MODEL}`, second]);
    expect(lab.view.report?.facts?.plan?.rejected).toContainEqual(
      expect.objectContaining({ service: 'openai', region: first }),
    );
  });

  it('the first region short of cores: the second one for both', async () => {
    fillCores(world.rig, first);
    const lab = await place(world);
    expect([lab.openai, lab.databricks]).toEqual([`${second}/${MODEL}`, second]);
    expect(lab.tries('workspace')).toEqual([second]);
  });

  it('only a split works: each service where it fits', async () => {
    fillTokens(world.rig, first, second);
    fillCores(world.rig, first, third);
    const lab = await place(world);
    expect([lab.openai, lab.databricks]).toEqual([`${third}/${MODEL}`, second]);
    expect([...lab.tries('account'), ...lab.tries('workspace')]).toEqual([third, second]);
  });

  it('as many accounts as the region takes: another region', async () => {
    landscape().accountsPerRegion = 1;
    const lab = await place(world);
    expect(lab.tries('account')).toEqual([second]);
    expect([lab.openai, lab.databricks]).toEqual([`${second}/${MODEL}`, second]);
  });

  it('the size restricted here, missing there: the region that has it', async () => {
    landscape().sizeRestrictions[`${first}/Standard_D4ds_v5`] = 'NotAvailableForSubscription';
    landscape().missingSizes.push(`${second}/Standard_D4ds_v5`);
    const lab = await place(world);
    expect([lab.openai, lab.databricks]).toEqual([`${third}/${MODEL}`, third]);
  });

  it('a service that a region does not offer: another region', async () => {
    landscape().notOffered['Microsoft.Databricks/workspaces'] = [first];
    landscape().notOffered['Microsoft.CognitiveServices/accounts'] = [second];
    const lab = await place(world);
    expect([lab.openai, lab.databricks]).toEqual([`${third}/${MODEL}`, third]);
  });

  it('the model retired in one region only: the lab’s own model elsewhere, rather than another model here', async () => {
    landscape().models[first] = (landscape().models[first] ?? []).map((it) =>
      it.name === 'gpt-35-turbo' ? { ...it, lifecycleStatus: 'Deprecated' as const } : it,
    );
    const lab = await place(world);
    expect([lab.openai, lab.databricks]).toEqual([`${second}/${MODEL}`, second]);
  });
});

describe('what shows only when it is tried', () => {
  it('tokens that are gone between plan and deployment: another region, and the account that was made for nothing is purged beside it', async () => {
    landscape().vanishingTokens[`${first}/${BUCKET}`] = 999;
    fillTokens(world.rig);
    const lab = await place(world);
    expect(lab.openai).toBe(`${second}/${MODEL}`);
    expect(lab.databricks).toBe(first);
    expect(lab.tries('deployment')).toEqual([`${first} refused`, second]);
    expect(lab.standing.accounts).toBe(1);
    const gone = lab.view.report?.receipt.removals.map((it) => it.what);
    expect(gone?.filter((it) => it === 'account')).toHaveLength(2);
    expect(gone?.filter((it) => it === 'soft-deleted account')).toHaveLength(2);
  });

  it('the last tokens of a region, seen by two labs at once: one gets them, the other goes where there are more', async () => {
    for (const region of [first, second]) landscape().tokenQuota[`${region}/${BUCKET}`] = { limit: 30, used: 25 };
    landscape().models = Object.fromEntries(
      [first, second].map((region) => [
        region,
        (landscape().models[region] ?? []).filter((it) => it.name === 'gpt-35-turbo'),
      ]),
    );
    const ids = await Promise.all(['one', 'two'].map((id) => world.start({ id, regions: [first, second] })));
    for (const id of ids) await world.until(id, (view) => view.phase === 'watching' || view.phase === 'ended');
    const deployed = armOf(world.rig.cloud.state)
      .deployments.values()
      .map((it) => it.location);
    expect(deployed.sort()).toEqual([first, second].sort());
    for (const id of ids) await world.end(id);
    for (const id of ids) expect((await world.ended(id)).report?.outcome).toBe('healthy');
    expect(world.left()).toEqual([]);
  });

  it.each<[ClusterScript, RegExp]>([
    ['quota', /exceeding approved/],
    ['quota-as-launch-failure', /exceeding approved/],
    ['stockout', /not available in location/],
    ['stockout-as-quota', /not available in location/],
    ['public-ip-limit', /public IP/],
  ])(
    'a launch that ends with %s: workspace and cluster in another region, the failed one removed beside it',
    async (script, said) => {
      starts({ script, region: first });
      const lab = await place(world);
      expect([lab.openai, lab.databricks]).toEqual([`${first}/${MODEL}`, second]);
      expect(lab.tries('cluster')).toEqual([`${first} refused`, second]);
      expect(lab.view.steps.find((it) => it.name === 'cluster')?.note).toMatch(said);
      expect(lab.standing.workspaces).toBe(1);
      expect(lab.view.report?.receipt.removals.filter((it) => it.what === 'workspace')).toHaveLength(2);
    },
  );

  it('a size that stays PENDING without a word: half an hour, then another region, and no second start', async () => {
    starts({ script: 'never', region: first });
    const lab = await place(world);
    expect(lab.databricks).toBe(second);
    expect(lab.tries('cluster')).toEqual([`${first} refused`, second]);
    const [waited] = lab.view.steps.filter((it) => it.name === 'cluster');
    expect(Date.parse(waited?.endedAt ?? '') - Date.parse(waited?.startedAt ?? '')).toBe(30 * 60_000);
  });

  it('a transient failure of the launch: one fresh start in the same workspace', async () => {
    starts({ script: 'bootstrap-timeout', region: first });
    const lab = await place(world);
    expect(lab.databricks).toBe(first);
    expect(lab.tries('cluster')).toEqual([`${first} refused`, first]);
    expect(lab.tries('workspace')).toEqual([first]);
  });

  it('the same transient failure twice: another region', async () => {
    starts({ script: 'bootstrap-timeout', region: first, times: 2 });
    const lab = await place(world);
    expect(lab.databricks).toBe(second);
    expect(lab.tries('cluster')).toEqual([`${first} refused`, `${first} refused`, second]);
  });

  it('a policy that forbids a region: another one', async () => {
    landscape().policies.push({ name: 'Allowed locations', deniedRegions: [first] });
    const lab = await place(world);
    expect([lab.openai, lab.databricks]).toEqual([`${second}/${MODEL}`, second]);
    expect(lab.tries('account')).toEqual([`${first} refused`, second]);
    expect(lab.tries('workspace')).toEqual([`${first} refused`, second]);
  });

  it('a subscription that Azure keeps to some regions, as a student’s: one of those, which nothing tells beforehand', async () => {
    landscape().subscriptionRegions = [third];
    const lab = await place(world);
    expect([lab.openai, lab.databricks]).toEqual([`${third}/${MODEL}`, third]);
    expect(lab.tries('account')).toEqual([`${first} refused`, `${second} refused`, third]);
    expect(lab.tries('group')).toEqual([first]);
  });

  it('a policy that forbids groups in a region: the group elsewhere, and the lab where it was to be', async () => {
    landscape().policies.push({
      name: 'Allowed locations for resource groups',
      deniedRegions: [first, second],
      types: ['Microsoft.Resources/resourceGroups'],
    });
    const lab = await place(world);
    expect(lab.tries('group')).toEqual([`${first} refused`, `${second} refused`, third]);
    expect([lab.openai, lab.databricks]).toEqual([`${first}/${MODEL}`, first]);
  });

  it('a service that is down in one region: another one, once it has not come back', async () => {
    refuse('PUT */accounts/aoai-*-1', 503, 'ServiceUnavailable', 'The service is down.', 100);
    refuse('PUT */workspaces/dbw-*-1', 500, 'InternalServerError', 'Something went wrong.', 100);
    const lab = await place(world);
    expect([lab.openai, lab.databricks]).toEqual([`${second}/${MODEL}`, second]);
    expect(lab.tries('account')).toEqual([`${first} refused`, second]);
  });

  it('as many accounts as the region takes, and no usage said so: another region', async () => {
    refuse('PUT */accounts/aoai-*-1', 400, 'QuotaExceeded', 'The subscription has the maximum number of accounts.');
    const lab = await place(world);
    expect(lab.openai).toBe(`${second}/${MODEL}`);
    expect(lab.tries('account')).toEqual([`${first} refused`, second]);
  });

  it('a workspace that ends in Failed: a fresh start in the same region, once the failed one is being deleted', async () => {
    landscape().createFailures.push({
      type: 'Microsoft.Databricks/workspaces',
      region: first,
      code: 'ApplianceProvisioningFailed',
      message: 'RESOURCE_DOES_NOT_EXIST: The Workspace Creator with App ID x Could Not Be Found',
    });
    const lab = await place(world);
    expect(lab.databricks).toBe(first);
    expect(lab.tries('workspace')).toEqual([`${first} refused`, first]);
    expect(lab.standing.workspaces).toBe(1);
    const names = world.rig.cloud.requests
      .filter((it) => /^(PUT|DELETE)$/.test(it.method) && /\/workspaces\/[^/]+$/.test(it.path))
      .map((it) => `${it.method} ${it.path.slice(-1)}`);
    expect(names).toEqual(['PUT 1', 'DELETE 1', 'PUT 2', 'DELETE 2']);
  });

  it('a name that is taken between plan and creation: the next name in the same region', async () => {
    refuse('PUT */accounts/aoai-*-1', 409, 'CustomDomainInUse', 'Please pick a different name.');
    const lab = await place(world);
    expect(lab.openai).toBe(`${first}/${MODEL}`);
    expect(lab.tries('account')).toEqual([`${first} refused`, first]);
  });

  it('an account that is busy with something else: it is waited for, not replaced', async () => {
    refuse(
      'PUT */deployments/*',
      409,
      'RequestConflict',
      'Another operation is being performed on the parent resource.',
      3,
    );
    const lab = await place(world);
    expect(lab.openai).toBe(`${first}/${MODEL}`);
    expect(lab.tries('deployment')).toEqual([first]);
  });
});
