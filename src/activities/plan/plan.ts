/**
 * Reads, side by side, everything on which the choice of region and model depends, and registers the providers that are not yet.
 *
 * A plan takes at most four calls a region and ten more, pages not counted. Regions are read at once with everything else, except beside what the request brings:
 * where that is, it tells by itself.
 */
import { isUnregistered, ServiceError } from '../../clients/service-error.ts';
import type { ProviderState } from '../../clients/arm/resources.ts';
import type { Arm } from '../../clients/arm/arm.ts';
import type { Activities } from '../../contracts/activities.ts';
import type { Facts, Reading, RegionFacts } from '../../lab/placement/facts.ts';
import { workspaceItemName, resourceNames, type LabRef } from '../../lab/names.ts';
import { done, pending } from '../../lab/outcome.ts';
import { NODE } from '../../lab/catalog/cluster.ts';
import { REQUIRED_PROVIDERS } from '../../lab/catalog/regions.ts';
import { checkBorrowed, type BorrowedCheck } from '../../lab/placement/borrowed.ts';
import { regionName } from '../../lab/placement/order.ts';
import { planLab, type Impossible, type Plan, type Unregistered } from '../../lab/placement/plan.ts';
import type { LabOrder } from '../../lab/request.ts';
import { answer, verdictOf } from '../outcome-of-error.ts';
import { readBorrowed } from './borrowed.ts';
import type { Deps } from '../deps.ts';
import { unfitGroup } from '../provisioning/group.ts';
import { missingRights, type Making } from './permissions.ts';
import { parseArmId, accountId, groupId, workspaceId } from '../../lab/arm-ids.ts';

type Planning = Pick<Activities, 'planLab' | 'registerProviders' | 'namesOfTry'>;

