/**
 * Prices that were read from the Azure Retail Prices API, in the place of the app's own table (`catalog/prices.ts`). Pure: it chooses rows and turns them into dollars an
 * hour. A lab keeps the prices of its start, so that its budget, its status and its report reckon alike.
 */
import { RETAIL_METERS, type RateId } from '../catalog/prices.ts';

export type Prices = {
  /** Rates that were found; the table has the others. */
  usdPerHour: Partial<Record<RateId, number>>;
  /** Whose prices they are, and when they were read (ISO). */
  region: string;
  at: string;
};

/**
 * A row of the answer, as far as it matters here.
 * https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
 */
export type PriceRow = {
  currencyCode: string;
  retailPrice: number;
  unitOfMeasure: string;
  armRegionName: string;
  type: string;
  productName: string;
  skuName: string;
  meterName: string;
  tierMinimumUnits: number;
};

const HOURS_OF: Record<string, number> = { '1 Hour': 1, '1/Hour': 1, '1/Month': 730 };
/** Rows of the same machine that nobody buys here. */
const OTHER_OFFERS = /windows|spot|low priority/i;

/** Dollars an hour at the meter of that rate; undefined where no row is it. Some networking meters have one price for all regions, under `Global`. */
export function usdPerHourOf(id: RateId, rows: readonly PriceRow[], region: string): number | undefined {
  const meter = RETAIL_METERS[id]?.meter;
  const fit = rows.filter(
    (row) =>
      row.currencyCode === 'USD' &&
      row.type === 'Consumption' &&
      row.tierMinimumUnits === 0 &&
      row.retailPrice > 0 &&
      row.unitOfMeasure in HOURS_OF &&
      (meter === undefined || row.meterName === meter) &&
      !OTHER_OFFERS.test(`${row.productName} ${row.skuName}`),
  );
  const row = fit.find((it) => it.armRegionName === region) ?? fit.find((it) => it.armRegionName === 'Global');
  return row === undefined ? undefined : row.retailPrice / (HOURS_OF[row.unitOfMeasure] ?? 1);
}
