/**
 * What a lab costs, as an estimate: hours of what ran, at the rates of one dated table, and tokens. No bill is read: Azure's arrive a day late, and some subscriptions have none.
 *
 * 1. Pure: the ledger is data, sums are computed when they are read, at the time that the reader names.
 * 2. A line counts from its start to its end, or to the reading while it is open; never below zero.
 */
import { RATES, TOKEN_PRICES, type RateId } from '../catalog/prices.ts';
import { CRITICAL_PATH, STEPS, type StepName } from '../steps.ts';
import type { Prices } from './retail-prices.ts';

/** One resource that costs by the hour. Times are ISO; `to` null: it still runs. `usdPerHour`: a rate that was read, in the place of the table's. */
export type CostLine = { resource: string; rateId: RateId; usdPerHour?: number; from: string; to: string | null };
export type TokenLine = { model: string; promptTokens: number; completionTokens: number };
export type Ledger = { lines: CostLine[]; tokens: TokenLine[] };

export type CostSummary = {
  /** Always true: sums of money here are estimates. */
  estimate: true;
  usd: number;
  /** Of what runs at the time of the reading. */
  usdPerHour: number;
  hoursUsd: number;
  tokensUsd: number;
  /** Models whose price is not known: their tokens are counted as free. */
  unpriced: string[];
  /** Cost by resource, dearest first. */
  byResource: { resource: string; usd: number }[];
};

const HOUR_MS = 3_600_000;

/** What the parts of a lab cost by the hour: a cluster while it runs, a workspace as long as it exists. Accounts cost nothing by themselves. */
export const clusterRates = (tier: 'premium' | 'trial'): RateId[] => [
  'vm',
  tier === 'trial' ? 'dbu-trial' : 'dbu-premium',
  'disk',
];
export const WORKSPACE_RATES: readonly RateId[] = ['nat-gateway', 'public-ip'];

/** Dollars an hour of all these rates: as they were read, else as the table has them. */
export const usdPerHourOfAll = (rates: readonly RateId[], prices?: Prices): number =>
  rates.reduce((sum, it) => sum + (prices?.usdPerHour[it] ?? RATES[it].usdPerHour), 0);

/** Lines of one resource that runs from `from` on. */
export const costLines = (
  resource: string,
  rates: readonly RateId[],
  from: string,
  to: string | null = null,
  prices?: Prices,
): CostLine[] =>
  rates.map((rateId) => {
    const usdPerHour = prices?.usdPerHour[rateId];
    return { resource, rateId, ...(usdPerHour === undefined ? {} : { usdPerHour }), from, to };
  });

const lineHours = ({ from, to }: CostLine, at: number): number =>
  Math.max(0, (to === null ? at : Math.min(at, Date.parse(to))) - Date.parse(from)) / HOUR_MS;

const rateOf = ({ rateId, usdPerHour }: CostLine): number => usdPerHour ?? RATES[rateId].usdPerHour;

const lineUsd = (line: CostLine, at: number): number => lineHours(line, at) * rateOf(line);

/** Cost up to `at` (ISO). */
export function costSoFar({ lines, tokens }: Ledger, at: string): CostSummary {
  const now = Date.parse(at);
  const byResource = new Map<string, number>();
  for (const line of lines) byResource.set(line.resource, (byResource.get(line.resource) ?? 0) + lineUsd(line, now));
  const hoursUsd = [...byResource.values()].reduce((sum, it) => sum + it, 0);
  const { usd: tokensUsd, unpriced } = tokenCost(tokens);
  const running = lines.filter((it) => Date.parse(it.from) <= now && (it.to === null || Date.parse(it.to) > now));
  return {
    estimate: true,
    usd: rounded(hoursUsd + tokensUsd),
    usdPerHour: rounded(running.reduce((sum, it) => sum + rateOf(it), 0)),
    hoursUsd: rounded(hoursUsd),
    tokensUsd: rounded(tokensUsd),
    unpriced,
    byResource: [...byResource]
      .map(([resource, usd]) => ({ resource, usd: rounded(usd) }))
      .sort((a, b) => b.usd - a.usd),
  };
}

