/** The two reads of Microsoft.Compute, as plain GETs: its SDK is far too large for them. */
import { z } from 'zod';
import type { QuotaFact, RegionFacts } from '../../lab/placement/facts.ts';
import { NODE } from '../../lab/catalog/cluster.ts';
import { path } from '../url-path.ts';
import type { ArmConnection } from './connection.ts';
import { ServiceError } from '../service-error.ts';

const usage = z.object({ name: z.object({ value: z.string() }), currentValue: z.number(), limit: z.number() });

const sku = z.object({
  resourceType: z.string(),
  name: z.string(),
  family: z.string().nullish(),
  locations: z.array(z.string()).nullish(),
  capabilities: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  restrictions: z
    .array(z.object({ type: z.string(), reasonCode: z.string().nullish(), values: z.array(z.string()).nullish() }))
    .nullish(),
});

/** vCPU quota of the region by family, and `cores` for the regional total; empty for a subscription that has no usages yet. https://learn.microsoft.com/rest/api/compute/usage/list */
export const readCoreQuota = async (arm: ArmConnection, region: string): Promise<QuotaFact[]> => {
  const usages = await arm
    .list(path`providers/Microsoft.Compute/locations/${region}/usages`, '2024-07-01', usage)
    .catch((error: unknown) => {
      if (error instanceof ServiceError && error.code === 'SubscriptionHasNoUsages') return [];
      throw error;
    });
  return usages.map((it) => ({ name: it.name.value, used: it.currentValue, limit: it.limit }));
};

/** Whether the region has the size, and whether the subscription may use it there. https://learn.microsoft.com/rest/api/compute/resource-skus/list */
export const readNode = async (arm: ArmConnection, region: string, nodeType: string): Promise<RegionFacts['node']> => {
  const skus = await arm.list(
    'providers/Microsoft.Compute/skus',
    '2021-07-01',
    sku,
    `location eq '${region.replaceAll("'", "''")}'`,
  );
  const size = skus.find((it) => it.resourceType === 'virtualMachines' && it.name === nodeType);
  if (size === undefined) return { offered: false, family: '', vcpus: 0, restriction: null };
  // A restriction by zone still leaves the region's other zones.
  const restriction = size.restrictions?.find((it) => it.type === 'Location');
  return {
    offered: true,
    family: size.family ?? NODE.family,
    vcpus: Number(size.capabilities?.find((it) => it.name === 'vCPUs')?.value ?? NODE.vcpus),
    restriction: restriction === undefined ? null : (restriction.reasonCode ?? 'restricted'),
  };
};
