/** What one lab has cost so far, read from its steps: an estimate by list prices, never a bill. */
import {
  clusterRates,
  costAvoided,
  costLines,
  costSoFar,
  WORKSPACE_RATES,
  sumTokens,
  type CostSummary,
  type Ledger,
  type TokenLine,
} from './ledger.ts';
import type { Step } from '../steps.ts';
import type { Prices } from './retail-prices.ts';

export type LabCost = CostSummary & {
  /** Present once the lab is gone: what it would have cost to leave it on for a day instead. */
  avoidedUsd?: number;
  /** Where the prices were read when the lab started: whose they are, and when. Absent: those of the app's own table. */
  pricesOf?: { region: string; at: string };
};

/** `tokens`: of completions through the API. */
type Used = { tier: 'premium' | 'trial'; completions: readonly TokenLine[]; tokens?: TokenLine[]; prices?: Prices };

/**
 * A workspace counts from its creation to its removal, a cluster from its launch to its termination. Resource names end in the number of their try, which is how
 * the removal of a try is found.
 */
export function ledgerOf(steps: readonly Step[], { tier, completions, tokens = [], prices }: Used): Ledger {
  const removedAt = (name: Step['name'], attempt: number): string | null =>
    steps.find((it) => it.name === name && it.state === 'done' && (it.subject ?? '').endsWith(`-${attempt}`))
      ?.endedAt ?? null;
  const lines = steps.flatMap((step) => {
    const attempt = step.attempt ?? 1;
    if (step.name === 'workspace')
      return costLines(
        `workspace ${attempt}`,
        WORKSPACE_RATES,
        step.startedAt,
        removedAt('remove-workspace', attempt),
        prices,
      );
    if (step.name !== 'cluster') return [];
    const to =
      step.state === 'failed'
        ? (step.endedAt ?? null)
        : (removedAt('remove-clusters', attempt) ??
          removedAt('remove-workspace', attempt) ??
          // In a borrowed workspace, which has no number.
          steps.find((it) => it.name === 'remove-from-workspace' && it.state === 'done')?.endedAt ??
          null);
    return costLines(`cluster ${attempt}`, clusterRates(tier), step.startedAt, to, prices);
  });
  return { lines, tokens: sumTokens([...completions, ...tokens]) };
}

/** @param at ISO time of the reading. @param removalAt ISO time at which the lab began to be removed; absent while it lives. */
export function labCost(
  ledger: Ledger,
  at: string,
  lab: { startedAt: string; removalAt?: string; prices?: Prices | undefined },
): LabCost {
  const { prices } = lab;
  const cost: LabCost = {
    ...costSoFar(ledger, at),
    ...(prices === undefined ? {} : { pricesOf: { region: prices.region, at: prices.at } }),
  };
  return lab.removalAt === undefined
    ? cost
    : { ...cost, avoidedUsd: costAvoided(ledger, { startedAt: lab.startedAt, removalAt: lab.removalAt }) };
}
