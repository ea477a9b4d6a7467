/** What the settings of the sweep do: a rehearsal that only tells, and how long what has ended is remembered. */
import { describe, expect, it } from 'vitest';
import { useWorld } from './world.ts';

const MINUTE_MS = 60_000;

describe('a sweep that is told to rehearse', () => {
  const world = useWorld({ settings: { LAB_SWEEP_DRY_RUN: 'true' } });

  it('says what it would remove, and removes nothing', async () => {
    const id = await world.start({ idleMinutes: 600, maxHours: 24 });
    await world.until(id, (view) => view.phase === 'watching');
    await world.terminate(id);
    const before = world.left().sort();
    await world.rig.host.until(world.rig.clock.now() + 30 * MINUTE_MS);
    expect(world.left().sort()).toEqual(before);
    expect((await world.view(id)).phase).toBe('lost');
    const judged = world.logs
      .filter((it) => it.message.includes('"sweep.judged"'))
      .map((it) => JSON.parse(it.message) as { labId: string; outcome: string; dryRun: boolean });
    expect(judged.at(-1)).toMatchObject({ labId: id, outcome: 'remove', dryRun: true });
  });
});
