/** What outlives a lab: the input of `{id}.report`, kept for its own retention. */
import type { Verification, CompletionFacts, WorkspaceFacts, DeploymentFacts, AccountFacts } from '../lab/resources.ts';
import type { FeatureColumns } from '../drift/columns.ts';
import type { DriftReport } from '../drift/report.ts';
import type { TokenLine } from '../lab/cost/ledger.ts';
import type { EndEvent } from '../lab/events.ts';
import type { StartIdentity } from '../lab/limits.ts';
import type { Removal } from '../lab/removal/inventory.ts';
import type { LabCost } from '../lab/cost/lab-cost.ts';
import type { LabRef } from '../lab/names.ts';
import type { Access } from '../lab/participants.ts';
import type { Problem } from '../lab/outcome.ts';
import type { Step } from '../lab/steps.ts';
import type { Plan } from '../lab/placement/plan.ts';
import type { Prices } from '../lab/cost/retail-prices.ts';

/** What the lab's orchestration knows when teardown begins. Absent parts were never reached. */
export type LabFacts = {
  request: Record<string, unknown>;
  /** Of the workspace: its price goes with it. */
  tier: 'premium' | 'trial';
  /** As they were read when it started; absent: the table's. */
  prices?: Prices;
  plan?: Plan;
  account?: AccountFacts;
  deployment?: DeploymentFacts;
  workspace?: WorkspaceFacts;
  clusterId?: string;
  completions: CompletionFacts[];
  verifications: Verification[];
  /** Of completions through the API, by model. */
  tokens?: TokenLine[];
  /** Whom the request let in. */
  access?: Access & { handedOverTo?: string };
  steps: Step[];
  problem?: Problem;
};

/**
 * `healthy`: everything that the lab is for was done and verified before it ended. `failed`: a step was refused. `ended-early`: it was asked to end before it
 * was complete. `unknown`: its orchestration is lost, and the sweep removed what was left.
 */
export type LabOutcome = 'healthy' | 'failed' | 'ended-early' | 'unknown';

export type Receipt = {
  removals: Removal[];
  /** Things in the lab's group that are not the app's: they, and the group, stay. */
  foreign: { id: string; type: string }[];
  /** Ids of what the request brought: used, and left as it was. */
  borrowed?: string[];
  /** What still exists, and why; and what could not be read, which may exist. Empty when nothing is left. */
  left: { id: string; why: string }[];
  /** What this proof cannot see. */
  blindTo: string[];
};

export type LabReport = {
  id: string;
  lab: LabRef;
  identity: StartIdentity | null;
  outcome: LabOutcome;
  end: EndEvent;
  startedAt: string;
  endedAt: string;
  facts: LabFacts | null;
  teardownSteps: Step[];
  receipt: Receipt;
  /** An estimate by list prices; null where the lab's orchestration, and with it what ran, is lost. */
  cost: LabCost | null;
  /** Numbers of the lab's traces, without any text: a later lab can be compared with them. */
  features?: FeatureColumns;
  /** The older half of those traces against the newer half. */
  drift?: DriftReport | null;
};
