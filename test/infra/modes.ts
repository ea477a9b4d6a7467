/** The deployments that the tests look at: every mode of the templates once. */
import path from 'node:path';
import { deploy, type Deployment, type Resource, type Value } from './bicep.ts';

export const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
export const OTHER_SUBSCRIPTION = '99999999-2222-3333-4444-555555555555';
export const CLIENT = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';

export const modes: { name: string; params: Record<string, Value> }[] = [
  { name: 'as it comes', params: {} },
  {
    name: 'with a scheduler and mail',
    params: { durableBackend: 'durableTaskScheduler', alertEmail: 'a@example.org' },
  },
  { name: 'in a given group', params: { rights: 'group', labResourceGroup: 'rg-given' } },
  { name: 'with people in labs', params: { participants: 'true' } },
  { name: 'in two subscriptions', params: { allowedSubscriptionIds: ` ${OTHER_SUBSCRIPTION}, ${SUBSCRIPTION}` } },
];

export const deployed = (params: Record<string, Value> = {}): Promise<Deployment> =>
  deploy(
    path.resolve('infra/main.bicep'),
    { environmentName: 'dev', location: 'swedencentral', ...params },
    {
      subscriptionId: SUBSCRIPTION,
      known: { 'Microsoft.ManagedIdentity/userAssignedIdentities.properties.clientId': CLIENT },
    },
  );

/** The resources of all modes. */
export const allDeployed = async (): Promise<Resource[]> =>
  (await Promise.all(modes.map(({ params }) => deployed(params)))).flatMap((it) => it.resources);
