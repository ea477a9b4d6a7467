/** Inputs of the orchestrations. Everything that a later release might compute otherwise is frozen here at the start, so that replays agree. */
import type { KeptTraces } from './monitor.ts';
import type { EndEvent } from '../lab/events.ts';
import type { LabFacts, LabOutcome } from './report.ts';
import type { KnownResources, Removal } from '../lab/removal/inventory.ts';
import type { LabRef } from '../lab/names.ts';
import type { Borrowed } from '../lab/resources.ts';
import type { Step } from '../lab/steps.ts';
import type { Prices } from '../lab/cost/retail-prices.ts';
import type { DatabricksPlacement, OpenAIPlacement } from '../lab/placement/plan.ts';
import type { Chain } from './removal-chains.ts';
import type { LabOrder } from '../lab/request.ts';
import type { Limits, StartIdentity } from '../lab/limits.ts';

export type LabInput = {
  lab: LabRef;
  request: LabOrder;
  /** Tells a repeated start from another one: see `http/start-lab`. */
  identity: StartIdentity;
  limits: Limits;
  /** As they were read at the start; absent: the table's. */
  prices?: Prices;
};

export type OpenAIBranchInput = {
  lab: LabRef;
  limits: Limits;
  placements: OpenAIPlacement[];
  /** Number of the first try, where it is not 1. */
  firstTry?: number;
  borrowed?: Pick<Borrowed, 'account' | 'deployment'>;
};
export type DatabricksBranchInput = {
  lab: LabRef;
  limits: Limits;
  placements: DatabricksPlacement[];
  tier: 'premium' | 'trial';
  budgetUsd: number;
  prices?: Prices;
  /** The cluster's own idle limit, the second line of defence. */
  autoterminationMinutes: number;
  borrowed?: Pick<Borrowed, 'workspace' | 'cluster'>;
};

export type TeardownInput = {
  lab: LabRef;
  /** Of the start, for its repetitions after the lab has ended; null when it is lost. */
  identity: StartIdentity | null;
  end: EndEvent;
  outcome: LabOutcome;
  /** What the lab's orchestration knew; null when it is lost. */
  facts: LabFacts | null;
  /** What was kept of its traces; null when there were none, or no time. */
  kept?: KeptTraces | null;
  /** Resources that tags may not show, because they were being made when the lab ended. */
  known: KnownResources;
  /** What was removed before: tries that failed while the lab was built, and what an earlier teardown confirmed. */
  removed?: Removal[];
  /** Of an earlier teardown that could not remove everything. */
  earlierSteps?: Step[];
  /** Removals that were under way when the lab was built or had failed: the first round goes on with them. */
  unfinished?: Chain[];
};
