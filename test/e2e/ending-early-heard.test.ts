/**
 * An event that comes while an activity is at work comes between two waits for it. Durable Functions hands it to the latest waiter that was ever made, be it one
 * whose race is long over: heard it must be all the same.
 */
import { setTimeout as realDelay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { useWorld } from './world.ts';

const world = useWorld();

/** Lets lab time pass until a call is under way that answers slowly, then does something before it has answered. */
async function during(pattern: string, skip: number, act: () => Promise<unknown>): Promise<void> {
  world.rig.cloud.faults.add({ pattern, skip, kind: 'slow', ms: 400 });
  let acted: Promise<unknown> | undefined;
  const watch = (async () => {
    while (world.rig.cloud.faults.hits[0] === 0) await realDelay(2);
    acted = act();
  })();
  await world.rig.host.until(() => acted !== undefined);
  await watch;
  await acted;
}

it.each([
  ['the cluster is asked for', 'GET *clusters/get', 2, 'cluster'],
  ['the workspace is asked for', 'GET *Microsoft.Databricks/workspaces/*', 3, 'workspace'],
  ['the job run is asked for', 'GET *jobs/runs/get', 1, 'notebook-completion'],
])('DELETE while %s, after earlier looks, ends the lab', async (_when, pattern, skip, step) => {
  world.rig.cloud.state.latency.clusterStartMs *= 1.3;
  world.rig.cloud.state.latency.workspaceCreateMs *= 1.3;
  world.rig.cloud.state.latency.runMs *= 3;
  const id = await world.start({});
  await during(pattern, skip, async () => expect((await world.end(id)).status).toBe(202));
  const view = await world.ended(id);
  expect(view.report).toMatchObject({ outcome: 'ended-early', end: { reason: 'asked' } });
  expect(view.steps.find((it) => it.name === step)?.state).toBe('ended');
  expect(world.left()).toEqual([]);
});

it.each([
  ['the plan is made', 'GET *locations/{}/models'],
  ['the group is made', 'PUT */resourcegroups/{}'],
])('DELETE while %s is heard before anything else is made', async (_when, pattern) => {
  const id = await world.start({});
  await during(pattern, 0, async () => expect((await world.end(id)).status).toBe(202));
  const view = await world.ended(id);
  expect(view.report).toMatchObject({ outcome: 'ended-early', end: { reason: 'asked' } });
  expect(world.creations(/^PUT .*\/(?:workspaces|accounts)\/[^/]+$/)).toBe(0);
  expect(world.left()).toEqual([]);
});

it('an end that came before the branches were there to hear it reaches them through the lab', async () => {
  const id = await world.start({});
  await world.until(id, (view) => view.steps.some((it) => it.name === 'workspace'));
  const from = world.rig.clock.now();
  await tellLabAlone(id);
  const view = await world.ended(id);
  expect(view.report).toMatchObject({ outcome: 'ended-early', end: { reason: 'asked', by: 'a test' } });
  expect(Date.parse(view.report?.end.at ?? '')).toBe(from);
  for (const step of ['workspace', 'account'] as const)
    expect(view.steps.find((it) => it.name === step)?.state).not.toBe('failed');
  expect(view.steps.some((it) => it.name === 'cluster')).toBe(false);
  expect(world.left()).toEqual([]);
});

/** What DELETE does, as long as the hub knows no branches. */
async function tellLabAlone(id: string): Promise<void> {
  const event = { reason: 'asked', by: 'a test', at: new Date(world.rig.clock.now()).toISOString() };
  const response = await world.rig.host.fetch(
    `/runtime/webhooks/durabletask/instances/${id}/raiseEvent/end?code=local`,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) },
  );
  expect(response.status).toBe(202);
}
