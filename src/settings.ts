/**
 * The app's settings, parsed once when the app loads. A bad one fails the start with its name, which is the message that the Functions host then shows.
 * Names are exported, so that the infrastructure templates, the example file and a test can be held to the same list.
 */
import { z } from 'zod';
import type { OwnerLimits } from './lab/owner-limits.ts';
import type { TagKeys } from './lab/tag-signature.ts';
import { PREFERRED_REGIONS } from './lab/catalog/regions.ts';

const list = (item: z.ZodType<string, string>) =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item).min(1));

const endpoint = z
  .url({ protocol: /^https$/, error: 'must be an https URL' })
  .transform((url) => url.replace(/\/+$/, ''));

/** Its tokens and its portal are those of the public cloud. https://learn.microsoft.com/azure/developer/intro/azure-developer-sovereign-clouds */
const SOVEREIGN = ['management.usgovcloudapi.net', 'management.chinacloudapi.cn'];
const resourceManager = endpoint.refine((url) => !SOVEREIGN.includes(new URL(url).hostname), {
  error: 'must not be that of a sovereign cloud: this app runs in the public Azure cloud alone',
});

/** Long enough that nobody guesses it: 32 bytes in base64 have 44 characters. */
const tagKey = z.string().min(40, 'must have at least 40 characters').max(200);

