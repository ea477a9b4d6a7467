/** What ends a lab by itself, how it warns of it, and what does not keep it alive. */
import { describe, expect, it } from 'vitest';
import type { LabView } from '../../src/hub/lab-view.ts';
import { useWorld } from './world.ts';

const world = useWorld({ settings: { LAB_WARN_MINUTES: '7' } });
const MINUTE_MS = 60_000;

const watching = (id: string) => world.until(id, (view) => view.phase === 'watching');
const pass = (minutes: number) => world.rig.host.until(world.rig.clock.now() + minutes * MINUTE_MS);
const keepAlive = (id: string) => world.rig.host.fetch(`/api/labs/${id}/keepalive`, { method: 'POST' });
const warnings = () => world.logs.map((it) => it.message).filter((it) => it.includes('lab.ends-soon'));
const minutesToEnd = (view: LabView) => (Date.parse(view.deadlines?.endsAt ?? '') - world.rig.clock.now()) / MINUTE_MS;

describe('before its end a lab warns', () => {
  it('once, as long ahead as the setting says, in its status and its log; a keepalive takes the warning back', async () => {
    const id = await world.start({});
    await watching(id);
    await pass(12);
    expect((await world.view(id)).endsSoon).toBeUndefined();
    expect(warnings()).toEqual([]);
    const warned = await world.until(id, (view) => view.endsSoon === true);
    expect(minutesToEnd(warned)).toBeCloseTo(7, 1);
    expect(warnings()).toHaveLength(1);
    expect(JSON.parse(warnings()[0] ?? '')).toMatchObject({ labId: id, reason: 'idle', secondsLeft: 420 });

    await keepAlive(id);
    await pass(1);
    expect((await world.view(id)).endsSoon).toBeUndefined();
    await world.until(id, (view) => view.endsSoon === true);
    await world.ended(id);
    expect(warnings()).toHaveLength(2);
  });

  it('of the deadline and the budget as well', async () => {
    const [deadline, budget] = [
      await world.start({ id: 'by-deadline', idleMinutes: 1_440, maxHours: 1 }),
      await world.start({ id: 'by-budget', idleMinutes: 1_440, budgetUsd: 1 }),
    ];
    await world.ended(deadline);
    await world.ended(budget);
    const told = warnings().map((it) => JSON.parse(it) as { labId: string; reason: string; secondsLeft: number });
    expect(told.sort((a, b) => a.labId.localeCompare(b.labId))).toMatchObject([
      { labId: 'by-budget', reason: 'budget', secondsLeft: 420 },
      { labId: 'by-deadline', reason: 'deadline', secondsLeft: 420 },
    ]);
  });

  it('never more than half of the idle time ahead', async () => {
    const id = await world.start({ idleMinutes: 6 });
    await watching(id);
    const warned = await world.until(id, (view) => view.endsSoon === true);
    expect(minutesToEnd(warned)).toBeCloseTo(3, 1);
  });
});

describe('while a lab is built', () => {
  it('its budget ends it', async () => {
    const view = await world.ended(await world.start({ budgetUsd: 0.09 }));
    expect(view.report).toMatchObject({ outcome: 'ended-early', end: { reason: 'budget', by: 'app' } });
    expect(view.steps.find((it) => it.name === 'cluster')?.state).toBe('ended');
    expect(world.left()).toEqual([]);
  });

  it('its deadline ends it, in the midst of a wait', async () => {
    Object.assign(world.rig.cloud.state.latency, {
      workspaceCreateMs: 19 * MINUTE_MS,
      workspaceReadyMs: 9 * MINUTE_MS,
      clusterStartMs: 29 * MINUTE_MS,
      libraryInstallMs: 9 * MINUTE_MS,
    });
    const view = await world.ended(await world.start({ maxHours: 1 }));
    expect(view.report).toMatchObject({ outcome: 'ended-early', end: { reason: 'deadline' } });
    const late = Date.parse(view.report?.end.at ?? '') - Date.parse(view.startedAt) - 60 * MINUTE_MS;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(5_000);
    expect(world.left()).toEqual([]);
  });
});

