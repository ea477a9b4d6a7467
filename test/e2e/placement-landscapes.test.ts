// Random subscriptions, whole labs: none fails that could have succeeded, none succeeds where nothing can or may be, none leaves anything.
// `PLACEMENT_SEED=… ` runs the same landscapes again, `PLACEMENT_RUNS=…` more of them.
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import type { ClusterScript } from '../../local/cloud/databricks/start-failures.ts';
import { unregister } from '../../local/cloud/arm/providers.ts';
import type { Rig } from '../../local/rig.ts';
import { SPECIALISED_MODELS } from '../../src/lab/catalog/models.ts';
import { REQUIRED_PROVIDERS } from '../../src/lab/catalog/regions.ts';
import { addBystanders, place } from './placement.ts';
import { useWorld } from './world.ts';

const REGIONS = ['eastus2', 'northcentralus', 'swedencentral', 'switzerlandwest', 'switzerlandnorth'];
const ACCOUNT = 'Microsoft.CognitiveServices/accounts';
const WORKSPACE = 'Microsoft.Databricks/workspaces';

type Place = {
  region: string;
  /** Quota of each bucket of the region, in turn: what is free, and whether it is gone when it is asked for. */
  buckets: { free: number; vanishes: boolean }[];
  freeCores: number;
  size: 'offered' | 'restricted' | 'missing';
  notOffered: string | null;
  denied: string[];
  /** Groups may not be made here. */
  noGroups: boolean;
  retired: boolean;
  accountFails: boolean;
  workspaceFails: number;
  launches: { script: ClusterScript; times: number } | null;
};
type Landscape = {
  places: Place[];
  allowed: string[];
  /** The regions to which Azure keeps the subscription. */
  kept: string[] | null;
  unregistered: string[];
};

const rarely = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const placeIn = (region: string): fc.Arbitrary<Place> =>
  fc.record({
    region: fc.constant(region),
    buckets: fc.array(
      fc.record({
        free: fc.constantFrom(0, 0, 4, 5, 30),
        vanishes: fc.integer({ min: 0, max: 3 }).map((it) => it === 0),
      }),
      { minLength: 12, maxLength: 12 },
    ),
    freeCores: fc.constantFrom(0, 3, 4, 40, 40),
    size: rarely<Place['size']>('offered', 'restricted', 'missing'),
    notOffered: rarely<string | null>(null, ACCOUNT, WORKSPACE),
    denied: rarely<string[]>([], [ACCOUNT], [WORKSPACE], [ACCOUNT, WORKSPACE]),
    noGroups: rarely(false, true),
    retired: fc.boolean(),
    accountFails: rarely(false, true),
    workspaceFails: rarely(0, 1, 2),
    launches: rarely<Place['launches']>(
      null,
      { script: 'quota', times: 9 },
      { script: 'quota-as-launch-failure', times: 9 },
      { script: 'stockout-as-quota', times: 9 },
      { script: 'bootstrap-timeout', times: 1 },
      { script: 'bootstrap-timeout', times: 9 },
      { script: 'never', times: 9 },
    ),
  });

const landscapes: fc.Arbitrary<Landscape> = fc.record({
  places: fc.tuple(...REGIONS.map(placeIn)),
  allowed: fc.oneof(fc.shuffledSubarray(REGIONS, { minLength: 1 }), fc.shuffledSubarray(REGIONS, { minLength: 4 })),
  kept: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.subarray(REGIONS) }),
  unregistered: fc.oneof(
    { weight: 3, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.subarray(REQUIRED_PROVIDERS.map(String)) },
  ),
});

function arrange({ cloud }: Rig, { places, kept, unregistered }: Landscape): void {
  const { landscape } = cloud.state;
  landscape.subscriptionRegions = kept;
  for (const namespace of unregistered) unregister(cloud.state, namespace);
  const { knobs } = databricksOf(cloud.state);
  for (const it of places) {
    const { region } = it;
    if (it.retired)
      landscape.models[region] = (landscape.models[region] ?? []).map((model) =>
        model.name === 'gpt-35-turbo' ? { ...model, lifecycleStatus: 'Deprecated' as const } : model,
      );
    for (const [index, usageName] of bucketsOf(cloud, region).entries()) {
      const bucket = it.buckets[index % it.buckets.length];
      if (bucket === undefined) continue;
      landscape.tokenQuota[`${region}/${usageName}`] = { limit: 30, used: 30 - bucket.free };
      if (bucket.vanishes) landscape.vanishingTokens[`${region}/${usageName}`] = 30;
    }
    landscape.coreQuota[`${region}/standardDDSv5Family`] = { limit: 40, used: 40 - it.freeCores };
    if (it.size === 'restricted') landscape.sizeRestrictions[`${region}/Standard_D4ds_v5`] = 'QuotaId';
    if (it.size === 'missing') landscape.missingSizes.push(`${region}/Standard_D4ds_v5`);
    if (it.notOffered !== null) (landscape.notOffered[it.notOffered] ??= []).push(region);
    if (it.denied.length > 0)
      landscape.policies.push({ name: 'Allowed locations', deniedRegions: [region], types: it.denied });
    if (it.noGroups)
      landscape.policies.push({
        name: 'Allowed locations for resource groups',
        deniedRegions: [region],
        types: ['Microsoft.Resources/resourceGroups'],
      });
    const failure = { region, code: 'ApplianceProvisioningFailed', message: 'The service could not build it.' };
    if (it.accountFails) landscape.createFailures.push({ ...failure, type: ACCOUNT });
    for (let time = 0; time < it.workspaceFails; time += 1)
      landscape.createFailures.push({ ...failure, type: WORKSPACE });
    if (it.launches !== null) knobs.clusterStarts.push({ ...it.launches, region });
  }
}

