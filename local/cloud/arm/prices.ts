// The Azure Retail Prices API, as far as a lab's parts are priced: `eq` and `and` in its filter, rows of several offers of the same machine.
// https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
import type { Route } from '../core/router.ts';

type Row = Readonly<Record<string, string | number>>;

const row = (fields: Row): Row => ({
  currencyCode: 'USD',
  tierMinimumUnits: 0,
  unitPrice: fields['retailPrice'] ?? 0,
  type: 'Consumption',
  unitOfMeasure: '1 Hour',
  armSkuName: '',
  ...fields,
});

/** Prices of a region. They are not those of the app's own table, so that a test sees which ones were used. */
export const priceRows = (region: string): Row[] => {
  const vm = {
    serviceName: 'Virtual Machines',
    armRegionName: region,
    armSkuName: 'Standard_D4ds_v5',
    meterName: 'D4ds v5',
  };
  return [
    row({ ...vm, productName: 'Virtual Machines Ddsv5 Series Windows', skuName: 'D4ds v5', retailPrice: 0.41 }),
    row({ ...vm, productName: 'Virtual Machines Ddsv5 Series', skuName: 'D4ds v5 Spot', retailPrice: 0.05 }),
    row({ ...vm, productName: 'Virtual Machines Ddsv5 Series', skuName: 'D4ds v5', retailPrice: 0.25 }),
    row({
      ...{ serviceName: 'Azure Databricks', productName: 'Azure Databricks', armRegionName: region },
      ...{ skuName: 'Premium All-purpose Compute', meterName: 'Premium All-purpose Compute DBU', retailPrice: 0.6 },
    }),
    row({
      ...{ serviceName: 'Storage', productName: 'Premium SSD Managed Disks', armRegionName: region },
      ...{ skuName: 'P10 LRS', meterName: 'P10 LRS Disk', unitOfMeasure: '1/Month', retailPrice: 21.9 },
    }),
    row({
      ...{ serviceName: 'Virtual Network', productName: 'IP Addresses', armRegionName: region },
      ...{ skuName: 'Standard', meterName: 'Standard IPv4 Static Public IP', retailPrice: 0.006 },
    }),
    row({
      ...{ serviceName: 'NAT Gateway', productName: 'NAT Gateway', armRegionName: 'Global' },
      ...{ skuName: 'Standard', meterName: 'Standard Gateway', retailPrice: 0.05 },
    }),
  ];
};

const REGION = /armRegionName eq '([^']+)'/;

export function retailPriceRoutes(): Route[] {
  return [
    {
      method: 'GET',
      template: '/api/retail/prices',
      handler: ({ query }) => {
        const filter = query.get('$filter') ?? '';
        const wanted = [...filter.matchAll(/(\w+) eq '([^']*)'/g)].map(
          ([, name = '', value]) => [name, value] as const,
        );
        const region = REGION.exec(filter)?.[1] ?? 'eastus2';
        const fits = (fields: Row): boolean =>
          wanted.every(([name, value]) => fields[name === 'priceType' ? 'type' : name] === value);
        const Items = priceRows(region).filter(fits);
        return { status: 200, json: { BillingCurrency: 'USD', Items, NextPageLink: null, Count: Items.length } };
      },
    },
  ];
}
