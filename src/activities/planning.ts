/** Reads, side by side, everything on which the choice of region and model depends, and registers the providers that are not yet. */
import { ServiceError } from '../clients/service-error.ts';
import type { ProviderState } from '../clients/arm-resources.ts';
import type { Arm } from '../clients/create-clients.ts';
import type { Activities } from '../contracts.ts';
import type { Facts, Reading, RegionFacts } from '../lab/facts.ts';
import { done, pending } from '../lab/outcome.ts';
import { NODE, REQUIRED_PROVIDERS } from '../lab/perishables.ts';
import { planLab } from '../lab/plan.ts';
import { answer, verdictOf } from './answers.ts';
import type { Deps } from './deps.ts';
import { missingRights } from './rights.ts';

/** Accounts whose deployments are read, to learn which models the subscription deploys: the plan must stay a few calls. */
const MOST_ACCOUNTS = 3;

export const planningActivities = ({
  clients,
  settings,
  now,
}: Deps): Pick<Activities, 'planLab' | 'registerProviders'> => ({
  planLab: ({ lab, request, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(lab.subscriptionId);
        const { regions, model } = request;
        const [providers, rights, deployedModels] = await Promise.all([
          Promise.all(REQUIRED_PROVIDERS.map((namespace) => arm.provider(namespace))),
          missingRights(arm, lab),
          readDeployedModels(arm),
        ]);
        const facts: Facts = {
          at: now().toISOString(),
          regions: await Promise.all(regions.map((region) => readRegion(arm, region, providers))),
          providers: providers.map(({ namespace, state }) => ({ namespace, state })),
          deployedModels,
          missingRights: rights,
        };
        // Whoever names regions has an order in mind; the installation's own list is spread over its labs.
        const order = regions.join() === settings.regions.join() ? 'spread' : 'as-given';
        return done(planLab(facts, { model, regions, order }, lab));
      },
      { memo },
    ),

  registerProviders: ({ lab, namespaces }) =>
    answer(async () => {
      const arm = clients.arm(lab.subscriptionId);
      const missing = (await Promise.all(namespaces.map((it) => arm.provider(it)))).filter(
        (it) => it.state !== 'Registered',
      );
      await Promise.all(
        missing.filter((it) => it.state !== 'Registering').map((it) => arm.registerProvider(it.namespace)),
      );
      return missing.length === 0
        ? done(null)
        : pending(`being registered: ${missing.map((it) => it.namespace).join(', ')}`);
    }),
});

async function readRegion(arm: Arm, region: string, providers: ProviderState[]): Promise<RegionFacts> {
  const unreadable: RegionFacts['unreadable'] = [];
  // A refusal rejects the region, for that is what it is about; the transient fails the reading, for the next one will be whole.
  const read = <T>(what: Reading, call: Promise<T>, otherwise: T): Promise<T> =>
    call.catch((error: unknown) => {
      if (!(error instanceof ServiceError)) throw error;
      const verdict = verdictOf(error);
      if (verdict.kind === 'transient' || verdict.kind === 'in-progress') throw error;
      unreadable.push({ what, reason: error.said });
      return otherwise;
    });
  const [models, tokenQuota, coreQuota, node] = await Promise.all([
    read('models', arm.models(region), []),
    read('token-quota', arm.tokenQuota(region), []),
    read('core-quota', arm.coreQuota(region), []),
    read('node', arm.node(region, NODE.type), {
      offered: false,
      family: NODE.family,
      vcpus: NODE.vcpus,
      restriction: null,
    }),
  ]);
  const offers = {
    openai: offered(providers, 'Microsoft.CognitiveServices', 'accounts', region),
    databricks: offered(providers, 'Microsoft.Databricks', 'workspaces', region),
  };
  return { region, models, tokenQuota, coreQuota, node, offers, unreadable };
}

/** Providers list regions by their display names: `East US 2`. */
const offered = (providers: ProviderState[], namespace: string, type: string, region: string): boolean =>
  providers
    .find((it) => it.namespace === namespace)
    ?.types.find((it) => it.name.toLowerCase() === type)
    ?.locations.some((it) => it.toLowerCase().replaceAll(' ', '') === region) ?? false;

/** What the subscription deploys, as far as the app may read it: it opens models that are closed to new customers. */
async function readDeployedModels(arm: Arm): Promise<string[]> {
  try {
    const accounts = (await arm.accounts()).filter((it) => it.kind === 'OpenAI' || it.kind === 'AIServices');
    const deployments = await Promise.all(accounts.slice(0, MOST_ACCOUNTS).map((it) => arm.deployments(it.id)));
    return [...new Set(deployments.flatMap((it) => it ?? []).map((it) => it.model))];
  } catch (error: unknown) {
    if (error instanceof ServiceError && verdictOf(error).kind === 'problem') return [];
    throw error;
  }
}
