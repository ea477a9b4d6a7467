// Cloud and host together.
import { expect, it } from 'vitest';
import { wallNow } from '../../local/clock.ts';
import { startRig } from '../../local/rig.ts';

it('starts in real time: hurried along, each restart would take minutes from the deadlines of what is being built', async () => {
  const from = wallNow();
  const rig = await startRig({ clock: { kind: 'scaled', speed: 100_000 } });
  // Between the end of the start and this line lab time runs: some milliseconds, a hundred seconds each.
  expect(rig.clock.now() - from).toBeLessThan((wallNow() - from) * 50_000);
  await rig.close();
});
