/**
 * Azure Resource Manager: the SDK clients of one subscription, loaded when first used, and plain GETs for the two compute reads that need no SDK.
 *
 * 1. Nothing is awaited to its end: a write returns when Azure has accepted it, and the caller reads the resource's state later. A poller of core-lro v3 is
 *    thenable, and awaiting one waits for the whole operation: pollers never leave this folder.
 * 2. No retries, one timeout per call, one error type (see `http.ts`).
 */
import { bearerTokenAuthenticationPolicy, type PipelinePolicy } from '@azure/core-rest-pipeline';
import type { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import type { AzureDatabricksManagementClient } from '@azure/arm-databricks';
import type { ResourceManagementClient } from '@azure/arm-resources';
import { z } from 'zod';
import { parseJson } from '../../lab/json.ts';
import { ARM_SCOPE, type Credential } from '../credential.ts';
import { NO_RETRIES, servicePolicy, textOfPage } from '../http-policy.ts';
import { once } from '../once.ts';
import { createPipeline } from '../pipeline.ts';
import type { Said } from '../service-error.ts';
import { reasonsIn } from '../../lab/errors/reasons.ts';

export type ArmOptions = { endpoint: string; timeoutMs: number };

/** The way into one subscription. */
export type ArmConnection = {
  subscriptionId: string;
  cognitive: () => Promise<CognitiveServicesManagementClient>;
  databricks: () => Promise<AzureDatabricksManagementClient>;
  resources: () => Promise<ResourceManagementClient>;
  /**
   * Why the creation of this resource failed, where this process began it: a resource's own state does not say. The operation's URL is signed, so it is kept in
   * memory alone; undefined after a restart or in another instance.
   */
  operationError: (resourceId: string) => Promise<Said | undefined>;
  /** All items of a list. `path` is relative to the subscription. */
  list: <T>(path: string, apiVersion: string, item: z.ZodType<T>, filter?: string) => Promise<T[]>;
  /** One write that is done when it is answered. `path` is relative to the subscription. */
  send: (method: 'PUT' | 'DELETE', path: string, apiVersion: string, body?: object) => Promise<void>;
};

/** Connections by subscription: each SDK client is made once and keeps its token and its sockets. */
export function createArmConnections(
  options: ArmOptions,
  credential: Credential,
): (subscriptionId: string) => ArmConnection {
  const known = new Map<string, ArmConnection>();
  return (subscriptionId) => {
    const existing = known.get(subscriptionId);
    if (existing !== undefined) return existing;
    const connection = connect(options, credential, subscriptionId);
    known.set(subscriptionId, connection);
    return connection;
  };
}

function connect({ endpoint, timeoutMs }: ArmOptions, credential: Credential, subscriptionId: string): ArmConnection {
  const common = { service: 'arm', timeoutMs, read: readArmError };
  const operations = new Map<string, string>();
  const remember: PipelinePolicy = {
    name: 'rememberOperations',
    sendRequest: async (request, next) => {
      const response = await next(request);
      const operation = response.headers.get('azure-asyncoperation');
      if (request.method === 'PUT' && operation !== undefined) {
        operations.set(new URL(request.url).pathname.toLowerCase(), operation);
        for (const oldest of operations.keys()) if (operations.size > OPERATIONS_KEPT) operations.delete(oldest);
      }
      return response;
    },
  };
  const additionalPolicies = [servicePolicy(common), remember].map((policy) => ({
    policy,
    position: 'perCall' as const,
  }));
  const sdkOptions = { ...NO_RETRIES, endpoint, additionalPolicies };
  const send = createPipeline({
    ...common,
    authentication: bearerTokenAuthenticationPolicy({ credential, scopes: ARM_SCOPE }),
  });

  const get = async (url: string): Promise<unknown> => {
    // The token must not follow a link elsewhere.
    if (!url.startsWith(`${endpoint}/`)) throw new Error('A link of Azure Resource Manager leads to another host');
    return JSON.parse((await send({ method: 'GET', url })) || '{}');
  };
  const getPages = async <T>(first: string, item: z.ZodType<T>): Promise<T[]> => {
    const page = z.object({ value: z.array(item), nextLink: z.string().nullish() });
    const items: T[] = [];
    for (let url: string | null | undefined = first; url;) {
      const { value, nextLink } = page.parse(await get(url));
      items.push(...value);
      url = nextLink;
    }
    return items;
  };

  return {
    subscriptionId,
    // This older client asks for a token for its own endpoint unless it is told otherwise.
    cognitive: once(async () => {
      const { CognitiveServicesManagementClient } = await import('@azure/arm-cognitiveservices');
      return new CognitiveServicesManagementClient(credential, subscriptionId, {
        ...sdkOptions,
        credentialScopes: ARM_SCOPE,
      });
    }),
    databricks: once(async () => {
      const { AzureDatabricksManagementClient } = await import('@azure/arm-databricks');
      return new AzureDatabricksManagementClient(credential, subscriptionId, sdkOptions);
    }),
    resources: once(async () => {
      const { ResourceManagementClient } = await import('@azure/arm-resources');
      return new ResourceManagementClient(credential, subscriptionId, sdkOptions);
    }),
    operationError: async (resourceId) => {
      const url = operations.get(resourceId.toLowerCase());
      const operation = url === undefined ? undefined : await get(url).catch(() => undefined);
      return reasonsIn(operation).length === 0 ? undefined : readArmError(JSON.stringify(operation), 200);
    },
    list: (path, apiVersion, item, filter) => {
      const query = new URLSearchParams({
        'api-version': apiVersion,
        ...(filter === undefined ? {} : { $filter: filter }),
      });
      return getPages(`${endpoint}/subscriptions/${subscriptionId}/${path}?${query.toString()}`, item);
    },
    send: async (method, path, apiVersion, body) => {
      const url = `${endpoint}/subscriptions/${subscriptionId}/${path}?api-version=${apiVersion}`;
      const headers = { 'content-type': 'application/json' };
      await send({ method, url, ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }) });
    },
  };
}

const OPERATIONS_KEPT = 100;

/**
 * `{error: {code, message, details[]}}`, the same without the envelope or in PascalCase, the error of an operation, or a gateway's page.
 * https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-details.md#error-response-content
 */
export function readArmError(body: string, status: number): Said {
  const reasons = reasonsIn(parseJson(body));
  const outermost = reasons.at(-1);
  if (outermost === undefined) return { code: `http-${status}`, message: textOfPage(body) || `HTTP ${status}` };
  return {
    code: outermost.code || `http-${status}`,
    message: outermost.message || `HTTP ${status}`,
    ...(reasons.length > 1 ? { reasons } : {}),
  };
}

/** All items of an SDK's paged list. */
export async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}
