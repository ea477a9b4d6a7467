// Azure Resource Manager's tables over the cloud's store, and who is told when what is in them goes.
import { lagging, type LaggingTable } from '../core/lagging.ts';
import type { CloudState } from '../core/state.ts';
import type { Table } from '../core/store.ts';
import type {
  Account,
  ArmResource,
  DeletedAccount,
  Deployment,
  Group,
  Operation,
  Principal,
  RoleAssignment,
  Workspace,
} from './records.ts';

export type ArmTables = {
  readonly groups: LaggingTable<Group>;
  readonly accounts: LaggingTable<Account>;
  readonly deployments: LaggingTable<Deployment>;
  readonly deletedAccounts: LaggingTable<DeletedAccount>;
  readonly workspaces: LaggingTable<Workspace>;
  /** Everything else in a group: storage accounts, access connectors, networks. */
  readonly resources: LaggingTable<ArmResource>;
  readonly operations: Table<Operation>;
  readonly roleAssignments: Table<RoleAssignment>;
  /** Microsoft Entra, without the app's own identity, which is always there; by object id. */
  readonly principals: Table<Principal>;
  /** Registration state by `{subscription}/{namespace}`. */
  readonly providers: Table<{ registrationState: string }>;
  /** Told of a group that is about to go, with its time: what is in it goes first. */
  readonly onGroupDelete: ((group: Group, at: number) => void)[];
  /** Told of a workspace that is gone, with its last row: what lived inside goes with it. */
  readonly onWorkspaceGone: ((workspace: Workspace) => void)[];
};

const known = new WeakMap<CloudState, ArmTables>();

/** The tables of `state`: made once per state. */
export function armOf(state: CloudState): ArmTables {
  const former = known.get(state);
  if (former !== undefined) return former;
  const replicated = <T>(name: string): LaggingTable<T> => {
    const table = lagging(
      state.store.table<T>(name),
      () => state.lag,
      () => state.now(),
    );
    state.onReset(() => {
      table.catchUp();
    });
    return table;
  };
  const tables: ArmTables = {
    groups: replicated('groups'),
    accounts: replicated('accounts'),
    deployments: replicated('deployments'),
    deletedAccounts: replicated('deletedAccounts'),
    workspaces: replicated('workspaces'),
    resources: replicated('resources'),
    operations: state.store.table('operations'),
    roleAssignments: state.store.table('roleAssignments'),
    principals: state.store.table('principals'),
    providers: state.store.table('providers'),
    onGroupDelete: [],
    onWorkspaceGone: [],
  };
  known.set(state, tables);
  return tables;
}

export const workspaceByOrigin = (state: CloudState, origin: string): Workspace | undefined =>
  armOf(state)
    .workspaces.values()
    .find((workspace) => workspace.origin === origin);

export const accountByOrigin = (state: CloudState, origin: string): Account | undefined =>
  armOf(state)
    .accounts.values()
    .find((account) => account.origin === origin);

/** The account's deployment of that name, names in any case. */
export const deploymentOf = (state: CloudState, account: Account, name: string): Deployment | undefined =>
  armOf(state).deployments.get(`${account.id}/deployments/${name}`.toLowerCase());

/** Tells everybody that a workspace is gone. */
export function workspaceGone(state: CloudState, workspace: Workspace): void {
  for (const forget of armOf(state).onWorkspaceGone) forget(workspace);
}

/** The rows whose resource is in the group of that id. */
export const rowsInGroup = <T extends { id: string }>(rows: readonly T[], id: string): T[] =>
  rows.filter((row) => row.id.toLowerCase().startsWith(`${id.toLowerCase()}/`));
