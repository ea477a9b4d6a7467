/** The buttons of the portal on a lab's instances: nothing is left over, no lab is lost for longer than its lease, and what happened is said in plain words. */
import { describe, expect, it } from 'vitest';
import type { LabView } from '../../src/hub/lab-view.ts';
import { STRICT } from '../../local/rig.ts';
import { useWorld } from './world.ts';

const world = useWorld({ strictness: STRICT });
const HOUR_MS = 3_600_000;

type Row = { instanceId: string; name: string; runtimeStatus: string; output: unknown };

const press = async (instanceId: string, action: string): Promise<number> =>
  (
    await world.rig.host.fetch(
      `/runtime/webhooks/durabletask/instances/${instanceId}/${action}?reason=a+slip&code=local`,
      {
        method: 'POST',
      },
    )
  ).status;
const rows = async (): Promise<Row[]> =>
  (await (await world.rig.host.fetch('/runtime/webhooks/durabletask/instances?code=local&top=1000')).json()) as Row[];
const stepOf = (name: string) => (view: LabView) => view.steps.some((it) => it.name === name);
const gone = async (id: string): Promise<LabView> => {
  await world.rig.host.until(async () => world.left().length === 0 && (await world.view(id)).phase === 'ended', {
    ms: 12 * HOUR_MS,
  });
  return world.view(id);
};

describe('a branch that an operator terminates', () => {
  it.each([
    ['openai', 'account'],
    ['databricks', 'workspace'],
    ['databricks', 'cluster'],
  ] as const)(
    '%s, while its lab has the step %s, is named, in the view and in the report, and everything goes',
    async (branch, step) => {
      const id = await world.start();
      await world.until(id, stepOf(step));
      expect(await press((await world.ids(id))[branch], 'terminate')).toBe(202);
      const view = await world.until(id, (it) => it.problem !== undefined);
      expect(view.problem).toMatchObject({ code: 'branch-terminated' });
      expect(view.problem?.message).toBe(`The branch ${branch} was terminated from outside: a slip`);
      const { report } = await gone(id);
      expect(report?.facts?.problem).toMatchObject({ code: 'branch-terminated' });
      expect(report?.receipt.left).toEqual([]);
    },
  );
});

describe('a lab that an operator suspends', () => {
  it('says so, and is ended by a DELETE all the same', async () => {
    const id = await world.start({ idleMinutes: 600, maxHours: 24 });
    await world.until(id, (view) => view.phase === 'watching');
    expect(await press(id, 'suspend')).toBe(202);
    const view = await world.until(id, (it) => it.problem !== undefined);
    expect(view.problem).toMatchObject({ code: 'suspended' });
    expect((await world.end(id)).status).toBe(202);
    const { report } = await gone(id);
    expect(report?.end.reason).toBe('asked');
  });

  it.each(['watching', 'provisioning'] as const)(
    'while it is in the phase %s is resumed and ended by the sweep when its lease has passed',
    async (phase) => {
      const id = await world.start({ idleMinutes: 30 });
      await world.until(id, (view) => view.phase === phase && (phase === 'watching' || stepOf('cluster')(view)));
      const at = world.rig.clock.now();
      expect(await press(id, 'suspend')).toBe(202);
      const { report } = await gone(id);
      expect(report?.receipt.left).toEqual([]);
      expect(world.rig.clock.now() - at).toBeLessThan(3 * HOUR_MS);
    },
  );
});

describe('a restart', () => {
  it.each(['lab', 'openai', 'teardown'] as const)(
    'of the %s makes an instance that refuses at once, and the lab goes on',
    async (kind) => {
      const id = await world.start({ idleMinutes: 600, maxHours: 24 });
      await world.until(id, (view) => view.phase === 'watching');
      if (kind === 'teardown') {
        await world.end(id);
        await world.until(id, stepOf('remove-workspace'));
      }
      const instanceId = (await world.ids(id))[kind];
      const before = await rows();
      expect(await press(instanceId, 'restart')).toBe(202);
      await world.rig.host.until(async () => (await rows()).some((it) => it.runtimeStatus === 'Failed'));
      const added = (await rows()).filter((it) => !before.some((one) => one.instanceId === it.instanceId));
      expect(added.map((it) => it.runtimeStatus)).toContain('Failed');
      expect(String(added.find((it) => it.runtimeStatus === 'Failed')?.output)).toContain(
        'it was restarted or started by hand',
      );
      if (kind !== 'teardown') {
        expect(await world.view(id)).toMatchObject({ phase: 'watching', running: true });
        await world.end(id);
      }
      const { report } = await gone(id);
      expect(report).toMatchObject({ outcome: 'healthy', receipt: { left: [] } });
      expect(world.creations(/^PUT .*\/accounts\/[^/]+$/)).toBe(1);
    },
  );
});
