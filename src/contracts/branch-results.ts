/** What the two branches of a lab hand back: their outcome, and what they made on the way. */
import type { Removal } from '../lab/removal/inventory.ts';
import type { Ending } from '../lab/outcome.ts';
import type { AccountFacts, DeploymentFacts, NotebookFacts, ReadyFacts, WorkspaceFacts } from '../lab/resources.ts';
import type { Chain } from './removal-chains.ts';
import type { Step } from '../lab/steps.ts';

export type DatabricksParts = {
  workspace: WorkspaceFacts;
  ready: ReadyFacts;
  notebook: NotebookFacts;
  clusterId: string;
};

export type DatabricksResult = Ending<DatabricksParts> & {
  workspaces: WorkspaceFacts[];
  /** What was removed of tries that failed, and what of them is not done. */
  removals: Removal[];
  unfinished: Chain[];
  steps: Step[];
};

export type OpenAIParts = { account: AccountFacts; deployment: DeploymentFacts };
export type OpenAIResult = Ending<OpenAIParts> & {
  accounts: AccountFacts[];
  /** What was removed of tries that failed, and what of them is not done. */
  removals: Removal[];
  unfinished: Chain[];
  steps: Step[];
};
