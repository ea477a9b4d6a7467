/** Before provisioning: whether the region that was chosen for the app has what is deployed there, instead of an error of the deployment some minutes later. */
import { needed, type HookDeps } from './hook.ts';
import { HookError } from './hook-error.ts';

const WEB_API = '2025-03-01';
const RESOURCES_API = '2025-04-01';

export async function checkRegion(deps: HookDeps): Promise<void> {
  const chosen = plain(needed(deps.env, 'AZURE_LOCATION'));
  const wanted = [
    { what: 'Flex Consumption, the plan of the function app', regions: await flexRegions(deps) },
    ...(deps.env['LAB_DURABLE_BACKEND'] === 'durableTaskScheduler'
      ? [{ what: 'Durable Task Scheduler (LAB_DURABLE_BACKEND)', regions: await schedulerRegions(deps) }]
      : []),
  ];
  // An empty list tells nothing: the deployment itself will.
  const missing = wanted
    .filter(({ regions }) => regions.length > 0 && !regions.some((it) => plain(it) === chosen))
    .map(({ what }) => what);
  if (missing.length === 0) return;
  throw new HookError(
    `The region ${chosen} of the app has no ${missing.join(' and no ')}. Choose another one for it, labs are placed by LAB_REGIONS: azd env set AZURE_LOCATION <region>`,
  );
}

/** As "az functionapp list-flexconsumption-locations" asks it: https://learn.microsoft.com/rest/api/appservice/list-geo-regions/list-geo-regions */
async function flexRegions({ env, azure }: HookDeps): Promise<string[]> {
  const at = `/subscriptions/${needed(env, 'AZURE_SUBSCRIPTION_ID')}/providers/Microsoft.Web/geoRegions`;
  return (await azure.list<{ name: string }>(`${at}?sku=FlexConsumption&api-version=${WEB_API}`)).map((it) => it.name);
}

type Provider = { resourceTypes?: { resourceType: string; locations: string[] }[] };

/** https://learn.microsoft.com/rest/api/resources/providers/get */
async function schedulerRegions({ env, azure }: HookDeps): Promise<string[]> {
  const at = `/subscriptions/${needed(env, 'AZURE_SUBSCRIPTION_ID')}/providers/Microsoft.DurableTask`;
  const { body } = await azure.call<Provider>('GET', `${at}?api-version=${RESOURCES_API}`, [200]);
  return body.resourceTypes?.find((it) => it.resourceType === 'schedulers')?.locations ?? [];
}

/** Azure writes a region as "swedencentral" in one place and as "Sweden Central" in another. */
const plain = (region: string): string => region.toLowerCase().replaceAll(' ', '');
