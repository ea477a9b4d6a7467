// Where the spans of a trace go: to a signed URL of the workspace's storage account on Azure Databricks, through the server itself where MLflow's own
// server runs (`dialect.traceData`).
//
// Invariants
// A1  A signed URL is good for one trace and one verb, and for an hour; who holds it needs no other credential, and one that is sent is refused.
// A2  The storage answers like Azure Storage: XML errors, a whole blob by one PUT or by blocks (as MLflow's Python client sends it), or a Data Lake
//     file by PUT, appends and a flush. What is not committed is not there; a Data Lake file is there, and empty, from its PUT on.
//     https://learn.microsoft.com/rest/api/storageservices/put-blob, …/put-block-list, …/datalakestoragegen2/path/create and update
// A3  The server's own proxy keeps documents under their paths; of those, only the data of traces is kept here.
import { createHmac } from 'node:crypto';
import { gatedRoutes, type WorkspaceCall } from '../databricks/gate.ts';
import { keyOf } from '../databricks/tables.ts';
import type { Dialect } from './dialect.ts';
import { mlflowOf, traceOf } from './records.ts';
import { absent, answer, mlflowRoutesOf } from './wire.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { workspaceByOrigin } from '../arm/tables.ts';

const LIFETIME_MS = 3_600_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** The tag `mlflow.artifactLocation` of a new trace. */
export const artifactLocationOf = ({ traceData }: Dialect, experimentId: string, traceId: string): string =>
  traceData === 'signed-url'
    ? `dbfs:/databricks/mlflow-tracking/${experimentId}/${traceId}/artifacts`
    : `mlflow-artifacts:/${experimentId}/traces/${traceId}/artifacts`;

