import { describe, expect, it } from 'vitest';
import { groupName } from '../../src/lab/names.ts';
import { useWorld } from './world.ts';

const world = useWorld();

describe('what is not the app’s', () => {
  it('elsewhere in the subscription survives a lab untouched', async () => {
    const { bystanders } = world.rig.cloud;
    bystanders.group();
    await bystanders.account();
    await bystanders.workspace();
    const before = world.rig.cloud
      .inventory()
      .map((it) => `${it.id} ${JSON.stringify(it.tags)}`)
      .sort();
    await world.ended(await world.start({}));
    expect(
      world.rig.cloud
        .inventory()
        .map((it) => `${it.id} ${JSON.stringify(it.tags)}`)
        .sort(),
    ).toEqual(before);
  });

  it('inside the lab’s own group stays, and the group with it, and the report says why', async () => {
    const before = world.rig.cloud.inventory().map((it) => it.id.toLowerCase());
    const id = await world.start({});
    const watching = await world.until(id, (view) => view.phase === 'watching');
    const identity = {
      id,
      subscriptionId: world.rig.cloud.state.subscriptionIds[0] ?? '',
      installation: 'local-lab',
      startedAt: watching.startedAt,
    };
    const storage = world.rig.cloud.bystanders.storageIn(groupName(identity));
    const { report } = await world.ended(id);

    expect(report?.outcome).toBe('healthy');
    expect(report?.receipt.left).toEqual([]);
    expect(report?.receipt.foreign.map((it) => it.id.toLowerCase())).toEqual([storage.id.toLowerCase()]);
    const kept = report?.receipt.removals.filter((it) => it.kept) ?? [];
    expect(kept).toHaveLength(1);
    const still = world.rig.cloud.inventory().map((it) => it.id.toLowerCase());
    expect(still.sort()).toEqual([...before, storage.id.toLowerCase(), kept[0]?.id.toLowerCase()].sort());

    // The sweep must not come back to it for ever.
    await world.rig.host.runTimer('sweep');
    expect((await world.rig.host.fetch(`/api/labs/${id}`)).status).toBe(200);
    expect((await world.view(id)).running).toBe(false);
  });

  it('inside the lab’s own group stays when the list of the group is once not found, though the group is', async () => {
    const id = await world.start({});
    const { startedAt } = await world.until(id, (view) => view.phase === 'watching');
    const subscriptionId = world.rig.cloud.state.subscriptionIds[0] ?? '';
    const group = groupName({ id, subscriptionId, installation: 'local-lab', startedAt });
    const storage = world.rig.cloud.bystanders.storageIn(group);
    world.rig.cloud.faults.add({
      ...{ pattern: `GET */resourcegroups/${group}/resources`, skip: 1, kind: 'status', status: 404 },
      body: { error: { code: 'ResourceGroupNotFound', message: `Resource group '${group}' could not be found.` } },
    });
    await world.end(id);
    const { report } = await world.ended(id);
    expect(world.rig.cloud.faults.hits).toEqual([1]);
    expect(world.rig.cloud.inventory().map((it) => it.id)).toContain(storage.id);
    expect(report?.receipt.removals.find((it) => it.what === 'group')).toMatchObject({ kept: true });
    expect(report?.receipt.foreign.map((it) => it.id)).toEqual([storage.id]);
  });

  it('is every group but its own, so beside a given group it may lack the right to delete groups: its empty one is then released', async () => {
    world.rig.cloud.bystanders.group({ name: 'rg-of-the-course' });
    world.rig.cloud.state.landscape.denied.push({ action: 'Microsoft.Resources/subscriptions/resourceGroups/delete' });
    const { report } = await world.ended(await world.start({ resourceGroup: 'rg-of-the-course' }));
    expect(report).toMatchObject({ outcome: 'healthy', receipt: { left: [] } });
    const kept = report?.receipt.removals.find((it) => it.kept);
    expect(kept?.confirmed).toMatch(/empty/);
    expect(world.left().map((it) => it.split(' ')[1]?.toLowerCase())).toEqual([kept?.id.toLowerCase()]);
    await world.rig.host.runTimer('sweep');
    await world.rig.host.until(world.rig.clock.now() + 3_600_000);
    expect((await world.view(report?.id ?? '')).running).toBe(false);
  });

  it('is never in a given resource group: resources go there, and only they are removed', async () => {
    world.rig.cloud.bystanders.group({ name: 'rg-of-the-course' });
    const storage = world.rig.cloud.bystanders.storageIn('rg-of-the-course');
    const id = await world.start({ resourceGroup: 'rg-of-the-course' });
    await world.until(id, (view) => view.phase === 'watching');
    expect(
      world
        .left()
        .filter(
          (it) =>
            /^Microsoft\.(CognitiveServices|Databricks)\/\w+ .*rg-of-the-course/i.test(it) && !/deployments/.test(it),
        ),
    ).toHaveLength(2);
    await world.end(id);
    const { report } = await world.ended(id);
    expect(report?.receipt.left).toEqual([]);
    expect(world.left()).toEqual([]);
    expect(world.rig.cloud.inventory().map((it) => it.id)).toContain(storage.id);
  });
});
