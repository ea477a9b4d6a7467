// `npm run cloud` as a person starts it: the notebook runs in its process, and must trust the certificate of its endpoints.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { createClock } from '../../local/clock.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';
import { trustCa } from '../../local/cloud/core/certificate.ts';
import { startCloud } from '../../local/cloud/cloud.ts';
import { DATABRICKS_AUDIENCE } from '../../local/cloud/databricks/gate.ts';
import { databricksOf, enrol, keyOf } from '../../local/cloud/databricks/tables.ts';
import { NOTEBOOK_SOURCE } from './cloud/databricks/workspace-harness.ts';

let child: ChildProcess | undefined;
let folder: string | undefined;
afterEach(async () => {
  if (child !== undefined && child.exitCode === null) {
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

it('runs the notebook, which calls the account over HTTPS', async () => {
  folder = mkdtempSync(join(tmpdir(), 'llmops-lab-cloud-'));
  const known = await prepare(folder);
  const arm = await start(folder);

  const get = async (url: string, token: string, init: RequestInit = {}): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return (await (await fetch(url, { ...init, headers })).json()) as Record<string, unknown>;
  };
  const urlOf = async (id: string, version: string): Promise<Record<string, unknown>> =>
    (await get(`${arm}${id}?api-version=${version}`, known.armToken)).properties as Record<string, unknown>;
  const workspace = `https://${String((await urlOf(known.workspaceId, '2024-05-01')).workspaceUrl)}`;
  const endpoint = String((await urlOf(known.accountId, '2025-06-01')).endpoint);

  const post = (path: string, body: object) =>
    get(`${workspace}${path}`, known.token, { method: 'POST', body: JSON.stringify(body) });
  const parameters = {
    ...{ endpoint, deployment: 'chat', secret_scope: 'llmops', secret_key: 'azure-openai', credential: 'key' },
    ...{ api_version: '2025-04-01-preview', experiment: '/Shared/experiment' },
  };
  const content = Buffer.from(NOTEBOOK_SOURCE).toString('base64');
  await post('/api/2.0/workspace/import', { path: '/Shared/notebook', format: 'SOURCE', language: 'PYTHON', content });
  await post('/api/2.0/secrets/scopes/create', { scope: 'llmops' });
  await post('/api/2.0/secrets/put', { scope: 'llmops', key: 'azure-openai', string_value: known.key });
  const { run_id: runId } = await post('/api/2.2/jobs/runs/submit', {
    run_name: 'by hand',
    tasks: [
      {
        task_key: 'chat',
        existing_cluster_id: known.clusterId,
        notebook_task: { notebook_path: '/Shared/notebook', source: 'WORKSPACE', base_parameters: parameters },
      },
    ],
  });
  type Run = { status: { state: string }; tasks: { run_id: number }[] };
  let run: Run;
  do run = (await get(`${workspace}/api/2.2/jobs/runs/get?run_id=${String(runId)}`, known.token)) as Run;
  while (run.status.state !== 'TERMINATED');
  const output = await get(
    `${workspace}/api/2.2/jobs/runs/get-output?run_id=${String(run.tasks[0]?.run_id)}`,
    known.token,
  );
  expect(output.error).toBeUndefined();
  const { result } = output.notebook_output as { result: string };
  expect(JSON.parse(result)).toMatchObject({ finish_reason: 'stop' });
});

/** Fills the folder with a workspace, an account and a cluster that runs. */
async function prepare(dataDir: string) {
  const clock = createClock({ kind: 'real' });
  const cloud = await startCloud({ clock, dataDir });
  trustCa(cloud.caPem);
  const { state } = cloud;
  const account = await cloud.bystanders.account({
    deploy: { name: 'chat', model: 'gpt-5.1', version: '2025-11-13', sku: 'GlobalStandard', capacity: 50 },
  });
  const workspace = await cloud.bystanders.workspace();
  const cluster = cloud.bystanders.cluster(workspace);
  const { clusters } = databricksOf(state);
  const library = { library: { pypi: { package: 'openai' } }, status: 'INSTALLED', messages: [] } as const;
  clusters.put(keyOf(workspace.workspaceId, cluster.id), {
    ...cluster,
    lastActivityAt: clock.now(),
    libraries: [library],
  });
  enrol(state, workspace, state.identity);
  const key = armOf(state).accounts.get(account.id.toLowerCase())?.keys.key1 ?? '';
  const known = {
    workspaceId: workspace.id,
    accountId: account.id,
    clusterId: cluster.id,
    key,
    token: state.issueToken(DATABRICKS_AUDIENCE),
    armToken: state.issueToken('https://management.azure.com/'),
  };
  await cloud.close();
  return known;
}

/** @returns where Resource Manager is. */
async function start(dataDir: string): Promise<string> {
  const started = spawn(
    process.execPath,
    ['scripts/run.js', 'local/cloud-main.ts', '--hurry', '1000', '--data', dataDir],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  child = started;
  for await (const line of createInterface({ input: started.stdout })) {
    const found = /^ARM_ENDPOINT=(.+)$/.exec(line);
    if (found?.[1] !== undefined) return found[1];
  }
  throw new Error('npm run cloud ended');
}
