import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts, ModelFact, RegionFacts } from '../../src/lab/placement/facts.ts';
import { planLab, type Impossible, type PlanRequest } from '../../src/lab/placement/plan.ts';
import { clusterFits, deployables, judge } from './plan-oracle.ts';
import { AT, FAMILY, quota, usage } from './subscription.ts';

const REGIONS = ['eastus2', 'northcentralus', 'swedencentral', 'switzerlandwest', 'switzerlandnorth', 'westus'];
const MODELS = [
  'gpt-35-turbo',
  'gpt-5.4-mini',
  'gpt-5.1',
  'gpt-4o',
  'gpt-4.1-nano',
  'mystery-1',
  'mystery-2',
  'gpt-4o-audio-preview',
  'text-embedding-3-large',
];
const SKUS = ['Standard', 'DataZoneStandard', 'GlobalStandard', 'ProvisionedManaged'];
const DATES = [
  '2025-11-14T00:00:00Z',
  AT,
  '2027-05-15T00:00:00Z',
  '2027-05-15T00:00:00Z',
  '2028-01-01T00:00:00Z',
  '2028-01-01T00:00:00Z',
  undefined,
  undefined,
];

const modelFact = (name: string): fc.Arbitrary<ModelFact> =>
  fc
    .record({
      version: fc.constantFrom('0125', '1106', '2024-08-06'),
      isDefaultVersion: fc.boolean(),
      lifecycleStatus: fc.constantFrom(
        'GenerallyAvailable',
        'GenerallyAvailable',
        'Stable',
        'Preview',
        'Legacy',
        'Deprecating',
        'Deprecated',
      ),
      retires: fc.constantFrom(...DATES),
      skus: fc.uniqueArray(
        fc.record({
          name: fc.constantFrom(...SKUS),
          minimum: fc.constantFrom(undefined, 1, 5, 10),
          maximum: fc.constantFrom(undefined, 3, 300),
          step: fc.constantFrom(undefined, 1, 2, 10),
          ends: fc.constantFrom(...DATES),
        }),
        { selector: (it) => it.name, minLength: 1, maxLength: 3 },
      ),
    })
    .map(({ retires, skus, ...rest }) => ({
      name,
      ...rest,
      chatCompletion: !name.startsWith('text-'),
      ...(retires === undefined ? {} : { inferenceRetiresAt: retires }),
      skus: skus.map(({ name: sku, ends, minimum, maximum, step }) => ({
        name: sku,
        usageName: usage(sku, name),
        capacity: { ...(minimum ? { minimum } : {}), ...(maximum ? { maximum } : {}), ...(step ? { step } : {}) },
        ...(ends === undefined ? {} : { deprecatesAt: ends }),
      })),
    }));

const often = (value: boolean): fc.Arbitrary<boolean> =>
  fc.integer({ min: 0, max: 15 }).map((it) => (it === 0 ? !value : value));

const regionFacts = (name: string): fc.Arbitrary<RegionFacts> =>
  fc
    .record({
      models: fc.uniqueArray(fc.constantFrom(...MODELS, 'gpt-35-turbo', 'gpt-5.1', 'gpt-4o').chain(modelFact), {
        selector: (it) => `${it.name}/${it.version}`,
        minLength: 1,
        maxLength: 5,
      }),
      tokens: fc.array(fc.record({ used: fc.integer({ min: 0, max: 12 }), limit: fc.constantFrom(0, 5, 10, 30, 30) }), {
        minLength: 40,
        maxLength: 40,
      }),
      listed: often(true),
      accounts: often(true).map((free) => quota('OpenAI.S0.AccountCount', free ? 3 : 30, 30)),
      family: fc.record({ used: fc.integer({ min: 0, max: 9 }), limit: fc.constantFrom(0, 4, 10, 10, 40) }),
      cores: fc.record({ used: fc.integer({ min: 0, max: 20 }), limit: fc.constantFrom(4, 10, 50, 50) }),
      offered: often(true),
      restriction: often(true).map((free) => (free ? null : 'NotAvailableForSubscription')),
      openai: often(true),
      databricks: often(true),
      unreadable: fc.constantFrom<RegionFacts['unreadable'][]>(
        [],
        [],
        [],
        [],
        [],
        [],
        [{ what: 'models', reason: '403' }],
        [{ what: 'node', reason: '403' }],
        [{ what: 'offers', reason: '403' }],
      ),
    })
    .map((it) => ({
      region: name,
      models: it.models,
      tokenQuota: it.listed
        ? MODELS.flatMap((model, m) =>
            SKUS.map((sku, s) =>
              quota(usage(sku, model), it.tokens[m * 4 + s]?.used ?? 0, it.tokens[m * 4 + s]?.limit ?? 0),
            ),
          ).concat(it.accounts)
        : [],
      coreQuota: [quota('cores', it.cores.used, it.cores.limit), quota(FAMILY, it.family.used, it.family.limit)],
      node: { offered: it.offered, family: FAMILY, vcpus: 4, restriction: it.restriction },
      offers: { openai: it.openai, databricks: it.databricks },
      unreadable: it.unreadable,
    }));

