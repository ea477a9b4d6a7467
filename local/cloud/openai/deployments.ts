// Model deployments: judged by catalogue, sku and quota; in place at once, and known to the account's own endpoint a while later.
//
// Invariant
// Q1  Capacity counts against its bucket until the deployment is gone, or its soft-deleted account is.
import { etagOf, systemDataOf } from '../arm/common-fields.ts';
import { armFailure } from '../arm/errors.ts';
import { armRoute, bodyOf, bodyTags, isReply, record, resourceNotFound } from '../arm/gateway.ts';
import { page } from '../arm/lists.ts';
import { deploymentShape } from './shapes.ts';
import { accountId, isBusy, requestConflict } from './account.ts';
import type { CatalogueModel, CatalogueSku } from '../catalogue.ts';
import { modelsIn, tokenUsage } from './locations.ts';
import { COGNITIVE_VERSIONS } from '../arm/versions.ts';
import { takeOnce } from '../landscape.ts';
import { finishOperation, operationUrl, startOperation } from '../arm/operations.ts';
import type { Account, Deployment } from '../arm/records.ts';
import { ACCOUNT_TYPE } from '../arm/types.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from '../arm/tables.ts';

const TYPE = 'Microsoft.CognitiveServices/accounts/deployments';
const NAME = /^[\w.-]{2,64}$/;

export function deploymentRoutes(state: CloudState): Route[] {
  const idOf = (call: Call): string => `${accountId(call)}/deployments/${call.params.deployment}`;
  const withAccount =
    (reply: (call: Call, account: Account) => Reply) =>
    (call: Call): Reply => {
      const account = armOf(state).accounts.get(accountId(call).toLowerCase());
      if (account !== undefined) return reply(call, account);
      if (call.method === 'GET') return resourceNotFound(state, call, ACCOUNT_TYPE);
      if (call.method === 'DELETE') return { status: 204 };
      return armFailure(
        404,
        'ParentResourceNotFound',
        `Failed to perform 'write' on resource(s) of type 'accounts/deployments', because the parent resource '${accountId(call)}' could not be found.`,
      );
    };

  const put = withAccount((call, account) => {
    if (isBusy(account, call.now)) return requestConflict(account);
    const name = call.params.deployment as string;
    const existing = armOf(state).deployments.get(idOf(call).toLowerCase());
    if (!NAME.test(name)) return armFailure(400, 'InvalidResourceName', `The deployment name '${name}' is invalid.`);
    const tags = bodyTags(call);
    if (isReply(tags)) return tags;
    const chosen = choose(state, call, account, existing);
    if (isReply(chosen)) return chosen;

    const { model, sku, capacity } = chosen;
    const properties = record(bodyOf(call).properties);
    const deployment: Deployment = {
      id: `${account.id}/deployments/${name}`,
      accountId: account.id,
      name,
      location: account.location,
      sku: { name: sku.name, capacity },
      model: { format: 'OpenAI', name: model.name, version: model.version },
      versionUpgradeOption:
        typeof properties.versionUpgradeOption === 'string'
          ? properties.versionUpgradeOption
          : 'OnceNewDefaultVersionAvailable',
      raiPolicyName: typeof properties.raiPolicyName === 'string' ? properties.raiPolicyName : 'Microsoft.DefaultV2',
      tags,
      maker: existing?.maker ?? 'ours',
      state: 'Succeeded',
      usageName: sku.usageName,
      createdAt: existing?.createdAt ?? call.now,
      usableAt: existing?.usableAt ?? call.now + state.latency.deploymentUsableMs,
    };
    armOf(state).deployments.put(deployment.id.toLowerCase(), deployment);
    occupy(state, account, call.now + state.latency.accountBusyMs);
    return { status: existing === undefined ? 201 : 200, json: deploymentJson(state, deployment) };
  });

  const get = withAccount((call) => {
    const deployment = armOf(state).deployments.seen(idOf(call).toLowerCase());
    if (deployment !== undefined) return { status: 200, json: deploymentJson(state, deployment) };
    return resourceNotFound(state, call, TYPE, `${call.params.name}/${call.params.deployment}`);
  });

  const list = withAccount((call, account) => {
    const rows = armOf(state)
      .deployments.seenValues()
      .filter((it) => it.accountId.toLowerCase() === account.id.toLowerCase());
    return page(
      state,
      call,
      rows.map((row) => deploymentJson(state, row)),
    );
  });

  const remove = withAccount((call, account) => {
    const deployment = armOf(state).deployments.get(idOf(call).toLowerCase());
    if (deployment === undefined) return { status: 204 };
    if (isBusy(account, call.now)) return requestConflict(account);
    const operationId = startOperation(state);
    const doneAt = call.now + state.latency.deploymentDeleteMs;
    if (takeOnce(state.landscape.falseDeletes, (type) => type === TYPE) === undefined) {
      armOf(state).deployments.put(deployment.id.toLowerCase(), { ...deployment, state: 'Deleting' });
      state.schedule(doneAt, 'deployment-deleted', { id: deployment.id.toLowerCase(), operationId });
    } else finishOperation(state, operationId, call.now);
    occupy(state, account, doneAt);
    return {
      status: 202,
      headers: { 'azure-asyncoperation': operationUrl(state, call, 'cognitive', operationId, account.location) },
    };
  });

  state.on<{ id: string; operationId: string }>('deployment-deleted', ({ id, operationId }, at) => {
    armOf(state).deployments.delete(id);
    finishOperation(state, operationId, at);
  });

  const all =
    '/subscriptions/{subscriptionId}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{name}/deployments';
  const one = `${all}/{deployment}`;
  const apiVersions = COGNITIVE_VERSIONS;
  return [
    armRoute(state, {
      method: 'PUT',
      template: one,
      action: `${TYPE}/write`,
      apiVersions,
      body: deploymentShape,
      handler: put,
    }),
    armRoute(state, { method: 'GET', template: one, action: `${TYPE}/read`, apiVersions, handler: get }),
    armRoute(state, { method: 'DELETE', template: one, action: `${TYPE}/delete`, apiVersions, handler: remove }),
    armRoute(state, { method: 'GET', template: all, action: `${TYPE}/read`, apiVersions, handler: list }),
  ];
}

