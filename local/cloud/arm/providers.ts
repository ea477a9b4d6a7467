// Resource providers: what they offer where, and their staged registration with a subscription.
import { armFailure } from './errors.ts';
import { armRoute, offeredIn } from './gateway.ts';
import { page } from './lists.ts';
import { REGIONS } from './regions.ts';
import {
  COGNITIVE_VERSIONS,
  COMPUTE_SKU_VERSIONS,
  COMPUTE_USAGE_VERSIONS,
  PERMISSION_VERSIONS,
  RESOURCES_VERSIONS,
  ROLE_VERSIONS,
  WORKSPACE_VERSIONS,
} from './versions.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from './tables.ts';

/** What each provider has, with the versions of it that are served here; nothing is served of those without. */
const TYPES: Record<string, Record<string, readonly string[]>> = {
  'Microsoft.Resources': {
    resourceGroups: RESOURCES_VERSIONS,
    subscriptions: RESOURCES_VERSIONS,
    tags: RESOURCES_VERSIONS,
  },
  'Microsoft.Authorization': { roleAssignments: ROLE_VERSIONS, permissions: PERMISSION_VERSIONS, locks: [] },
  'Microsoft.CognitiveServices': {
    accounts: COGNITIVE_VERSIONS,
    'accounts/deployments': COGNITIVE_VERSIONS,
    deletedAccounts: COGNITIVE_VERSIONS,
    'locations/models': COGNITIVE_VERSIONS,
    'locations/usages': COGNITIVE_VERSIONS,
  },
  'Microsoft.Databricks': { workspaces: WORKSPACE_VERSIONS, accessConnectors: [] },
  'Microsoft.Compute': { virtualMachines: [], 'locations/usages': COMPUTE_USAGE_VERSIONS, skus: COMPUTE_SKU_VERSIONS },
  'Microsoft.Storage': { storageAccounts: [] },
  'Microsoft.Network': { virtualNetworks: [], networkSecurityGroups: [] },
  'Microsoft.ManagedIdentity': { userAssignedIdentities: [] },
};

export function providerRoutes(state: CloudState): Route[] {
  const key = (call: Call, namespace: string): string => `${call.params.subscriptionId}/${namespace}`.toLowerCase();
  const named = (call: Call): string | undefined =>
    Object.keys(TYPES).find((namespace) => namespace.toLowerCase() === call.params.namespace?.toLowerCase());

  const json = (call: Call, namespace: string): object => ({
    id: `/subscriptions/${call.params.subscriptionId}/providers/${namespace}`,
    namespace,
    registrationPolicy: 'RegistrationRequired',
    // Rows exist only for what differs from the healthy default.
    registrationState: armOf(state).providers.get(key(call, namespace))?.registrationState ?? 'Registered',
    resourceTypes: Object.entries(TYPES[namespace] ?? {}).map(([type, apiVersions]) => ({
      resourceType: type,
      locations: offeredIn(state, `${namespace}/${type}`).map((region) => REGIONS[region]),
      // Newest first, as clients take the first that is no preview.
      apiVersions: apiVersions.toReversed(),
    })),
  });

  const one =
    (reply: (call: Call, namespace: string) => Reply) =>
    (call: Call): Reply => {
      const namespace = named(call);
      if (namespace !== undefined) return reply(call, namespace);
      return armFailure(
        404,
        'InvalidResourceNamespace',
        `The resource namespace '${call.params.namespace}' is invalid.`,
      );
    };

  const register = one((call, namespace) => {
    const id = key(call, namespace);
    const current = armOf(state).providers.get(id)?.registrationState ?? 'Registered';
    if (current !== 'Registered' && current !== 'Registering') {
      armOf(state).providers.put(id, { registrationState: 'Registering' });
      state.schedule(call.now + state.latency.providerRegisterMs, 'provider-registered', { id });
    }
    return { status: 200, json: json(call, namespace) };
  });
  state.on<{ id: string }>('provider-registered', ({ id }) => {
    armOf(state).providers.put(id, { registrationState: 'Registered' });
  });

  const list = '/subscriptions/{subscriptionId}/providers';
  const apiVersions = RESOURCES_VERSIONS;
  const get = one((call, namespace) => ({ status: 200, json: json(call, namespace) }));
  return [
    armRoute(state, {
      method: 'GET',
      template: list,
      action: 'Microsoft.Resources/subscriptions/providers/read',
      apiVersions,
      handler: (call) =>
        page(
          state,
          call,
          Object.keys(TYPES).map((namespace) => json(call, namespace)),
        ),
    }),
    armRoute(state, {
      method: 'GET',
      template: `${list}/{namespace}`,
      action: 'Microsoft.Resources/subscriptions/providers/read',
      apiVersions,
      handler: get,
    }),
    armRoute(state, {
      method: 'POST',
      template: `${list}/{namespace}/register`,
      action: (call) => `${call.params.namespace}/register/action`,
      apiVersions,
      handler: register,
    }),
  ];
}

/** Makes a provider unregistered in every subscription (for tests). */
export function unregister(state: CloudState, namespace: string): void {
  for (const subscriptionId of state.subscriptionIds) {
    armOf(state).providers.put(`${subscriptionId}/${namespace}`.toLowerCase(), { registrationState: 'NotRegistered' });
  }
}