const landscape: fc.Arbitrary<{ facts: Facts; request: PlanRequest; lab: { id: string } }> = fc
  .record({
    regions: fc.tuple(...REGIONS.map(regionFacts)),
    allowed: fc.oneof(fc.shuffledSubarray(REGIONS, { minLength: 1 }), fc.shuffledSubarray(REGIONS, { minLength: 3 })),
    model: fc.constantFrom('gpt-35-turbo', 'gpt-35-turbo', 'gpt-5.1', 'gpt-4o', 'mystery-1'),
    order: fc.constantFrom<('spread' | 'as-given')[]>('spread', 'as-given'),
    deployedModels: fc.subarray(MODELS, { maxLength: 2 }),
    account: fc.option(fc.constantFrom(...REGIONS), { freq: 6 }),
    workspace: fc.option(fc.record({ region: fc.constantFrom(...REGIONS), cluster: fc.boolean() }), { freq: 6 }),
    id: fc.stringMatching(/^[a-z0-9]{3,12}$/),
  })
  .map(({ regions, allowed, model, order, deployedModels, account, workspace, id }) => ({
    facts: { at: AT, regions, providers: [], deployedModels, missingRights: [] },
    request: {
      model,
      regions: allowed,
      order,
      ...(id.length % 3 === 0
        ? {
            existing: {
              ...(account === null ? {} : { openai: { region: account } }),
              ...(workspace === null ? {} : { databricks: workspace }),
            },
          }
        : {}),
    },
    lab: { id },
  }));

/** Each run another seed, printed: `PLAN_SEED=… ` runs it again. */
const seed = Number(process.env.PLAN_SEED ?? Date.now() % 2_147_483_647);
const runs = Number(process.env.PLAN_RUNS ?? 500);

describe('planLab, over random landscapes', () => {
  it(`agrees with brute force (PLAN_SEED=${seed})`, () => {
    console.info(`plan landscapes: PLAN_SEED=${seed}, ${runs} runs`);
    const seen = { plans: 0, splits: 0, substitutes: 0, refusals: 0, changes: 0 };
    fc.assert(
      fc.property(landscape, ({ facts, request, lab }) => {
        const plan = planLab(facts, request, lab);
        const oracle = judge(facts, request);
        expect(plan.kind).toBe(oracle.best === null ? 'impossible' : 'plan');
        if (plan.kind === 'impossible') {
          seen.refusals += 1;
          seen.changes += checkWaysOut(plan, facts, request);
          return;
        }
        if (plan.kind === 'unregistered') throw new Error('every provider is registered');
        seen.plans += 1;
        // Nothing in a forbidden place; nothing that cannot be had; everything that can.
        for (const { region, choice } of plan.openai) {
          const match = oracle.openai.filter(
            (it) => it.region === region && it.model === choice.model && it.sku === choice.sku,
          );
          expect(
            match.some(
              (it) =>
                it.capacity === choice.capacity &&
                (choice.version === undefined ? it.isDefault : it.version === choice.version),
            ),
          ).toBe(true);
        }
        expect([...plan.databricks.map((it) => it.region)].sort()).toEqual([...oracle.databricks].sort());
        if (plan.openai.length < 10) {
          const kinds = (all: { region: string; model: string; sku: string }[]) =>
            [...new Set(all.map((it) => `${it.region}/${it.model}/${it.sku}`))].sort();
          expect(kinds(plan.openai.map(({ region, choice }) => ({ region, ...choice })))).toEqual(kinds(oracle.openai));
        }
        // The first pair is as good as the best one.
        const [first, home] = [plan.openai[0], plan.databricks[0]];
        const taken = oracle.openai.find(
          (it) => it.region === first?.region && it.model === first.choice.model && it.sku === first.choice.sku,
        );
        if (taken === undefined || home === undefined) throw new Error('no first place');
        expect(oracle.score(taken, home.region)).toEqual(oracle.best);
        if (taken.region !== home.region) seen.splits += 1;
        if (taken.model !== request.model) seen.substitutes += 1;
        // Same facts, same plan.
        expect(planLab(structuredClone(facts), request, lab)).toEqual(plan);
      }),
      { seed, numRuns: runs },
    );
    console.info('plan landscapes:', JSON.stringify(seen));
    // A generator that makes only easy or only hopeless landscapes would prove nothing.
    if (runs >= 500) for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(10);
  });
});

/** Each change that a refusal names, made alone, gives the service a place by the oracle's lights. */
function checkWaysOut(plan: Impossible, facts: Facts, request: PlanRequest): number {
  let checked = 0;
  expect(plan.reasons.length).toBeGreaterThan(0);
  for (const reason of plan.reasons) {
    expect(reason.suggestion).not.toBe('');
    for (const change of reason.changes ?? []) {
      const raised = structuredClone(facts);
      const region = raised.regions.find((it) => it.region === change.region);
      if (region === undefined) throw new Error(`unknown region ${change.region}`);
      const lines = reason.code === 'no-token-quota' ? region.tokenQuota : region.coreQuota;
      for (const { name, from, to } of change.quotas) {
        expect(to).toBeGreaterThan(from);
        const line = lines.find((it) => it.name === name);
        if (line === undefined) lines.push(quota(name, 0, to));
        else line.limit = to;
      }
      const served =
        reason.code === 'no-token-quota'
          ? deployables(raised, region, request.model, request.existing?.openai !== undefined).length > 0
          : clusterFits(region);
      expect(served, JSON.stringify(change)).toBe(true);
      checked += 1;
    }
  }
  return checked;
}
