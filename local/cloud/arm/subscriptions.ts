// What an SDK asks first: which tenants and subscriptions there are, and which regions. https://learn.microsoft.com/rest/api/resources/subscriptions
import { armRoute } from './gateway.ts';
import { page } from './lists.ts';
import { REGIONS } from './regions.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

export function subscriptionRoutes(state: CloudState): Route[] {
  const { tenantId } = state.identity;
  const json = (subscriptionId: string): object => ({
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId,
    tenantId,
    displayName: subscriptionId === state.subscriptionIds[0] ? 'Local subscription' : 'Another local subscription',
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
  });
  const list = (call: Call): Reply => page(state, call, state.subscriptionIds.map(json));
  const get = (call: Call): Reply => ({ status: 200, json: json(String(call.params.subscriptionId).toLowerCase()) });

  const locations = (call: Call): Reply =>
    page(
      state,
      call,
      Object.entries(REGIONS).map(([name, displayName]) => ({
        id: `/subscriptions/${call.params.subscriptionId}/locations/${name}`,
        name,
        type: 'Region',
        displayName,
        regionalDisplayName: displayName,
        metadata: { regionType: 'Physical', regionCategory: 'Recommended' },
      })),
    );
  const tenants = (call: Call): Reply =>
    page(state, call, [
      {
        id: `/tenants/${tenantId}`,
        tenantId,
        displayName: 'Local directory',
        defaultDomain: 'example.org',
        domains: ['example.org'],
        tenantCategory: 'Home',
        tenantType: 'AAD',
      },
    ]);

  const action = 'Microsoft.Resources/subscriptions/read';
  const read = (template: string, handler: Route['handler']): Route =>
    armRoute(state, { method: 'GET', template, action, handler });
  return [
    read('/tenants', tenants),
    read('/subscriptions', list),
    read('/subscriptions/{subscriptionId}', get),
    read('/subscriptions/{subscriptionId}/locations', locations),
  ];
}
