/** Where a lab that is built can be asked and read: what completions, traces and drift need of it. Ids and addresses, no secrets. */
import type { AccountFacts, ConnectionFacts, DeploymentFacts, WorkspaceFacts } from '../contracts/activities.ts';

export type LabPlace = {
  workspace: WorkspaceFacts;
  account: AccountFacts;
  deployment: DeploymentFacts;
  connection: ConnectionFacts;
};

export const placeOf = ({ workspace, account, deployment, connection }: LabPlace): LabPlace => {
  const { warnings: _warnings, ...rest } = connection;
  return { workspace, account, deployment, connection: rest };
};
