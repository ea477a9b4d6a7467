/** What a plan will cost, before anything is created: hours at list prices, the tokens of the lab's own two completions, and how long a budget lasts. */
import {
  BUILD,
  clusterRates,
  hoursOf,
  REMOVAL,
  removalHours,
  rounded,
  tokenCost,
  usdPerHourOfAll,
  WORKSPACE_RATES,
} from './ledger.ts';
import { RATES, type RateId } from '../catalog/prices.ts';
import type { Plan } from '../placement/plan.ts';
import type { Prices } from './retail-prices.ts';

export type PlanEstimate = {
  estimate: true;
  /** Once everything runs. */
  usdPerHour: number;
  /** What the request allows. It pays for hours, tokens and the removal. */
  budgetUsd: number;
  /** Until the budget ends the lab, if nothing else does and no more completions are asked for; null: nothing costs anything by the hour. */
  budgetHours: number | null;
  /** The budget ends the lab while it is built. */
  budgetTooSmall: boolean;
  /** Of a lab that is used once and then falls idle. */
  expectedHours: number;
  expectedUsd: number;
  /** Of a lab that is used to its last minute. */
  maximumHours: number;
  maximumUsd: number;
  lines: { what: string; usdPerHour: number; source: string; date: string }[];
};

const RETAIL_PRICES = 'https://prices.azure.com/api/retail/prices';

/** What is built while only the workspace costs anything. */
const BEFORE_CLUSTER = BUILD.slice(0, BUILD.indexOf('cluster'));

/** What a plan will cost, before anything is created. Borrowed parts cost the lab nothing. */
export function estimatePlan(
  plan: Plan,
  lab: {
    tier: 'premium' | 'trial';
    idleMinutes: number;
    maxHours: number;
    budgetUsd: number;
    borrowed?: { workspace?: boolean; cluster?: boolean };
    prices?: Prices | undefined;
  },
): PlanEstimate {
  const rates = [
    ...(lab.borrowed?.cluster === true ? [] : clusterRates(lab.tier)),
    ...(lab.borrowed?.workspace === true ? [] : WORKSPACE_RATES),
  ];
  const { prices } = lab;
  const usdPerHour = usdPerHourOfAll(rates, prices);
  // Both completions of the lab: a few dozen tokens in, an answer out.
  const model = plan.openai[0]?.choice.model ?? '';
  const tokens = tokenCost([{ model, promptTokens: 100, completionTokens: 1_000 }]).usd;
  const budgetHours = hoursOfBudget(lab.budgetUsd - tokens, rates, prices);
  const longest = Math.min(lab.maxHours, budgetHours);
  const expectedHours = Math.min(longest, hoursOf(BUILD) + lab.idleMinutes / 60) + hoursOf(REMOVAL);
  const maximumHours = longest + hoursOf(REMOVAL);
  const usdOf = (hours: number) => rounded(Math.min(lab.budgetUsd, usdPerHour * hours + tokens));
  return {
    estimate: true,
    usdPerHour: rounded(usdPerHour),
    budgetUsd: lab.budgetUsd,
    budgetHours: budgetHours === Infinity ? null : rounded(budgetHours),
    budgetTooSmall: budgetHours < hoursOf(BUILD),
    expectedHours: rounded(expectedHours),
    expectedUsd: usdOf(expectedHours),
    maximumHours: rounded(maximumHours),
    maximumUsd: usdOf(maximumHours),
    lines: rates.map((rate) => {
      const { what, source } = RATES[rate];
      const read = prices?.usdPerHour[rate];
      return read === undefined || prices === undefined
        ? { what, usdPerHour: RATES[rate].usdPerHour, source: source.url, date: source.date }
        : { what, usdPerHour: read, source: RETAIL_PRICES, date: prices.at.slice(0, 10) };
    }),
  };
}

/** Infinity: nothing costs anything by the hour. */
function hoursOfBudget(budgetUsd: number, rates: readonly RateId[], prices: Prices | undefined): number {
  const usdOf = (all: readonly RateId[], hours: (rate: RateId) => number): number =>
    all.reduce((sum, it) => sum + hours(it) * usdPerHourOfAll([it], prices), 0);
  /** Hours that these rates leave, of what is not kept for the removal. */
  const lasts = (usd: number, all: readonly RateId[]): number => {
    const left = Math.max(0, usd - usdOf(all, removalHours));
    return all.length === 0 ? Infinity : left / usdOf(all, () => 1);
  };
  const first = rates.filter((it) => WORKSPACE_RATES.includes(it));
  const clusterAfter = first.length === 0 ? 0 : hoursOf(BEFORE_CLUSTER);
  const alone = lasts(budgetUsd, first);
  return alone < clusterAfter ? alone : clusterAfter + lasts(budgetUsd - usdOf(first, () => clusterAfter), rates);
}
