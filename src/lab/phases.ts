/** The phases and steps of a lab's life, as its status shows them. */

export type Phase =
  'planning' | 'provisioning' | 'connecting' | 'completing' | 'verifying' | 'watching' | 'tearing-down' | 'ended';

/** Steps in the order of the Microsoft Learn lab; the branches `openai` and `databricks` run side by side. */
export type StepName =
  | 'plan'
  | 'providers'
  | 'group'
  | 'account'
  | 'deployment'
  | 'workspace'
  | 'readiness'
  | 'notebook'
  | 'cluster'
  | 'borrowed-cluster'
  | 'library'
  | 'connection'
  | 'app-completion'
  | 'notebook-completion'
  | 'app-verification'
  | 'notebook-verification'
  | 'inventory'
  | 'remove-clusters'
  | 'remove-workspace'
  | 'remove-from-workspace'
  | 'remove-deployments'
  | 'remove-account'
  | 'purge-account'
  | 'remove-group';

export type StepState = 'running' | 'done' | 'failed' | 'ended';

/** One step, or one try of it. Times are ISO. `note` is what the service said last. */
export type Step = {
  name: StepName;
  state: StepState;
  startedAt: string;
  endedAt?: string;
  region?: string;
  attempt?: number;
  /** Name or id of what the step is about, without secrets. */
  subject?: string;
  note?: string;
};