const bucketsOf = (cloud: Rig['cloud'], region: string): string[] => [
  ...new Set((cloud.state.landscape.models[region] ?? []).flatMap((it) => it.skus.map((sku) => sku.usageName))),
];

/** Where each service could be had, by the landscape alone: a second opinion that knows nothing of the plan. */
function possible(
  { cloud }: Rig,
  { places, allowed, kept }: Landscape,
): { group: boolean; openai: string[]; databricks: string[] } {
  const { landscape } = cloud.state;
  const now = cloud.state.now();
  const tokens = (it: Place): boolean =>
    (landscape.models[it.region] ?? [])
      .filter((model) => model.chat && !SPECIALISED_MODELS.test(model.name) && model.retiresAt > now)
      .filter((model) => model.lifecycleStatus !== 'Deprecated' && model.lifecycleStatus !== 'Deprecating')
      .flatMap((model) => model.skus)
      .some(({ usageName }) => {
        const { limit = 0, used = 0 } = landscape.tokenQuota[`${it.region}/${usageName}`] ?? {};
        return limit - used - (landscape.vanishingTokens[`${it.region}/${usageName}`] ?? 0) >= 5;
      });
  const may = (it: Place, type: string): boolean =>
    allowed.includes(it.region) &&
    (kept === null || kept.includes(it.region)) &&
    it.notOffered !== type &&
    !it.denied.includes(type);
  const launches = ({ launches: it }: Place): boolean =>
    it === null || (it.script === 'bootstrap-timeout' && it.times === 1);
  return {
    group: places.some((it) => allowed.includes(it.region) && !it.noGroups),
    openai: places.filter((it) => may(it, ACCOUNT) && tokens(it)).map((it) => it.region),
    databricks: places
      .filter((it) => may(it, WORKSPACE) && it.size === 'offered' && it.freeCores >= 4)
      .filter((it) => it.workspaceFails < 2 && launches(it))
      .map((it) => it.region),
  };
}

const seed = Number(process.env.PLACEMENT_SEED ?? Date.now() % 2_147_483_647);
const runs = Number(process.env.PLACEMENT_RUNS ?? 20);
const world = useWorld({ catalogue: '2024' });
const seen = { placed: 0, refused: 0, moved: 0, split: 0 };

describe(`random landscapes (PLACEMENT_SEED=${seed})`, () => {
  const all = fc.sample(landscapes, { seed, numRuns: runs });
  it.each(all.map((landscape, index) => [index + 1, landscape] as const))(
    `landscape %i of ${runs} of PLACEMENT_SEED=${seed}: the lab is where it can be, or nowhere`,
    async (_index, landscape) => {
      await addBystanders(world.rig);
      arrange(world.rig, landscape);
      const can = possible(world.rig, landscape);
      const lab = await place(world, { regions: landscape.allowed });
      const told = `${JSON.stringify(can)} ${JSON.stringify(lab.view.problem)}`;
      const succeeds = can.group && can.openai.length > 0 && can.databricks.length > 0;
      expect(lab.view.report?.outcome, told).toBe(succeeds ? 'healthy' : 'failed');
      seen[succeeds ? 'placed' : 'refused'] += 1;
      if (!succeeds) return;
      const region = lab.openai?.split('/')[0] ?? '';
      expect(can.openai).toContain(region);
      expect(can.databricks).toContain(lab.databricks);
      if (region !== lab.databricks) seen.split += 1;
      if (lab.view.steps.some((it) => it.state === 'failed')) seen.moved += 1;
    },
  );
  afterAll(() => {
    console.info(`random landscapes: PLACEMENT_SEED=${seed}, ${JSON.stringify(seen)}`);
  });
});
