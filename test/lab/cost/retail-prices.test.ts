import { describe, expect, it } from 'vitest';
import { usdPerHourOf, type PriceRow } from '../../../src/lab/cost/retail-prices.ts';

const row = (it: Partial<PriceRow>): PriceRow => ({
  ...{ currencyCode: 'USD', retailPrice: 0.3, unitOfMeasure: '1 Hour', armRegionName: 'eastus2', type: 'Consumption' },
  ...{ productName: 'Virtual Machines Ddsv5 Series', skuName: 'D4ds v5', meterName: 'D4ds v5', tierMinimumUnits: 0 },
  ...it,
});

describe('a price among the rows of the retail prices', () => {
  it('is that of the machine as it is used: not of Windows, not of spare capacity, not of a reservation, not in another currency', () => {
    const others = [
      row({ productName: 'Virtual Machines Ddsv5 Series Windows', retailPrice: 1 }),
      row({ skuName: 'D4ds v5 Spot', retailPrice: 0.01 }),
      row({ skuName: 'D4ds v5 Low Priority', retailPrice: 0.02 }),
      row({ type: 'Reservation', retailPrice: 900 }),
      row({ currencyCode: 'EUR', retailPrice: 0.28 }),
      row({ retailPrice: 0 }),
      row({ tierMinimumUnits: 1_000, retailPrice: 0.2 }),
    ];
    expect(usdPerHourOf('vm', others, 'eastus2')).toBeUndefined();
    expect(usdPerHourOf('vm', [...others, row({})], 'eastus2')).toBe(0.3);
  });

  it('is of the region asked for, or of all regions where a meter has one price', () => {
    const meterName = 'Standard IPv4 Static Public IP';
    const global = row({ meterName, armRegionName: 'Global', retailPrice: 0.005 });
    const elsewhere = row({ meterName, armRegionName: 'brazilsouth', retailPrice: 0.008 });
    expect(usdPerHourOf('public-ip', [elsewhere], 'eastus2')).toBeUndefined();
    expect(usdPerHourOf('public-ip', [elsewhere, global], 'eastus2')).toBe(0.005);
    expect(usdPerHourOf('public-ip', [global, elsewhere], 'brazilsouth')).toBe(0.008);
  });

  it('is by the hour, also where it is told by the month; a unit that is not known is no price', () => {
    const disk = { meterName: 'P10 LRS Disk', skuName: 'P10 LRS', productName: 'Premium SSD Managed Disks' };
    expect(usdPerHourOf('disk', [row({ ...disk, unitOfMeasure: '1/Month', retailPrice: 7.3 })], 'eastus2')).toBeCloseTo(
      0.01,
      9,
    );
    expect(usdPerHourOf('disk', [row({ ...disk, unitOfMeasure: '10K' })], 'eastus2')).toBeUndefined();
  });

  it('is of the meter, not of its neighbours', () => {
    const photon = row({ meterName: 'Premium All-Purpose Photon DBU', retailPrice: 0.55 });
    expect(usdPerHourOf('dbu-premium', [photon], 'eastus2')).toBeUndefined();
  });
});
