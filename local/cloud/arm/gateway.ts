// What Azure Resource Manager does for every provider before the provider sees a request: subscription, rights, locks, policies, registration,
// pages and the headers of throttling.
import type { z } from 'zod';
import { armFailure, misshapen } from './errors.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import { REGIONS, regionName } from './regions.ts';
import { mayDo, within } from '../core/rights.ts';
import { faultIn } from '../core/shapes.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from './tables.ts';

export { within } from '../core/rights.ts';

type ArmSpec = {
  method: Route['method'];
  template: string;
  /** The operation that the caller must be allowed: `Microsoft.Resources/subscriptions/resourceGroups/write`. */
  action: string | ((call: Call) => string);
  /** The versions that the provider knows; absent: any. */
  apiVersions?: readonly string[];
  /** The published shape of the request's body; absent: it has none. */
  body?: z.ZodType;
  /** A PUT of a resource of this type: the region in the body must be offered and allowed. */
  creates?: string;
  handler: (call: Call) => Reply | Promise<Reply>;
};

/** Makes a route of a provider's operation. */
export function armRoute(state: CloudState, spec: ArmSpec): Route {
  const { method, template, apiVersions, handler } = spec;
  return {
    method,
    template,
    ...(apiVersions === undefined ? {} : { apiVersions }),
    handler: async (call) => {
      const refusal = refuse(state, spec, call);
      const reply = refusal ?? (await handler(call));
      return { ...reply, headers: { ...REMAINING[method], ...reply.headers } };
    },
  };
}

const REMAINING: Record<Route['method'], Record<string, string>> = {
  GET: { 'x-ms-ratelimit-remaining-subscription-reads': '11999' },
  HEAD: { 'x-ms-ratelimit-remaining-subscription-reads': '11999' },
  PUT: { 'x-ms-ratelimit-remaining-subscription-writes': '799' },
  PATCH: { 'x-ms-ratelimit-remaining-subscription-writes': '799' },
  POST: { 'x-ms-ratelimit-remaining-subscription-writes': '799' },
  DELETE: { 'x-ms-ratelimit-remaining-subscription-deletes': '799' },
};

const refuse = (state: CloudState, spec: ArmSpec, call: Call): Reply | undefined => {
  const { subscriptionId } = call.params;
  if (subscriptionId !== undefined && !state.subscriptionIds.includes(subscriptionId.toLowerCase())) {
    return armFailure(404, 'SubscriptionNotFound', `The subscription '${subscriptionId}' could not be found.`);
  }
  const action = typeof spec.action === 'string' ? spec.action : spec.action(call);
  return (
    checkRights(state, call, action) ??
    checkRegistration(state, call, action) ??
    checkLocks(state, call) ??
    checkBody(spec, call) ??
    (spec.creates === undefined ? undefined : checkCreate(state, call, spec.creates))
  );
};

const checkBody = ({ body: shape }: ArmSpec, call: Call): Reply | undefined => {
  const fault = shape === undefined ? undefined : faultIn(shape, call.body);
  return fault === undefined ? undefined : misshapen(fault);
};