const schema = z.object({
  /** Name of this installation: the tag value that guards everything which is not ours. Never change it while labs live. */
  LAB_INSTALLATION: z.string().regex(/^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$/, 'must be 3-40 of a-z, 0-9 and -'),
  LAB_SUBSCRIPTION_ID: z.guid('must be a subscription id'),
  /** Further subscriptions that a request may name, separated by commas. */
  LAB_ALLOWED_SUBSCRIPTION_IDS: list(z.guid('must be subscription ids')).optional(),
  /** Regions in which labs may be placed, in order of preference. */
  LAB_REGIONS: list(z.string().regex(/^[a-z0-9]{3,40}$/, 'must be Azure region names')).default([...PREFERRED_REGIONS]),
  /** How long a lab may live without its orchestration renewing the lease, whatever its idle time. It is renewed when a third has passed. */
  LAB_LEASE_MINUTES: z.coerce.number().int().min(30).max(90).default(90),
  /** How long before its end a lab warns, in its status and with the log event `lab.ends-soon`; at most half of its idle time. */
  LAB_WARN_MINUTES: z.coerce.number().int().min(1).max(240).default(10),
  /** Key of the signatures of tags: without one the app makes no lab, and ends none that it does not know. */
  LAB_TAG_KEY: tagKey.optional(),
  /** The key before it, and the ISO time since when it is no longer the current one: it verifies for as long as a lab that it signed may live. */
  LAB_TAG_KEY_PREVIOUS: tagKey.optional(),
  LAB_TAG_KEY_REPLACED_AT: z.iso.datetime('must be an ISO time in UTC').optional(),
  /** Accounts and workspaces that requests may bring, by their ids or those of their groups; `*`: all in the allowed subscriptions. Everybody let into such a lab can read the account's key. */
  LAB_LENT_RESOURCE_IDS: list(
    z.string().regex(/^(?:\*|\/subscriptions\/[^\\?#%]+)$/, 'must be resource ids, or *'),
  ).optional(),
  LAB_SWEEP_DRY_RUN: z.stringbool().default(false),
  LAB_REPORT_RETENTION_DAYS: z.coerce.number().int().min(1).max(3_650).default(365),
  /** Timeout of every outgoing call. */
  LAB_CALL_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(300).default(60),
  /** Where prices are read when a lab starts: `https://prices.azure.com`. Absent: the app's own table of list prices. */
  LAB_PRICES_ENDPOINT: endpoint.optional(),
  /** App role whose holders see and end everybody's labs, where App Service Authentication is on. */
  LAB_ADMIN_ROLE: z.string().min(1).max(120).default('Lab.Admin'),
  /** What one owner may have: labs at once, starts in 24 hours, and the sum of their budgets. 0: no limit. Where nobody signs in, the holders of the key are one owner. */
  LAB_OWNER_MAX_LABS: z.coerce.number().int().min(0).max(1_000).default(10),
  LAB_OWNER_MAX_STARTS_PER_DAY: z.coerce.number().int().min(0).max(10_000).default(50),
  LAB_OWNER_MAX_USD_PER_DAY: z.coerce.number().min(0).max(1_000_000).default(500),
  /** GUID of the role that lets the portal's "Launch Workspace" enrol people named in `participants`; absent: nobody is let in. */
  LAB_PARTICIPANT_ROLE_ID: z.guid('must be the GUID of a role definition').optional(),
  ARM_ENDPOINT: resourceManager.default('https://management.azure.com'),
  /** Scope of the second token that Databricks asks for when a principal logs in for the first time. The double slash keeps the audience's trailing one. */
  DATABRICKS_MANAGEMENT_SCOPE: z.string().default('https://management.core.windows.net//.default'),
  /** Client id of a user-assigned identity; absent: the system-assigned one, or whatever `DefaultAzureCredential` finds. */
  AZURE_CLIENT_ID: z.guid('must be a client id').optional(),
});

/** Set by the platform where App Service Authentication is on; never by a person, and so in no list of settings. */
const PLATFORM_SIGN_IN = 'WEBSITE_AUTH_ENABLED';

export type Settings = {
  /** Whether App Service Authentication signs every caller in. */
  signIn: boolean;
  adminRole: string;
  ownerLimits: OwnerLimits;
  participantRoleId: string | undefined;
  installation: string;
  subscriptionId: string;
  allowedSubscriptionIds: readonly string[];
  regions: readonly string[];
  leaseMinutes: number;
  warnMinutes: number;
  /** Absent: tags can neither be signed nor believed. */
  tagKeys: TagKeys | undefined;
  /** Ids in small letters, or `*`. */
  lentResourceIds: readonly string[];
  sweepDryRun: boolean;
  reportRetentionDays: number;
  callTimeoutMs: number;
  pricesEndpoint: string | undefined;
  armEndpoint: string;
  databricksManagementScope: string;
  identityClientId: string | undefined;
};

/** Every setting that the code reads itself. `%LAB_SWEEP_SCHEDULE%` is read by the host, from the sweep's trigger. */
export const SETTING_NAMES: readonly string[] = [...Object.keys(schema.shape), 'LAB_SWEEP_SCHEDULE'];

/** @throws Error naming every bad setting, with what it must be. */
export function parseSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(present);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => ({ name: path[0]?.toString() ?? '?', message }));
    const said = faults.map(({ name, message }) => `${name} ${name in present ? message : 'is missing'}`).join('; ');
    const where = '. Set what is missing as an app setting; on your own machine in local.settings.json';
    throw new Error(`Bad app settings: ${said}${faults.every(({ name }) => name in present) ? '' : where}`);
  }
  const it = parsed.data;
  return {
    signIn: /^(?:true|1)$/i.test(environment[PLATFORM_SIGN_IN] ?? ''),
    adminRole: it.LAB_ADMIN_ROLE,
    ownerLimits: {
      labs: it.LAB_OWNER_MAX_LABS,
      startsPerDay: it.LAB_OWNER_MAX_STARTS_PER_DAY,
      usdPerDay: it.LAB_OWNER_MAX_USD_PER_DAY,
    },
    installation: it.LAB_INSTALLATION,
    subscriptionId: it.LAB_SUBSCRIPTION_ID.toLowerCase(),
    allowedSubscriptionIds: [it.LAB_SUBSCRIPTION_ID, ...(it.LAB_ALLOWED_SUBSCRIPTION_IDS ?? [])].map((id) =>
      id.toLowerCase(),
    ),
    regions: it.LAB_REGIONS,
    leaseMinutes: it.LAB_LEASE_MINUTES,
    warnMinutes: it.LAB_WARN_MINUTES,
    tagKeys: tagKeysOf(it.LAB_TAG_KEY, it.LAB_TAG_KEY_PREVIOUS, it.LAB_TAG_KEY_REPLACED_AT),
    lentResourceIds: (it.LAB_LENT_RESOURCE_IDS ?? []).map((id) => id.toLowerCase().replace(/\/+$/, '')),
    sweepDryRun: it.LAB_SWEEP_DRY_RUN,
    reportRetentionDays: it.LAB_REPORT_RETENTION_DAYS,
    callTimeoutMs: it.LAB_CALL_TIMEOUT_SECONDS * 1_000,
    pricesEndpoint: it.LAB_PRICES_ENDPOINT,
    participantRoleId: it.LAB_PARTICIPANT_ROLE_ID?.toLowerCase(),
    armEndpoint: it.ARM_ENDPOINT,
    databricksManagementScope: it.DATABRICKS_MANAGEMENT_SCOPE,
    identityClientId: it.AZURE_CLIENT_ID,
  };
}

function tagKeysOf(
  current: string | undefined,
  previous: string | undefined,
  replacedAt: string | undefined,
): TagKeys | undefined {
  if (current === undefined) return undefined;
  return previous === undefined || replacedAt === undefined
    ? { current }
    : { current, previous: { key: previous, replacedAt } };
}
