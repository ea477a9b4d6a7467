// The rows of Azure Resource Manager's tables. Values: whoever changes one puts a new object.
import type { Maker, Tags } from '../core/records.ts';

export type Group = {
  readonly id: string;
  readonly subscriptionId: string;
  readonly name: string;
  readonly location: string;
  readonly tags: Tags;
  readonly maker: Maker;
  readonly state: 'Succeeded' | 'Deleting';
  /** Id of the workspace whose managed group this is. */
  readonly managedBy?: string;
  readonly createdAt: number;
};

export type ArmResource = {
  readonly id: string;
  /** `Microsoft.Storage/storageAccounts` */
  readonly type: string;
  readonly subscriptionId: string;
  readonly group: string;
  readonly name: string;
  readonly location: string;
  readonly tags: Tags;
  readonly maker: Maker;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Survives the unforced deletion of the workspace (Unity Catalog storage and its access connector). */
  readonly unityCatalog?: boolean;
  readonly createdAt: number;
};

export type Account = {
  readonly id: string;
  readonly subscriptionId: string;
  readonly group: string;
  readonly name: string;
  readonly location: string;
  readonly kind: string;
  readonly sku: { readonly name: string };
  readonly tags: Tags;
  readonly maker: Maker;
  readonly state: 'Creating' | 'ResolvingDNS' | 'Succeeded' | 'Failed' | 'Deleting';
  /** Lower case; null for an account without one, which then lives on the region's shared endpoint and takes no Entra tokens. */
  readonly subdomain: string | null;
  readonly disableLocalAuth: boolean;
  readonly publicNetworkAccess: string;
  readonly networkAcls: { readonly defaultAction: string };
  readonly keys: { readonly key1: string; readonly key2: string };
  /** `https://127.0.0.1:port` of its own endpoint. */
  readonly origin: string;
  /** Until then an operation is in progress on it: RequestConflict for the next. */
  readonly busyUntil: number;
  readonly createdAt: number;
};

export type Deployment = {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly location: string;
  readonly sku: { readonly name: string; readonly capacity: number };
  readonly model: { readonly format: string; readonly name: string; readonly version: string };
  readonly versionUpgradeOption: string;
  readonly raiPolicyName: string;
  readonly tags: Tags;
  readonly maker: Maker;
  readonly state: 'Succeeded' | 'Deleting';
  /** Quota bucket that the capacity counts against. */
  readonly usageName: string;
  readonly createdAt: number;
  /** From then on the account's own endpoint knows it; before: 404 DeploymentNotFound. */
  readonly usableAt: number;
};

/** A soft-deleted account: it holds its name, its subdomain and its deployments' quota until it is purged or expires. */
export type DeletedAccount = {
  readonly account: Account;
  readonly deployments: readonly Deployment[];
  readonly deletedAt: number;
  readonly scheduledPurgeAt: number;
  readonly purging: boolean;
};

export type Workspace = {
  readonly id: string;
  readonly subscriptionId: string;
  readonly group: string;
  readonly name: string;
  readonly location: string;
  readonly sku: { readonly name: string };
  readonly tags: Tags;
  readonly maker: Maker;
  readonly state: 'Accepted' | 'Creating' | 'Succeeded' | 'Failed' | 'Deleting';
  readonly computeMode: string;
  readonly managedGroupId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly publicNetworkAccess: string;
  readonly requiredNsgRules: string;
  /** The numeric workspace (organisation) id, as a decimal string of up to 16 digits. */
  readonly workspaceId: string;
  /** `https://127.0.0.1:port` of its own API; ARM shows it without the scheme, as `workspaceUrl`. */
  readonly origin: string;
  readonly createdBy: { readonly objectId: string; readonly clientId: string };
  readonly createdAt: number;
  /** When ARM said Succeeded, lab ms; undefined before. The workspace's own API is usable a while later. */
  readonly succeededAt?: number;
};

/** A long-running operation, found again by its polling URL. */
export type Operation = {
  readonly id: string;
  readonly status: 'InProgress' | 'Succeeded' | 'Failed';
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details?: readonly { readonly code: string; readonly message: string }[];
  };
};

export type RoleAssignment = {
  readonly id: string;
  readonly scope: string;
  readonly roleId: string;
  readonly principalId: string;
  readonly principalType: Principal['type'];
  /** Object id of who assigned it. */
  readonly createdBy: string;
  readonly maker: Maker;
  readonly createdAt: number;
};

/** Somebody in Microsoft Entra, whom roles can be assigned to. */
export type Principal = {
  readonly objectId: string;
  readonly type: 'User' | 'Group' | 'ServicePrincipal';
  /** User principal name, of a person. */
  readonly userName?: string;
};
