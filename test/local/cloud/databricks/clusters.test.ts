// Clusters and libraries: staged states, the failures of a start, idling, and the shapes of their errors.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterScript } from '../../../../local/cloud/databricks/start-failures.ts';
import { databricksOf } from '../../../../local/cloud/databricks/tables.ts';
import { workspaceGone } from '../../../../local/cloud/arm/tables.ts';
import { MINUTE_MS, runningCluster, singleNode, startLab, type Lab } from './workspace-harness.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
beforeEach(() => lab.renew());
afterEach(() => {
  expect(lab.cloud.unknownRoutes).toEqual([]);
});
afterAll(() => lab.close());

const create = (more: Record<string, unknown> = {}) => lab.ws('POST', '/api/2.1/clusters/create', singleNode(more));
type Cluster = {
  state: string;
  state_message: string;
  single_user_name: string;
  termination_reason?: { code: string; type: string; parameters: Record<string, string> };
  spec?: object;
};
const get = async (id: string): Promise<Cluster> =>
  (await lab.ws('GET', `/api/2.1/clusters/get?cluster_id=${id}`)).json as unknown as Cluster;
const started = async (more: Record<string, unknown> = {}): Promise<string> =>
  (await create(more)).json.cluster_id as string;

describe('a start', () => {
  it('is PENDING with the usual message for minutes, then RUNNING', async () => {
    const id = await started();
    expect(id).toMatch(/^\d{4}-\d{6}-[a-z0-9]{8}$/);
    expect(await get(id)).toMatchObject({
      state: 'PENDING',
      state_message: 'Finding instances for new nodes, acquiring more instances if necessary',
      single_user_name: lab.cloud.state.identity.clientId,
      spec: { num_workers: 0 },
    });
    await lab.pass(5 * MINUTE_MS);
    expect((await get(id)).state).toBe('PENDING');
    await lab.pass(1 * MINUTE_MS);
    expect((await get(id)).state).toBe('RUNNING');
  });

  it.each<[ClusterScript, string, RegExp]>([
    ['quota', 'AZURE_QUOTA_EXCEEDED_EXCEPTION', /exceeding approved standardDDSv5Family Cores quota/],
    ['stockout', 'CLOUD_PROVIDER_RESOURCE_STOCKOUT', /currently not available in location 'eastus2'/],
    ['stockout-as-quota', 'AZURE_QUOTA_EXCEEDED_EXCEPTION', /currently not available in location 'eastus2'/],
    ['public-ip-limit', 'CLOUD_PROVIDER_LAUNCH_FAILURE', /public IP addresses/],
    ['vnet-misconfigured', 'AZURE_VNET_CONFIGURATION_FAILURE', /subnet/],
  ])(
    'that fails by %s is TERMINATING with the reason, then TERMINATED, and never ERROR',
    async (script, code, message) => {
      databricksOf(lab.cloud.state).knobs.clusterStarts.push({ script });
      const id = await started();
      const seen = new Set<string>();
      for (let at = 0; at < 40; at += 1) {
        seen.add((await get(id)).state);
        await lab.pass(15_000);
      }
      expect([...seen]).toEqual(['PENDING', 'TERMINATING', 'TERMINATED']);
      const { termination_reason: reason } = await get(id);
      expect(reason?.code).toBe(code);
      expect(reason?.parameters.azure_error_message).toMatch(message);
      expect((await get(await started())).state).toBe('PENDING');
    },
  );

  it('by bootstrap timeout fails late, and the next one succeeds', async () => {
    databricksOf(lab.cloud.state).knobs.clusterStarts.push({ script: 'bootstrap-timeout' });
    const id = await started();
    await lab.pass(6 * MINUTE_MS);
    expect((await get(id)).termination_reason).toMatchObject({ code: 'BOOTSTRAP_TIMEOUT', type: 'SERVICE_FAULT' });
    await lab.ws('POST', '/api/2.1/clusters/start', { cluster_id: id });
    await lab.pass(6 * MINUTE_MS);
    expect((await get(id)).state).toBe('RUNNING');
  });

  it('that would exceed the region’s cores fails as quota, with the numbers', async () => {
    lab.cloud.state.landscape.coreQuota['eastus2/standardDDSv5Family'] = { limit: 10, used: 0 };
    for (const expected of ['RUNNING', 'RUNNING', 'TERMINATED']) {
      const id = await started();
      await lab.pass(6 * MINUTE_MS);
      const cluster = await get(id);
      expect(cluster.state).toBe(expected);
      if (expected === 'TERMINATED') {
        expect(cluster.termination_reason?.parameters.azure_error_message).toContain(
          'Current Limit: 10, Current Usage: 8, Additional Required: 4',
        );
      }
    }
  });

  it('hangs for ever where nothing is scripted to end it', async () => {
    databricksOf(lab.cloud.state).knobs.clusterStarts.push({ script: 'never' });
    const id = await started();
    await lab.pass(120 * MINUTE_MS);
    expect((await get(id)).state).toBe('PENDING');
  });
});

