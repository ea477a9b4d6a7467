// The rows of a workspace's own tables. Keys are `{workspaceId}/{id}`, so that everything of a workspace goes with it.
import type { Fields } from './wire.ts';

/** Somebody whom the workspace knows. */
export type Member = {
  readonly objectId: string;
  /** Application id of a service principal; empty for a person. */
  readonly clientId: string;
  /** The application id of a service principal, the UPN of a person. */
  readonly userName: string;
  readonly id: string;
};

export type ClusterState = 'PENDING' | 'RUNNING' | 'RESTARTING' | 'TERMINATING' | 'TERMINATED';
export type TerminationReason = {
  readonly code: string;
  readonly type?: 'CLIENT_ERROR' | 'CLOUD_FAILURE' | 'SERVICE_FAULT' | 'SUCCESS';
  readonly parameters: Readonly<Record<string, string>>;
};
export type ClusterEvent = { readonly timestamp: number; readonly type: string; readonly details: Fields };

export type Cluster = {
  readonly id: string;
  readonly workspaceId: string;
  /** As it was sent, defaults filled in. */
  readonly spec: Fields;
  readonly nodeType: string;
  readonly sparkVersion: string;
  readonly singleUser: string | null;
  readonly autoterminationMinutes: number;
  readonly creator: string;
  readonly idempotencyToken?: string;
  readonly state: ClusterState;
  readonly stateMessage: string;
  readonly terminationReason?: TerminationReason;
  /** Counts starts: a transition of a former start does nothing. */
  readonly epoch: number;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly runningAt?: number;
  readonly terminatedAt?: number;
  readonly lastActivityAt: number;
  readonly sparkContextId: number;
  readonly libraries: readonly LibraryRow[];
  readonly events: readonly ClusterEvent[];
  readonly pinned: boolean;
};

export type LibraryStatus = 'PENDING' | 'RESOLVING' | 'INSTALLING' | 'INSTALLED' | 'FAILED' | 'UNINSTALL_ON_RESTART';
export type LibraryRow = {
  readonly library: Fields;
  readonly status: LibraryStatus;
  readonly messages: readonly string[];
};

export type SecretScope = {
  readonly name: string;
  readonly creator: string;
  readonly secrets: Readonly<Record<string, { readonly value: string; readonly at: number }>>;
  readonly acls: Readonly<Record<string, string>>;
};

/** Something in the workspace's tree of folders. */
export type Node = {
  readonly objectId: number;
  readonly path: string;
  readonly type: 'DIRECTORY' | 'NOTEBOOK' | 'FILE' | 'MLFLOW_EXPERIMENT';
  /** User name of who made it; null for what every workspace has. */
  readonly creator: string | null;
  readonly language?: string;
  readonly content?: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
};

export type TaskOutcome =
  | { readonly kind: 'success'; readonly exit: string | null }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly type: string;
      readonly message: string;
      readonly error: string;
      readonly trace: string;
    }
  | { readonly kind: 'timedout' }
  | { readonly kind: 'canceled' };

export type TaskRow = {
  readonly key: string;
  readonly runId: number;
  readonly clusterId: string;
  readonly notebookPath: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly state: 'PENDING' | 'RUNNING' | 'TERMINATING' | 'TERMINATED';
  readonly runningAt?: number;
  readonly endedAt?: number;
  readonly outcome?: TaskOutcome;
};

export type JobRun = {
  readonly runId: number;
  readonly jobId: number;
  readonly workspaceId: string;
  readonly name: string;
  readonly creator: string;
  readonly creatorObjectId: string;
  readonly idempotencyToken: string | null;
  readonly startedAt: number;
  readonly tasks: readonly TaskRow[];
};
