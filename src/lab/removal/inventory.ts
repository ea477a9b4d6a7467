/** What exists of a lab, and the proof that it does no more. */
import type { WorkspaceFacts, AccountFacts, BorrowedIds } from '../resources.ts';

/** One thing that the app made and that still exists. `id` is the ARM resource id, or a workspace path for things inside Databricks. */
export type Leftover =
  | { kind: 'workspace'; id: string; managedGroupId: string | null; url: string | null; region: string }
  /** The group that Databricks made for a workspace which is gone: only an unforced or failed deletion leaves one. */
  | { kind: 'managed-group'; id: string; workspaceId: string | null }
  | { kind: 'account'; id: string; region: string }
  /** A soft-deleted account: it still holds its name, and perhaps quota, until it is purged. */
  | { kind: 'deleted-account'; id: string; region: string }
  | { kind: 'group'; id: string }
  /** A borrowed account with the deployments that the lab put into it. */
  | { kind: 'borrowed-account'; id: string; deployments: string[] }
  /** A borrowed workspace with what the lab put into it. */
  | { kind: 'borrowed-workspace'; id: string; url: string; contents: WorkspaceContents };

/** What a lab puts into a workspace that it borrows. Ids and paths are the workspace's own. */
export type WorkspaceContents = {
  /** Runs of the lab's notebook that have not ended. */
  runs: number[];
  clusters: string[];
  scopes: string[];
  folders: string[];
};

export type Inventory = {
  /** ISO time of the reading. */
  at: string;
  left: Leftover[];
  /** What is in the lab's own group and is not the app's: the group then stays. */
  foreign: { id: string; type: string }[];
  /** Ids of what the lab made and somebody has taken its tags off: no longer the app's to remove. Absent in readings of earlier releases. */
  disowned?: string[];
  /** What the request brought, as the lab's own group records it: ids. It stays as it is. */
  borrowed: string[];
  /** What could not be read. While there is any, what was seen is not all, and its absence elsewhere proves nothing. Absent: everything was read. */
  unread?: Unread[];
};

/** `what`: path of a list or of a thing. `why`: the code and the words of the service. */
export type Unread = { what: string; why: string };

/** A line of the receipt: what went, when, and how that was confirmed. */
export type Removal = {
  what: string;
  id: string;
  /** ISO time at which it was seen to be gone. */
  at: string;
  /** For instance `404 twice after our DELETE`, or `kept: holds what is not ours`. */
  confirmed: string;
  kept?: true;
};

/** What a lab knows to have made or borrowed, whatever tags show. */
export type KnownResources = { workspaces: WorkspaceFacts[]; accounts: AccountFacts[]; borrowed?: BorrowedIds };
