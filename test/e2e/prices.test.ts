/** Prices read from the Azure Retail Prices API when a lab starts: what it costs is reckoned with them, and a start never fails for them. */
import { expect, it } from 'vitest';
import { RATES } from '../../src/lab/catalog/prices.ts';
import { useWorld } from './world.ts';

const world = useWorld({ settings: ({ pricesOrigin }) => ({ LAB_PRICES_ENDPOINT: pricesOrigin }) });
const HOUR_MS = 3_600_000;

/** As the local cloud tells them. */
const NODE = 0.25 + 0.6 + 21.9 / 730;
const NETWORK = 0.006 + 0.05;

const reads = () => world.rig.cloud.requests.filter((it) => it.service === 'prices').length;

it('a start whose prices cannot be read takes those of the table, and says so in the log', async () => {
  world.rig.cloud.faults.add({ pattern: 'GET /api/retail/prices', kind: 'status', status: 500, fire: Infinity });
  const id = await world.start({});
  const view = await world.until(id, (it) => it.phase === 'watching');
  expect(view.cost?.pricesOf).toBeUndefined();
  const table = Object.values(RATES).reduce((sum, it) => sum + it.usdPerHour, 0);
  expect(view.cost?.usdPerHour).toBeCloseTo(table, 5);
  expect(world.logs.filter((it) => it.message.includes('"prices.unread"'))).toHaveLength(1);
});

it('estimate, budget, status and report are reckoned with the prices of the start, which are read once a day', async () => {
  const before = reads();
  const dryRun = await world.rig.host.fetch('/api/labs?dryRun=true', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const { estimate } = (await dryRun.json()) as { estimate: { usdPerHour: number; lines: { source: string }[] } };
  expect(estimate.usdPerHour).toBeCloseTo(NODE + NETWORK, 5);
  expect(new Set(estimate.lines.map((it) => it.source))).toEqual(
    new Set(['https://prices.azure.com/api/retail/prices']),
  );
  const read = reads() - before;
  expect(read).toBe(5);

  const id = await world.start({ budgetUsd: 2, idleMinutes: 600 });
  const view = await world.until(id, (it) => it.phase === 'watching');
  expect(reads() - before).toBe(read);
  expect(view.cost?.usdPerHour).toBeCloseTo(NODE + NETWORK, 5);
  expect(view.cost?.pricesOf?.region).toBe('eastus2');

  const { report } = await world.ended(id);
  expect(report?.end.reason).toBe('budget');
  // By the table, which is cheaper, it would have lived longer.
  expect(report?.cost?.usd).toBeGreaterThan(1.9);
  expect(report?.cost?.usd).toBeLessThan(2.05);
  const workspace = report?.cost?.byResource.find((it) => it.resource === 'workspace 1');
  const steps = [...(report?.facts?.steps ?? []), ...(report?.teardownSteps ?? [])];
  const from = Date.parse(steps.find((it) => it.name === 'workspace')?.startedAt ?? '');
  const to = Date.parse(steps.find((it) => it.name === 'remove-workspace')?.endedAt ?? '');
  expect(workspace?.usd).toBeCloseTo(((to - from) / HOUR_MS) * NETWORK, 5);
  expect(report?.cost?.pricesOf).toEqual(view.cost?.pricesOf);
});
