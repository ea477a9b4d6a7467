/** A tag of a trace, which everybody may write who may write to the experiment, leads no call of the app to another address, and no token with it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadCertificate, trustCa } from '../../local/cloud/core/certificate.ts';
import { mlflowCalls, TRACE_BYTES } from '../../src/clients/mlflow/api.ts';
import { createWorkspaceRest } from '../../src/clients/databricks/rest.ts';
import type { Credential } from '../../src/clients/credential.ts';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';

let server: Server;
let seen: { url: string; headers: IncomingHttpHeaders }[] = [];
let document = '{"spans":[]}';
let known = true;
beforeAll(async () => {
  const { key, cert } = await loadCertificate(undefined);
  trustCa(cert);
  server = createServer({ key, cert }, (request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers });
    const refused = !known && request.headers[MANAGEMENT] === undefined;
    known ||= request.headers[MANAGEMENT] !== undefined;
    response
      .writeHead(refused ? 403 : 200, { 'content-type': 'application/json' })
      .end(refused ? '{"error_code":"403"}' : document);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const MANAGEMENT = 'x-databricks-azure-sp-management-token';
const credential = { token: async (scope: string) => `token for ${scope}` } as Credential;
const options = { managementScope: 'management', timeoutMs: 5_000 };
const workspace = () => ({ id: '/workspace', url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
const nowhere = { write: async () => undefined, read: async () => Promise.reject(new Error('signed storage')) };
const client = () => mlflowCalls(createWorkspaceRest(options, credential)(workspace()), nowhere);
const trace = (location: string) => ({
  trace_id: `tr-${'0'.repeat(32)}`,
  trace_metadata: {},
  tags: { 'mlflow.artifactLocation': location },
});

it.each([
  'mlflow-artifacts:/../../../../driver-proxy-api/o/0/1234/8000/x?',
  'mlflow-artifacts:/../../secrets/scopes/list?',
  'mlflow-artifacts:/1/traces/..',
  'mlflow-artifacts:/1/./x',
  'mlflow-artifacts:/1/%2e%2e/x',
  'mlflow-artifacts:/1\\..\\x',
  'mlflow-artifacts:/1/x#',
  'mlflow-artifacts://evil.example:8000/x',
  'mlflow-artifacts:',
])('the location %s is asked of nobody', async (location) => {
  seen = [];
  expect(await client().traceData(trace(location))).toBeUndefined();
  expect(seen).toEqual([]);
});

it('a location below the proxy is read there', async () => {
  seen = [];
  expect(await client().traceData(trace('mlflow-artifacts:/1/traces/tr-1/artifacts'))).toBe(document);
  expect(seen.map((it) => it.url)).toEqual(['/api/2.0/mlflow-artifacts/artifacts/1/traces/tr-1/artifacts/traces.json']);
});

it('a document beyond the limit is not held: the trace is shown without it', async () => {
  document = `{"spans":[${'0,'.repeat(TRACE_BYTES / 2)}0]}`;
  expect(await client().traceData(trace('mlflow-artifacts:/1/traces/tr-1/artifacts'))).toBeUndefined();
  document = '{"spans":[]}';
});

it('the management token goes to the readiness probe alone, and after a 403 of the gate', async () => {
  seen = [];
  known = false;
  await client().traceData(trace('mlflow-artifacts:/1/traces/tr-1/artifacts'));
  const carriers = seen.filter((it) => it.headers[MANAGEMENT] !== undefined).map((it) => it.url);
  expect(carriers).toEqual(['/api/2.0/preview/scim/v2/Me']);
});
