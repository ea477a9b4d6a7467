// The two reads of Microsoft.Compute that tell whether a cluster can start: vCPU usages by family, and sizes with their restrictions.
import { armFailure } from './errors.ts';
import { armRoute } from './gateway.ts';
import { COMPUTE_SKU_VERSIONS, COMPUTE_USAGE_VERSIONS } from './versions.ts';
import { page } from './lists.ts';
import { coreQuota, DEFAULT_CORES } from '../landscape.ts';
import { REGIONS } from './regions.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

type Size = { family: string; vcpus: number; memoryGb: number };

/** VM sizes of the local cloud, by name. */
const SIZES: Record<string, Size> = {
  Standard_D4ds_v5: { family: 'standardDDSv5Family', vcpus: 4, memoryGb: 16 },
  Standard_D8ds_v5: { family: 'standardDDSv5Family', vcpus: 8, memoryGb: 32 },
  Standard_D4ds_v4: { family: 'standardDDSv4Family', vcpus: 4, memoryGb: 16 },
  Standard_E4ds_v5: { family: 'standardEDSv5Family', vcpus: 4, memoryGb: 32 },
  Standard_DS3_v2: { family: 'standardDSv2Family', vcpus: 4, memoryGb: 14 },
};

const DISPLAY: Record<string, string> = {
  cores: 'Total Regional vCPUs',
  standardDDSv5Family: 'Standard DDSv5 Family vCPUs',
  standardDDSv4Family: 'Standard DDSv4 Family vCPUs',
  standardEDSv5Family: 'Standard EDSv5 Family vCPUs',
  standardDSv2Family: 'Standard DSv2 Family vCPUs',
};

/** The vCPU quota lines of a region. */
function coreUsages(
  state: CloudState,
  subscriptionId: string,
  region: string,
): { name: string; used: number; limit: number }[] {
  const byFamily = state.coresUsed(subscriptionId, region);
  const total = Object.values(byFamily).reduce((sum, cores) => sum + cores, 0);
  return [...new Set([...Object.keys(DEFAULT_CORES), ...Object.keys(DISPLAY)])].map((name) => {
    const quota = coreQuota(state.landscape, region, name);
    return { name, limit: quota.limit, used: quota.used + (name === 'cores' ? total : (byFamily[name] ?? 0)) };
  });
}

export function computeRoutes(state: CloudState): Route[] {
  const usages = (call: Call): Reply => {
    const region = call.params.location as string;
    if (REGIONS[region] === undefined) {
      return armFailure(
        400,
        'NoRegisteredProviderFound',
        `No registered resource provider found for location '${region}'.`,
      );
    }
    const rows = coreUsages(state, call.params.subscriptionId as string, region).map(({ name, used, limit }) => ({
      unit: 'Count',
      currentValue: used,
      limit,
      name: { value: name, localizedValue: DISPLAY[name] ?? name },
    }));
    return page(state, call, rows);
  };

  const skus = (call: Call): Reply => {
    const wanted = /location\s+eq\s+'([^']+)'/i.exec(call.query.get('$filter') ?? '')?.[1]?.toLowerCase();
    const regions = Object.keys(REGIONS).filter((region) => wanted === undefined || region === wanted);
    const rows = regions.flatMap((region) =>
      Object.entries(SIZES)
        .filter(([name]) => !state.landscape.missingSizes.includes(`${region}/${name}`))
        .map(([name, size]) => skuJson(region, name, size)),
    );
    return page(state, call, rows);
  };

  const skuJson = (region: string, name: string, { family, vcpus, memoryGb }: Size): object => {
    const reasonCode = state.landscape.sizeRestrictions[`${region}/${name}`];
    return {
      resourceType: 'virtualMachines',
      name,
      tier: 'Standard',
      size: name.replace('Standard_', ''),
      family,
      locations: [region],
      locationInfo: [{ location: region, zones: ['1', '2', '3'], zoneDetails: [] }],
      capabilities: [
        { name: 'vCPUs', value: String(vcpus) },
        { name: 'MemoryGB', value: String(memoryGb) },
      ],
      restrictions:
        reasonCode === undefined
          ? []
          : [{ type: 'Location', values: [region], restrictionInfo: { locations: [region] }, reasonCode }],
    };
  };

  const subscription = '/subscriptions/{subscriptionId}/providers/Microsoft.Compute';
  return [
    armRoute(state, {
      method: 'GET',
      template: `${subscription}/locations/{location}/usages`,
      action: 'Microsoft.Compute/locations/usages/read',
      apiVersions: COMPUTE_USAGE_VERSIONS,
      handler: usages,
    }),
    armRoute(state, {
      method: 'GET',
      template: `${subscription}/skus`,
      action: 'Microsoft.Compute/skus/read',
      apiVersions: COMPUTE_SKU_VERSIONS,
      handler: skus,
    }),
  ];
}
