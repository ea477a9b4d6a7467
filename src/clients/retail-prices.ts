/**
 * Reads the prices of a lab's parts from the Azure Retail Prices API, which is public and takes no token. Once a day and region: prices change seldom, and a start
 * should not wait.
 * https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
 */
import { z } from 'zod';
import { RETAIL_METERS, type RateId } from '../lab/catalog/prices.ts';
import { usdPerHourOf, type Prices } from '../lab/cost/retail-prices.ts';
import { textOfPage } from './http-policy.ts';
import { createPipeline } from './pipeline.ts';

const API_VERSION = '2023-01-01-preview';
const KEPT_MS = 24 * 3_600_000;
/** A start waits no longer for prices: the table is as good. */
const PATIENCE_MS = 5_000;

const answer = z.object({
  Items: z.array(
    z.object({
      currencyCode: z.string(),
      retailPrice: z.number(),
      unitOfMeasure: z.string(),
      armRegionName: z.string(),
      type: z.string(),
      productName: z.string(),
      skuName: z.string(),
      meterName: z.string(),
      tierMinimumUnits: z.number(),
    }),
  ),
});

/** Prices of a region. @throws ServiceError, and ZodError for an answer of another shape. */
export type RetailPrices = (region: string) => Promise<Prices>;

export function createRetailPrices(it: { endpoint: string; timeoutMs: number }, now: () => Date): RetailPrices {
  const timeoutMs = Math.min(it.timeoutMs, PATIENCE_MS);
  const read = (body: string, status: number) => ({ code: String(status), message: textOfPage(body).slice(0, 300) });
  const send = createPipeline({ service: 'prices', timeoutMs, read });

  const rateOf = async (id: RateId, filter: string, region: string): Promise<[RateId, number | undefined]> => {
    const query = new URLSearchParams({ 'api-version': API_VERSION, $filter: filter });
    const url = `${it.endpoint}/api/retail/prices?${query.toString()}`;
    // A meter has few rows: the first page holds them all.
    const { Items } = answer.parse(JSON.parse(await send({ method: 'GET', url })));
    return [id, usdPerHourOf(id, Items, region)];
  };

  const known = new Map<string, Prices>();
  return async (region) => {
    const kept = known.get(region);
    if (kept !== undefined && now().getTime() - Date.parse(kept.at) < KEPT_MS) return kept;
    const meters = Object.entries(RETAIL_METERS) as [RateId, (typeof RETAIL_METERS)[RateId] & object][];
    const found = await Promise.all(meters.map(([id, { filter }]) => rateOf(id, filter(region), region)));
    const usdPerHour = Object.fromEntries(found.filter(([, usd]) => usd !== undefined)) as Prices['usdPerHour'];
    const prices = { usdPerHour, region, at: now().toISOString() };
    known.set(region, prices);
    return prices;
  };
}
