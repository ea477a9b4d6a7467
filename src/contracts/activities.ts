/**
 * Every activity: its name, what goes in, what comes out, and how its surprises are retried. Orchestrators and the entry see this list only;
 * `createActivities` implements it, and an activity without a handler does not compile.
 *
 * 1. Inputs and outputs are stored in the task hub's plain storage: ids and small facts, never a key, a token or a signed URL.
 * 2. Every input is an object: a bare boolean or string changes its shape on the way.
 * 3. An `ensure…` or `remove…` activity may be called any number of times; each call does the next missing thing or reads how far it is.
 */
import type { Plan, Impossible, ModelChoice, Unregistered } from '../lab/placement/plan.ts';
import type {
  BorrowedIds,
  LabPlace,
  AccountFacts,
  ActivityFacts,
  Branch,
  CompletionFacts,
  ConnectionFacts,
  DeploymentFacts,
  NotebookFacts,
  ReadyFacts,
  Verification,
  WorkspaceFacts,
} from '../lab/resources.ts';
import type { Memo, Outcome } from '../lab/outcome.ts';
import type { LabRef } from '../lab/names.ts';
import type { LabOrder } from '../lab/request.ts';
import type { WorkspaceContents, Inventory, Removal } from '../lab/removal/inventory.ts';
import type { Access } from '../lab/participants.ts';
import type { CompletionLine, PromptInput } from './batch.ts';
import type { DriftLook, KeptTraces, MonitorInput } from './monitor.ts';
import type { EndEvent, TokensEvent } from '../lab/events.ts';
import type { StepActivity } from '../lab/steps.ts';
import type { TaskHub } from './task-hub.ts';

type In<T> = T & { lab: LabRef };
type Repeated<T> = In<T> & { memo?: Memo };

export type Contract<I, O> = { readonly retry: RetryProfile; readonly input?: I; readonly output?: O };

/**
 * How thrown surprises are retried, by Durable itself. Throttling with a Retry-After is no surprise: it comes back as `pending`.
 * `once` is for calls whose repetition has a cost of its own.
 */
export const RETRY_PROFILES = {
  steady: { firstRetryMs: 5_000, backoffCoefficient: 2, maxRetryMs: 60_000, attempts: 6 },
  once: { firstRetryMs: 10_000, backoffCoefficient: 2, maxRetryMs: 60_000, attempts: 3 },
} as const;
export type RetryProfile = keyof typeof RETRY_PROFILES;

const contract = <I, O>(retry: RetryProfile = 'steady'): Contract<I, O> => ({ retry });

