// What the local Azure offers to whom: regions, quotas, sold-out sizes, policies, locks, refused permissions, and the service's own bad manners.
// A healthy landscape unless a test changes it; all of it is open. Not stored: a process that restarts on the same data sets it again.
import { loadCatalogue, type CatalogueModel, type CatalogueName } from './catalogue.ts';

export type { CatalogueName } from './catalogue.ts';
export type Quota = { limit: number; used: number };
/** A role's content, assigned at a scope and so below it. Patterns: `*` matches anything. */
export type Grant = { scope: string; actions: string[]; dataActions: string[] };

export type Landscape = {
  /** Model catalogue by region. A region without an entry has no models. */
  models: Record<string, CatalogueModel[]>;
  /** Token quota in thousands a minute by `{region}/{usageName}`; `used` is what others in the subscription use. Default: `DEFAULT_TOKENS`. */
  tokenQuota: Record<string, Quota>;
  /** Token capacity that usages still show and that is gone when a deployment asks for it, by `{region}/{usageName}`; it shows from then on. */
  vanishingTokens: Record<string, number>;
  /** vCPU quota by `{region}/{family}`; the family `cores` is the regional total. Default: `DEFAULT_CORES`. */
  coreQuota: Record<string, Quota>;
  /** VM sizes that may not be used, by `{region}/{size}`: the reason code of the restriction. */
  sizeRestrictions: Record<string, 'NotAvailableForSubscription' | 'QuotaId'>;
  /** VM sizes that a region does not have at all: `{region}/{size}`. */
  missingSizes: string[];
  /** Regions that a resource type (`Microsoft.Databricks/workspaces`) is not offered in. */
  notOffered: Record<string, string[]>;
  /** "Allowed locations" and the like: PUTs of these types (default: every resource, not groups) are refused in these regions. `Microsoft.Resources/resourceGroups` names groups. */
  policies: { name: string; deniedRegions: string[]; types?: string[] }[];
  /** The regions to which Azure itself keeps the subscription, as it does with students: no resource, but any group, can be made elsewhere. Null: all. */
  subscriptionRegions: string[] | null;
  /** Policy on keys: `modify` sets disableLocalAuth on every new account, `deny` refuses one without it. */
  keyPolicy: 'off' | 'modify' | 'deny';
  /** Management locks: on the scope and all below it. */
  locks: { scope: string; level: 'CanNotDelete' | 'ReadOnly'; name: string }[];
  /** Actions that the app's identity lacks (`*` matches anything), at that scope and below (default: everywhere). */
  denied: { action: string; scope?: string }[];
  /** Definitions of roles that the subscription has beside the built-in ones, by GUID. */
  customRoles: string[];
  /** All that the app's identity is granted; absent: everything. */
  granted?: Grant[];
  /** The subscription may not have OpenAI accounts at all. */
  openAiBlocked: boolean;
  accountsPerRegion: number;
  deploymentsPerAccount: number;
  /** Asynchronous failures of creations, each used once; `region` limits it. */
  createFailures: { type: string; region?: string; code: string; message: string }[];
  /** Deletions of that type that say success and delete nothing; each used once. */
  falseDeletes: string[];
  /** Group deletions that are rolled back with ResourceGroupDeletionBlocked; each name used once, `*` is any. */
  blockedGroupDeletes: string[];
  /** Forced workspace deletions that keep the managed group nevertheless; counts down. */
  stubbornManagedGroups: number;
  /** An account that has deployments: is its deletion refused (CannotDeleteResource)? */
  nestedDeletes: 'refused' | 'allowed';
  /** Rows on a page of an ARM list. */
  pageSize: number;
};

/** The custom role that lets participants into a workspace, as the installation of the app defines it. */
export const PARTICIPANT_ROLE = '5a1c9e0e-2f64-4b2c-9a51-0c8d3f6e7b10';

export const DEFAULT_TOKENS: Quota = { limit: 1_000, used: 0 };
export const DEFAULT_CORES: Record<string, Quota> = {
  cores: { limit: 100, used: 8 },
  standardDDSv5Family: { limit: 50, used: 4 },
};

export function createLandscape(catalogue: CatalogueName, bornAt: number): Landscape {
  return {
    models: loadCatalogue(catalogue, bornAt),
    tokenQuota: {},
    vanishingTokens: {},
    coreQuota: {},
    sizeRestrictions: {},
    missingSizes: [],
    notOffered: {},
    policies: [],
    subscriptionRegions: null,
    keyPolicy: 'off',
    locks: [],
    denied: [],
    customRoles: [PARTICIPANT_ROLE],
    openAiBlocked: false,
    accountsPerRegion: 30,
    deploymentsPerAccount: 32,
    createFailures: [],
    falseDeletes: [],
    blockedGroupDeletes: [],
    stubbornManagedGroups: 0,
    nestedDeletes: 'refused',
    pageSize: 100,
  };
}

/** vCPU quota of a family in a region; a family that is not known has none. */
export const coreQuota = (landscape: Landscape, region: string, family: string): Quota =>
  landscape.coreQuota[`${region}/${family}`] ?? DEFAULT_CORES[family] ?? { limit: 0, used: 0 };

/** Takes the first element that `matches` out of a list of one-time events. */
export function takeOnce<T>(list: T[], matches: (entry: T) => boolean): T | undefined {
  const index = list.findIndex(matches);
  return index < 0 ? undefined : list.splice(index, 1)[0];
}