describe('an idle cluster', () => {
  it('terminates itself after its idle minutes, and says so', async () => {
    const id = await runningCluster(lab);
    await lab.pass(19 * MINUTE_MS);
    expect((await get(id)).state).toBe('RUNNING');
    await lab.pass(2 * MINUTE_MS);
    expect(await get(id)).toMatchObject({
      state: 'TERMINATED',
      termination_reason: { code: 'INACTIVITY', type: 'SUCCESS', parameters: { inactivity_duration_min: '20' } },
    });
  });
});

describe('requests', () => {
  it.each([
    [{ num_workers: undefined }, 'Missing required field: size'],
    [{ spark_version: '18.x-photon-scala9.9' }, 'Invalid spark version 18.x-photon-scala9.9'],
    [{ node_type_id: 'Standard_Nope' }, /^Node type Standard_Nope is not supported/],
    [{ autotermination_minutes: 5 }, /between 10 and 10000/],
    [{ kind: 'CLASSIC_PREVIEW' }, /`spark.databricks.cluster.profile` is not allowed/],
  ])('with %o are refused as invalid', async (more, message) => {
    const answer = await create(more);
    expect(answer).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } });
    expect(answer.json.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it('for an unknown cluster are a 400, not a 404', async () => {
    const answer = await lab.ws('GET', '/api/2.1/clusters/get?cluster_id=none');
    expect(answer).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Cluster none does not exist' },
    });
  });

  it('to start what is starting are INVALID_STATE; to terminate twice are fine', async () => {
    const id = await started();
    expect((await lab.ws('POST', '/api/2.1/clusters/start', { cluster_id: id })).json).toMatchObject({
      error_code: 'INVALID_STATE',
      message: `Cluster ${id} is in unexpected state Pending.`,
    });
    for (let times = 0; times < 2; times += 1) {
      expect(await lab.ws('POST', '/api/2.1/clusters/delete', { cluster_id: id })).toMatchObject({
        status: 200,
        json: {},
      });
    }
    expect((await get(id)).termination_reason?.code).toBe('USER_REQUEST');
  });

  it('to remove for good need an unpinned cluster, and leave nothing', async () => {
    const id = await started();
    await lab.ws('POST', '/api/2.1/clusters/pin', { cluster_id: id });
    expect((await lab.ws('POST', '/api/2.1/clusters/permanent-delete', { cluster_id: id })).json.message).toContain(
      'unpin the cluster first',
    );
    await lab.ws('POST', '/api/2.1/clusters/unpin', { cluster_id: id });
    await lab.ws('POST', '/api/2.1/clusters/permanent-delete', { cluster_id: id });
    expect((await lab.ws('GET', '/api/2.1/clusters/list')).json).toEqual({ next_page_token: '', prev_page_token: '' });
  });

  it('to list page through, and filter by state', async () => {
    for (let count = 0; count < 3; count += 1) await started();
    const first = await lab.ws(
      'GET',
      '/api/2.1/clusters/list?page_size=2&filter_by.cluster_sources=API&filter_by.cluster_states=PENDING&filter_by.cluster_states=RUNNING',
    );
    expect(first.json.clusters).toHaveLength(2);
    const second = await lab.ws(
      'GET',
      `/api/2.1/clusters/list?page_size=2&page_token=${encodeURIComponent(first.json.next_page_token as string)}`,
    );
    expect(second.json.clusters).toHaveLength(1);
    expect((first.json.clusters as Cluster[])[0]).not.toHaveProperty('spec');
  });

  it('for events tell the story in order', async () => {
    const id = await runningCluster(lab);
    const answer = await lab.ws('POST', '/api/2.1/clusters/events', { cluster_id: id, order: 'ASC' });
    expect((answer.json.events as { type: string }[]).map((event) => event.type)).toEqual(['CREATING', 'RUNNING']);
  });
});

