// ARM's "Succeeded" is not yet a workspace that works: inside the gate every refusal means "not yet", after it none does.
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import type { WorkspaceFacts } from '../../src/lab/resources.ts';
import { inAnHour, startBench, type Bench } from './bench.ts';

let bench: Bench;
let workspace: WorkspaceFacts;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(async () => {
  await bench.value('ensureGroup', { lab: bench.lab, region: 'eastus2', lease: inAnHour(bench) });
  workspace = await bench.value('ensureWorkspace', { lab: bench.lab, attempt: 1, region: 'eastus2', tier: 'premium' });
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
  bench.reset();
});

const probe = (nodeType = 'Standard_D4ds_v5') =>
  bench.settle('probeWorkspace', { lab: bench.lab, workspace, nodeType });

it('tells who the app is there, and the latest fit runtime', async () => {
  expect(await probe()).toEqual({
    kind: 'done',
    value: {
      userName: bench.cloud.state.identity.clientId,
      runtime: {
        key: expect.stringMatching(/^\d+\.x-cpu-ml-scala2\.13$/) as string,
        name: expect.not.stringMatching(/beta/i) as string,
      },
    },
  });
});

it.each([
  ['an address that breaks', { kind: 'reset' as const }],
  ['a page', { kind: 'html' as const }],
  [
    'a role that has not arrived',
    { kind: 'status' as const, status: 403, body: '<html><pre>User not authorized.</pre></html>' },
  ],
  ['an error of the service', { kind: 'status' as const, status: 500 }],
])('waits behind %s, and throws nothing', async (_what, fault) => {
  bench.cloud.faults.add({ pattern: 'GET *', service: 'databricks', fire: 4, ...fault });
  expect((await probe()).kind).toBe('done');
  expect(bench.said.join('\n')).not.toContain('threw');
});

it('gives a region up that does not have the node type', async () => {
  const { knobs } = databricksOf(bench.cloud.state);
  knobs.nodeTypes = knobs.nodeTypes.filter((it) => it.id !== 'Standard_D4ds_v5');
  expect(await probe()).toMatchObject({
    kind: 'refused',
    problem: { code: 'no-such-node-type', remedy: 'another-region' },
  });
});

it('gives a region up that has no fit runtime, and says what it saw', async () => {
  databricksOf(bench.cloud.state).knobs.runtimes = [
    { key: '12.2.x-cpu-ml-scala2.12', name: '12.2 LTS ML (includes Apache Spark 3.3.2, Scala 2.12)' },
  ];
  expect(await probe()).toMatchObject({
    kind: 'refused',
    problem: { code: 'no-runtime', message: expect.stringContaining('12.2.x') as string },
  });
});

it('a cluster that fell idle while the rest was built is started again, a stopped one is not', async () => {
  const ready = await bench.value('probeWorkspace', { lab: bench.lab, workspace, nodeType: 'Standard_D4ds_v5' });
  const input = {
    lab: bench.lab,
    workspace,
    ready,
    nodeType: 'Standard_D4ds_v5',
    start: 1,
    autoterminationMinutes: 10,
  };
  const { clusterId } = await bench.value('ensureCluster', input);
  await bench.pass(30 * 60_000);
  expect(await bench.value('ensureCluster', input)).toEqual({ clusterId });
  await bench.clients.databricks(workspace).terminateCluster(clusterId);
  expect(await bench.settle('ensureCluster', input)).toMatchObject({
    kind: 'refused',
    problem: { code: 'USER_REQUEST' },
  });
  expect(bench.requests(/clusters\/create$/)).toHaveLength(1);
});

it('a library that cannot be installed is refused with the reason', async () => {
  const ready = await bench.value('probeWorkspace', { lab: bench.lab, workspace, nodeType: 'Standard_D4ds_v5' });
  const { clusterId } = await bench.value('ensureCluster', {
    lab: bench.lab,
    workspace,
    ready,
    nodeType: 'Standard_D4ds_v5',
    start: 1,
    autoterminationMinutes: 20,
  });
  expect(
    await bench.settle('ensureLibrary', { lab: bench.lab, workspace, clusterId, package: 'no-such-package' }),
  ).toMatchObject({
    kind: 'refused',
    problem: { code: 'library-failed', message: expect.stringContaining('no-such-package') as string },
  });
});