export const planningActivities = ({ clients, now }: Deps): Planning => ({
  planLab: ({ lab, request, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(lab.subscriptionId);
        const at = now().toISOString();
        const making = makes(request);
        const judging = readBorrowed(clients, request).then((it) => checkBorrowed(it, at));
        const surveying = judging.then((it) => survey(clients.arm, lab, request, it));
        const [providers, rights, firstNameFree, unfit, judged, surveyed] = await Promise.all([
          Promise.all(making.providers.map((namespace) => arm.provider(namespace))),
          missingRights(arm, lab, making),
          making.account ? nameFree(arm, resourceNames(lab, 1).account) : undefined,
          unfitGroup(clients, lab),
          judging,
          surveying,
        ]);
        const facts: Facts = {
          at,
          regions: surveyed.map((it) => ({ ...it, offers: offersIn(providers, it.region) })),
          providers: providers.map(({ namespace, state }) => ({ namespace, state })),
          deployedModels: deployedModels(surveyed),
          missingRights: rights,
          ...(firstNameFree === undefined ? {} : { firstNameFree }),
        };
        const { model, regions, regionOrder } = request;
        const order = regionOrder ?? 'spread';
        const plan = planLab(facts, { model, regions, order, existing: judged.existing }, lab);
        if (plan.kind === 'unregistered' && plan.register.length === 0)
          return pending('the registration of a resource provider has not reached every region yet');
        const reasons = [...(unfit === undefined ? [] : [unfit]), ...judged.reasons];
        return done(withBorrowed(plan, { ...judged, reasons }, lab, request));
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

  namesOfTry: async ({ lab, attempt }) => {
    const names = resourceNames(lab, attempt);
    const { subscriptionId, resourceGroup } = lab;
    return done({
      account: { id: accountId(subscriptionId, resourceGroup, names.account) },
      workspace: {
        id: workspaceId(subscriptionId, resourceGroup, names.workspace),
        managedGroupId: groupId(subscriptionId, names.managedGroup),
      },
    });
  },
});

/** What the lab has to make by itself, as far as the request alone tells. */
function makes({ openai, databricks, participants }: LabOrder): Making {
  const workspace = databricks.workspaceId === undefined;
  const cluster = databricks.clusterId === undefined;
  const needed: Record<(typeof REQUIRED_PROVIDERS)[number], boolean> = {
    'Microsoft.CognitiveServices': openai?.deployment === undefined,
    'Microsoft.Databricks': cluster,
    'Microsoft.Compute': cluster,
    'Microsoft.Network': workspace,
    'Microsoft.Storage': workspace,
  };
  const providers = REQUIRED_PROVIDERS.filter((it) => needed[it]);
  return { account: openai === undefined, workspace, access: participants.length > 0, providers };
}

type Surveyed = Omit<RegionFacts, 'offers'>;

/** The regions in which something has to be made, each read for what may be made there. */
function survey(
  armOf: (subscriptionId: string) => Arm,
  lab: LabRef,
  { regions, openai }: LabOrder,
  { existing, borrowed }: BorrowedCheck,
): Promise<Surveyed[]> {
  const deploys = existing.openai === undefined ? regions : existing.openai.deployment ? [] : [existing.openai.region];
  const clusters =
    existing.databricks === undefined ? regions : existing.databricks.cluster ? [] : [existing.databricks.region];
  // The quota of a borrowed account or workspace is that of its own subscription.
  const forOpenAI = armOf(openai === undefined ? lab.subscriptionId : parseArmId(openai.accountId).subscriptionId);
  const { workspace } = borrowed;
  const forDatabricks = armOf(workspace === undefined ? lab.subscriptionId : parseArmId(workspace.id).subscriptionId);
  const all = [...new Set([...deploys, ...clusters].map(regionName))];
  return Promise.all(
    all.map((region) =>
      readRegion(region, {
        openai: deploys.some((it) => regionName(it) === region) ? forOpenAI : undefined,
        databricks: clusters.some((it) => regionName(it) === region) ? forDatabricks : undefined,
      }),
    ),
  );
}

async function readRegion(
  region: string,
  { openai, databricks }: { openai: Arm | undefined; databricks: Arm | undefined },
): Promise<Surveyed> {
  const unreadable: RegionFacts['unreadable'] = [];
  // A refusal rejects the region, for that is what it is about; the transient fails the reading, for the next one will be whole.
  const read = <T>(what: Reading, call: Promise<T> | undefined, otherwise: T): Promise<T> =>
    (call ?? Promise.resolve(otherwise)).catch((error: unknown) => {
      if (!(error instanceof ServiceError)) throw error;
      if (isUnregistered(error)) {
        unreadable.push({ what, reason: error.said, unregistered: true });
        return otherwise;
      }
      const verdict = verdictOf(error);
      if (verdict.kind === 'transient' || verdict.kind === 'in-progress') throw error;
      unreadable.push({ what, reason: error.said });
      return otherwise;
    });
  const [models, tokenQuota, coreQuota, node] = await Promise.all([
    read('models', openai?.models(region), []),
    read('token-quota', openai?.tokenQuota(region), []),
    read('core-quota', databricks?.coreQuota(region), []),
    read('node', databricks?.node(region, NODE.type), {
      offered: false,
      family: NODE.family,
      vcpus: NODE.vcpus,
      restriction: null,
    }),
  ]);
  return { region, models, tokenQuota, coreQuota, node, unreadable };
}

const offersIn = (providers: ProviderState[], region: string): RegionFacts['offers'] => ({
  openai: offered(providers, 'Microsoft.CognitiveServices', 'accounts', region),
  databricks: offered(providers, 'Microsoft.Databricks', 'workspaces', region),
});

/** Providers list regions by their display names: `East US 2`. */
const offered = (providers: ProviderState[], namespace: string, type: string, region: string): boolean =>
  providers
    .find((it) => it.namespace === namespace)
    ?.types.find((it) => it.name.toLowerCase() === type)
    ?.locations.some((it) => regionName(it) === region) ?? false;

/** Quota that is in use tells what the subscription deploys, without a look into its accounts: it opens models that are closed to new customers. */
function deployedModels(regions: readonly Surveyed[]): string[] {
  const names = regions.flatMap(({ models, tokenQuota }) => {
    const used = new Set(tokenQuota.filter((it) => it.used > 0).map((it) => it.name.toLowerCase()));
    return models.filter((it) => it.skus.some((sku) => used.has(sku.usageName.toLowerCase()))).map((it) => it.name);
  });
  return [...new Set(names)];
}

/** Undefined where the app may not ask, or not yet: then the creation itself tells. */
const nameFree = (arm: Arm, name: string): Promise<boolean | undefined> =>
  arm.subdomainFree(name).catch((error: unknown) => {
    if (isUnregistered(error)) return undefined;
    if (error instanceof ServiceError && ['problem', 'gone'].includes(verdictOf(error).kind)) return undefined;
    throw error;
  });

/** The plan with what the request brings; impossible where that is unfit, whatever else would be possible. */
function withBorrowed(
  plan: Plan | Impossible | Unregistered,
  judged: BorrowedCheck,
  lab: LabRef,
  request: LabOrder,
): Plan | Impossible | Unregistered {
  if (judged.reasons.length > 0) {
    const rights = plan.kind === 'impossible' ? plan.reasons.filter((it) => it.code === 'missing-right') : [];
    const rejected = plan.kind === 'unregistered' ? [] : plan.rejected;
    return { kind: 'impossible', reasons: [...judged.reasons, ...rights], rejected };
  }
  if (plan.kind !== 'plan' || (request.openai === undefined && request.databricks.workspaceId === undefined))
    return plan;
  const { borrowed, workspaceUser } = judged;
  const kept =
    request.databricks.keepExperiment && workspaceUser !== undefined
      ? [`the experiment is kept: /Users/${workspaceUser}/${workspaceItemName(lab)}-experiment`]
      : [];
  return { ...plan, borrowed, notes: [...(plan.notes ?? []), ...judged.notes, ...kept] };
}
