/** Durable timers fire up to a second early: one that has fired is due all the same, and no deadline is waited for again and again. */
import { expect, it } from 'vitest';
import { eventType } from '../../local/host/durable/history.ts';
import { STRICT } from '../../local/rig.ts';
import { useWorld } from './world.ts';

const world = useWorld({ strictness: STRICT });

it('a watch of two hours, with a monitor, takes a timer for each thing that it waits for', async () => {
  const id = await world.start({ idleMinutes: 120, monitorEveryMinutes: 30 });
  await world.ended(id);
  const timersOf = (instanceId: string) =>
    world.rig.host
      .history(instanceId)
      .filter((it) => it.EventType === eventType.TimerCreated)
      .map((it) => it.FireAt ?? '');
  // The renewals of the lease, the warning and the idle end, each once; before them the polls of the steps that follow the branches.
  const timers = timersOf(id);
  expect(new Set(timers).size, 'no time is waited for twice').toBe(timers.length);
  expect(timers.length).toBeLessThanOrEqual(13);
  // Four intervals, and the end.
  expect(timersOf((await world.ids(id)).monitor).length).toBeLessThanOrEqual(5);
});