export function traceDataRoutes(state: CloudState): Route[] {
  const mlflow = mlflowOf(state);
  const { traceData, traces } = mlflow;
  /** What was sent and not committed yet, by trace. A restart forgets it, as an expired upload would be. */
  const staged = new Map<string, Map<string, Buffer>>();
  state.onReset(() => {
    staged.clear();
  });

  const sign = (traceId: string, permission: string, expiry: number): string =>
    createHmac('sha256', state.secret).update(`${traceId}\n${permission}\n${expiry}`).digest('base64url');

  const credentials = (permission: 'cw' | 'r') => (call: WorkspaceCall) => {
    if (mlflow.knobs.dialect.traceData !== 'signed-url') return NO_PAGE;
    const trace = traceOf(state, call);
    const expiry = state.now() + LIFETIME_MS;
    const query = new URLSearchParams({
      sv: '2024-11-04',
      sr: 'b',
      sp: permission,
      se: String(expiry),
      sig: sign(trace.id, permission, expiry),
    });
    const url = `${call.origin}/dbfs-root/mlflow-tracking/${trace.experimentId}/${trace.id}/artifacts/traces.json?${query.toString()}`;
    return answer({ credential_info: { type: mlflow.knobs.storage, signed_uri: url, path: 'traces.json' } });
  };

  const refusal = (call: Call, permission: string): Reply | undefined => {
    const { traceId = '' } = call.params;
    const expiry = Number(call.query.get('se'));
    const isSigned = call.query.get('sp') === permission && call.query.get('sig') === sign(traceId, permission, expiry);
    if (call.headers.authorization !== undefined) {
      return storageError(
        400,
        'InvalidAuthenticationInfo',
        'Only one authentication mechanism is allowed: a signed URL takes no Authorization header.',
      );
    }
    if (!isSigned)
      return storageError(
        403,
        'AuthenticationFailed',
        'Server failed to authenticate the request. Signature did not match.',
      );
    if (expiry <= state.now())
      return storageError(403, 'AuthenticationFailed', 'Signature not valid in the specified time frame.');
    return undefined;
  };
  const workspaceIdOf = (call: Call): string => workspaceByOrigin(state, call.origin)?.workspaceId ?? '';

  const commit = (key: string, content: Buffer): void => {
    staged.delete(key);
    if (traces.get(key) !== undefined) traceData.put(key, content.toString());
  };
  const stage = (key: string, part: string, content: Buffer): void => {
    const parts = staged.get(key) ?? new Map<string, Buffer>();
    staged.set(key, parts.set(part, content));
  };

  const upload = (call: Call): Reply => {
    const refused = refusal(call, 'cw');
    if (refused !== undefined) return refused;
    if (call.rawBody.length > MAX_BYTES) {
      return storageError(413, 'RequestBodyTooLarge', 'The request body is too large.');
    }
    const key = keyOf(workspaceIdOf(call), call.params.traceId ?? '');
    const operation = call.query.get('comp') ?? call.query.get('resource');
    if (operation === 'block') stage(key, call.query.get('blockid') ?? '', call.rawBody);
    else if (operation === 'blocklist') {
      const ids = [...call.rawBody.toString().matchAll(/<(?:Latest|Uncommitted)>([^<]*)</g)].map((it) => it[1] ?? '');
      const blocks = ids.map((id) => staged.get(key)?.get(id));
      if (!blocks.every((block) => block !== undefined)) {
        return storageError(400, 'InvalidBlockList', 'The specified block list is invalid.');
      }
      commit(key, Buffer.concat(blocks));
    } else if (operation === 'file') {
      commit(key, Buffer.alloc(0));
      stage(key, '0', Buffer.alloc(0));
    } else if (call.headers['x-ms-blob-type'] === 'BlockBlob') commit(key, call.rawBody);
    else {
      return storageError(
        400,
        'MissingRequiredHeader',
        'An HTTP header that is mandatory for this request is not specified: x-ms-blob-type.',
      );
    }
    return { status: 201, headers: { etag: `"0x${call.now.toString(16)}"` } };
  };

  const patch = (call: Call): Reply => {
    const refused = refusal(call, 'cw');
    if (refused !== undefined) return refused;
    const key = keyOf(workspaceIdOf(call), call.params.traceId ?? '');
    const written = staged.get(key)?.get('0');
    if (written === undefined) return storageError(404, 'PathNotFound', 'The specified path does not exist.');
    const action = call.query.get('action');
    const position = Number(call.query.get('position'));
    if (position !== written.length) {
      return storageError(
        400,
        'InvalidFlushPosition',
        'The uploaded data is not contiguous or the position query parameter value is not equal to the length of the file.',
      );
    }
    const content = action === 'append' ? Buffer.concat([written, call.rawBody]) : written;
    if (action === 'flush' || call.query.get('flush') === 'true') commit(key, content);
    else stage(key, '0', content);
    return { status: action === 'append' ? 202 : 200 };
  };

  const download = (call: Call): Reply => {
    const refused = refusal(call, 'r');
    if (refused !== undefined) return refused;
    const content = traceData.get(keyOf(workspaceIdOf(call), call.params.traceId ?? ''));
    if (content === undefined) return storageError(404, 'BlobNotFound', 'The specified blob does not exist.');
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, bytes: Buffer.from(content) };
  };

  const proxied = '/api/2.0/mlflow-artifacts/artifacts/{experimentId}/traces/{traceId}/artifacts/traces.json';
  const keyOfProxied = (call: WorkspaceCall): string => keyOf(call.workspace.workspaceId, call.params.traceId ?? '');
  const viaProxy = (serve: (call: WorkspaceCall) => Reply) => (call: WorkspaceCall) =>
    mlflow.knobs.dialect.traceData === 'artifact-proxy' ? serve(call) : NO_PAGE;
  const store = viaProxy((call) => {
    traceData.put(keyOfProxied(call), call.rawBody.toString());
    return { status: 200 };
  });
  const fetch = viaProxy((call) => {
    const { experimentId = '', traceId = '' } = call.params;
    const path = `${experimentId}/traces/${traceId}/artifacts/traces.json`;
    const text = traceData.get(keyOfProxied(call)) ?? absent(`No such artifact: '${path}'`);
    return { status: 200, headers: { 'content-type': 'text/plain' }, text };
  });

  const blob = '/dbfs-root/mlflow-tracking/{experimentId}/{traceId}/artifacts/traces.json';
  return [
    ...mlflowRoutesOf(
      state,
      ['2.0', '3.0'].flatMap((version) => [
        [`GET ${version} traces/{traceId}/credentials-for-data-upload`, credentials('cw')] as const,
        [`GET ${version} traces/{traceId}/credentials-for-data-download`, credentials('r')] as const,
      ]),
    ),
    ...gatedRoutes(state, [
      [`PUT ${proxied}`, store],
      [`GET ${proxied}`, fetch],
    ]),
    { method: 'PUT', template: blob, handler: upload },
    { method: 'PATCH', template: blob, handler: patch },
    { method: 'GET', template: blob, handler: download },
  ];
}

/** What a server says of a route that it does not have. */
export const NO_PAGE: Reply = {
  status: 404,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  text: '<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server.</p>\n',
};

const storageError = (status: number, code: string, message: string): Reply => ({
  status,
  headers: { 'content-type': 'application/xml', 'x-ms-error-code': code },
  text: `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});
