import { describe, expect, it } from 'vitest';
import { wallNow } from '../../local/clock.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const printed = (which: string, from: number) =>
  console.log(
    `a healthy lab under the virtual clock, ${which}: ${wallNow() - from} ms of wall time, ${world.rig.cloud.requests.length} requests`,
  );

describe('a healthy lab', () => {
  it('is built, answers twice, is verified twice, falls idle, and leaves nothing', async () => {
    const from = wallNow();
    const id = await world.start({});
    const view = await world.ended(id);
    printed('the first, which loads the SDKs', from);

    expect(view).toMatchObject({
      phase: 'ended',
      running: false,
      report: { outcome: 'healthy', end: { reason: 'idle', by: 'app' } },
    });
    expect(view.problem).toBeUndefined();
    expect(view.completions?.map((it) => it.source)).toEqual(['app', 'notebook']);
    for (const it of view.completions ?? []) {
      expect(it.answer.length).toBeGreaterThan(0);
      expect(it.warnings).toEqual([]);
    }
    expect(view.verifications).toHaveLength(2);
    for (const it of view.verifications ?? []) expect([it.spanUsage, it.traceTokenUsage]).toEqual([it.param, it.param]);
    expect(view.steps.filter((it) => it.state !== 'done')).toEqual([]);
    expect(view.report?.receipt).toMatchObject({ left: [], foreign: [] });
    expect(world.left()).toEqual([]);
  });

  it('makes every resource once', async () => {
    const from = wallNow();
    await world.ended(await world.start({}));
    printed('the second', from);
    expect(world.creations(/^PUT .*\/accounts\/[^/]+$/)).toBe(1);
    expect(world.creations(/^PUT .*\/deployments\/[^/]+$/)).toBe(1);
    expect(world.creations(/^PUT .*\/workspaces\/[^/]+$/)).toBe(1);
    expect(world.creations(/^POST .*\/clusters\/create$/)).toBe(1);
    expect(world.creations(/^POST .*\/runs\/submit$/)).toBe(1);
  });

  it('says which model it took instead of the retired one, and why', async () => {
    const view = await world.ended(await world.start({}));
    expect(view.plan?.model).not.toBe('gpt-35-turbo');
    expect(view.plan?.reason).toMatch(/gpt-35-turbo/);
  });

  it('is idle for the minutes that were asked for, and no longer', async () => {
    const id = await world.start({ idleMinutes: 45 });
    const watching = await world.until(id, (it) => it.phase === 'watching');
    const since = world.rig.clock.now();
    expect(watching.secondsLeft).toBe(45 * 60);
    const view = await world.ended(id);
    const end = Date.parse(view.report?.end.at ?? '');
    expect((end - since) / 60_000).toBeCloseTo(45, 0);
  });

  it('tags every resource that it makes with installation, lab and owner', async () => {
    const id = await world.start({});
    await world.until(id, (it) => it.phase === 'watching');
    const ours = world.rig.cloud.inventory().filter((it) => it.origin === 'ours' && it.type.startsWith('Microsoft.'));
    const types = new Set(ours.map((it) => it.type));
    expect([...types].join(' ')).toMatch(/resourceGroups/i);
    expect(types.size).toBeGreaterThanOrEqual(3);
    for (const it of ours) {
      expect(it.tags, `${it.type} ${it.id}`).toMatchObject({
        'llmops-installation': 'local-lab',
        'llmops-lab': id,
        'llmops-owner': 'function-key',
      });
    }
    await world.end(id);
    await world.ended(id);
    expect(world.left()).toEqual([]);
  });
});
