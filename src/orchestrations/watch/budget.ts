/** What a lab has spent, as its own orchestration knows it: what runs, its own completions, and what batches tell of theirs. */
import type { OrchestrationContext } from 'durable-functions';
import type { LabFacts } from '../../contracts/report.ts';
import { ledgerOf } from '../../lab/cost/lab-cost.ts';
import { budgetEnd, costSoFar, sumTokens, type Ledger, type TokenLine } from '../../lab/cost/ledger.ts';
import type { TokensEvent } from '../../lab/events.ts';
import type { Dimensions } from '../../log.ts';
import type { Flow } from '../durable/call.ts';
import { isoNow } from '../durable/clock.ts';
import { pendingTokens } from '../durable/events.ts';
import type { StopTimes } from '../durable/poll.ts';
import type { LabContext } from '../provisioning/context.ts';

const spentBy = ({ progress, record }: Pick<LabContext, 'progress' | 'record'>): Ledger =>
  ledgerOf([...progress.status.steps, ...record.branchSteps], record.facts);

/** Of a lab that is being built: its hard deadline, and the end of its budget as things stand. */
export const stopsOf = (lab: LabContext): StopTimes => ({ hardAt: lab.input.limits.hardAt, budgetAt: budgetAt(lab) });

export const budgetAt = (lab: LabContext): string | null =>
  budgetEnd(lab.input.request.budgetUsd, spentBy(lab), isoNow(lab.context));

export type TokenCount = (event: TokensEvent) => void;

/** Keeps the sum of what the parts of batches have used. A part that reports again replaces what it said before: it reports at least once. */
export function createTokenCount({ progress, record }: LabContext): TokenCount {
  const parts = new Map<string, TokenLine[]>();
  return ({ part, tokens }) => {
    parts.set(part, tokens);
    record.facts.tokens = sumTokens([...parts.values()].flat());
    progress.update({ tokens: record.facts.tokens });
  };
}

/** Batches hear of the end at their next completion: what they have used by then counts too. */
export function* withLastTokens(context: OrchestrationContext, facts: LabFacts): Flow<LabFacts> {
  const parts = new Map((yield* pendingTokens(context)).map(({ part, tokens }) => [part, tokens]));
  return parts.size === 0
    ? facts
    : { ...facts, tokens: sumTokens([...(facts.tokens ?? []), ...[...parts.values()].flat()]) };
}

export function budgetDimensions(outcome: 'near' | 'reached', lab: LabContext): Dimensions {
  const costUsd = costSoFar(spentBy(lab), isoNow(lab.context)).usd;
  return { outcome, budgetUsd: lab.input.request.budgetUsd, costUsd: Math.round(costUsd * 100) / 100 };
}