export const contracts = {
  // Before anything is created.
  planLab: contract<Repeated<{ request: LabOrder }>, Outcome<Plan | Impossible | Unregistered>>(),
  registerProviders: contract<In<{ namespaces: string[] }>, Outcome<null>>(),

  // The lab's own group, and the lease on it.
  ensureGroup: contract<In<{ region: string; lease: string; borrowed?: BorrowedIds }>, Outcome<{ id: string }>>(),
  renewLease: contract<In<{ lease: string }>, Outcome<null>>(),

  /** What the resources of a try are called, whether they came to be or not: for taking down a try that failed. */
  namesOfTry: contract<
    In<{ attempt: number }>,
    Outcome<{ account: { id: string }; workspace: { id: string; managedGroupId: string } }>
  >(),

  // Azure OpenAI.
  ensureAccount: contract<Repeated<{ attempt: number; region: string }>, Outcome<AccountFacts>>(),
  ensureDeployment: contract<Repeated<{ account: AccountFacts; choice: ModelChoice }>, Outcome<DeploymentFacts>>(),

  // Azure Databricks: the ARM resource, then the workspace's own API.
  ensureWorkspace: contract<
    Repeated<{ attempt: number; region: string; tier: 'premium' | 'trial' }>,
    Outcome<WorkspaceFacts>
  >(),
  probeWorkspace: contract<Repeated<{ workspace: WorkspaceFacts; nodeType: string }>, Outcome<ReadyFacts>>(),
  importNotebook: contract<In<{ workspace: WorkspaceFacts; ready: ReadyFacts }>, Outcome<NotebookFacts>>(),
  ensureCluster: contract<
    Repeated<{
      workspace: WorkspaceFacts;
      ready: ReadyFacts;
      nodeType: string;
      /** 1, then 2 for the one fresh start after a transient failure. */
      start: number;
      autoterminationMinutes: number;
    }>,
    Outcome<{ clusterId: string }>
  >(),
  /** A cluster that the request brought: started if it is stopped, and awaited. */
  ensureBorrowedCluster: contract<
    Repeated<{ workspace: WorkspaceFacts; clusterId: string }>,
    Outcome<{ clusterId: string }>
  >(),
  ensureLibrary: contract<Repeated<{ workspace: WorkspaceFacts; clusterId: string; package: string }>, Outcome<null>>(),

  // Both sides together.
  connectWorkspace: contract<
    In<{
      workspace: WorkspaceFacts;
      ready: ReadyFacts;
      account: AccountFacts;
      notebook: NotebookFacts;
      /** Leaves the experiment where the lab's removal does not reach it. */
      keepExperiment?: boolean;
    }>,
    Outcome<ConnectionFacts>
  >(),
  /** Gives people a role on a workspace that the lab made, with which the portal's launch enrols them. */
  letPeopleIn: contract<In<{ workspace: WorkspaceFacts; participants: string[] }>, Outcome<Access>>(),
  /** Makes a person the single user of the lab's cluster, and waits until it runs again. */
  handOverCluster: contract<
    Repeated<{ workspace: WorkspaceFacts; clusterId: string; userName: string }>,
    Outcome<null>
  >(),
  completeFromApp: contract<
    Repeated<{
      /** Names this completion for ever: the run and the trace ids derive from it, so that a second execution logs nothing twice. */
      key: string;
      workspace: WorkspaceFacts;
      account: AccountFacts;
      deployment: DeploymentFacts;
      connection: ConnectionFacts;
      prompts: { system: string; prompt: string };
    }>,
    Outcome<CompletionFacts>
  >('once'),
  runNotebook: contract<
    Repeated<{
      attempt: number;
      workspace: WorkspaceFacts;
      clusterId: string;
      notebook: NotebookFacts;
      account: AccountFacts;
      deployment: DeploymentFacts;
      connection: ConnectionFacts;
      prompts: { system: string; prompt: string };
    }>,
    Outcome<CompletionFacts>
  >(),
  verifyCompletion: contract<
    Repeated<{ workspace: WorkspaceFacts; connection: ConnectionFacts; source: 'app' | 'notebook'; runId: string }>,
    Outcome<Verification>
  >(),

  // Watching.
  readActivity: contract<
    In<{
      workspace: WorkspaceFacts;
      connection: ConnectionFacts;
      notebook: NotebookFacts;
      /** Who the app is in the workspace. */
      userName: string;
      /** Null where the cluster is borrowed: who else uses it does not use the lab. */
      clusterId: string | null;
      since: string;
      ownRunIds: string[];
    }>,
    Outcome<ActivityFacts>
  >(),

  /** Tells a branch that the other one has failed: what it still built would be billed, and taken down unused. */
  endBranch: contract<In<{ branch: Branch; end: EndEvent }>, Outcome<null>>('once'),

  // Completions through the API, and drift.
  completePrompt: contract<PromptInput, Outcome<CompletionLine>>('once'),
  tellTokens: contract<In<TokensEvent>, Outcome<null>>(),
  /** A batch that goes on is use, also while it only waits. */
  tellUse: contract<In<{ at: string }>, Outcome<null>>('once'),
  beginMonitor: contract<MonitorInput, Outcome<null>>(),
  endMonitor: contract<In<{ end: EndEvent }>, Outcome<null>>('once'),
  lookForDrift: contract<In<{ place: LabPlace; baselineUntil: string | null; looks: number }>, Outcome<DriftLook>>(),
  /** What outlives the lab. Never awaited for long: teardown does not wait for it. */
  collectFeatures: contract<In<{ place: LabPlace }>, Outcome<KeptTraces>>('once'),

  // Teardown.
  takeInventory: contract<
    Repeated<{ known: { workspaces: WorkspaceFacts[]; accounts: AccountFacts[]; borrowed?: BorrowedIds } }>,
    Outcome<Inventory>
  >(),
  removeClusters: contract<Repeated<{ workspace: WorkspaceFacts }>, Outcome<Removal[]>>(),
  removeWorkspace: contract<
    Repeated<{ workspace: { id: string; managedGroupId: string | null } }>,
    Outcome<Removal[]>
  >(),
  /** Takes out of a borrowed workspace what the lab put into it. */
  removeFromWorkspace: contract<
    Repeated<{ workspace: { id: string; url: string }; contents: WorkspaceContents }>,
    Outcome<Removal[]>
  >(),
  removeDeployments: contract<Repeated<{ account: { id: string } }>, Outcome<Removal[]>>(),
  removeAccount: contract<Repeated<{ account: { id: string; region: string } }>, Outcome<Removal[]>>(),
  purgeAccount: contract<Repeated<{ account: { id: string; region: string } }>, Outcome<Removal[]>>(),
  removeGroup: contract<Repeated<object>, Outcome<Removal[]>>(),
} as const satisfies Record<StepActivity, Contract<unknown, Outcome<unknown>>> &
  Record<string, { retry: RetryProfile }>;

export type Contracts = typeof contracts;
export type ActivityName = keyof Contracts;
export type InputOf<N extends ActivityName> = Contracts[N] extends Contract<infer I, infer _O> ? I : never;
export type OutputOf<N extends ActivityName> = Contracts[N] extends Contract<infer _I, infer O> ? O : never;

/** Activities that read or tell the task hub: they are handed it beside their input. */
export const HUB_ACTIVITIES = [
  'endBranch',
  'completePrompt',
  'tellTokens',
  'tellUse',
  'beginMonitor',
  'endMonitor',
  'lookForDrift',
] as const;
export type HubActivityName = (typeof HUB_ACTIVITIES)[number];

export type Activities = {
  [N in ActivityName]: (
    input: InputOf<N>,
    ...hub: N extends HubActivityName ? [hub: TaskHub] : []
  ) => Promise<OutputOf<N>>;
};
