/** Azure OpenAI accounts, their deployments, the model catalogue and the token quota. */
import type { Account, Deployment, Model } from '@azure/arm-cognitiveservices';
import type { ModelFact, QuotaFact } from '../../lab/placement/facts.ts';
import { collect, type ArmConnection } from './connection.ts';
import type { Tags } from '../../lab/tags.ts';
import { orAbsent, orNoneYet, ServiceError, type Said } from '../service-error.ts';
import { parseArmId, ACCOUNT_TYPE, accountId } from '../../lab/arm-ids.ts';

export type AccountState = {
  id: string;
  name: string;
  kind: string;
  region: string;
  tags: Tags;
  /** `Accepted`, `Creating`, `ResolvingDNS`, `Succeeded`, `Failed`, `Deleting` … */
  state: string;
  /** Without a trailing slash. */
  endpoint: string | undefined;
  /** Keys are off: only Entra tokens open it. */
  disableLocalAuth: boolean;
  /** Without one the account takes no Entra tokens. */
  subdomain: string | undefined;
  /** `Enabled` or `Disabled`. */
  publicNetworkAccess: string | undefined;
};
export type DeletedAccountState = { id: string; name: string; region: string; group: string; tags: Tags };
export type DeploymentState = {
  name: string;
  state: string;
  model: string;
  version: string;
  /** `OpenAI`, or another maker's. */
  format: string;
  sku: string;
  /** Thousands of tokens per minute. */
  capacity: number;
  chatCompletion: boolean;
  tags: Tags;
};
export type NewDeployment = { model: string; version: string | undefined; sku: string; capacity: number; tags: Tags };

export type OpenAICalls = ReturnType<typeof openaiCalls>;

export function openaiCalls(arm: ArmConnection) {
  const client = arm.cognitive;
  return {
    account: (group: string, name: string): Promise<AccountState | undefined> =>
      orAbsent(client().then(async (it) => accountState(await it.accounts.get(group, name)))),

    accounts: async (): Promise<AccountState[]> => (await collect((await client()).accounts.list())).map(accountState),

    /** Undefined where the group does not exist. */
    accountsIn: (group: string): Promise<AccountState[] | undefined> =>
      orNoneYet(client().then(async (it) => (await collect(it.accounts.listByResourceGroup(group))).map(accountState))),

    /** Begins the creation. The subdomain is the name: without one the account has no endpoint that takes Entra tokens. */
    putAccount: async (group: string, name: string, region: string, tags: Tags): Promise<void> => {
      await accepted(
        (await client()).accounts.beginCreate(group, name, {
          location: region,
          kind: 'OpenAI',
          sku: { name: 'S0' },
          tags: { ...tags },
          properties: { customSubDomainName: name, publicNetworkAccess: 'Enabled' },
        }),
        () => arm.operationError(accountId(arm.subscriptionId, group, name)),
      );
    },

    deleteAccount: async (id: string): Promise<void> => {
      const { group, name } = parseArmId(id);
      await accepted((await client()).accounts.beginDelete(group, name));
    },

    /** One of the account's keys. Use it inside one activity and forget it. */
    accountKey: async (id: string): Promise<string> => {
      const { group, name } = parseArmId(id);
      const { key1 } = await (await client()).accounts.listKeys(group, name);
      if (!key1) throw new Error(`${name} has no key`);
      return key1;
    },

    /** The soft-deleted account that had this id. */
    deletedAccount: (id: string, region: string): Promise<DeletedAccountState | undefined> => {
      const { group, name } = parseArmId(id);
      return orAbsent(client().then(async (it) => deletedState(await it.deletedAccounts.get(region, group, name))));
    },

    deletedAccounts: async (): Promise<DeletedAccountState[]> =>
      ((await orNoneYet(client().then((it) => collect(it.deletedAccounts.list())))) ?? []).map(deletedState),

    purgeAccount: async (id: string, region: string): Promise<void> => {
      const { group, name } = parseArmId(id);
      await accepted((await client()).deletedAccounts.beginPurge(region, group, name));
    },

    deployment: (accountId: string, name: string): Promise<DeploymentState | undefined> => {
      const account = parseArmId(accountId);
      return orAbsent(
        client().then(async (it) => deploymentState(await it.deployments.get(account.group, account.name, name))),
      );
    },

    /** Undefined where the account does not exist. */
    deployments: (accountId: string): Promise<DeploymentState[] | undefined> => {
      const account = parseArmId(accountId);
      return orAbsent(
        client().then(async (it) =>
          (await collect(it.deployments.list(account.group, account.name))).map(deploymentState),
        ),
      );
    },

    /**
     * Begins the deployment. What the lab leaves at its default is left out: content filter, and the version unless the choice names one. Dynamic quota is off
     * where it is absent (the property is read-only in this API version).
     */
    putDeployment: async (id: string, name: string, it: NewDeployment): Promise<void> => {
      const account = parseArmId(id);
      const model = { format: 'OpenAI', name: it.model, ...(it.version === undefined ? {} : { version: it.version }) };
      await accepted(
        (await client()).deployments.beginCreateOrUpdate(account.group, account.name, name, {
          sku: { name: it.sku, capacity: it.capacity },
          tags: { ...it.tags },
          properties: { model },
        }),
        () => arm.operationError(`${id}/deployments/${name}`),
      );
    },

    deleteDeployment: async (accountId: string, name: string): Promise<void> => {
      const account = parseArmId(accountId);
      await accepted((await client()).deployments.beginDelete(account.group, account.name, name));
    },

    /** Whether no account in all of Azure, soft-deleted ones included, holds this subdomain. */
    subdomainFree: async (name: string): Promise<boolean> => {
      const type = ACCOUNT_TYPE;
      const answer = await (await client()).checkDomainAvailability(name, type, { kind: 'OpenAI' });
      return answer.isSubdomainAvailable !== false;
    },

    models: async (region: string): Promise<ModelFact[]> =>
      (await collect((await client()).models.list(region))).flatMap(modelFact),

    tokenQuota: async (region: string): Promise<QuotaFact[]> =>
      (await collect((await client()).usages.list(region))).map((it) => ({
        name: it.name?.value ?? '',
        used: it.currentValue ?? 0,
        limit: it.limit ?? 0,
      })),
  };
}

