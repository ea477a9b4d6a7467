// A local cloud under a virtual clock with one workspace and one account that exist already, called with plain fetch as the app's identity.
import { readFileSync } from 'node:fs';
import { createClock, type Clock } from '../../../../local/clock.ts';
import { trustCa } from '../../../../local/cloud/core/certificate.ts';
import { startCloud, type Cloud } from '../../../../local/cloud/cloud.ts';
import { DATABRICKS_AUDIENCE } from '../../../../local/cloud/databricks/gate.ts';
import type { Account, Deployment, Workspace } from '../../../../local/cloud/arm/records.ts';
import type { CloudOptions } from '../../../../local/cloud/cloud.ts';
import { armOf, deploymentOf } from '../../../../local/cloud/arm/tables.ts';

export const START_MS = Date.parse('2026-11-20T08:00:00Z');
export const MINUTE_MS = 60_000;
export const NODE_TYPE = 'Standard_D4ds_v5';
export const NOTEBOOK_SOURCE = readFileSync(new URL('../../../../notebook/llmops-lab.py', import.meta.url), 'utf8');

export type Answer = { status: number; headers: Headers; text: string; json: Record<string, unknown> };
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string | undefined>,
) => Promise<Answer>;

export type Lab = {
  cloud: Cloud;
  clock: Clock;
  /** Calls the workspace as the app, with the management token. A header given as undefined is left out. */
  ws: Ask;
  /** Calls the account's endpoint; no credential of its own. */
  chat: Ask;
  /** Lets lab time pass, and applies what became due. */
  pass(ms: number): Promise<void>;
  workspace(): Workspace;
  account(): Account;
  /** Empties the cloud and makes the workspace, the account and its deployments again. */
  renew(): Promise<void>;
  close(): Promise<void>;
};

const GROUP = 'rg-lab';

export async function startLab(options: Partial<CloudOptions> = {}): Promise<Lab> {
  const clock = createClock({ kind: 'virtual', startMs: START_MS });
  clock.install();
  const cloud = await startCloud({ ...options, clock });
  trustCa(cloud.caPem);
  const { state } = cloud;
  const subscription = state.subscriptionIds[0] as string;
  const idOf = (type: string, name: string): string =>
    `/subscriptions/${subscription}/resourceGroups/${GROUP}/providers/${type}/${name}`;
  const workspaceId = idOf('Microsoft.Databricks/workspaces', 'dbw-lab');
  const accountId = idOf('Microsoft.CognitiveServices/accounts', 'aoai-lab');
  const workspace = (): Workspace => armOf(state).workspaces.get(workspaceId.toLowerCase()) as Workspace;
  const account = (): Account => armOf(state).accounts.get(accountId.toLowerCase()) as Account;

  const renew = async (): Promise<void> => {
    cloud.reset();
    const { objectId, clientId } = state.identity;
    const at = clock.now() - 60 * MINUTE_MS;
    const common = {
      subscriptionId: subscription,
      group: GROUP,
      location: 'eastus2',
      tags: {},
      createdAt: at,
    } as const;
    armOf(state).workspaces.put(workspaceId.toLowerCase(), {
      ...common,
      id: workspaceId,
      name: 'dbw-lab',
      sku: { name: 'premium' },
      maker: 'ours',
      state: 'Succeeded',
      computeMode: 'Hybrid',
      managedGroupId: `/subscriptions/${subscription}/resourceGroups/rg-dbw-lab`,
      parameters: {},
      publicNetworkAccess: 'Enabled',
      requiredNsgRules: 'AllRules',
      workspaceId: '1234567890123456',
      origin: await state.openListener('workspace', workspaceId.toLowerCase()),
      createdBy: { objectId, clientId },
      succeededAt: at,
    });
    armOf(state).accounts.put(accountId.toLowerCase(), {
      ...common,
      id: accountId,
      name: 'aoai-lab',
      kind: 'OpenAI',
      sku: { name: 'S0' },
      maker: 'ours',
      state: 'Succeeded',
      subdomain: 'aoai-lab',
      disableLocalAuth: false,
      publicNetworkAccess: 'Enabled',
      networkAcls: { defaultAction: 'Allow' },
      keys: { key1: 'key-one-0123456789', key2: 'key-two-0123456789' },
      origin: await state.openListener('account', accountId.toLowerCase()),
      busyUntil: 0,
    });
    armOf(state).roleAssignments.put('openai-user', {
      id: `${accountId}/providers/Microsoft.Authorization/roleAssignments/openai-user`,
      scope: accountId,
      roleId: '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd',
      principalId: objectId,
      principalType: 'ServicePrincipal',
      createdBy: objectId,
      maker: 'ours',
      createdAt: at,
    });
    addDeployment('chat', 'gpt-5.1', '2025-11-13');
  };

  const addDeployment = (name: string, model: string, version: string, more: Partial<Deployment> = {}): void => {
    const id = `${accountId}/deployments/${name}`;
    armOf(state).deployments.put(id.toLowerCase(), {
      id,
      accountId,
      name,
      location: 'eastus2',
      sku: { name: 'GlobalStandard', capacity: 5 },
      model: { format: 'OpenAI', name: model, version },
      versionUpgradeOption: 'OnceNewDefaultVersionAvailable',
      raiPolicyName: 'Microsoft.DefaultV2',
      tags: {},
      maker: 'ours',
      state: 'Succeeded',
      usageName: `OpenAI.GlobalStandard.${model}`,
      createdAt: clock.now() - 60 * MINUTE_MS,
      usableAt: 0,
      ...more,
    });
  };
  await renew();

  const send = async (
    origin: string,
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string | undefined>,
  ): Promise<Answer> => {
    const isText = typeof body === 'string';
    const all = { ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }), ...headers };
    const response = await fetch(path.startsWith('https://') ? path : `${origin}${path}`, {
      method,
      redirect: 'manual',
      headers: Object.fromEntries(
        Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: (isJson ? JSON.parse(text) : {}) as Record<string, unknown>,
    };
  };

  return {
    cloud,
    clock,
    workspace,
    account,
    renew,
    ws: (method, path, body, headers = {}) =>
      send(workspace().origin, method, path, body, {
        authorization: `Bearer ${state.issueToken(DATABRICKS_AUDIENCE)}`,
        'x-databricks-azure-sp-management-token': state.issueToken('https://management.core.windows.net/'),
        'x-databricks-azure-workspace-resource-id': workspaceId,
        ...headers,
      }),
    chat: (method, path, body, headers = {}) => send(account().origin, method, path, body, headers),
    pass: async (ms) => {
      await clock.idle();
      clock.advanceTo(clock.now() + ms);
      state.tick();
      await clock.idle();
    },
    close: async () => {
      await cloud.close();
      clock.restore();
    },
  };
}

