/** The phases and steps of a lab's life, as its status shows them. */

export const PHASES = [
  'planning',
  'provisioning',
  'connecting',
  'completing',
  'verifying',
  'watching',
  'tearing-down',
  'ended',
] as const;
export type Phase = (typeof PHASES)[number];

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
  | 'access'
  | 'app-completion'
  | 'notebook-completion'
  | 'app-verification'
  | 'notebook-verification'
  | 'hand-over'
  | 'inventory'
  | 'remove-clusters'
  | 'remove-workspace'
  | 'remove-from-workspace'
  | 'remove-deployments'
  | 'remove-account'
  | 'purge-account'
  | 'remove-group';

/** In which phase of the lab a step is taken. */
export const PHASE_OF: Readonly<Record<StepName, Phase>> = {
  plan: 'planning',
  providers: 'planning',
  group: 'provisioning',
  account: 'provisioning',
  deployment: 'provisioning',
  workspace: 'provisioning',
  readiness: 'provisioning',
  notebook: 'provisioning',
  'borrowed-cluster': 'provisioning',
  cluster: 'provisioning',
  library: 'provisioning',
  connection: 'connecting',
  access: 'connecting',
  'app-completion': 'completing',
  'notebook-completion': 'completing',
  'app-verification': 'verifying',
  'notebook-verification': 'verifying',
  'hand-over': 'verifying',
  inventory: 'tearing-down',
  'remove-from-workspace': 'tearing-down',
  'remove-clusters': 'tearing-down',
  'remove-workspace': 'tearing-down',
  'remove-deployments': 'tearing-down',
  'remove-account': 'tearing-down',
  'purge-account': 'tearing-down',
  'remove-group': 'tearing-down',
};

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

/** Steps that make something in Azure. What is inside a workspace goes with it. */
const CREATING: readonly StepName[] = ['group', 'account', 'deployment', 'workspace'];

/**
 * The last time at which one of these steps may have created something, in Unix milliseconds: a creation may be the last thing that a step has done. Undefined
 * where nothing is known of them.
 */
export function lastCreationMs(steps: readonly Step[] | undefined): number | undefined {
  if (steps === undefined) return undefined;
  const ends = steps.filter((it) => CREATING.includes(it.name)).map((it) => it.endedAt);
  return ends.some((it) => it === undefined) ? undefined : Math.max(0, ...ends.map((it) => Date.parse(it ?? '')));
}
