// A local cloud under a virtual clock, with the real SDKs pointed at it as the app points them.
import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import { AzureDatabricksManagementClient } from '@azure/arm-databricks';
import { ResourceManagementClient } from '@azure/arm-resources';
import { ManagedIdentityCredential } from '@azure/identity';
import { createClock, type Clock } from '../../../../local/clock.ts';
import { trustCa } from '../../../../local/cloud/core/certificate.ts';
import { startCloud, type Cloud, type CloudOptions } from '../../../../local/cloud/cloud.ts';

export const START_MS = Date.parse('2026-11-20T08:00:00Z');
export const MINUTE_MS = 60_000;

export type Azure = {
  cloud: Cloud;
  clock: Clock;
  resources: ResourceManagementClient;
  cognitive: CognitiveServicesManagementClient;
  databricks: AzureDatabricksManagementClient;
  subscription: string;
  /** Lets lab time pass. */
  pass(ms: number): Promise<void>;
  /** A raw call to ARM with the app's token. */
  arm(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ArmAnswer>;
};
export type ArmAnswer = { status: number; headers: Headers; json: Record<string, unknown>; code: string | undefined };

export async function startAzure(options: Partial<CloudOptions> = {}): Promise<Azure> {
  const clock = options.clock ?? createClock({ kind: 'virtual', startMs: START_MS });
  clock.install();
  const cloud = await startCloud({ ...options, clock });
  trustCa(cloud.caPem);
  const settings = cloud.settings();
  Object.assign(process.env, settings);
  const endpoint = settings.ARM_ENDPOINT as string;
  const subscription = settings.LAB_SUBSCRIPTION_ID as string;
  const clientId = settings.AZURE_CLIENT_ID;
  const credential = new ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
  const common = { endpoint, retryOptions: { maxRetries: 0 } };
  return {
    cloud,
    clock,
    subscription,
    resources: new ResourceManagementClient(credential, subscription, common),
    cognitive: new CognitiveServicesManagementClient(credential, subscription, {
      ...common,
      credentialScopes: 'https://management.azure.com/.default',
    }),
    databricks: new AzureDatabricksManagementClient(credential, subscription, common),
    pass: async (ms) => {
      await clock.idle();
      clock.advanceTo(clock.now() + ms);
    },
    arm: async (method, path, body, headers) => {
      const response = await fetch(`${endpoint}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${cloud.state.issueToken('https://management.azure.com/')}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
      return {
        status: response.status,
        headers: response.headers,
        json,
        code: (json.error as { code?: string } | undefined)?.code,
      };
    },
  };
}

export const openAiAccount = (subdomain: string, location = 'eastus2', tags: Record<string, string> = {}) => ({
  location,
  kind: 'OpenAI',
  sku: { name: 'S0' },
  tags,
  properties: { customSubDomainName: subdomain, publicNetworkAccess: 'Enabled' },
});

export const deploymentOf = (name: string, version: string, sku = 'GlobalStandard', capacity = 5) => ({
  sku: { name: sku, capacity },
  properties: { model: { format: 'OpenAI', name, version } },
});

export const hybridWorkspace = (
  azure: Azure,
  managed: string,
  location = 'eastus2',
  tags: Record<string, string> = {},
) => ({
  location,
  sku: { name: 'premium' },
  tags,
  computeMode: 'Hybrid',
  managedResourceGroupId: `/subscriptions/${azure.subscription}/resourceGroups/${managed}`,
});

/** Makes an account and waits for it, without the SDK: `name` is also its subdomain. */
export async function quickAccount(azure: Azure, group: string, name: string, location = 'eastus2'): Promise<string> {
  const id = `/subscriptions/${azure.subscription}/resourceGroups/${group}/providers/Microsoft.CognitiveServices/accounts/${name}`;
  await azure.arm('PUT', `/subscriptions/${azure.subscription}/resourceGroups/${group}?api-version=2025-04-01`, {
    location,
  });
  await azure.arm('PUT', `${id}?api-version=2025-09-01`, openAiAccount(name, location));
  await azure.pass(MINUTE_MS);
  return id;
}