/** Deploys a model on the lab's account at once. */
export function deploy(lab: Lab, name: string, model: string, version: string, more: Partial<Deployment> = {}): void {
  const chat = deploymentOf(lab.cloud.state, lab.account(), 'chat') as Deployment;
  const id = `${lab.account().id}/deployments/${name}`;
  armOf(lab.cloud.state).deployments.put(id.toLowerCase(), {
    ...chat,
    id,
    name,
    model: { format: 'OpenAI', name: model, version },
    ...more,
  });
}

/** The lab's cluster, as the service wants it for a single node. */
export const singleNode = (more: Record<string, unknown> = {}) => ({
  cluster_name: 'llmops-test cluster',
  spark_version: '19.x-cpu-ml-scala2.13',
  node_type_id: NODE_TYPE,
  num_workers: 0,
  autotermination_minutes: 20,
  data_security_mode: 'SINGLE_USER',
  runtime_engine: 'STANDARD',
  spark_conf: { 'spark.databricks.cluster.profile': 'singleNode', 'spark.master': 'local[*, 4]' },
  custom_tags: { ResourceClass: 'SingleNode', 'llmops-lab': 'test' },
  ...more,
});

/** A RUNNING cluster with `openai` installed. */
export async function runningCluster(lab: Lab, more: Record<string, unknown> = {}): Promise<string> {
  const made = await lab.ws('POST', '/api/2.1/clusters/create', singleNode(more));
  const id = made.json.cluster_id as string;
  await lab.pass(lab.cloud.state.latency.clusterStartMs);
  return id;
}

/** Submits `source` as a notebook job with the lab's parameters and lets it end; answers run, task and output. */
export async function runNotebook(
  lab: Lab,
  clusterId: string,
  options: {
    source?: string;
    parameters?: Record<string, string>;
    secret?: string;
    minutes?: number;
    timeoutSeconds?: number;
  } = {},
) {
  const path = '/Users/test/notebook';
  await lab.ws('POST', '/api/2.0/workspace/mkdirs', { path: '/Users/test' });
  const content = Buffer.from(options.source ?? NOTEBOOK_SOURCE).toString('base64');
  await lab.ws('POST', '/api/2.0/workspace/import', {
    path,
    format: 'SOURCE',
    language: 'PYTHON',
    content,
    overwrite: true,
  });
  await lab.ws('POST', '/api/2.0/secrets/scopes/create', { scope: 'llmops' });
  await lab.ws('POST', '/api/2.0/secrets/put', {
    scope: 'llmops',
    key: 'azure-openai',
    string_value: options.secret ?? lab.account().keys.key1,
  });
  const base = {
    endpoint: `${lab.account().origin}/`,
    api_version: '2025-04-01-preview',
    deployment: 'chat',
    secret_scope: 'llmops',
    secret_key: 'azure-openai',
    credential: 'key',
    experiment: '/Users/test/experiment',
    system_prompt: 'Assistant is a large language model trained by OpenAI.',
    user_prompt: 'Tell me a joke about animals.',
  };
  const submitted = await lab.ws('POST', '/api/2.2/jobs/runs/submit', {
    run_name: 'test',
    timeout_seconds: options.timeoutSeconds ?? 0,
    tasks: [
      {
        task_key: 'chat',
        existing_cluster_id: clusterId,
        notebook_task: {
          notebook_path: path,
          source: 'WORKSPACE',
          base_parameters: { ...base, ...options.parameters },
        },
      },
    ],
  });
  const runId = submitted.json.run_id as number;
  for (let seconds = 0; seconds < (options.minutes ?? 5) * 60; seconds += 5) {
    await lab.pass(5_000);
    const status = (await lab.ws('GET', `/api/2.2/jobs/runs/get?run_id=${runId}`)).json.status as { state: string };
    if (status.state === 'TERMINATED') break;
  }
  const run = (await lab.ws('GET', `/api/2.2/jobs/runs/get?run_id=${runId}`)).json;
  const [task] = run.tasks as Record<string, unknown>[];
  const output = (await lab.ws('GET', `/api/2.2/jobs/runs/get-output?run_id=${String(task?.run_id)}`)).json as {
    notebook_output: { result?: string };
    error?: string;
    error_trace?: string;
  };
  return {
    runId,
    run,
    task: task as Record<string, unknown>,
    output,
    result: JSON.parse(output.notebook_output.result ?? '{}') as Record<string, unknown>,
  };
}