const occupy = (state: CloudState, account: Account, until: number): void => {
  armOf(state).accounts.put(account.id.toLowerCase(), { ...account, busyUntil: until });
};

type Choice = { model: CatalogueModel; sku: CatalogueSku; capacity: number };

/** The catalogue's model and sku for the body of a PUT, or the refusal of the service. */
function choose(state: CloudState, call: Call, account: Account, existing: Deployment | undefined): Choice | Reply {
  const body = bodyOf(call);
  const wanted = record(record(body.properties).model);
  const { name, version, format } = wanted;
  const capacity = Number(record(body.sku).capacity ?? 1);
  const skuName = String(record(body.sku).name);
  if (typeof name !== 'string' || format !== 'OpenAI') {
    return armFailure(400, 'InvalidResourceProperties', 'The deployment needs a model with a format and a name.');
  }
  const candidates = modelsIn(state, account.location).filter((it) => it.name === name);
  const model = candidates.find((it) =>
    version === undefined || version === '' ? it.isDefaultVersion : it.version === version,
  );
  const label = `Format:OpenAI,Name:${name},Version:${typeof version === 'string' && version !== '' ? version : (model?.version ?? '')}`;
  // A model that is retired is refused as retired in every region, whether the region still lists it or not.
  const known =
    model ??
    Object.values(state.landscape.models)
      .flat()
      .find((it) => it.name === name && (version ?? it.version) === it.version);
  if (known !== undefined && (known.lifecycleStatus === 'Deprecated' || known.retiresAt <= call.now)) {
    return armFailure(
      400,
      'ServiceModelDeprecated',
      `The model '${label}' has been deprecated since ${usDate(known.retiresAt)}.`,
    );
  }
  if (known === undefined) {
    return armFailure(
      400,
      'DeploymentModelNotSupported',
      `The model '${label}' of account deployment is not supported.`,
    );
  }
  const deploys = [
    ...armOf(state).deployments.values(),
    ...armOf(state)
      .deletedAccounts.values()
      .flatMap((it) => it.deployments),
  ];
  const prefix = `/subscriptions/${account.subscriptionId}/`.toLowerCase();
  // Quota that others in the subscription use is used by deployments of theirs.
  const usages = new Set(known.skus.map((it) => it.usageName));
  const quotas = Object.entries(state.landscape.tokenQuota);
  if (
    known.lifecycleStatus === 'Deprecating' &&
    !deploys.some((it) => it.model.name === name && it.id.toLowerCase().startsWith(prefix)) &&
    !quotas.some(([key, { used }]) => used > 0 && usages.has(key.slice(key.indexOf('/') + 1)))
  ) {
    return armFailure(
      400,
      'ServiceModelDeprecating',
      `The model '${label}' is deprecating and not available to subscriptions that do not deploy it yet.`,
    );
  }
  const sku = model?.skus.find((it) => it.name === skuName && (it.deprecatesAt ?? Infinity) > call.now);
  if (model === undefined || sku === undefined) {
    return armFailure(
      400,
      'InvalidResourceProperties',
      `The specified SKU '${skuName}' for model '${name} ${known.version}' is not supported in this region '${account.location}'.`,
    );
  }
  if (!Number.isInteger(capacity) || capacity < sku.capacity.minimum || capacity > sku.capacity.maximum) {
    return armFailure(
      400,
      'InvalidResourceProperties',
      `The specified capacity '${capacity}' of account deployment is not between ${sku.capacity.minimum} and ${sku.capacity.maximum}.`,
    );
  }
  const held = armOf(state)
    .deployments.values()
    .filter((it) => it.accountId.toLowerCase() === account.id.toLowerCase()).length;
  if (existing === undefined && held >= state.landscape.deploymentsPerAccount) {
    return armFailure(400, 'QuotaExceeded', `The account already has the maximum of ${held} deployments.`);
  }
  return (
    lacksQuota(state, account, sku, capacity - (existing?.usageName === sku.usageName ? existing.sku.capacity : 0)) ?? {
      model,
      sku,
      capacity,
    }
  );
}

