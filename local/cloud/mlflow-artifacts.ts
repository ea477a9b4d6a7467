// Where the spans of a trace go: the one place that knows Azure Databricks' way (a signed URL of the workspace's storage account) from the
// artifact proxy of a plain MLflow server.
//
// Invariants
// A1  A signed URL is good for one trace and one verb, and for an hour; who holds it needs no other credential, and one that is sent is refused.
// A2  The storage answers like Azure Storage: XML errors, `x-ms-blob-type` required on a PUT.
//     https://learn.microsoft.com/rest/api/storageservices/put-blob
import { createHmac } from 'node:crypto';
import type { WorkspaceCall } from './databricks-gate.ts';
import { keyOf } from './databricks-state.ts';
import { mlflowOf, traceOf } from './mlflow-records.ts';
import { answer, mlflowRoutesOf } from './mlflow-wire.ts';
import type { Call, Reply, Route } from './router.ts';
import type { CloudState } from './state.ts';

const LIFETIME_MS = 3_600_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** The tag `mlflow.artifactLocation` of a new trace. */
export const artifactLocationOf = (experimentId: string, traceId: string): string =>
  `dbfs:/databricks/mlflow-tracking/${experimentId}/tr/${traceId}/artifacts`;

export function traceDataRoutes(state: CloudState): Route[] {
  const { traceData, traces } = mlflowOf(state);

  const sign = (traceId: string, permission: string, expiry: number): string =>
    createHmac('sha256', state.secret).update(`${traceId}\n${permission}\n${expiry}`).digest('base64url');

  const credentials = (permission: 'cw' | 'r') => (call: WorkspaceCall) => {
    const trace = traceOf(state, call);
    const expiry = state.now() + LIFETIME_MS;
    const query = new URLSearchParams({
      sv: '2024-11-04',
      sr: 'b',
      sp: permission,
      se: String(expiry),
      sig: sign(trace.id, permission, expiry),
    });
    const url = `${call.origin}/dbfs-root/mlflow-tracking/${trace.experimentId}/tr/${trace.id}/artifacts/traces.json?${query.toString()}`;
    return answer({ credential_info: { type: 'AZURE_SAS_URI', signed_uri: url, path: 'traces.json' } });
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
  const workspaceIdOf = (call: Call): string => state.workspaceByOrigin(call.origin)?.workspaceId ?? '';

  const upload = (call: Call): Reply => {
    const refused = refusal(call, 'cw');
    if (refused !== undefined) return refused;
    if (call.headers['x-ms-blob-type'] !== 'BlockBlob') {
      return storageError(
        400,
        'MissingRequiredHeader',
        'An HTTP header that is mandatory for this request is not specified: x-ms-blob-type.',
      );
    }
    if (call.rawBody.length > MAX_BYTES)
      return storageError(413, 'RequestBodyTooLarge', 'The request body is too large.');
    const key = keyOf(workspaceIdOf(call), call.params.traceId ?? '');
    if (traces.get(key) !== undefined) traceData.put(key, call.rawBody.toString());
    return { status: 201, headers: { etag: `"0x${call.now.toString(16)}"` } };
  };

  const download = (call: Call): Reply => {
    const refused = refusal(call, 'r');
    if (refused !== undefined) return refused;
    const content = traceData.get(keyOf(workspaceIdOf(call), call.params.traceId ?? ''));
    if (content === undefined) return storageError(404, 'BlobNotFound', 'The specified blob does not exist.');
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, bytes: Buffer.from(content) };
  };

  const blob = '/dbfs-root/mlflow-tracking/{experimentId}/tr/{traceId}/artifacts/traces.json';
  return [
    ...mlflowRoutesOf(
      state,
      ['2.0', '3.0'].flatMap((version) => [
        [`GET ${version} traces/{traceId}/credentials-for-data-upload`, credentials('cw')] as const,
        [`GET ${version} traces/{traceId}/credentials-for-data-download`, credentials('r')] as const,
      ]),
    ),
    { method: 'PUT', template: blob, handler: upload },
    { method: 'GET', template: blob, handler: download },
  ];
}

const storageError = (status: number, code: string, message: string): Reply => ({
  status,
  headers: { 'content-type': 'application/xml', 'x-ms-error-code': code },
  text: `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});
