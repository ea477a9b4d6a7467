/** Small facts about a lab's resources, as activities hand them on: ids, names and addresses, no secrets. */

/** `borrowed`: the request brought it. The app uses it, and takes out again what it put in. */
export type AccountFacts = { id: string; name: string; region: string; endpoint: string; borrowed?: true };

export type DeploymentFacts = {
  name: string;
  model: string;
  version: string;
  sku: string;
  /** Thousands of tokens a minute. */
  capacity: number;
  apiVersion: string;
  borrowed?: true;
};

export type WorkspaceFacts = {
  id: string;
  name: string;
  region: string;
  url: string;
  managedGroupId: string;
  borrowed?: true;
};

export type RuntimeFacts = { key: string; name: string };

/** A workspace that passed the readiness gate. `userName` is who the app is there: the cluster's single user. */
export type ReadyFacts = { userName: string; runtime: RuntimeFacts };

export type NotebookFacts = { path: string; folder: string };

export type ConnectionFacts = {
  /** Databricks secret scope that holds the notebook's credential. */
  scope: string;
  credential: 'key' | 'entra-token';
  experimentId: string;
  experimentPath: string;
  /** What the lab does without: people's read access, where it could not be granted. */
  warnings?: string[];
};

export type CompletionFacts = {
  source: 'app' | 'notebook';
  /** The model's answer, cut to 1,000 characters. */
  answer: string;
  finishReason: string;
  /** As the service reports it, with the version. */
  model: string;
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
  latencyMs: number;
  runId: string;
  /** Null where the source cannot know it (the notebook): verification finds it. */
  traceId: string | null;
  /** Link to the job run, for the notebook. */
  runPageUrl?: string;
  /** Telemetry never fails a completion: what could not be logged. */
  warnings: string[];
};

/** L14: the three places where `completion_tokens` must agree. `traceTokenUsage` is null where the MLflow that wrote the trace records none. */
export type Verification = {
  runId: string;
  traceId: string;
  param: number;
  spanUsage: number;
  traceTokenUsage: number | null;
};

export type ActivityFacts = {
  /** The newest sign of somebody's work, of those that are newer than what was asked about. */
  lastActivityAt: string | null;
  what: string | null;
  /** Why the lack of signs proves nothing yet: the cluster runs, and may run for somebody. Null where it does prove silence. */
  unproven: string | null;
};

/** The two halves of a lab, built side by side. */
export type Branch = 'openai' | 'databricks';

/** Where a lab that is built can be asked and read: what completions, traces and drift need of it. */
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

/** `upgradesMlflow`: its runtime's MLflow cannot trace OpenAI, so the notebook replaces it first. */
export type BorrowedCluster = { id: string; ready: ReadyFacts; upgradesMlflow: boolean };

export type Borrowed = {
  account?: AccountFacts;
  deployment?: DeploymentFacts;
  workspace?: WorkspaceFacts;
  cluster?: BorrowedCluster;
};

/** Resource ids of what is borrowed and may hold something of ours. */
export type BorrowedIds = { account?: string; workspace?: string };