const lacksQuota = (state: CloudState, account: Account, sku: CatalogueSku, added: number): Reply | undefined => {
  const key = `${account.location}/${sku.usageName}`;
  const vanished = state.landscape.vanishingTokens[key];
  if (vanished !== undefined) {
    // Somebody else was faster since the usages were read; from now on they show it.
    const { limit, used } = state.landscape.tokenQuota[key] ?? {
      ...tokenUsage(state, '', account.location, sku.usageName),
    };
    state.landscape.tokenQuota[key] = { limit, used: used + vanished };
    state.landscape.vanishingTokens = Object.fromEntries(
      Object.entries(state.landscape.vanishingTokens).filter(([name]) => name !== key),
    );
  }
  const { limit, used } = tokenUsage(state, account.subscriptionId, account.location, sku.usageName);
  const free = Math.max(0, limit - used);
  if (added <= free) return undefined;
  const bucket = sku.usageName.split('.').slice(2).join('.').toUpperCase();
  return armFailure(
    400,
    'InsufficientQuota',
    `This operation require ${added} new capacity in quota Tokens Per Minute (thousands) - ${bucket}, which is bigger than the current available capacity ${free}. The current quota usage is ${used} and the quota limit is ${limit} for quota Tokens Per Minute (thousands) - ${bucket}.`,
  );
};

const usDate = (ms: number): string => {
  const at = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(at.getUTCMonth() + 1)}/${two(at.getUTCDate())}/${at.getUTCFullYear()} 00:00:00`;
};

const deploymentJson = (state: CloudState, deployment: Deployment): object => ({
  id: deployment.id,
  name: deployment.name,
  type: TYPE,
  sku: deployment.sku,
  tags: deployment.tags,
  etag: etagOf(deployment),
  systemData: systemDataOf(state, deployment),
  properties: {
    model: deployment.model,
    versionUpgradeOption: deployment.versionUpgradeOption,
    raiPolicyName: deployment.raiPolicyName,
    currentCapacity: deployment.sku.capacity,
    capabilities: { chatCompletion: 'true' },
    provisioningState: deployment.state,
    // One unit of capacity is a thousand tokens a minute and, as recorded, one request in ten seconds.
    rateLimits: [
      { key: 'request', renewalPeriod: 10, count: deployment.sku.capacity },
      { key: 'token', renewalPeriod: 60, count: deployment.sku.capacity * 1_000 },
    ],
  },
});
