/** What the report of a lab tells after the sweep has carried on its removal, or found it over. */
import { expect, it } from 'vitest';
import type { LabReport } from '../../src/contracts/report.ts';
import { signedTags, useWorld } from './world.ts';

const world = useWorld();
const HOUR_MS = 3_600_000;
const REQUEST = { idleMinutes: 600, maxHours: 72, budgetUsd: 1_000 };

const pass = (ms: number) => world.rig.host.until(world.rig.clock.now() + ms);
const watching = (id: string) => world.until(id, (view) => view.phase === 'watching');
const kept = async (id: string): Promise<LabReport> => {
  const { report } = await world.ids(id);
  const response = await world.rig.host.fetch(`/runtime/webhooks/durabletask/instances/${report}?code=local`);
  return ((await response.json()) as { input: LabReport }).input;
};

it('is not written anew because a list still names what is gone', async () => {
  const id = await world.start(REQUEST);
  await watching(id);
  await world.end(id);
  await world.ended(id);
  const before = await kept(id);
  const account = before.facts?.account?.id ?? '';
  const tags = signedTags(before.lab, account);
  const type = 'Microsoft.CognitiveServices/accounts';
  const listed = { id: account, type, location: 'eastus2', tags };
  world.rig.cloud.faults.add({
    ...{ pattern: 'GET /subscriptions/{}/resources', kind: 'status', status: 200 },
    ...{ body: { value: [listed] }, fire: Infinity, forMs: HOUR_MS },
  });
  await pass(2 * HOUR_MS);
  expect(world.rig.cloud.faults.hits[0]).toBeGreaterThan(10);
  expect((await kept(id)).endedAt).toBe(before.endedAt);
});

it('tells what a lab had done whose orchestration was terminated, and what it cost', async () => {
  const id = await world.start(REQUEST);
  const living = await watching(id);
  await pass(HOUR_MS);
  await world.terminate(id);
  const { report } = await world.until(id, (view) => view.phase === 'ended');
  expect(report).toMatchObject({ outcome: 'unknown', end: { reason: 'left-over' }, receipt: { left: [] } });
  expect(report?.facts?.completions).toEqual(living.completions);
  expect(report?.facts?.verifications).toEqual(living.verifications);
  expect(report?.facts?.steps.map((it) => it.name)).toEqual(expect.arrayContaining(['account', 'cluster', 'library']));
  expect(report?.cost?.usd).toBeGreaterThan(living.cost?.usd ?? Infinity);
  expect((await kept(id)).identity).not.toBeNull();
});

it('tells the end of a teardown that was terminated as it was, whose chains still had the ids that the next one gives', async () => {
  world.rig.cloud.state.latency.workspaceDeleteMs *= 3;
  const id = await world.start(REQUEST);
  await watching(id);
  await world.end(id);
  await world.until(id, (view) => view.steps.some((it) => it.name === 'remove-workspace'));
  await world.terminate((await world.ids(id)).teardown, id);
  expect((await world.end(id)).status).toBe(202);
  const view = await world.until(id, (it) => it.phase === 'ended');
  expect(view.report).toMatchObject({ outcome: 'healthy', end: { reason: 'asked' }, receipt: { left: [] } });
  expect((await kept(id)).features).toBeDefined();
  expect(world.left()).toEqual([]);
  // The one that DELETE began came to its end: no sweep had to begin another.
  expect(world.logs.filter((it) => it.message.includes('"outcome":"remove"'))).toEqual([]);
});
