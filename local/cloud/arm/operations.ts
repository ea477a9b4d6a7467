// Long-running operations: their rows, their signed polling URLs, and the routes that answer a poll.
//
// Shapes recorded from the real services (VCR recordings of Azure/azure-cli and Azure/azure-cli-extensions): Cognitive Services and Databricks
// answer with a status body behind `Azure-AsyncOperation`; deletions of workspaces and groups are polled by status code behind `Location`.
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { armFailure } from './errors.ts';
import { armRoute } from './gateway.ts';
import type { Operation } from '../arm/records.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from './tables.ts';

/** How long the outcome of an operation can be asked for, lab ms. */
const KEPT_MS = 24 * 3_600_000;

/** Starts an operation and returns its id. */
export function startOperation(state: CloudState): string {
  const id = randomUUID();
  for (const [old, { endedAt }] of armOf(state).operations.entries()) {
    if (endedAt !== undefined && endedAt < state.now() - KEPT_MS) armOf(state).operations.delete(old);
  }
  armOf(state).operations.put(id, { id, status: 'InProgress', startedAt: state.now() });
  return id;
}

export function finishOperation(state: CloudState, id: string, at: number, error?: Operation['error']): void {
  const operation = armOf(state).operations.get(id);
  if (operation === undefined) return;
  armOf(state).operations.put(id, {
    ...operation,
    status: error === undefined ? 'Succeeded' : 'Failed',
    endedAt: at,
    ...(error === undefined ? {} : { error }),
  });
}

type OperationKind = 'cognitive' | 'databricks' | 'group';

/** Makes a polling URL one that is judged by its status code alone: for `Location` headers. */
export const asLocation = (url: string): string => `${url}&operationResultResponseType=Location`;

/** The polling URL, signed as ARM signs it: 3 KB of `t`, `c`, `s` and `h` that belong in no log. */
export function operationUrl(state: CloudState, call: Call, kind: OperationKind, id: string, location: string): string {
  const subscription = `/subscriptions/${call.params.subscriptionId}`;
  const path = {
    cognitive: `${subscription}/providers/Microsoft.CognitiveServices/locations/${location}/operationResults/${id}`,
    databricks: `${subscription}/providers/Microsoft.Databricks/locations/${location}/operationStatuses/${id}`,
    group: `${subscription}/operationresults/${id}`,
  }[kind];
  const version = { cognitive: '2017-04-18', databricks: '2026-01-01', group: '2025-04-01' }[kind];
  const query = new URLSearchParams({
    'api-version': version,
    t: String(call.now * 10_000),
    c: `MIIH${CERTIFICATE}`,
    s: signature(state, id) + SIGNATURE_TAIL,
    h: signature(state, `h${id}`),
  });
  return `${call.origin}${path}?${query.toString()}`;
}

// As long as the real ones, so that what stores or logs them is found out.
const CERTIFICATE = randomBytes(1_800).toString('base64url');
const SIGNATURE_TAIL = randomBytes(220).toString('base64url');
const signature = (state: CloudState, text: string): string =>
  createHmac('sha256', state.secret).update(text).digest('base64url');

export function operationRoutes(state: CloudState): Route[] {
  const find = (call: Call): Operation | Reply => {
    const id = call.params.operation ?? '';
    const operation = armOf(state).operations.get(id);
    if (operation === undefined) return armFailure(404, 'OperationNotFound', `The operation '${id}' was not found.`);
    if (!(call.query.get('s') ?? '').startsWith(signature(state, id))) {
      return armFailure(403, 'InvalidOperationSignature', 'The signature of the operation URL is missing or wrong.');
    }
    return operation;
  };

  // A status in the body; 200 throughout for Cognitive Services, 202 until the end for Databricks, which sends a new Location with each poll.
  const status =
    (kind: 'cognitive' | 'databricks') =>
    (call: Call): Reply => {
      const operation = find(call);
      if (!('id' in operation)) return operation;
      if (call.query.get('operationResultResponseType') === 'Location') return byStatusCode(call, operation);
      const running = operation.status === 'InProgress';
      const json = {
        id: call.path,
        name: operation.id,
        status: running && kind === 'databricks' ? 'Accepted' : operation.status,
        startTime: new Date(operation.startedAt).toISOString(),
        ...(operation.endedAt === undefined ? {} : { endTime: new Date(operation.endedAt).toISOString() }),
        ...(operation.error === undefined ? {} : { error: operation.error }),
      };
      if (kind === 'databricks' && running) {
        return {
          status: 202,
          headers: { location: operationUrl(state, call, kind, operation.id, call.params.location ?? '') },
          json,
        };
      }
      return { status: 200, json };
    };

  const byStatusCode = (call: Call, operation: Operation): Reply => {
    if (operation.status === 'InProgress') {
      return { status: 202, headers: { location: `${call.origin}${call.path}?${call.query.toString()}` } };
    }
    if (operation.error === undefined) return { status: 200 };
    // Databricks: a failed deletion ends in a 200 that only its body contradicts, so that pollers call it a success.
    if (call.params.location !== undefined) return { status: 200, json: { status: 'Failed', error: operation.error } };
    return armFailure(409, operation.error.code, operation.error.message, operation.error.details);
  };

  const byLocation = (call: Call): Reply => {
    const operation = find(call);
    return 'id' in operation ? byStatusCode(call, operation) : operation;
  };

  // A client may poll with the api-version of its own request (Azure.ResourceManager does): every version finds the operation.
  const subscription = '/subscriptions/{subscriptionId}';
  return [
    armRoute(state, {
      method: 'GET',
      template: `${subscription}/providers/Microsoft.CognitiveServices/locations/{location}/operationResults/{operation}`,
      action: 'Microsoft.CognitiveServices/locations/operationResults/read',
      handler: status('cognitive'),
    }),
    armRoute(state, {
      method: 'GET',
      template: `${subscription}/providers/Microsoft.Databricks/locations/{location}/operationStatuses/{operation}`,
      action: 'Microsoft.Databricks/locations/operationstatuses/read',
      handler: status('databricks'),
    }),
    armRoute(state, {
      method: 'GET',
      template: `${subscription}/operationresults/{operation}`,
      action: 'Microsoft.Resources/subscriptions/operationresults/read',
      handler: byLocation,
    }),
  ];
}
