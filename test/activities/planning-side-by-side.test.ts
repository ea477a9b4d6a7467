// A plan's calls are all under way at once: one that waited for another would never get its answer here.
import { expect, it } from 'vitest';
import { planningActivities } from '../../src/activities/plan/plan.ts';
import type { Arm } from '../../src/clients/arm/arm.ts';
import type { Deps } from '../../src/activities/deps.ts';
import { LabRequestSchema } from '../../src/lab/request.ts';
import { labOf, START } from './bench.ts';

const REGIONS = ['eastus2', 'northcentralus', 'swedencentral', 'switzerlandwest', 'switzerlandnorth'];
const ANSWERS: Record<string, unknown> = {
  provider: { namespace: '', state: 'Registered', types: [] },
  node: { offered: false, family: '', vcpus: 4, restriction: null },
  subdomainFree: true,
  group: { tags: {} },
};

it.each([
  ['in its own group', {}, 7],
  ['in a given group', { resourceGroup: 'rg-given' }, 9],
])('a plan for a lab %s asks everything at once', async (_what, more, besides) => {
  const expected = REGIONS.length * 4 + besides;
  const calls: string[] = [];
  let release: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (release = resolve));
  const arm = new Proxy({} as Arm, {
    get: (_target, name: string) => async () => {
      calls.push(name);
      // Nobody gets an answer before the last one has asked.
      if (calls.length === expected) release();
      await all;
      return name in ANSWERS ? ANSWERS[name] : [];
    },
  });
  const deps = {
    clients: { arm: () => arm, ownership: { labOf: () => undefined } },
    now: () => new Date(START),
  } as unknown as Deps;
  const lab = labOf('11111111-1111-4111-8111-111111111111', more);
  const request = { ...LabRequestSchema.parse({}), regions: REGIONS };
  const outcome = await planningActivities(deps).planLab({ lab, request });
  expect(outcome).toMatchObject({ kind: 'done', value: { kind: 'impossible' } });
  expect(calls).toHaveLength(expected);
  expect(expected).toBeLessThanOrEqual(REGIONS.length * 4 + 10);
});
