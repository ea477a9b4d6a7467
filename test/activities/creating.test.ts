// What is created is created once: after lost answers, behind lagging reads, and beside other people's things.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { resourceNames } from '../../src/lab/names.ts';
import { build, buildOpenAI, inAnHour, labOf, order, planOf, startBench, type Bench } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
  bench.reset();
});

const made = (type: RegExp) => bench.cloud.inventory().filter((it) => it.origin === 'ours' && type.test(it.type));
const LOST = { kind: 'reset', when: 'after' } as const;

describe('a lost answer', () => {
  it.each([
    ['group', 'PUT */resourcegroups/rg-lab*'],
    ['account', 'PUT */accounts/aoai*1'],
    ['deployment', 'PUT */deployments/*'],
    ['workspace', 'PUT */workspaces/*'],
    ['cluster', 'POST /api/2.1/clusters/create'],
    ['library', 'POST /api/2.0/libraries/install'],
    ['folder', 'POST /api/2.0/workspace/mkdirs'],
    ['notebook', 'POST /api/2.0/workspace/import'],
    ['secret scope', 'POST /api/2.0/secrets/scopes/create'],
    ['experiment', 'POST /api/2.0/mlflow/experiments/create'],
  ])('to the creation of the %s: it is adopted, and not made again', async (_what, pattern) => {
    bench.cloud.faults.add({ pattern, ...LOST });
    await build(bench);
    expect(bench.cloud.faults.hits).toEqual([1]);
    expect(made(/accounts$/i)).toHaveLength(1);
    expect(made(/workspaces$/i)).toHaveLength(1);
    expect(made(/resourceGroups$/i)).toHaveLength(1);
    expect(databricksOf(bench.cloud.state).clusters.values()).toHaveLength(1);
  });
});

describe('reads that lag behind writes', () => {
  it.each([
    ['by time', { ms: 40_000, reads: 0 }],
    ['by number', { ms: 0, reads: 2 }],
  ])('%s make a lab slower, and nothing twice', async (_how, lag) => {
    bench.cloud.state.lag = lag;
    await build(bench);
    expect(bench.requests(/^PUT .*\/accounts\/[^/]+$/)).toHaveLength(1);
    expect(bench.requests(/^PUT .*\/workspaces\/[^/]+$/)).toHaveLength(1);
    expect(bench.requests(/^PUT .*\/deployments\/[^/]+$/)).toHaveLength(1);
  });
});

describe('throttling', () => {
  it('comes back as a wait, as long as the service asks for', async () => {
    const plan = await planOf(bench);
    await bench.value('ensureGroup', { lab: bench.lab, region: 'eastus2', lease: inAnHour(bench) });
    bench.cloud.faults.add({
      pattern: 'PUT */accounts/*',
      kind: 'status',
      status: 429,
      headers: { 'Retry-After': '37' },
      body: { error: { code: 'TooManyRequests', message: 'slow down' } },
    });
    expect(await bench.call('ensureAccount', { lab: bench.lab, attempt: 1, region: 'eastus2' })).toMatchObject({
      kind: 'pending',
      afterSeconds: 37,
    });
    await buildOpenAI(bench, plan);
  });
});

describe('what is thrown', () => {
  it('says what was asked and answered, and no query', async () => {
    bench.cloud.faults.add({
      pattern: 'GET */resourcegroups/*',
      kind: 'status',
      status: 500,
      body: { error: { code: 'Oops', message: 'key1=abcdefgh12345678' } },
    });
    const thrown = await bench
      .call('ensureGroup', { lab: bench.lab, region: 'eastus2', lease: inAnHour(bench) })
      .catch((error: unknown) => (error as Error).message);
    expect(thrown).toMatch(
      /^arm: GET https:\/\/127\.0\.0\.1:\d+\/subscriptions\/[^?]+ 500 Oops: key1=\[redacted\] \(request id: .+\)$/,
    );
  });

  it.each([
    ['a page instead of data', { kind: 'html' as const }],
    ['half an answer', { kind: 'truncated' as const }],
    ['a broken connection', { kind: 'reset' as const }],
  ])('covers %s: the next call goes on', async (_what, fault) => {
    await bench.value('ensureGroup', { lab: bench.lab, region: 'eastus2', lease: inAnHour(bench) });
    bench.cloud.faults.add({ pattern: 'GET */accounts/*', skip: 1, ...fault });
    await bench.value('ensureAccount', { lab: bench.lab, attempt: 1, region: 'eastus2' });
    expect(bench.said.some((it) => it.startsWith('ensureAccount threw'))).toBe(true);
  });
});

