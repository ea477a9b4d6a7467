import { describe, expect, it } from 'vitest';
import { useWorld } from './world.ts';

const world = useWorld();
const MINUTE = 60_000;

const watching = async (id: string) => world.until(id, (view) => view.phase === 'watching');
const pass = (minutes: number) => world.rig.host.until(world.rig.clock.now() + minutes * MINUTE);

describe('the sweep', () => {
  it('leaves five living labs alone when the task hub is another one, and ends them when their leases have passed', async () => {
    const ids = await Promise.all(
      ['one', 'two', 'three', 'four', 'five'].map((id) => world.start({ id, idleMinutes: 60 })),
    );
    for (const id of ids) await watching(id);
    const before = world.left().sort();

    await world.rig.renewHost('new');
    for (let run = 0; run < 5; run++) await world.rig.host.runTimer('sweep');
    await pass(30);
    expect(world.left().sort()).toEqual(before);

    // Their leases reach to their idle deadline and a margin beyond it.
    await pass(90);
    await world.rig.host.until(() => world.left().length === 0);
  });

  it('ends a lab whose orchestration was purged, but not before its lease has passed', async () => {
    const id = await world.start({});
    await watching(id);
    world.rig.host.dropInstance(id);
    await world.rig.host.runTimer('sweep');
    await pass(5);
    expect(world.left()).not.toEqual([]);
    const view = await world.view(id);
    expect(view).toMatchObject({ phase: 'lost', running: false });
    await world.rig.host.until(() => world.left().length === 0, { ms: 3 * 3_600_000 });
    await pass(5);
    expect((await world.view(id)).report).toMatchObject({
      outcome: 'unknown',
      end: { reason: 'lease', by: 'sweep' },
      receipt: { left: [], blindTo: [expect.any(String), expect.stringContaining('history of the lab was lost')] },
    });
  });

  it('finds what a lab in the middle of its provisioning left when the whole hub is lost', async () => {
    const id = await world.start({});
    await world.until(id, (view) => view.steps.some((it) => it.name === 'cluster'));
    await world.rig.renewHost('new');
    await world.rig.host.until(() => world.left().length === 0, { ms: 4 * 3_600_000 });
    expect(world.creations(/^PUT .*\/workspaces\/[^/]+$/)).toBe(1);
  });

  it('removes at once what is left of an orchestration that broke', async () => {
    const id = await world.start({ idleMinutes: 600, maxHours: 24 });
    await watching(id);
    await world.terminate(id);
    await world.rig.host.until(() => world.left().length === 0, { ms: 60 * MINUTE });
    await pass(5);
    const view = await world.view(id);
    expect(view.report?.receipt.left).toEqual([]);
  });

  it('never touches what carries the tags of another installation, or none', async () => {
    const { bystanders } = world.rig.cloud;
    const tags = { 'llmops-installation': 'another', 'llmops-lab': 'theirs', 'llmops-owner': 'somebody' };
    const passed = { 'llmops-lease': '2020-01-01T00:00:00.000Z', 'llmops-started': '2020-01-01T00:00:00.000Z' };
    bystanders.group({ name: 'rg-of-another-installation', tags: { ...tags, ...passed } });
    await bystanders.account({ group: 'rg-of-another-installation', name: 'aoai-theirs', tags });
    await bystanders.account();
    await bystanders.workspace();
    const before = world.rig.cloud
      .inventory()
      .map((it) => it.id)
      .sort();
    for (let run = 0; run < 3; run++) {
      await world.rig.host.runTimer('sweep');
      await pass(30);
    }
    expect(
      world.rig.cloud
        .inventory()
        .map((it) => it.id)
        .sort(),
    ).toEqual(before);
  });
});
