/** What outlives a lab, and for how long: its history for a week, its report for as long as the setting says. */
import { SWEEP_MARK } from '../../src/contracts/instance-ids.ts';
import { expect, it } from 'vitest';
import type { LabReport } from '../../src/contracts/report.ts';
import { isFirstOfDay } from '../../src/timers/retention.ts';
import { useWorld } from './world.ts';

const DAY_MS = 24 * 3_600_000;
/** A sweep a day: weeks of sweeps every five minutes are many. */
const world = useWorld({ settings: { LAB_REPORT_RETENTION_DAYS: '40', LAB_SWEEP_SCHEDULE: '0 0 3 * * *' } });

/** All but the one that tells when the sweep last ran. */
const instances = async (): Promise<string[]> => {
  const response = await world.rig.host.fetch('/runtime/webhooks/durabletask/instances?code=local');
  const ids = ((await response.json()) as { instanceId: string }[]).map((it) => it.instanceId);
  return ids.filter((it) => it !== SWEEP_MARK).sort();
};

it('a lab that has ended leaves its history for a week and its report for its own retention, and not a day less', async () => {
  const id = await world.start({});
  await world.ended(id);
  const endedAt = world.rig.clock.now();
  const ids = await world.ids(id);
  const after = (days: number) => world.rig.host.until(endedAt + days * DAY_MS, { ms: 60 * DAY_MS });

  await after(6);
  expect(await instances()).toEqual(
    expect.arrayContaining([ids.lab, ids.reportLine, ids.openai, ids.teardown, ids.report]),
  );

  await after(9);
  expect(await instances()).toEqual([ids.reportLine, ids.report].sort());
  const view = await world.view(id);
  expect(view).toMatchObject({ phase: 'ended', report: { outcome: 'healthy', receipt: { left: [] } } });

  await after(39);
  expect(await instances()).toEqual([ids.reportLine, ids.report].sort());

  await after(42);
  expect(await instances()).toEqual([]);
  expect((await world.rig.host.fetch(`/api/labs/${id}`)).status).toBe(404);
});

it('only the first sweep of a day looks for what to forget', () => {
  const after = (last: string) => ({ scheduleStatus: { last, next: '', lastUpdated: last } });
  const now = new Date('2026-11-24T00:03:00Z');
  expect(isFirstOfDay({}, now)).toBe(true);
  expect(isFirstOfDay(after('2026-11-23T23:58:00Z'), now)).toBe(true);
  expect(isFirstOfDay(after('2026-11-24T00:00:00Z'), now)).toBe(false);
});

type Stored = { input: unknown; output: unknown };
const stored = async (id: string): Promise<Stored> =>
  (await (await world.rig.host.fetch(`/runtime/webhooks/durabletask/instances/${id}?code=local`)).json()) as Stored;

it('a report is kept once, and lists of labs read a line of it', async () => {
  const id = await world.start({});
  await world.ended(id);
  const ids = await world.ids(id);
  const report = await stored(ids.report);
  expect(report.output).toBeNull();
  expect((report.input as LabReport).receipt.left).toEqual([]);
  expect((await stored(ids.teardown)).output).toEqual({ left: 0 });
  const line = await stored(ids.reportLine);
  expect(line.input).toMatchObject({ id, outcome: 'healthy', reason: 'idle', left: 0 });
  expect(JSON.stringify(line).length).toBeLessThan(1_500);
});

const start = (name: string, under: string, input: unknown) =>
  world.rig.host.fetch(`/runtime/webhooks/durabletask/orchestrators/${name}/${under}?code=local`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });

it('lists of labs leave out what cannot be read, and go on', async () => {
  const id = await world.start({});
  await world.ended(id);
  await start('report-line', 'ended_empty', null);
  await start('report-line', 'ended_other', { id: 'other', endedAt: 'some day' });
  await start('report-line', 'other.report', { id: 'other' });
  await world.rig.host.until(world.rig.clock.now() + 1_000);
  const listed = (await (await world.rig.host.fetch('/api/labs')).json()) as { ended: { id: string }[] };
  expect(listed.ended.map((it) => it.id)).toEqual([id]);
  expect((await world.rig.host.fetch('/api/dashboard', { headers: { accept: 'text/html' } })).status).toBe(200);
  expect((await world.rig.host.fetch('/api/labs/other')).status).toBe(404);
});

it('lists of labs go on over the pages of the hub, and back a month', async () => {
  const now = world.rig.clock.now();
  const line = { owner: 'function-key', outcome: 'healthy', reason: 'idle', left: 0, usd: 1 };
  const startedAt = new Date(now).toISOString();
  const ids = Array.from({ length: 120 }, (_, index) => `lab-${String(index).padStart(3, '0')}`);
  for (const id of ids)
    await start('report-line', `ended_${id}`, { ...line, id, startedAt, endedAt: new Date(now).toISOString() });
  const listed = async () =>
    ((await (await world.rig.host.fetch('/api/labs')).json()) as { ended: { id: string }[] }).ended.map((it) => it.id);
  await world.rig.host.until(now + 1_000);
  expect((await listed()).sort()).toEqual(ids);
  await world.rig.host.until(now + 30.9 * DAY_MS, { ms: 60 * DAY_MS });
  await start('report-line', 'ended_young', { ...line, id: 'young', startedAt, endedAt: new Date().toISOString() });
  await world.rig.host.until(now + 31.1 * DAY_MS, { ms: 60 * DAY_MS });
  expect(await listed()).toEqual(['young']);
});
