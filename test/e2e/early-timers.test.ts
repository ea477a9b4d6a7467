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
  // Three renewals of the lease, the warning, the idle end and its second look; beside them looks whether the end has come, and the polls after the branches.
  expect(timersOf(id).length).toBeLessThanOrEqual(13);
  // Four intervals, and the end.
  expect(timersOf((await world.ids(id)).monitor).length).toBeLessThanOrEqual(5);
});
