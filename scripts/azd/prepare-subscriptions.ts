/** Before provisioning: refuses what cannot work, and registers the resource providers that labs need, in every subscription of theirs. */
import { REQUIRED_PROVIDERS } from '../../src/lab/catalog/regions.ts';
import { checkRegion } from './check-region.ts';
import { checkSettings } from './check-settings.ts';
import { labSubscriptions, needed, type Hook, type HookDeps } from './hook.ts';
import { ensureTagKey } from './tag-key.ts';
import { HookError } from './hook-error.ts';

const RESOURCES_API = '2025-04-01';
const POLL_MS = 10_000;
const PATIENCE_MS = 15 * 60_000;

/** Azure registers what a template itself uses. A workspace needs identities besides: https://learn.microsoft.com/azure/databricks/admin/workspace/ */
export const LAB_PROVIDERS: readonly string[] = [...REQUIRED_PROVIDERS, 'Microsoft.ManagedIdentity'];

export const prepareSubscriptions: Hook = async (deps) => {
  // "azd up" asks for it before any hook runs; "azd provision" runs this hook first.
  if (!deps.env['AZURE_SUBSCRIPTION_ID'])
    throw new HookError(
      'No subscription is chosen yet: run "azd up", which asks for one, or: azd env set AZURE_SUBSCRIPTION_ID <id>',
    );
  checkSettings(deps.env);
  await ensureTagKey(deps);
  await checkRegion(deps);
  await checkGroup(deps);
  for (const id of labSubscriptions(deps.env)) {
    await Promise.all(LAB_PROVIDERS.map((namespace) => register(deps, id, namespace)));
    deps.say(`Resource providers of labs are registered in subscription ${id}.`);
  }
};

async function checkGroup({ env, azure }: HookDeps): Promise<void> {
  if (env['LAB_RIGHTS'] !== 'group') return;
  const name = needed(env, 'LAB_RESOURCE_GROUP');
  const [subscriptionId] = labSubscriptions(env);
  const path = `/subscriptions/${subscriptionId}/resourcegroups/${encodeURIComponent(name)}?api-version=${RESOURCES_API}`;
  const { status } = await azure.call('GET', path, [200, 404]);
  if (status === 404)
    throw new HookError(
      `The resource group "${name}" of LAB_RESOURCE_GROUP does not exist in subscription ${subscriptionId}.`,
    );
}

async function register(deps: HookDeps, subscriptionId: string, namespace: string): Promise<void> {
  const path = `/subscriptions/${subscriptionId}/providers/${namespace}`;
  const state = async (): Promise<string> =>
    (await deps.azure.call<{ registrationState?: string }>('GET', `${path}?api-version=${RESOURCES_API}`, [200])).body
      .registrationState ?? '';
  if ((await state()) === 'Registered') return;
  deps.say(`  registering ${namespace}`);
  await deps.azure.call('POST', `${path}/register?api-version=${RESOURCES_API}`, [200]);
  const until = deps.now() + PATIENCE_MS;
  while ((await state()) !== 'Registered') {
    if (deps.now() > until)
      throw new HookError(
        `${namespace} is still not registered in subscription ${subscriptionId}; run the command again later.`,
      );
    await deps.sleep(POLL_MS);
  }
}
