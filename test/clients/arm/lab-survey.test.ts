// The survey shows this installation's labs and nothing else, also without a task hub.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLabSurvey } from '../../../src/clients/arm/lab-survey.ts';
import { TAGS } from '../../../src/lab/tags.ts';
import { build, inAnHour, labOf, startBench, type Bench } from '../../activities/bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
  bench.reset();
});

const labSurvey = () => bench.clients.labSurvey;

describe('lab groups', () => {
  it('are told with lab and lease, and without the managed groups that carry the same tags', async () => {
    await build(bench);
    const groups = await labSurvey().listLabGroups();
    expect(groups).toEqual([{ lab: bench.lab, lease: expect.stringMatching(/^2026-/) as string, endAt: null }]);
    expect(await labSurvey().listStrays()).toEqual([]);
  });

  it('have no lease where the tag is missing or no time', async () => {
    await bench.value('ensureGroup', { lab: bench.lab, region: 'eastus2', lease: 'tomorrow' });
    expect((await labSurvey().listLabGroups())[0]?.lease).toBeNull();
  });

  it('of another installation, or of nobody, are not listed', async () => {
    const tags = { [TAGS.installation]: 'another', [TAGS.lab]: 'lab-one', [TAGS.started]: bench.lab.startedAt };
    bench.cloud.bystanders.group({ name: bench.lab.group, tags });
    bench.cloud.bystanders.group({ name: 'rg-b', tags: { ...tags, [TAGS.installation]: 'bench' } });
    expect(await labSurvey().listLabGroups()).toEqual([]);
  });

  it('are not an empty list where the subscription cannot be read', async () => {
    bench.cloud.faults.add({
      pattern: 'GET */resourcegroups',
      kind: 'status',
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'no' } },
    });
    await expect(labSurvey().listLabGroups()).rejects.toThrow('AuthorizationFailed');
  });
});

describe('a survey', () => {
  it('tells of each subscription by itself: one that cannot be read hides no other', async () => {
    await build(bench);
    const { installation, subscriptionId } = bench.settings;
    const elsewhere = '99999999-8888-4777-8666-555555555555';
    const allowedSubscriptionIds = [elsewhere, subscriptionId];
    const both = createLabSurvey({ installation, allowedSubscriptionIds }, bench.clients.arm, bench.clients.ownership);
    expect(await both.survey()).toMatchObject([
      { groups: [], strays: [], unread: [expect.stringMatching(`${elsewhere}: groups: .*SubscriptionNotFound`)] },
      { groups: [{ lab: bench.lab }], strays: [], unread: [] },
    ]);
  });

  it('goes on without a list that may no longer be read', async () => {
    await build(bench);
    const body = { error: { code: 'AuthorizationFailed', message: 'no' } };
    bench.cloud.faults.add({ pattern: 'GET */deletedAccounts', kind: 'status', status: 403, body, fire: Infinity });
    const unread = [expect.stringMatching('deleted accounts: .*AuthorizationFailed')];
    expect(await labSurvey().survey()).toMatchObject([{ groups: [{ lab: bench.lab }], strays: [], unread }]);
    await expect(labSurvey().listStrays()).rejects.toThrow('AuthorizationFailed');
  });
});

describe('strays', () => {
  it('are soft-deleted accounts whose group is gone', async () => {
    await build(bench);
    const arm = bench.clients.arm(bench.lab.subscriptionId);
    await arm.deleteGroup(bench.lab.group);
    await bench.pass(3_600_000);
    expect(await labSurvey().listLabGroups()).toEqual([]);
    expect(await labSurvey().listStrays()).toEqual([bench.lab]);
  });

  it('are resources in a given group whose lab has no group of its own any more', async () => {
    const lab = labOf(bench.settings.subscriptionId, { resourceGroup: 'rg-given' });
    bench.cloud.bystanders.group({ name: 'rg-given' });
    await bench.value('ensureGroup', { lab, region: 'eastus2', lease: inAnHour(bench) });
    await bench.value('ensureAccount', { lab, attempt: 1, region: 'eastus2' });
    expect(await labSurvey().listStrays()).toEqual([]);
    await bench.clients.arm(lab.subscriptionId).deleteGroup(lab.group);
    await bench.pass(3_600_000);
    expect(await labSurvey().listStrays()).toEqual([lab]);
  });
});
