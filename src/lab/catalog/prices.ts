/** List prices in USD, East US, pay as you go. Estimates, never a bill. */
import { NODE } from './cluster.ts';
import type { Source } from './source.ts';

export type RateId = 'vm' | 'dbu-premium' | 'dbu-trial' | 'disk' | 'public-ip' | 'nat-gateway';
export type Rate = { what: string; usdPerHour: number; source: Source };

export const RATES: Readonly<Record<RateId, Rate>> = {
  vm: {
    what: 'virtual machine Standard_D4ds_v5, Linux',
    usdPerHour: 0.226,
    source: {
      url: "https://prices.azure.com/api/retail/prices?$filter=serviceName eq 'Virtual Machines' and armSkuName eq 'Standard_D4ds_v5' and armRegionName eq 'eastus'",
      date: '2026-10-01',
      note: 'value second-hand, the same in several public price tables; the query refreshes it',
    },
  },
  'dbu-premium': {
    what: '1 DBU an hour of All-Purpose Compute, premium',
    usdPerHour: 0.55,
    source: {
      url: 'https://azure.microsoft.com/pricing/details/databricks/',
      date: '2026-04-01',
      note: 'the price of a DBU is listed, 1 DBU an hour for the node is second-hand',
    },
  },
  'dbu-trial': {
    what: 'DBUs of a trial workspace, free for 14 days',
    usdPerHour: 0,
    source: { url: 'https://azure.microsoft.com/pricing/details/databricks/', date: '2026-04-01' },
  },
  disk: {
    what: 'managed disks of the node',
    usdPerHour: 0.027,
    source: {
      url: 'https://azure.microsoft.com/pricing/details/managed-disks/',
      date: '2026-04-01',
      note: 'assumed: one P10 of 128 GiB at 19.71 USD a month',
    },
  },
  'public-ip': {
    what: 'static public IPv4 address, Standard',
    usdPerHour: 0.005,
    source: {
      url: 'https://azure.microsoft.com/pricing/details/ip-addresses/',
      date: '2026-10-16',
      note: 'value second-hand, the same in several public price tables; the page shows it once a region is chosen',
    },
  },
  'nat-gateway': {
    what: 'NAT gateway of the workspace, without data',
    usdPerHour: 0.045,
    source: {
      url: 'https://azure.microsoft.com/pricing/details/azure-nat-gateway/',
      date: '2026-10-16',
      note: 'value second-hand, the same in several public price tables; the page shows it once a region is chosen',
    },
  },
};

/**
 * Where the Azure Retail Prices API has each rate: the filter, and the meter among its rows where several fit. One node draws 1 DBU an hour. Tokens stay with the table:
 * their meters are told by no name that holds still.
 * https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices (2026-10)
 */
export const RETAIL_METERS: Readonly<Partial<Record<RateId, { filter: (region: string) => string; meter?: string }>>> =
  {
    vm: {
      filter: (region) =>
        `serviceName eq 'Virtual Machines' and armSkuName eq '${NODE.type}' and armRegionName eq '${region}' and priceType eq 'Consumption'`,
    },
    'dbu-premium': {
      filter: (region) =>
        `serviceName eq 'Azure Databricks' and armRegionName eq '${region}' and meterName eq 'Premium All-purpose Compute DBU'`,
      meter: 'Premium All-purpose Compute DBU',
    },
    disk: {
      filter: (region) =>
        `serviceName eq 'Storage' and armRegionName eq '${region}' and productName eq 'Premium SSD Managed Disks' and meterName eq 'P10 LRS Disk'`,
      meter: 'P10 LRS Disk',
    },
    'public-ip': {
      filter: () => `serviceName eq 'Virtual Network' and meterName eq 'Standard IPv4 Static Public IP'`,
      meter: 'Standard IPv4 Static Public IP',
    },
    'nat-gateway': {
      filter: () => `serviceName eq 'NAT Gateway' and meterName eq 'Standard Gateway'`,
      meter: 'Standard Gateway',
    },
  };

export type TokenPrice = { inputUsdPerMillion: number; outputUsdPerMillion: number; source: Source };

const price = (inputUsdPerMillion: number, outputUsdPerMillion: number, source: Source): TokenPrice => ({
  inputUsdPerMillion,
  outputUsdPerMillion,
  source,
});
const LIST_2026_03: Source = {
  url: 'https://deploybase.ai/articles/openai-pricing',
  date: '2026-03-21',
  note: 'OpenAI list price',
};
const LIST_2026_06: Source = {
  url: 'https://tokenmix.ai/blog/openai-api-cost-2026-gpt-5-5-5-4-nano-batch',
  date: '2026-06-04',
  note: 'OpenAI list price',
};

/** By model name. A model that is missing here is treated as dearer than every one that is present. */
export const TOKEN_PRICES: Readonly<Record<string, TokenPrice>> = {
  'gpt-35-turbo': price(0.5, 1.5, {
    url: 'https://developers.openai.com/api/docs/models/gpt-3.5-turbo',
    date: '2026-03-01',
  }),
  'gpt-4o': price(2.5, 10, LIST_2026_03),
  'gpt-4o-mini': price(0.15, 0.6, LIST_2026_03),
  'gpt-4.1': price(2, 8, LIST_2026_03),
  'gpt-4.1-mini': price(0.4, 1.6, LIST_2026_03),
  'gpt-4.1-nano': price(0.1, 0.4, LIST_2026_03),
  'gpt-5': price(1.25, 10, LIST_2026_03),
  'gpt-5-mini': price(0.25, 2, LIST_2026_03),
  'gpt-5-nano': price(0.05, 0.4, LIST_2026_03),
  'gpt-5.1': price(1.25, 10, LIST_2026_03),
  'gpt-5.2': price(1.75, 14, {
    url: 'https://nativeai.agency/hub/tools/openai-api/model-families',
    date: '2026-01-01',
    note: 'OpenAI list price',
  }),
  'gpt-5.4': price(2.5, 15, LIST_2026_06),
  'gpt-5.4-mini': price(0.75, 4.5, LIST_2026_06),
  'gpt-5.4-nano': price(0.2, 1.25, LIST_2026_06),
  'gpt-5.5': price(5, 30, LIST_2026_06),
  o3: price(2, 8, LIST_2026_03),
  'o3-mini': price(1.1, 4.4, LIST_2026_03),
  'o4-mini': price(1.1, 4.4, LIST_2026_03),
};
