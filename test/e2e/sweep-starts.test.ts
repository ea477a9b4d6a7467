/** An id may be started again: what the sweep and the callers do when more than one start of it is to be seen. */
import { expect, it } from 'vitest';
import { groupName } from '../../src/lab/names.ts';
import { useWorld } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const world = useWorld();
const MINUTE_MS = 60_000;
const GIVEN = { id: 'twice', resourceGroup: 'rg-course', idleMinutes: 600, maxHours: 24, budgetUsd: 1_000 };

const pass = (minutes: number) => world.rig.host.until(world.rig.clock.now() + minutes * MINUTE_MS);
const watching = () => world.until('twice', (view) => view.phase === 'watching');
/** Somebody deletes the nearly empty group that carries the lease of a lab in a given group. */
function deleteLeaseGroup(startedAt: string): void {
  const subscriptionId = world.rig.cloud.state.subscriptionIds[0] ?? '';
  const name = groupName({ id: 'twice', subscriptionId, installation: 'local-lab', startedAt });
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${name}`.toLowerCase();
  expect(armOf(world.rig.cloud.state).groups.get(id)).toBeDefined();
  armOf(world.rig.cloud.state).groups.delete(id);
}

/** A lab in a given group, two hours old, without its lease group. */
async function stray(): Promise<string> {
  world.rig.cloud.bystanders.group({ name: 'rg-course' });
  await world.start(GIVEN);
  const { startedAt } = await watching();
  await pass(120);
  deleteLeaseGroup(startedAt);
  return startedAt;
}

it('a living lab whose lease group was deleted lives on to its own end, not to the lease of its start', async () => {
  await stray();
  await pass(30);
  expect((await world.view('twice')).phase).toBe('watching');
  await world.end('twice');
  expect((await world.ended('twice')).report?.receipt.left).toEqual([]);
});

it('an id is not started again while something of it stands outside a group of its own', async () => {
  await stray();
  await world.terminate('twice');
  const again = await world.post({ ...GIVEN, recreate: true });
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ code: 'lab-left-over' });
  await world.rig.host.until(() => world.left().length === 0, { ms: 3 * 60 * MINUTE_MS });
  await world.until('twice', (view) => view.phase === 'ended');
  expect((await world.post({ ...GIVEN, recreate: true })).status).toBe(202);
});

it('what stands of an earlier start is removed though the id lives again, and both reports stay', async () => {
  const first = await stray();
  await world.terminate('twice');
  // Resource Manager lists nothing of it while the id is started again.
  for (const pattern of ['GET /subscriptions/{}/resources', 'GET /subscriptions/{}/resourcegroups'])
    world.rig.cloud.faults.add({ pattern, kind: 'status', status: 200, body: { value: [] }, fire: Infinity });
  expect((await world.post({ ...GIVEN, recreate: true })).status).toBe(202);
  world.rig.cloud.faults.clear();
  await world.rig.host.runTimer('sweep');
  const judged = world.logs.map((it) => it.message).filter((it) => it.includes('"sweep.judged"'));
  expect(judged.some((it) => it.includes('"outcome":"remove"'))).toBe(true);
  expect((await world.rig.host.fetch('/api/labs/twice/keepalive', { method: 'POST' })).status).toBe(202);

  const { startedAt } = await watching();
  expect(startedAt).not.toBe(first);
  await world.end('twice');
  await world.rig.host.until(() => world.left().length === 0, { ms: 3 * 60 * MINUTE_MS });
  await pass(15);
  expect(await world.view('twice')).toMatchObject({ phase: 'ended', startedAt, report: { outcome: 'healthy' } });
  const { ended } = (await (await world.rig.host.fetch('/api/labs')).json()) as { ended: { startedAt: string }[] };
  expect(ended.map((it) => it.startedAt).sort()).toEqual([first, startedAt].sort());
});

it('an id whose removal is under way is not started again: nothing would start it when the removal is done', async () => {
  const body = { id: 'twice', idleMinutes: 600 };
  await world.start(body);
  await watching();
  await world.end('twice');
  await world.until('twice', (view) => view.phase === 'tearing-down');
  expect((await world.post(body)).status).toBe(202);
  const again = await world.post({ ...body, recreate: true });
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ code: 'lab-left-over' });
});

it('an id whose branches build on is not started again: the new lab would find their ids taken', async () => {
  world.rig.cloud.bystanders.group({ name: 'rg-course' });
  // Nothing is made yet, so that nothing of it can be seen in Azure.
  const full = { pattern: 'PUT */providers/Microsoft.*', kind: 'status', status: 429, fire: Infinity } as const;
  world.rig.cloud.faults.add({
    ...full,
    headers: { 'retry-after': '60' },
    body: { error: { code: 'TooManyRequests', message: 'later' } },
  });
  await world.start(GIVEN);
  const { startedAt } = await world.until('twice', ({ steps }) => steps.some((it) => it.name === 'workspace'));
  await pass(1);
  await world.terminate('twice');
  deleteLeaseGroup(startedAt);
  const early = await world.post({ ...GIVEN, recreate: true });
  expect(early.status).toBe(409);
  expect(early.headers.get('retry-after')).toBe('60');
  world.rig.cloud.faults.clear();
  await pass(1);
  expect((await world.post({ ...GIVEN, recreate: true })).status).toBe(202);
  expect((await watching()).startedAt).not.toBe(startedAt);
});
