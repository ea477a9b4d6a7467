/** What outlives a lab, and for how long: its history for a week, its report for as long as the setting says. */
import { expect, it } from 'vitest';
import { useWorld } from './world.ts';

const DAY_MS = 24 * 3_600_000;
/** A sweep a day: weeks of sweeps every five minutes are many. */
const world = useWorld({ settings: { LAB_REPORT_RETENTION_DAYS: '30', LAB_SWEEP_SCHEDULE: '0 0 3 * * *' } });

const instances = async (): Promise<string[]> => {
  const response = await world.rig.host.fetch('/runtime/webhooks/durabletask/instances?code=local');
  return ((await response.json()) as { instanceId: string }[]).map((it) => it.instanceId).sort();
};

it('a lab that has ended leaves its history for a week and its report for its own retention, and not a day less', async () => {
  const id = await world.start({});
  await world.ended(id);
  const endedAt = world.rig.clock.now();
  const after = (days: number) => world.rig.host.until(endedAt + days * DAY_MS, { ms: 60 * DAY_MS });

  await after(6);
  expect(await instances()).toEqual(expect.arrayContaining([id, `${id}.openai`, `${id}.teardown`, `${id}.report`]));

  await after(9);
  expect(await instances()).toEqual([`${id}.report`]);
  const view = await world.view(id);
  expect(view).toMatchObject({ phase: 'ended', report: { outcome: 'healthy', receipt: { left: [] } } });

  await after(29);
  expect(await instances()).toEqual([`${id}.report`]);

  await after(32);
  expect(await instances()).toEqual([]);
  expect((await world.rig.host.fetch(`/api/labs/${id}`)).status).toBe(404);
});
