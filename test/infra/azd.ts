/**
 * What azd 1.31.2 does around the hooks, played from its source (https://github.com/Azure/azure-dev, cli/azd): which hook runs when, which variables reach the template,
 * and which deployment "azd down" takes for its own.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { HookDeps } from '../../scripts/azd/hook.ts';
import { endLabs } from '../../scripts/azd/end-labs.ts';
import { listLabs } from '../../scripts/azd/list-labs.ts';
import { prepareSubscriptions } from '../../scripts/azd/prepare-subscriptions.ts';
import { reconcileRights } from '../../scripts/azd/reconcile-rights.ts';
import { removeRights } from '../../scripts/azd/remove-rights.ts';
import { hostJsonFor, type Backend } from '../../scripts/package/host-json.ts';
import { deploy } from './bicep.ts';
import type { Value } from './bicep-values.ts';
import type { Subscriptions } from './subscriptions.ts';

export const PROJECT = 'llmops-lab';

/** An azd environment: its variables, and what it needs to act. */
export type Environment = {
  env: Record<string, string>;
  subscriptions: Subscriptions;
  deps: Omit<HookDeps, 'env'>;
  /** What the platform gives: the address of the app's host, and its identity. */
  platform: { endpoint: string; principalId: string; clientId: string };
  /** Type of storage provider in the host.json of what is deployed. */
  deployed?: string;
};

/**
 * `azd up`: cmdhook-preprovision, provision, cmdhook-postprovision, cmdhook-predeploy, deploy (internal/cmd/up_graph.go). The package is made beside provisioning, after the
 * root's prepackage hook.
 */
export async function up(it: Environment): Promise<void> {
  await prepareSubscriptions({ ...it.deps, env: it.env });
  await provision(it);
  await reconcileRights({ ...it.deps, env: it.env });
  await listLabs({ ...it.deps, env: it.env });
  const backend = (it.env['LAB_DURABLE_BACKEND'] || 'azureStorage') as Backend;
  const host = JSON.parse(hostJsonFor(backend, readFileSync('host.json', 'utf8'))) as {
    extensions: { durableTask: { storageProvider: { type: string } } };
  };
  it.deployed = host.extensions.durableTask.storageProvider.type;
}

async function provision(it: Environment): Promise<void> {
  const subscriptionId = it.env['AZURE_SUBSCRIPTION_ID']!;
  const site = it.env['APP_FUNCTION_ID'];
  const { resources, outputs } = await deploy(path.resolve('infra/main.bicep'), parametersOf(it.env), {
    subscriptionId,
    known: {
      'Microsoft.ManagedIdentity/userAssignedIdentities.properties.clientId': it.platform.clientId,
      'Microsoft.ManagedIdentity/userAssignedIdentities.properties.principalId': it.platform.principalId,
    },
    listed: { 'Microsoft.Web/sites/config/appsettings': (site && it.subscriptions.settings.get(site)) || {} },
  });
  it.subscriptions.deploy(resources);
  Object.assign(it.env, JSON.parse(JSON.stringify(outputs)) as Record<string, string>);
  it.env['APP_ENDPOINT'] = it.platform.endpoint;
  it.subscriptions.deployments.push({
    tags: { 'azd-env-name': it.env['AZURE_ENV_NAME']!, 'azd-project-name': PROJECT },
    subscriptionId,
    groups: resources.filter((one) => one.type === 'Microsoft.Resources/resourceGroups').map((one) => one.id),
    outputs: Object.keys(outputs),
  });
}

/** A parameter whose variable is not there is left out; one that is set to nothing is handed on as an empty text (pkg/infra/provisioning/bicep/bicep_provider.go, loadParameters). */
function parametersOf(env: Record<string, string>): Record<string, Value> {
  const { parameters } = JSON.parse(readFileSync('infra/main.parameters.json', 'utf8')) as {
    parameters: Record<string, { value: string }>;
  };
  const given = Object.entries(parameters).map(([name, { value }]) => [name, env[value.slice(2, -1)]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Record<string, Value>;
}

/**
 * `azd down`: the hook before, the groups of the newest deployment of this project's environment (pkg/infra/deployment_manager.go, CompletedDeployments), the outputs of that
 * deployment taken out of the environment, the hook after.
 */
export async function down(it: Environment): Promise<void> {
  await endLabs({ ...it.deps, env: it.env });
  const mine = it.subscriptions.deployments.findLast(
    ({ tags, subscriptionId }) =>
      subscriptionId === it.env['AZURE_SUBSCRIPTION_ID'] &&
      tags['azd-env-name'] === it.env['AZURE_ENV_NAME'] &&
      tags['azd-project-name'] === PROJECT,
  );
  for (const group of mine?.groups ?? []) it.subscriptions.deleteGroup(group);
  for (const name of mine?.outputs ?? []) delete it.env[name];
  await removeRights({ ...it.deps, env: it.env });
}
