/** What the parts of a lab's orchestration, and those of its branches, hand down to each other. */
import type { DatabricksParts } from '../../contracts/branch-results.ts';
import type { DatabricksBranchInput, LabInput, OpenAIBranchInput } from '../../contracts/inputs.ts';
import type { Chain } from '../../contracts/removal-chains.ts';
import type { LabFacts } from '../../contracts/report.ts';
import type { BranchStatus, LabStatus } from '../../contracts/status.ts';
import type { KnownResources, Removal } from '../../lab/removal/inventory.ts';
import type { AccountFacts, ConnectionFacts, DeploymentFacts } from '../../lab/resources.ts';
import type { Step } from '../../lab/steps.ts';
import type { Flow } from '../durable/call.ts';
import type { Progress } from '../durable/progress.ts';
import type { StepContext } from '../durable/run-step.ts';
import type { FailedAttempts } from './remove-failed-attempts.ts';

export type LabContext = StepContext & { input: LabInput; progress: Progress<LabStatus>; record: LabRecord };

/** What is filled in while the lab is built, so that teardown and report know it whatever happens. */
export type LabRecord = {
  facts: LabFacts;
  known: KnownResources;
  branchSteps: Step[];
  removed: Removal[];
  unfinished: Chain[];
};

/** A lab that is complete. */
export type CompleteLab = DatabricksParts & {
  account: AccountFacts;
  deployment: DeploymentFacts;
  connection: ConnectionFacts;
  /** The lab's own cluster, whose commands count as activity; null where it is borrowed. */
  watchedClusterId: string | null;
};

export type BranchContext<I extends OpenAIBranchInput | DatabricksBranchInput> = StepContext & {
  input: I;
  progress: Progress<BranchStatus>;
  failed: FailedAttempts;
};

/** Several things that go on beside a wait, one after the other. */
export const inTurn = (...parts: (() => Flow<void>)[]): (() => Flow<void>) =>
  function* () {
    for (const part of parts) yield* part();
  };
