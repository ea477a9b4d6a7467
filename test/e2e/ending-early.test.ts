import { describe, expect, it } from 'vitest';
import type { StepName } from '../../src/lab/steps.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const STEPS: StepName[] = [
  'plan',
  'group',
  'account',
  'deployment',
  'workspace',
  'readiness',
  'notebook',
  'cluster',
  'library',
  'connection',
  'app-completion',
  'notebook-completion',
  'app-verification',
];

describe('DELETE', () => {
  it.each(STEPS)('at the step %s ends the lab, and nothing is left or made afterwards', async (step) => {
    const id = await world.start({});
    await world.until(id, (view) => view.steps.some((it) => it.name === step));
    const response = await world.end(id);
    expect(response.status).toBe(202);
    const view = await world.ended(id);
    expect(view.report?.end).toMatchObject({ reason: 'asked' });
    expect(['ended-early', 'healthy']).toContain(view.report?.outcome);
    expect(world.left()).toEqual([]);
  });

  it('may be repeated, and answers with the report when the lab is gone', async () => {
    const id = await world.start({});
    await world.until(id, (view) => view.phase === 'watching');
    expect((await world.end(id)).status).toBe(202);
    expect((await world.end(id)).status).toBe(202);
    await world.ended(id);
    const again = await world.end(id);
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({
      id,
      phase: 'ended',
      report: { outcome: 'healthy', end: { reason: 'asked' } },
    });
  });

  it('of a lab that nobody started is 404', async () => {
    expect((await world.end('nobody')).status).toBe(404);
  });

  it('has an alias for callers that cannot send DELETE', async () => {
    const id = await world.start({});
    await world.until(id, (view) => view.phase === 'watching');
    expect((await world.rig.host.fetch(`/api/labs/${id}/end`, { method: 'POST' })).status).toBe(202);
    expect((await world.ended(id)).report?.end.reason).toBe('asked');
  });
});

describe('a lab ends by itself', () => {
  it('at its hard deadline, however often it is kept alive', async () => {
    const id = await world.start({ idleMinutes: 1_440, maxHours: 2 });
    await world.until(id, (view) => view.phase === 'watching');
    const view = await world.ended(id);
    expect(view.report?.end.reason).toBe('deadline');
    expect(Date.parse(view.report?.end.at ?? '') - Date.parse(view.startedAt)).toBe(2 * 3_600_000);
  });

  it('when its budget is used up', async () => {
    const id = await world.start({ idleMinutes: 1_440, maxHours: 72, budgetUsd: 2 });
    const view = await world.ended(id);
    expect(view.report?.end.reason).toBe('budget');
    expect(world.left()).toEqual([]);
  });

  it('later when it is kept alive, and the keepalive says until when', async () => {
    const id = await world.start({});
    await world.until(id, (view) => view.phase === 'watching');
    await world.rig.host.until(world.rig.clock.now() + 15 * 60_000);
    const response = await world.rig.host.fetch(`/api/labs/${id}/keepalive`, { method: 'POST' });
    expect(response.status).toBe(202);
    const { endsAt } = (await response.json()) as { endsAt: string };
    expect(Date.parse(endsAt) - world.rig.clock.now()).toBe(20 * 60_000);
    const view = await world.ended(id);
    expect(Date.parse(view.report?.end.at ?? '')).toBeGreaterThanOrEqual(Date.parse(endsAt));
    expect(Date.parse(view.report?.end.at ?? '') - Date.parse(endsAt)).toBeLessThan(60_000);
  });
});