/** USD of tokens at list prices; what has no known price is named instead of guessed. */
export function tokenCost(tokens: readonly TokenLine[]): { usd: number; unpriced: string[] } {
  const unpriced = new Set<string>();
  let usd = 0;
  for (const { model, promptTokens, completionTokens } of tokens) {
    const price = priceOf(model);
    if (price === undefined) unpriced.add(model);
    else usd += (promptTokens * price.inputUsdPerMillion + completionTokens * price.outputUsdPerMillion) / 1_000_000;
  }
  return { usd, unpriced: [...unpriced] };
}

/** By name, or by the name without the version that services append (`gpt-5.1-2025-11-13`, `gpt-35-turbo-0125`). */
const priceOf = (model: string) =>
  TOKEN_PRICES[model.toLowerCase()] ?? TOKEN_PRICES[model.toLowerCase().replace(/-(?:\d{4}-\d{2}-\d{2}|\d{4})$/, '')];

/**
 * What was saved by removing the lab instead of leaving it on for 24 hours: everything that still ran when its removal began, from its end to 24 hours after the lab's start.
 * A lab that lived longer has saved nothing.
 */
export function costAvoided(
  { lines }: Ledger,
  { startedAt, removalAt }: { startedAt: string; removalAt: string },
): number {
  const until = Date.parse(startedAt) + 24 * HOUR_MS;
  const removal = Date.parse(removalAt);
  const left = lines.filter((it) => Date.parse(it.from) <= removal && (it.to === null || Date.parse(it.to) >= removal));
  const usd = left.reduce((sum, line) => {
    const end = line.to === null ? removal : Date.parse(line.to);
    return sum + (Math.max(0, until - end) / HOUR_MS) * rateOf(line);
  }, 0);
  return rounded(usd);
}

/** What is billed until it is removed; the group that is left then costs nothing. */
export const REMOVAL: readonly StepName[] = ['remove-clusters', 'remove-workspace'];
/** What is awaited while a lab that is being built is billed. */
export const BUILD = CRITICAL_PATH.slice(CRITICAL_PATH.indexOf('workspace')).filter(
  (name) => STEPS[name].phase !== 'tearing-down',
);
export const hoursOf = (steps: readonly StepName[]): number =>
  steps.reduce((sum, name) => sum + STEPS[name].typicalSeconds, 0) / 3_600;

/**
 * When a lab must end so that its budget pays for its removal too, ISO, if everything goes on as it is at `at` (ISO). `at` itself where that time has passed;
 * null where nothing that runs costs anything.
 */
export function budgetEnd(budgetUsd: number, ledger: Ledger, at: string): string | null {
  const { usd, usdPerHour } = costSoFar(ledger, at);
  const left = budgetUsd - usd - removalUsd(ledger);
  if (left <= 0) return at;
  if (usdPerHour <= 0) return null;
  const end = Date.parse(at) + (left / usdPerHour) * HOUR_MS;
  // Dates end in the year 275760.
  return end > 8.64e15 ? null : new Date(end).toISOString();
}

/** What still runs goes on costing until it is gone: the clusters first, and then their workspace. */
const removalUsd = ({ lines }: Ledger): number =>
  lines.filter((it) => it.to === null).reduce((sum, it) => sum + removalHours(it.rateId) * rateOf(it), 0);

export const removalHours = (rate: RateId): number =>
  hoursOf(WORKSPACE_RATES.includes(rate) ? REMOVAL : REMOVAL.slice(0, 1));

/** Tokens by model. */
export function sumTokens(lines: readonly TokenLine[]): TokenLine[] {
  const sums = new Map<string, TokenLine>();
  for (const { model, promptTokens, completionTokens } of lines) {
    const sum = sums.get(model) ?? { model, promptTokens: 0, completionTokens: 0 };
    // Costs never fall: what is no count of tokens counts as none.
    sums.set(model, {
      model,
      promptTokens: sum.promptTokens + Math.max(0, promptTokens || 0),
      completionTokens: sum.completionTokens + Math.max(0, completionTokens || 0),
    });
  }
  return [...sums.values()];
}

/** Millionths: sums stay readable, and one call of a small model does not vanish. */
export const rounded = (value: number): number => Math.round(value * 1_000_000) / 1_000_000;
