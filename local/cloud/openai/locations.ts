// What Cognitive Services tells about a region before anything is created: quota usages, models, capacities, and whether a subdomain is free.
import { armFailure } from '../arm/errors.ts';
import { armRoute, bodyOf } from '../arm/gateway.ts';
import { COGNITIVE_VERSIONS } from '../arm/versions.ts';
import { domainShape } from './shapes.ts';
import { page } from '../arm/lists.ts';
import type { CatalogueModel } from '../catalogue.ts';
import { DEFAULT_TOKENS, type Quota } from '../landscape.ts';
import type { Deployment } from '../arm/records.ts';
import { REGIONS, regionName } from '../arm/regions.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from '../arm/tables.ts';

const ACCOUNT_COUNT = 'OpenAI.S0.AccountCount';

/** The region's models. */
export const modelsIn = (state: CloudState, region: string): CatalogueModel[] => state.landscape.models[region] ?? [];

/** Token quota of a bucket: deployments of the subscription, those of soft-deleted accounts and of others counted. Thousands a minute. */
export function tokenUsage(state: CloudState, subscriptionId: string, region: string, usageName: string): Quota {
  const quota = state.landscape.tokenQuota[`${region}/${usageName}`] ?? DEFAULT_TOKENS;
  const held = [
    ...armOf(state).deployments.values(),
    ...armOf(state)
      .deletedAccounts.values()
      .flatMap((it) => it.deployments),
  ].filter(
    (deployment: Deployment) =>
      deployment.location === region &&
      deployment.usageName === usageName &&
      deployment.id.toLowerCase().startsWith(`/subscriptions/${subscriptionId.toLowerCase()}/`),
  );
  return { limit: quota.limit, used: held.reduce((sum, it) => sum + it.sku.capacity, quota.used) };
}

/** OpenAI accounts of the subscription in the region, soft-deleted ones too: they count until they are purged. */
export const accountsIn = (state: CloudState, subscriptionId: string, region: string): number =>
  [
    ...armOf(state).accounts.values(),
    ...armOf(state)
      .deletedAccounts.values()
      .map((it) => it.account),
  ].filter((it) => it.subscriptionId === subscriptionId.toLowerCase() && it.location === region).length;

export const subdomainTaken = (state: CloudState, subdomain: string): boolean =>
  [
    ...armOf(state).accounts.values(),
    ...armOf(state)
      .deletedAccounts.values()
      .map((it) => it.account),
  ].some((it) => it.subdomain === subdomain.toLowerCase());

export function cognitiveLocationRoutes(state: CloudState): Route[] {
  const inRegion =
    (rows: (region: string, subscriptionId: string) => object[]) =>
    (call: Call): Reply => {
      const region = regionName(call.params.location as string);
      if (REGIONS[region] === undefined) {
        return armFailure(
          400,
          'LocationNotAvailableForResourceType',
          `The location '${region}' is not available for resource type 'locations'.`,
        );
      }
      return page(state, call, rows(region, call.params.subscriptionId as string));
    };

  const usages = inRegion((region, subscriptionId) => {
    const names = new Set(modelsIn(state, region).flatMap((model) => model.skus.map((sku) => sku.usageName)));
    const line = (name: string, { used, limit }: Quota): object => ({
      unit: 'Count',
      name: { value: name, localizedValue: name.replaceAll('.', ' ') },
      currentValue: used,
      limit,
    });
    return [
      line(ACCOUNT_COUNT, {
        used: accountsIn(state, subscriptionId, region),
        limit: state.landscape.accountsPerRegion,
      }),
      ...[...names].map((name) => line(name, tokenUsage(state, subscriptionId, region, name))),
    ];
  });

  const models = inRegion((region) =>
    // The service lists a model once for each kind of account that can have it.
    ['OpenAI', 'AIServices'].flatMap((kind) =>
      modelsIn(state, region).map((model) => ({ kind, skuName: 'S0', description: '', model: modelJson(model) })),
    ),
  );

  const capacities = (call: Call): Reply => {
    const regions = call.params.location === undefined ? Object.keys(REGIONS) : [regionName(call.params.location)];
    const [name, version] = [call.query.get('modelName'), call.query.get('modelVersion')];
    const rows = regions.flatMap((region) =>
      modelsIn(state, region)
        .filter((model) => model.name === name && model.version === version)
        .flatMap((model) =>
          model.skus.map((sku) => {
            const { limit, used } = tokenUsage(state, call.params.subscriptionId as string, region, sku.usageName);
            const id = `${call.path}/${name}.${version}.${sku.name}`;
            const properties = {
              model: { format: 'OpenAI', name, version },
              skuName: sku.name,
              availableCapacity: Math.max(0, limit - used),
            };
            return {
              id,
              type: 'Microsoft.CognitiveServices/locations/modelCapacities',
              name: sku.name,
              location: region,
              properties,
            };
          }),
        ),
    );
    return page(state, call, rows);
  };

  const checkDomain = (call: Call): Reply => {
    const { subdomainName, type, kind } = bodyOf(call);
    const taken = subdomainTaken(state, String(subdomainName));
    const reason = taken
      ? { reason: `Sub domain name '${String(subdomainName)}' is already used. Please pick a different name.` }
      : {};
    return { status: 200, json: { isSubdomainAvailable: !taken, ...reason, subdomainName, type, kind } };
  };

  const subscription = '/subscriptions/{subscriptionId}/providers/Microsoft.CognitiveServices';
  const read = (
    what: string,
    handler: Route['handler'],
    template = `${subscription}/locations/{location}/${what}`,
  ): Route =>
    armRoute(state, {
      method: 'GET',
      template,
      action: `Microsoft.CognitiveServices/locations/${what}/read`,
      apiVersions: COGNITIVE_VERSIONS,
      handler,
    });
  return [
    read('usages', usages),
    read('models', models),
    read('modelCapacities', capacities),
    read('modelCapacities', capacities, `${subscription}/modelCapacities`),
    armRoute(state, {
      method: 'POST',
      template: `${subscription}/checkDomainAvailability`,
      action: 'Microsoft.CognitiveServices/checkDomainAvailability/action',
      apiVersions: COGNITIVE_VERSIONS,
      body: domainShape,
      handler: checkDomain,
    }),
  ];
}

const modelJson = (model: CatalogueModel): object => ({
  format: 'OpenAI',
  name: model.name,
  version: model.version,
  isDefaultVersion: model.isDefaultVersion,
  lifecycleStatus: model.lifecycleStatus,
  deprecation: { inference: new Date(model.retiresAt).toISOString() },
  capabilities: model.chat ? { chatCompletion: 'true', maxContextToken: '128000' } : { embeddings: 'true' },
  maxCapacity: 3,
  skus: model.skus.map(({ name, usageName, capacity, deprecatesAt }) => ({
    name,
    usageName,
    capacity,
    ...(deprecatesAt === undefined ? {} : { deprecationDate: new Date(deprecatesAt).toISOString() }),
    cost: [{ meterId: `meter-${model.name}-in`, name: 'Input', unit: '1K tokens' }],
  })),
});
