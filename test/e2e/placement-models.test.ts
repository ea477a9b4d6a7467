// Which model a whole lab ends up with in the catalogue of late 2026, and the plan that says so beforehand.
import { beforeEach, describe, expect, it } from 'vitest';
import type { DryRun } from '../../src/http/api/dry-run.ts';
import { addBystanders, fillCores, fillTokens, outside, place, REGIONS } from './placement.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const [first, second] = REGIONS as [string, string, string];
const landscape = () => world.rig.cloud.state.landscape;
const models = (region: string) => landscape().models[region] ?? [];
const used = (usageName: string, ...regions: string[]): void => {
  for (const region of regions) landscape().tokenQuota[`${region}/${usageName}`] = { limit: 30, used: 10 };
};

beforeEach(() => addBystanders(world.rig));

describe('the model', () => {
  it('that was asked for is retired: the next of the preferences, and the plan says why', async () => {
    const lab = await place(world);
    expect(lab.openai).toBe(`${first}/gpt-5.1/Standard`);
    expect(lab.view.plan?.reason).toMatch(/gpt-5\.1, next of the preferred models, instead of gpt-35-turbo \(retired/);
    expect(lab.view.completions?.map((it) => it.model)).toEqual(['gpt-5.1-2025-11-13', 'gpt-5.1-2025-11-13']);
  });

  it('is closed to new customers, and this subscription deploys it already: it is taken', async () => {
    used('OpenAI.GlobalStandard.gpt-5-mini', first);
    const lab = await place(world);
    expect(lab.openai).toBe(`${first}/gpt-5-mini/DataZoneStandard`);
  });

  it('is retired between plan and deployment: the next one, in the account that is there', async () => {
    world.rig.cloud.faults.add({
      pattern: 'PUT *deployments/gpt-5.1',
      kind: 'status',
      status: 400,
      body: {
        error: {
          code: 'ServiceModelDeprecated',
          message: "The model 'Format:OpenAI,Name:gpt-5.1,Version:2025-11-13' has been deprecated since 11/20/2026.",
        },
      },
      fire: 9,
    });
    const lab = await place(world);
    expect(lab.openai).toBe(`${first}/gpt-5.5/DataZoneStandard`);
    expect(lab.tries('deployment')).toEqual([`${first} refused`, first]);
    expect(lab.tries('account')).toEqual([first]);
  });

  it('has no tokens left in one sku: the next sku in the account that is there, before another region', async () => {
    for (const region of REGIONS)
      landscape().models[region] = models(region).filter((it) => region === first || it.name !== 'gpt-5.1');
    landscape().vanishingTokens[`${first}/OpenAI.Standard.gpt-5.1`] = 999;
    const lab = await place(world);
    expect(lab.openai).toBe(`${first}/gpt-5.1/DataZoneStandard`);
    expect(lab.tries('account')).toEqual([first]);
  });

  it('is none of the preferences: the cheapest that is open, with its own API version and token parameter', async () => {
    const [template] = models(first).filter((it) => it.name === 'gpt-5.5');
    if (template === undefined) throw new Error('no template');
    const named = (name: string) => ({
      ...template,
      name,
      skus: template.skus.map((it) => ({ ...it, usageName: `OpenAI.${it.name}.${name}` })),
    });
    for (const region of REGIONS) landscape().models[region] = ['gpt-5.4', 'gpt-5.2'].map(named);
    const lab = await place(world);
    expect(lab.openai).toBe(`${first}/gpt-5.2/DataZoneStandard`);
    const choice = lab.view.report?.facts?.plan?.openai[0]?.choice;
    expect(choice).toMatchObject({ apiVersion: '2025-04-01-preview', tokenParam: 'max_completion_tokens' });
  });
});

describe('POST /api/labs?dryRun=true', () => {
  const dryRun = async (body: object): Promise<DryRun & { status: number }> => {
    const response = await world.rig.host.fetch('/api/labs?dryRun=true', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, ...((await response.json()) as DryRun) };
  };
  const writes = () => world.rig.cloud.requests.filter((it) => it.method !== 'GET' && it.service === 'arm');

  it('says where the lab would go and what it would cost, creates nothing, and the lab then goes there', async () => {
    fillTokens(world.rig, first);
    const others = outside(world.rig);
    const { status, plan, estimate, id } = await dryRun({ id: 'rehearsed', regions: REGIONS });
    expect(status).toBe(200);
    expect(id).toBe('rehearsed');
    expect(plan).toMatchObject({
      kind: 'plan',
      rejected: [{ service: 'openai', region: first, reason: expect.stringContaining('2K of 30K') as string }],
    });
    expect(estimate).toMatchObject({ estimate: true, maximumHours: expect.any(Number) as number });
    expect(estimate?.expectedUsd).toBeGreaterThan(0);
    expect(estimate?.maximumUsd).toBeGreaterThan(estimate?.expectedUsd ?? 0);
    expect(writes().map((it) => it.path.split('/').at(-1))).toEqual(['checkDomainAvailability']);
    expect(outside(world.rig)).toEqual(others);
    expect((await world.rig.host.fetch('/api/labs/rehearsed')).status).toBe(404);

    const lab = await place(world, { id: 'rehearsed' });
    if (plan.kind !== 'plan') throw new Error(plan.kind);
    const choice = plan.openai[0]?.choice;
    expect(lab.openai).toBe(`${plan.openai[0]?.region}/${choice?.model}/${choice?.sku}`);
    expect(lab.databricks).toBe(plan.databricks[0]?.region);
  });

  it('answers a request that cannot be placed with what would have to change, and no price', async () => {
    fillCores(world.rig, ...REGIONS);
    const { status, plan, estimate } = await dryRun({ regions: REGIONS });
    expect(status).toBe(200);
    expect(plan).toMatchObject({
      kind: 'impossible',
      reasons: [{ code: 'no-core-quota', changes: expect.any(Array) as unknown[] }],
    });
    expect(estimate).toBeNull();
  });

  it('takes at most four calls a region and ten more', async () => {
    for (const regions of [[first], [first, second], REGIONS, [...REGIONS, 'switzerlandwest', 'switzerlandnorth']]) {
      world.rig.cloud.requests.length = 0;
      expect((await dryRun({ regions })).status).toBe(200);
      expect(world.rig.cloud.requests.filter((it) => it.service !== 'identity').length).toBeLessThanOrEqual(
        regions.length * 4 + 10,
      );
    }
  });

  it('refuses a bad request as a start does, and a rehearsal that it does not understand', async () => {
    expect((await dryRun({ colour: 'red' })).status).toBe(400);
    const response = await world.rig.host.fetch('/api/labs?dryRun=yes', { method: 'POST' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('dryRun must be true or false');
    expect(writes()).toEqual([]);
  });

  it('says that it cannot read the subscription just now, and when to ask again', async () => {
    world.rig.cloud.faults.add({
      pattern: 'GET */providers/*',
      kind: 'status',
      status: 429,
      headers: { 'Retry-After': '17' },
    });
    const response = await world.rig.host.fetch('/api/labs?dryRun=true', { method: 'POST' });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('17');
  });
});