/**
 * Waits until the service has accepted an operation. This SDK sends the write and one poll; an operation that has failed by then throws a plain Error which
 * says code and sentence in its text only, so that the operation itself is asked first.
 */
async function accepted(
  begun: Promise<unknown>,
  operationError: () => Promise<Said | undefined> = async () => undefined,
): Promise<void> {
  try {
    await begun;
  } catch (error: unknown) {
    const text =
      error instanceof ServiceError
        ? undefined
        : /^The long-running operation has failed\. ([^.]+)\. (.*)$/s.exec((error as Error).message);
    if (!text) throw error;
    const [, code = '', message = ''] = text;
    const said = (await operationError()) ?? { code, message };
    throw new ServiceError({ service: 'arm', method: 'GET', url: 'operation', status: 200, ...said });
  }
}

const accountState = (it: Account): AccountState => {
  const endpoint = it.properties?.endpoints?.['OpenAI Language Model Instance API'] ?? it.properties?.endpoint;
  return {
    id: it.id ?? '',
    name: it.name ?? '',
    kind: it.kind ?? '',
    region: it.location ?? '',
    tags: it.tags ?? {},
    state: it.properties?.provisioningState ?? 'Accepted',
    endpoint: endpoint?.replace(/\/+$/, ''),
    disableLocalAuth: it.properties?.disableLocalAuth === true,
    subdomain: it.properties?.customSubDomainName,
    publicNetworkAccess: it.properties?.publicNetworkAccess,
  };
};

const deletedState = (it: Account): DeletedAccountState => {
  // /subscriptions/…/providers/Microsoft.CognitiveServices/locations/{region}/resourceGroups/{group}/deletedAccounts/{name}
  const [, region = '', group = ''] = /\/locations\/([^/]+)\/resourceGroups\/([^/]+)\//i.exec(it.id ?? '') ?? [];
  return { id: it.id ?? '', name: it.name ?? '', region: it.location ?? region, group, tags: it.tags ?? {} };
};

const deploymentState = (it: Deployment): DeploymentState => ({
  name: it.name ?? '',
  state: it.properties?.provisioningState ?? 'Accepted',
  model: it.properties?.model?.name ?? '',
  version: it.properties?.model?.version ?? '',
  format: it.properties?.model?.format ?? '',
  sku: it.sku?.name ?? '',
  capacity: it.sku?.capacity ?? 0,
  chatCompletion: it.properties?.capabilities?.['chatCompletion'] === 'true',
  tags: it.tags ?? {},
});

/** OpenAI models of accounts of kind OpenAI; the catalogue lists each once per kind and sku. */
function modelFact({ kind, model }: Model): ModelFact[] {
  if (kind !== 'OpenAI' || model?.name === undefined || model.version === undefined) return [];
  const retires = model.deprecation?.inference;
  return [
    {
      name: model.name,
      version: model.version,
      isDefaultVersion: model.isDefaultVersion === true,
      lifecycleStatus: model.lifecycleStatus ?? 'Stable',
      ...(retires === undefined ? {} : { inferenceRetiresAt: retires }),
      chatCompletion: model.capabilities?.['chatCompletion'] === 'true',
      skus: (model.skus ?? []).map((sku) => ({
        name: sku.name ?? '',
        usageName: sku.usageName ?? '',
        capacity: {
          ...(sku.capacity?.minimum === undefined ? {} : { minimum: sku.capacity.minimum }),
          ...(sku.capacity?.maximum === undefined ? {} : { maximum: sku.capacity.maximum }),
          ...(sku.capacity?.step === undefined ? {} : { step: sku.capacity.step }),
          ...(sku.capacity?.default === undefined ? {} : { default: sku.capacity.default }),
        },
        ...(sku.deprecationDate === undefined ? {} : { deprecatesAt: sku.deprecationDate.toISOString() }),
      })),
    },
  ];
}