describe('refusals', () => {
  it('a name that somebody else holds asks for another name, and is left alone', async () => {
    const name = resourceNames(bench.lab, 1).account;
    await bench.value('ensureGroup', { lab: bench.lab, region: 'eastus2', lease: inAnHour(bench) });
    await bench.cloud.bystanders.account({ group: bench.lab.group, name });
    expect(await bench.settle('ensureAccount', { lab: bench.lab, attempt: 1, region: 'eastus2' })).toMatchObject({
      kind: 'refused',
      problem: { code: 'name-taken', remedy: 'another-name' },
    });
    expect(bench.requests(/^(PUT|PATCH|DELETE) .*accounts/)).toEqual([]);
  });

  it('a group of our name without our tags is not taken over', async () => {
    bench.cloud.bystanders.group({ name: bench.lab.group });
    expect(
      await bench.settle('ensureGroup', { lab: bench.lab, region: 'eastus2', lease: inAnHour(bench) }),
    ).toMatchObject({ kind: 'refused', problem: { code: 'name-taken' } });
  });

  it('a group that the request names must exist', async () => {
    const lab = labOf(bench.settings.subscriptionId, { resourceGroup: 'rg-given' });
    expect(await bench.settle('ensureGroup', { lab, region: 'eastus2', lease: inAnHour(bench) })).toMatchObject({
      kind: 'refused',
      problem: { code: 'no-such-group' },
    });
    bench.cloud.bystanders.group({ name: 'rg-given' });
    await bench.value('ensureGroup', { lab, region: 'eastus2', lease: inAnHour(bench) });
  });

  it.each([
    [
      'Microsoft.CognitiveServices/accounts',
      'ensureAccount',
      'CustomDomainInUse',
      'The subdomain name is not available',
      'another-name',
    ],
    [
      'Microsoft.Databricks/workspaces',
      'ensureWorkspace',
      'ApplianceProvisioningFailed',
      'The managed resource group rg already exists.',
      'another-name',
    ],
  ] as const)(
    'a creation of %s that fails later tells why, as long as this process remembers',
    async (type, name, code, message, remedy) => {
      await bench.value('ensureGroup', { lab: bench.lab, region: 'eastus2', lease: inAnHour(bench) });
      bench.cloud.state.landscape.createFailures.push({ type, code, message });
      const input = { lab: bench.lab, attempt: 1, region: 'eastus2', tier: 'premium' as const };
      expect(await bench.settle(name, input)).toMatchObject({ kind: 'refused', problem: { code, remedy } });
      // Another process knows the state alone.
      const other = await startOther();
      expect(await other(name, input)).toMatchObject({
        kind: 'refused',
        problem: { code: 'ProvisioningFailed', remedy: 'fresh-start' },
      });
    },
  );

  it.each([
    ['quota', 'another-region'],
    ['stockout-as-quota', 'another-region'],
    ['bootstrap-timeout', 'fresh-start'],
    ['vnet-misconfigured', 'none'],
  ] as const)('a cluster that ends of %s while it starts is a failure with the remedy %s', async (script, remedy) => {
    databricksOf(bench.cloud.state).knobs.clusterStarts.push({ script });
    const plan = await planOf(bench);
    const { lab } = bench;
    await bench.value('ensureGroup', { lab, region: 'eastus2', lease: inAnHour(bench) });
    const { region, nodeType } = plan.databricks[0]!;
    const workspace = await bench.value('ensureWorkspace', { lab, attempt: 1, region, tier: 'premium' });
    const ready = await bench.value('probeWorkspace', { lab, workspace, nodeType });
    const cluster = { lab, workspace, ready, nodeType, autoterminationMinutes: 20 };
    expect(await bench.settle('ensureCluster', { ...cluster, start: 1 })).toMatchObject({
      kind: 'refused',
      problem: { remedy },
    });
    // The same start stays failed; a fresh one is another cluster.
    expect(await bench.call('ensureCluster', { ...cluster, start: 1 })).toMatchObject({ kind: 'refused' });
    await bench.value('ensureCluster', { ...cluster, start: 2 });
    expect(databricksOf(bench.cloud.state).clusters.values()).toHaveLength(2);
  });
});

const startOther = async () => {
  const { createClients } = await import('../../src/clients/create-clients.ts');
  const { createActivities } = await import('../../src/activities/create-activities.ts');
  const activities = createActivities({
    settings: bench.settings,
    clients: createClients(bench.settings),
    notebook: () => Promise.resolve(''),
    now: () => new Date(),
  });
  return (name: 'ensureAccount' | 'ensureWorkspace', input: unknown): Promise<unknown> =>
    activities[name](input as never);
};

describe('the plan', () => {
  it('reads all regions with few calls, and creates nothing', async () => {
    const planned = await bench.value('planLab', { lab: bench.lab, request: order(bench.settings) });
    expect(planned).toMatchObject({ kind: 'plan', register: [] });
    expect(bench.requests(/ \/subscriptions/).length).toBeLessThanOrEqual(bench.settings.regions.length * 4 + 10);
    // A question that is asked by POST.
    expect(bench.requests(/^(?!GET)/)).toEqual([expect.stringMatching(/checkDomainAvailability$/) as string]);
  });
});
