/** Limits of one owner, with the settings of an installation that sets them. */
import { describe, expect, it } from 'vitest';
import { useWorld } from '../e2e/world.ts';

const world = useWorld({
  settings: { LAB_OWNER_MAX_LABS: '2', LAB_OWNER_MAX_STARTS_PER_DAY: '4', LAB_OWNER_MAX_USD_PER_DAY: '45' },
});

type Problem = { code: string; detail: string; suggestion: string };
const refused = async (response: Response): Promise<Problem> => {
  expect(response.status).toBe(429);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return (await response.json()) as Problem;
};

describe('one owner', () => {
  it('has two labs at once, told by their groups too when the task hub is lost; a third waits until one has gone', async () => {
    const first = await world.start({ id: 'first' });
    const second = await world.start({ id: 'second' });
    const third = await refused(await world.post({ id: 'third' }));
    expect(third).toMatchObject({ code: 'owner-limit-labs' });
    expect(third.detail).toContain('first, second');
    await world.until(first, (view) => view.phase === 'watching');
    await world.until(second, (view) => view.phase === 'watching');

    await world.rig.renewHost('new');
    expect(await refused(await world.post({ id: 'third' }))).toMatchObject({ code: 'owner-limit-labs' });
    const { report } = await world.ids(first);
    await world.end(first);
    await world.rig.host.until(() => world.rig.host.history(report).some((event) => event.EventType === 1));
    expect((await world.post({ id: 'third' })).status).toBe(202);
  }, 60_000);

  it('starts four labs in 24 hours, and is told when there is room again', async () => {
    for (const id of ['one', 'two', 'three', 'four']) {
      await world.start({ id, budgetUsd: 1 });
      await world.end(id);
      await world.ended(id);
    }
    const response = await world.post({ id: 'five', budgetUsd: 1 });
    const seconds = Number(response.headers.get('retry-after'));
    expect(await refused(response)).toMatchObject({ code: 'owner-limit-starts' });
    expect(seconds).toBeGreaterThan(20 * 3_600);
    await world.rig.host.until(world.rig.clock.now() + seconds * 1_000);
    expect((await world.post({ id: 'five', budgetUsd: 1 })).status).toBe(202);
  }, 60_000);

  it('has 45 dollars a day for the budgets of all, whether they were used up or not', async () => {
    await world.start({ id: 'dear', budgetUsd: 40 });
    const response = await world.post({ id: 'more', budgetUsd: 6 });
    expect(await refused(response)).toMatchObject({
      code: 'owner-limit-usd',
      suggestion: expect.stringContaining('budgetUsd') as string,
    });
    expect((await world.post({ id: 'more', budgetUsd: 5 })).status).toBe(202);
  });

  it('is not held to a limit by a repetition, nor by a rehearsal', async () => {
    const key = { 'idempotency-key': 'again' };
    for (let repetition = 0; repetition < 5; repetition++) expect((await world.post({}, key)).status).toBe(202);
    await world.start({ id: 'second' });
    expect((await world.rig.host.fetch('/api/labs?dryRun=true', { method: 'POST' })).status).toBe(200);
    expect((await world.post({}, key)).status).toBe(202);
  });
});
