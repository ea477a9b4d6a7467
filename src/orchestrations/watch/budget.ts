/** What a lab has spent, as its own orchestration knows it: what runs, its own completions, and what batches tell of theirs. */
import type { OrchestrationContext } from 'durable-functions';
import { budgetEnd, costSoFar, sumTokens, type Ledger, type TokenLine } from '../../lab/cost/ledger.ts';
import type { TokensEvent } from '../../lab/events.ts';
import { ledgerOf } from '../../lab/cost/lab-cost.ts';
import type { LabFacts } from '../../contracts/report.ts';
import type { Dimensions } from '../../log.ts';
import type { Site } from '../provisioning/build-lab.ts';
import { isoNow, unheardTokens, type Flow, type Stops } from '../durable.ts';

export const spentBy = ({ progress, notes }: Site): Ledger =>
  ledgerOf([...progress.status.steps, ...notes.branchSteps], notes.facts);

/** Of a lab that is being built: its hard deadline, and the end of its budget as things stand. */
export const stopsOf = (site: Site): Stops => ({ hardAt: site.input.limits.hardAt, budgetAt: budgetAt(site) });

export const budgetAt = (site: Site): string | null =>
  budgetEnd(site.input.request.budgetUsd, spentBy(site), isoNow(site.context));

export type TokenCount = (event: TokensEvent) => void;

/** Keeps the sum of what the parts of batches have used. A part that is told again replaces what it said before: it is told at least once. */
export function createTokenCount({ progress, notes }: Site): TokenCount {
  const parts = new Map<string, TokenLine[]>();
  return ({ part, tokens }) => {
    parts.set(part, tokens);
    notes.facts.tokens = sumTokens([...parts.values()].flat());
    progress.update({ tokens: notes.facts.tokens });
  };
}

/** Batches hear of the end at their next completion: what they have used by then counts too. */
export function* withLastTokens(context: OrchestrationContext, facts: LabFacts): Flow<LabFacts> {
  const parts = new Map((yield* unheardTokens(context)).map(({ part, tokens }) => [part, tokens]));
  return parts.size === 0
    ? facts
    : { ...facts, tokens: sumTokens([...(facts.tokens ?? []), ...[...parts.values()].flat()]) };
}

export function budgetDimensions(outcome: 'near' | 'reached', site: Site): Dimensions {
  const costUsd = costSoFar(spentBy(site), isoNow(site.context)).usd;
  return { outcome, budgetUsd: site.input.request.budgetUsd, costUsd: Math.round(costUsd * 100) / 100 };
}