describe('what does not keep a lab alive', () => {
  it('scheduled monitoring, a dashboard that is left open, and every read of its status', async () => {
    const id = await world.start({ monitorEveryMinutes: 15, idleMinutes: 40 });
    const { deadlines } = await watching(id);
    const paths = ['', `/${id}`, `/${id}/traces`, `/${id}/drift`, `/${id}/report`];
    for (let minute = 0; minute < 39; minute++) {
      for (const path of paths) await world.rig.host.fetch(`/api/labs${path}`);
      await world.rig.host.fetch('/api/dashboard');
      await pass(1);
    }
    expect((await world.view(id)).phase).toBe('watching');
    const { report } = await world.ended(id);
    expect(report?.end.reason).toBe('idle');
    expect(Date.parse(report?.end.at ?? '') - Date.parse(deadlines?.endsAt ?? '')).toBeLessThan(MINUTE_MS);
  });
});

describe('a keepalive', () => {
  it('that comes when the lab is being removed is refused: nobody is promised what will not be', async () => {
    const id = await world.start({});
    await watching(id);
    await world.end(id);
    await world.until(id, (view) => view.phase === 'tearing-down');
    const response = await keepAlive(id);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'lab-ending' });
  });

  it('that comes while the workspace is asked for activity counts', async () => {
    const id = await world.start({});
    await watching(id);
    // The look at the idle deadline fails at first, and the keepalive comes before it is repeated.
    world.rig.cloud.faults.add({ pattern: 'POST *runs/search', kind: 'status', status: 500 });
    await world.rig.host.until(() => world.rig.cloud.faults.hits[0] === 1);
    expect((await keepAlive(id)).status).toBe(202);
    await pass(5);
    const view = await world.view(id);
    expect(view.phase).toBe('watching');
    expect(minutesToEnd(view)).toBeGreaterThan(14);
  });

  it('holds as long as it says, however many came just before it', async () => {
    const id = await world.start({});
    await watching(id);
    let endsAt = '';
    for (let i = 0; i < 5; i++) {
      endsAt = ((await (await keepAlive(id)).json()) as { endsAt: string }).endsAt;
      await pass(0.2);
    }
    const { report } = await world.ended(id);
    expect(Date.parse(report?.end.at ?? '')).toBeGreaterThanOrEqual(Date.parse(endsAt));
  });

  it.each([
    ['deadline', { maxHours: 1, idleMinutes: 55 }],
    ['budget', { budgetUsd: 1, idleMinutes: 240 }],
  ])('says that it changes nothing where the %s comes first', async (reason, body) => {
    const id = await world.start(body);
    await watching(id);
    await pass(5);
    const { deadlines } = await world.view(id);
    expect(deadlines?.endsBy).toBe(reason);
    const response = await keepAlive(id);
    expect(await response.json()).toMatchObject({ status: 'unchanged', reason, endsAt: deadlines?.endsAt });
  });

  it('that moves nothing is no event: a page that sends one each second leaves the history as it is', async () => {
    const id = await world.start({});
    await watching(id);
    await pass(5);
    await keepAlive(id);
    await pass(0.1);
    const events = () => world.rig.host.history(id).length;
    const before = events();
    const { deadlines } = await world.view(id);
    for (let second = 0; second < 20; second++) {
      const response = await keepAlive(id);
      expect(await response.json()).toMatchObject({
        ...{ status: 'unchanged', reason: 'recent', endsAt: deadlines?.endsAt },
      });
      await pass(1 / 60);
    }
    const batch = await world.rig.host.fetch(`/api/labs/${id}/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompts: ['Hello?'] }),
    });
    expect(batch.status).toBe(202);
    expect(events()).toBe(before);
  });
});
