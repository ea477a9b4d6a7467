// Health tells of a sweep that has fallen silent: nothing else removes what is lost.
import { expect, it } from 'vitest';
import { useWorld } from './world.ts';

const MINUTE_MS = 60_000;
const world = useWorld({ settings: { LAB_SWEEP_SCHEDULE: '0 0 */2 * * *' } });

it('says degraded when the sweep has not run for half an hour, and ok once it runs again', async () => {
  const begun = Math.ceil(world.rig.clock.now() / (120 * MINUTE_MS)) * 120 * MINUTE_MS;
  const at = async (minute: number): Promise<string> => {
    await world.rig.host.until(begun + minute * MINUTE_MS);
    return ((await (await world.rig.host.fetch('/api/health')).json()) as { status: string }).status;
  };
  expect(await at(5)).toBe('ok');
  expect(await at(25)).toBe('ok');
  expect(await at(45)).toBe('degraded');
  expect(await at(125)).toBe('ok');
});