/** 403 AuthorizationFailed where the identity may not do `action` at the call's scope. */
export function checkRights(state: CloudState, call: Call, action: string, scope = call.path): Reply | undefined {
  if (mayDo(state, action, scope)) return undefined;
  const { clientId, objectId } = call.token ?? state.identity;
  return armFailure(
    403,
    'AuthorizationFailed',
    `The client '${clientId}' with object id '${objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

const checkLocks = (state: CloudState, call: Call): Reply | undefined => {
  const writes = call.method !== 'GET' && call.method !== 'HEAD';
  if (!writes) return undefined;
  const deletes = call.method === 'DELETE';
  // A deletion is also stopped by a lock on something below: a group with a locked resource stays.
  const lock = state.landscape.locks.find(({ scope, level }) =>
    deletes ? within(call.path, scope) || within(scope, call.path) : level === 'ReadOnly' && within(call.path, scope),
  );
  if (lock === undefined) return undefined;
  return armFailure(
    409,
    'ScopeLocked',
    `The scope '${call.path}' cannot perform ${deletes ? 'delete' : 'write'} operation because following scope(s) are locked: '${lock.scope}'. Please remove the lock and try again.`,
  );
};

/** Every operation of a provider needs its registration, reads included; Resource Manager's own do not, nor does the registration itself. */
const checkRegistration = (state: CloudState, call: Call, action: string): Reply | undefined => {
  if (action.endsWith('/register/action')) return undefined;
  const namespace = action.split('/')[0] as string;
  const registration = armOf(state).providers.get(
    `${call.params.subscriptionId}/${namespace}`.toLowerCase(),
  )?.registrationState;
  if (registration !== undefined && registration !== 'Registered') {
    return armFailure(
      409,
      'MissingSubscriptionRegistration',
      `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`,
    );
  }
  return undefined;
};

const checkCreate = (state: CloudState, call: Call, type: string): Reply | undefined => {
  const group = armOf(state).groups.get(groupId(call).toLowerCase());
  if (group === undefined) return groupNotFound(call);
  if (group.state === 'Deleting') return groupBeingDeleted(group.name);
  const location = bodyLocation(call);
  if (location === undefined)
    return armFailure(400, 'LocationRequired', 'The location property is required for this definition.');
  if (REGIONS[location] === undefined || (state.landscape.notOffered[type] ?? []).includes(location)) {
    return armFailure(
      400,
      'LocationNotAvailableForResourceType',
      `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is '${offeredIn(state, type).join(',')}'.`,
    );
  }
  return (
    checkSubscriptionRegions(state, call.params.name ?? '', location) ??
    checkPolicies(state, call.params.name ?? '', location, ({ types }) => types === undefined || types.includes(type))
  );
};

type Policy = CloudState['landscape']['policies'][number];

/** 403 where one of the policies that apply forbids the region. */
export function checkPolicies(
  state: CloudState,
  resource: string,
  location: string,
  applies: (policy: Policy) => boolean,
): Reply | undefined {
  const policy = state.landscape.policies.find((it) => it.deniedRegions.includes(location) && applies(it));
  return policy === undefined ? undefined : disallowed(resource, policy.name);
}

/** https://github.com/Azure/static-web-apps/issues/1743 */
const checkSubscriptionRegions = (state: CloudState, resource: string, location: string): Reply | undefined => {
  const { subscriptionRegions } = state.landscape;
  if (subscriptionRegions === null || subscriptionRegions.includes(location)) return undefined;
  return armFailure(
    403,
    'RequestDisallowedByAzure',
    `Resource '${resource}' was disallowed by Azure: This policy maintains a set of best available regions where your subscription can deploy resources. The objective of this policy is to ensure that your subscription has full access to Azure services with optimal performance. Should you need additional or different regions, contact support.`,
  );
};

export const disallowed = (resource: string, policy: string): Reply =>
  armFailure(
    403,
    'RequestDisallowedByPolicy',
    `Resource '${resource}' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"${policy}"},"policyDefinition":{"name":"${policy}"}}]'.`,
  );

/** ARM names of the regions in which `type` can be made. */
export const offeredIn = (state: CloudState, type: string): string[] =>
  Object.keys(REGIONS).filter((region) => !(state.landscape.notOffered[type] ?? []).includes(region));

export const subscriptionPath = (call: Call): string => `/subscriptions/${call.params.subscriptionId?.toLowerCase()}`;
export const groupId = (call: Call, group = call.params.group): string =>
  `${subscriptionPath(call)}/resourceGroups/${group}`;

export const groupNotFound = (call: Call): Reply =>
  armFailure(404, 'ResourceGroupNotFound', `Resource group '${call.params.group}' could not be found.`);

export const groupBeingDeleted = (name: string): Reply =>
  armFailure(
    409,
    'ResourceGroupBeingDeleted',
    `The resource group '${name}' is in deprovisioning state and cannot perform this operation.`,
  );

/** 404 for a resource: of its group, if that is gone too. */
export const resourceNotFound = (state: CloudState, call: Call, type: string, name = call.params.name): Reply =>
  armOf(state).groups.seen(groupId(call).toLowerCase()) === undefined
    ? groupNotFound(call)
    : armFailure(
        404,
        'ResourceNotFound',
        `The Resource '${type}/${name}' under resource group '${call.params.group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
      );

export const bodyOf = (call: Call): Record<string, unknown> => (isRecord(call.body) ? call.body : {});
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});

/** The region of a PUT's body, as an ARM name. */
export const bodyLocation = (call: Call): string | undefined => {
  const { location } = bodyOf(call);
  return typeof location === 'string' && location !== '' ? regionName(location) : undefined;
};

/** The tags of a body, or a refusal. Limits: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
export function bodyTags(call: Call): Record<string, string> | Reply {
  const entries = Object.entries(record(bodyOf(call).tags));
  if (entries.length > 50) return armFailure(400, 'TooManyTags', 'The number of tags exceeds the maximum of 50.');
  const bad = entries.find(
    ([name, value]) => name.length > 512 || /[<>%&\\?/]/.test(name) || typeof value !== 'string' || value.length > 256,
  );
  if (bad !== undefined)
    return armFailure(400, 'InvalidTagValueLength', `Tag '${bad[0]}' has a name or value that is not allowed.`);
  return Object.fromEntries(entries) as Record<string, string>;
}

export const isReply = (value: object): value is Reply => typeof (value as Reply).status === 'number';
