// The cloud's memory: what a restart on the same folder finds.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClock } from '../../../../local/clock.ts';
import { startCloud } from '../../../../local/cloud/cloud.ts';
import { deploymentOf, MINUTE_MS, quickAccount, START_MS, startAzure } from '../arm/azure.ts';
import { armOf } from '../../../../local/cloud/arm/tables.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'local-cloud-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

it('keeps ports, identity, certificate, resources and what is still to happen', async () => {
  const clock = createClock({ kind: 'virtual', startMs: START_MS });
  const first = await startAzure({ dataDir, clock });
  const id = await quickAccount(first, 'rg-a', 'aoai-a');
  await first.arm('PUT', `${id}/deployments/chat?api-version=2025-09-01`, deploymentOf('gpt-5.1', '2025-11-13'));
  const removal = await first.arm(
    'DELETE',
    `/subscriptions/${first.subscription}/resourceGroups/rg-a?api-version=2025-04-01`,
  );
  const [settings, caPem, origins] = [
    first.cloud.settings(),
    first.cloud.caPem,
    armOf(first.cloud.state)
      .accounts.values()
      .map((it) => it.origin),
  ];
  await first.cloud.close();

  const second = await startAzure({ dataDir, clock });
  expect(second.cloud.settings()).toEqual(settings);
  expect(second.cloud.caPem).toBe(caPem);
  expect(
    armOf(second.cloud.state)
      .accounts.values()
      .map((it) => it.origin),
  ).toEqual(origins);
  expect((await fetch(`${origins[0]}/nothing/here`)).status).toBe(501);
  await second.pass(MINUTE_MS);
  const url = new URL(removal.headers.get('location') as string);
  expect((await second.arm('GET', `${url.pathname}${url.search}`)).status).toBe(200);
  expect(second.cloud.inventory().map((it) => it.type)).toEqual([
    'Microsoft.CognitiveServices/deletedAccounts',
    'Microsoft.Authorization/roleAssignments',
  ]);
  await second.cloud.close();
  clock.restore();
});

it('has an effect on disk before its answer leaves: kill -9 loses nothing that was answered', async () => {
  const script = `
    import { createClock } from './local/clock.ts';
    import { startCloud } from './local/cloud/cloud.ts';
    import { trustCa } from './local/cloud/core/certificate.ts';
    const cloud = await startCloud({ dataDir: ${JSON.stringify(dataDir)}, clock: createClock({ kind: 'real' }) });
    trustCa(cloud.caPem);
    const { ARM_ENDPOINT, LAB_SUBSCRIPTION_ID } = cloud.settings();
    const authorization = 'Bearer ' + cloud.state.issueToken('https://management.azure.com/');
    const response = await fetch(ARM_ENDPOINT + '/subscriptions/' + LAB_SUBSCRIPTION_ID + '/resourceGroups/rg-a?api-version=2025-04-01',
      { method: 'PUT', headers: { authorization, 'content-type': 'application/json' }, body: '{"location":"eastus2"}' });
    process.kill(process.pid, response.status === 201 ? 'SIGKILL' : 'SIGTERM');
  `;
  const signal = await new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '--eval', script], (error) => {
      resolve(error?.signal);
    });
  });
  expect(signal).toBe('SIGKILL');
  const cloud = await startCloud({ dataDir, clock: createClock({ kind: 'real' }) });
  expect(cloud.inventory().map((it) => it.id.split('/').at(-1))).toContain('rg-a');
  await cloud.close();
});

it('goes on from its last lab time, so that nothing there is of the future when only the task hub was deleted', async () => {
  const first = createClock({ kind: 'scaled', speed: 1e6 });
  const cloud = await startCloud({ dataDir, clock: first });
  const last = first.now();
  await cloud.close();
  const second = createClock({ kind: 'scaled', speed: 1 });
  const again = await startCloud({ dataDir, clock: second });
  expect(second.now()).toBeGreaterThanOrEqual(last);
  await again.close();
});

it('makes a damaged certificate anew instead of failing for ever', async () => {
  const clock = createClock({ kind: 'real' });
  await (await startCloud({ dataDir, clock })).close();
  writeFileSync(join(dataDir, 'local-cloud.key'), 'torn');
  const cloud = await startCloud({ dataDir, clock });
  expect(cloud.caPem).toContain('BEGIN CERTIFICATE');
  await cloud.close();
});

it('keeps the private key to its owner', async () => {
  const cloud = await startCloud({ dataDir, clock: createClock({ kind: 'real' }) });
  const key = readdirSync(dataDir).find((name) => name.endsWith('.key')) as string;
  expect((statSync(join(dataDir, key)).mode & 0o777).toString(8)).toBe('600');
  await cloud.close();
});
