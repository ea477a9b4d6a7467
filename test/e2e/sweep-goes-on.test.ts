/** The sweep goes on: past a lab that it cannot read, and with a teardown that has fallen silent. */
import { expect, it } from 'vitest';
import { signedTags, useWorld } from './world.ts';

const world = useWorld();
const HOUR_MS = 3_600_000;
const REQUEST = { idleMinutes: 600, maxHours: 72, budgetUsd: 1_000 };

const watching = (id: string) => world.until(id, (view) => view.phase === 'watching');
const events = (name: string) =>
  world.logs
    .filter((it) => it.message.includes(`"${name}"`))
    .map((it) => JSON.parse(it.message) as { labId?: string; outcome: string; reason?: string });
it('removes the other labs when one cannot be read, and says that it failed', async () => {
  const over = await world.start({ id: 'over' });
  await watching(over);
  await world.end(over);
  const { report, startedAt } = await world.ended(over);
  const lost = await world.start({ ...REQUEST, id: 'lost' });
  await watching(lost);
  // A list still names a part of it, and where that was cannot be read: nobody knows whether it is gone.
  const id = report?.facts?.account?.id ?? '';
  const tags = signedTags({ id: over, owner: report?.lab.owner ?? '', startedAt }, id);
  const listed = { id, type: 'Microsoft.CognitiveServices/accounts', tags };
  const always = { kind: 'status', fire: Infinity } as const;
  world.rig.cloud.faults.add({
    ...always,
    ...{ pattern: 'GET /subscriptions/{}/resources', status: 200, body: { value: [listed] } },
  });
  world.rig.cloud.faults.add({
    ...always,
    ...{ pattern: `GET */resourceGroups/${report?.lab.group}/providers/*`, status: 403 },
    body: { error: { code: 'AuthorizationFailed', message: 'no' } },
  });

  await world.terminate(lost);
  await world.until(lost, (view) => view.phase === 'ended');
  expect(events('sweep.judged').some((it) => it.labId === over && it.outcome === 'failed')).toBe(true);
  const failed = events('sweep.run').at(-1);
  expect(failed?.outcome).toBe('failed');
  expect(failed?.reason).toMatch(/^over: unread: /);
});

it('replaces a teardown of which nothing was heard for hours, and the lab that waits for it', async () => {
  const id = await world.start(REQUEST);
  await watching(id);
  await world.end(id);
  await world.until(id, (view) => view.steps.some((it) => it.name === 'remove-workspace'));
  // What the hub has forgotten never returns: the teardown waits for ever.
  const ids = await world.ids(id);
  for (const chain of [1, 2]) world.rig.host.dropInstance(ids.chain(1, chain));
  await world.rig.host.until(world.rig.clock.now() + 3.5 * HOUR_MS);
  expect(world.left()).not.toEqual([]);
  await world.rig.host.until(() => world.left().length === 0, { ms: 2 * HOUR_MS });
  const view = await world.until(id, (it) => it.phase === 'ended');
  expect(view.report).toMatchObject({ end: { reason: 'asked' }, receipt: { left: [] } });
});
