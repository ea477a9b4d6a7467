/** The deployments that the tests look at: every mode of the templates once. */
import path from 'node:path';
import { deploy, type Deployment, type Resource } from './bicep.ts';
import { type Value } from './bicep-values.ts';

export const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
export const OTHER_SUBSCRIPTION = '99999999-2222-3333-4444-555555555555';
/** Client id of an app registration, and object id of whoever deploys. */
export const SIGN_IN = 'bbbbbbbb-1111-4111-8111-111111111111';
export const DEPLOYER = 'cccccccc-1111-4111-8111-111111111111';
export const CLIENT = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';

const scheduler = { durableBackend: 'durableTaskScheduler', alertEmail: 'a@example.org' };
const people = { participants: 'true' };
const twoSubscriptions = { allowedSubscriptionIds: ` ${OTHER_SUBSCRIPTION}, ${SUBSCRIPTION}` };
const givenGroup = { rights: 'group', labResourceGroup: 'rg-given' };

export const modes: { name: string; params: Record<string, Value> }[] = [
  { name: 'as it comes', params: {} },
  { name: 'with a scheduler and mail', params: scheduler },
  { name: 'in a given group', params: givenGroup },
  { name: "in the app's own group", params: { rights: 'group' } },
  { name: 'with people in labs', params: people },
  { name: 'in two subscriptions', params: twoSubscriptions },
  {
    name: 'with people in two subscriptions and a scheduler',
    params: { ...scheduler, ...people, ...twoSubscriptions },
  },
  {
    name: 'in a given group of another subscription',
    params: { labSubscriptionId: OTHER_SUBSCRIPTION, ...givenGroup },
  },
  {
    name: 'on Node 24 with prices of Azure and a sweep that rehearses',
    params: { nodeVersion: '24', sweepDryRun: 'true', pricesEndpoint: 'https://prices.azure.com' },
  },
  {
    name: 'with sign-in, a dashboard for the deployer and no instance ready',
    params: { ...scheduler, signInClientId: SIGN_IN, deployerId: DEPLOYER, deployerType: 'User', alwaysReady: 'false' },
  },
];

/** `current`: the app settings that are there already. `known`: what otherwise only Azure knows. */
export const deployed = (
  params: Record<string, Value> = {},
  subscriptionId = SUBSCRIPTION,
  current: Record<string, Value> = {},
  known: Record<string, string> = { 'Microsoft.ManagedIdentity/userAssignedIdentities.properties.clientId': CLIENT },
): Promise<Deployment> =>
  deploy(
    path.resolve('infra/main.bicep'),
    { environmentName: 'dev', location: 'swedencentral', ...params },
    {
      subscriptionId,
      listed: { 'Microsoft.Web/sites/config/appsettings': current },
      known,
    },
  );

/** The resources of all modes. */
export const allDeployed = async (): Promise<Resource[]> =>
  (await Promise.all(modes.map(({ params }) => deployed(params)))).flatMap((it) => it.resources);