describe('libraries', () => {
  const install = (id: string, name: string) =>
    lab.ws('POST', '/api/2.0/libraries/install', { cluster_id: id, libraries: [{ pypi: { package: name } }] });
  const status = async (id: string): Promise<string[]> => {
    const answer = await lab.ws('GET', `/api/2.0/libraries/cluster-status?cluster_id=${id}`);
    return ((answer.json.library_statuses ?? []) as { status: string }[]).map((row) => row.status);
  };

  it('go through every stage while the cluster runs, and again after a restart', async () => {
    const id = await runningCluster(lab);
    await install(id, 'openai');
    const seen = new Set<string>();
    for (let at = 0; at < 14; at += 1) {
      for (const it of await status(id)) seen.add(it);
      await lab.pass(5_000);
    }
    expect([...seen]).toEqual(['PENDING', 'RESOLVING', 'INSTALLING', 'INSTALLED']);
    await lab.ws('POST', '/api/2.1/clusters/delete', { cluster_id: id });
    await lab.pass(MINUTE_MS);
    await lab.ws('POST', '/api/2.1/clusters/start', { cluster_id: id });
    expect(await status(id)).toEqual(['PENDING']);
    await lab.pass(10 * MINUTE_MS);
    expect(await status(id)).toEqual(['INSTALLED']);
  });

  it('of unknown packages fail with pip’s own words', async () => {
    const id = await runningCluster(lab);
    await install(id, 'no-such-package');
    await lab.pass(2 * MINUTE_MS);
    const answer = await lab.ws('GET', `/api/2.0/libraries/cluster-status?cluster_id=${id}`);
    const [row] = answer.json.library_statuses as { status: string; messages: string[] }[];
    expect(row?.status).toBe('FAILED');
    expect(row?.messages[0]).toContain('Could not find a version that satisfies the requirement no-such-package');
  });

  it('installed twice are one, and it does not begin again', async () => {
    const id = await runningCluster(lab);
    await install(id, 'openai');
    await lab.pass(50_000);
    await install(id, 'openai');
    expect(await status(id)).toEqual(['INSTALLING']);
  });
});

it('goes with its workspace: nothing of it is left', async () => {
  await runningCluster(lab);
  await lab.ws('POST', '/api/2.0/secrets/scopes/create', { scope: 's' });
  const { state } = lab.cloud;
  expect(state.coresUsed(lab.workspace().subscriptionId, 'eastus2')).toEqual({ standardDDSv5Family: 4 });
  workspaceGone(state, lab.workspace());
  expect(state.coresUsed(lab.workspace().subscriptionId, 'eastus2')).toEqual({});
  const { clusters, scopes, members, nodes } = databricksOf(state);
  expect([clusters, scopes, members, nodes].map((table) => table.values().length)).toEqual([0, 0, 0, 0]);
});
