// What every call has: a timeout that covers its body, no retry, no redirect, the app's identity, and nothing to learn from its errors but what they are about.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClients, type Clients } from '../../src/clients/create-clients.ts';
import { createCredential } from '../../src/clients/credential.ts';
import { createSignedStorage } from '../../src/clients/mlflow/signed-upload.ts';
import type { ServiceError } from '../../src/clients/service-error.ts';
import { build, startBench, type Bench, type Built } from '../activities/bench.ts';

let bench: Bench;
let built: Built;
let clients: Clients;
beforeAll(async () => {
  bench = await startBench({ settings: { LAB_CALL_TIMEOUT_SECONDS: '1' } });
  built = await build(bench);
  clients = bench.clients;
});
afterEach(() => {
  bench.cloud.faults.clear();
  expect(bench.cloud.unknownRoutes).toEqual([]);
});

const arm = () => clients.arm(bench.lab.subscriptionId);
const failure = (call: Promise<unknown>): Promise<ServiceError> =>
  call.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: unknown) => error as ServiceError,
  );
const asked = (pattern: RegExp) => bench.requests(pattern).length;
const chat = () =>
  clients.chat(
    { endpoint: built.account.endpoint, deployment: built.deployment.name, apiVersion: built.deployment.apiVersion },
    { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
  );

const CALLS: [string, string, () => Promise<unknown>][] = [
  ['a modular SDK', 'GET */resourcegroups/*', () => arm().group(bench.lab.group)],
  ['an older SDK', 'GET */accounts/*', () => arm().account(bench.lab.group, built.account.name)],
  ['a plain read', 'GET */Microsoft.Compute/locations/*', () => arm().coreQuota('eastus2')],
  ['the workspace', 'GET */scim/v2/Me', () => clients.databricks(built.workspace).me()],
  ['the model', 'POST */chat/completions', chat],
];

describe.each(CALLS)('%s', (_what, pattern, call) => {
  it('is given up after its timeout', async () => {
    bench.cloud.faults.add({ pattern, kind: 'hang' });
    expect(await failure(call())).toMatchObject({ name: 'ServiceError', status: 0, code: 'timed-out' });
  });

  it('is not retried, and says how long to wait', async () => {
    const before = bench.cloud.requests.length;
    bench.cloud.faults.add({ pattern, kind: 'status', status: 503, headers: { 'Retry-After': '7' }, fire: 5 });
    expect(await failure(call())).toMatchObject({ name: 'ServiceError', status: 503, afterSeconds: 7 });
    expect(bench.cloud.requests.length - before).toBe(1);
  });

  it('whose connection breaks is an error without an answer', async () => {
    bench.cloud.faults.add({ pattern, kind: 'reset' });
    expect(await failure(call())).toMatchObject({
      name: 'ServiceError',
      status: 0,
      code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) as string,
    });
  });

  it('answered with half of its data is an error', async () => {
    bench.cloud.faults.add({ pattern, kind: 'truncated' });
    expect(await failure(call())).toBeInstanceOf(Error);
  });
});

describe('a page with status 200', () => {
  it.each(CALLS.slice(0, 4))('is an error to %s', async (_what, pattern, call) => {
    bench.cloud.faults.add({ pattern, kind: 'html' });
    expect(await failure(call())).toMatchObject({ status: 200, code: 'not-json' });
  });
});

describe('a workspace', () => {
  it('that redirects to a login page is an error that names the page', async () => {
    bench.cloud.faults.add({
      pattern: 'GET */scim/v2/Me',
      kind: 'status',
      status: 302,
      headers: { location: '/login.html?error=private-link-validation-error:1' },
    });
    expect(await failure(bench.clients.databricks(built.workspace).me())).toMatchObject({
      status: 302,
      said: expect.stringContaining('private-link-validation-error') as string,
    });
  });

  it('is asked for all pages of its clusters', async () => {
    expect((await bench.clients.databricks(built.workspace).clusters()).map((it) => it.cluster_id)).toEqual([
      built.clusterId,
    ]);
  });
});

describe('an operation', () => {
  it('that has failed when the SDK first looks says with which code: that SDK throws its text alone', async () => {
    const body = { status: 'Failed', error: { code: 'InsufficientQuota', message: 'No quota. None. At all.' } };
    bench.cloud.faults.add({ pattern: 'GET */operationResults/*', kind: 'status', status: 200, body });
    expect(await failure(arm().putAccount(bench.lab.group, 'aoai-of-no-quota', 'eastus2', {}))).toMatchObject({
      name: 'ServiceError',
      status: 200,
      code: 'InsufficientQuota',
      said: 'No quota. None. At all.',
    });
  });
});

describe('the identity', () => {
  it('is asked once for a token, until shortly before its end', async () => {
    const credential = createCredential(undefined, 500);
    const before = asked(/msi\/token/);
    const first = await credential.token('https://management.azure.com/.default');
    expect(await credential.token('https://management.azure.com/.default')).toBe(first);
    expect(asked(/msi\/token/) - before).toBeLessThanOrEqual(1);
    await bench.pass(24 * 3_600_000 - 4 * 60_000);
    expect(await credential.token('https://management.azure.com/.default')).not.toBe(first);
  });

  it('that fails once is asked again', async () => {
    const credential = createCredential(undefined, 500);
    bench.cloud.faults.add({ pattern: 'GET /msi/token', kind: 'status', status: 400 });
    await expect(credential.token('https://vault.azure.net/.default')).rejects.toThrow();
    await expect(credential.token('https://vault.azure.net/.default')).resolves.toMatch(/^eyJ/);
  });
});

describe('an identity endpoint', () => {
  it.each(CALLS)(
    'that fails is what fails, whatever asks: not %s, which may be well in no other region',
    async (...it) => {
      const [, , call] = it;
      // The identity library keeps tokens for the whole process, until they end.
      await bench.pass(25 * 3_600_000);
      clients = createClients(bench.settings);
      bench.cloud.faults.add({ pattern: 'GET /msi/token', kind: 'status', status: 400, fire: 2 });
      const error = await failure(call());
      clients = bench.clients;
      expect(error).toMatchObject({ name: 'ServiceError', service: 'identity', status: 0 });
      expect(error.message).toMatch(/^identity: GET /);
    },
  );

  it('that does not answer is given up like any other service, and asked again', async () => {
    const credential = createCredential(undefined, 500);
    bench.cloud.faults.add({ pattern: 'GET /msi/token', kind: 'hang' });
    expect(await failure(credential.token('https://storage.azure.com/.default'))).toMatchObject({
      service: 'identity',
      code: 'timed-out',
    });
    await expect(credential.token('https://storage.azure.com/.default')).resolves.toMatch(/^eyJ/);
  });
});

describe('signed storage', () => {
  it('shows no signature when it fails', async () => {
    const storage = createSignedStorage(1_000);
    const url = `${bench.settings.armEndpoint}/nothing/here?sig=abcdefghijkl&se=2026`;
    const error = await failure(storage.write({ type: 'AZURE_SAS_URI', signed_uri: url }, '{}'));
    expect(error).toMatchObject({ name: 'ServiceError', service: 'storage', status: 501 });
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain('abcdefghijkl');
    bench.cloud.unknownRoutes.length = 0;
  });
});
