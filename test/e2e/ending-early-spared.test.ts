/** What must not end a lab before its time: a service that refuses to answer for a while, when the lease is renewed and when people are looked for. */
import { describe, expect, it } from 'vitest';
import { databricksOf, keyOf } from '../../local/cloud/databricks/tables.ts';
import { mlflowOf, type MlflowRun } from '../../local/cloud/mlflow/records.ts';
import { TAGS } from '../../src/lab/tags.ts';
import { useWorld } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

/** The shortest lease that the settings allow. */
const world = useWorld({ settings: { LAB_LEASE_MINUTES: '30' } });
const MINUTE_MS = 60_000;
const LONG = { idleMinutes: 600, maxHours: 24, budgetUsd: 1_000 };

const pass = (minutes: number) => world.rig.host.until(world.rig.clock.now() + minutes * MINUTE_MS);
const watching = (id: string) => world.until(id, (view) => view.phase === 'watching');
const logged = (event: string) => world.logs.filter((it) => it.message.includes(`"event":"${event}"`));

/** A run that a person made in the lab's experiment. */
function personRuns(change: Partial<MlflowRun> = {}): MlflowRun {
  const { runs } = mlflowOf(world.rig.cloud.state);
  const [, { endTime: _endTime, ...run }] = runs.entries()[0] as [string, MlflowRun];
  const id = `person-${world.rig.clock.now()}`;
  const person = { ...run, id, status: 'FINISHED', startTime: world.rig.clock.now(), tags: {}, ...change };
  runs.put(keyOf(run.workspaceId, id), person);
  return person;
}

const THROTTLED = { status: 429, headers: { 'retry-after': '5' } } as const;
const FORBIDDEN = { status: 403 } as const;
const REFUSALS = [
  ['a throttle', { ...THROTTLED, fire: 1 }],
  ['a missing right, for ten minutes,', { ...FORBIDDEN, fire: Infinity, forMs: 10 * MINUTE_MS }],
] as const;

/** When the lease on the lab's group ends. */
const leaseOf = (id: string): string => {
  const groups = [...armOf(world.rig.cloud.state).groups.values()];
  return groups.find((it) => it.tags[TAGS.lab] === id)?.tags[TAGS.lease] ?? 'none';
};

describe('the lease', () => {
  it('of a lab whose cluster starts at the second try is renewed for as long as the build takes', async () => {
    Object.assign(world.rig.cloud.state.latency, {
      workspaceCreateMs: 12 * MINUTE_MS,
      clusterStartMs: 15 * MINUTE_MS,
      libraryInstallMs: 6 * MINUTE_MS,
      runMs: 10 * MINUTE_MS,
    });
    databricksOf(world.rig.cloud.state).knobs.clusterStarts.push({ script: 'bootstrap-timeout' });
    const id = await world.start({ ...LONG, idleMinutes: 60 });
    await pass(80);
    const view = await world.view(id);
    expect(view.phase).toBe('watching');
    expect(view.steps.filter((it) => it.name === 'cluster').map((it) => it.state)).toEqual(['failed', 'done']);
  });

  it('never passes the hard deadline, not even the first one', async () => {
    const id = await world.start({ ...LONG, maxHours: 1 });
    const hardAt = world.rig.clock.now() + 60 * MINUTE_MS;
    await world.until(id, (view) => {
      const last = leaseOf(id);
      if (last !== 'none') expect(Date.parse(last)).toBeLessThanOrEqual(hardAt);
      return view.phase === 'watching';
    });
    await pass(30);
    expect(Date.parse(leaseOf(id))).toBe(hardAt);
  });

  it.each(REFUSALS)('%s at its renewal ends no lab hours before its time', async (_what, fault) => {
    const id = await world.start(LONG);
    await world.until(id, (view) => view.steps.some((it) => it.name === 'notebook-completion'));
    const body = { error: { code: fault.status === 429 ? 'TooManyRequests' : 'AuthorizationFailed', message: 'no' } };
    world.rig.cloud.faults.add({ pattern: 'PATCH */resourcegroups/*', kind: 'status', ...fault, body });
    await watching(id);
    await pass(4 * 60);
    expect(world.rig.cloud.faults.hits[0]).toBeGreaterThan(0);
    expect((await world.view(id)).phase).toBe('watching');
    expect(logged('lab.lease')).toHaveLength(world.rig.cloud.faults.hits[0] ?? 0);
  });
});

describe('a workspace that cannot be read at the idle deadline', () => {
  it.each([
    ['a throttle', { ...THROTTLED, fire: 1 }],
    ['a missing right, for two minutes,', { ...FORBIDDEN, fire: Infinity, forMs: 2 * MINUTE_MS }],
  ])('%s does not throw out who is at work', async (_what, fault) => {
    const id = await world.start({ idleMinutes: 20 });
    await watching(id);
    await pass(15);
    personRuns();
    const body = { error_code: fault.status === 429 ? 'REQUEST_LIMIT_EXCEEDED' : 'PERMISSION_DENIED', message: 'no' };
    world.rig.cloud.faults.add({ pattern: 'POST *runs/search', kind: 'status', ...fault, body });
    await pass(15);
    expect(world.rig.cloud.faults.hits[0]).toBeGreaterThan(0);
    expect((await world.view(id)).phase).toBe('watching');
    expect(logged('lab.activity-unread')).toHaveLength(1);
  });

  it('for good counts as idle, after two more idle periods and not without a word', async () => {
    const id = await world.start({ idleMinutes: 20 });
    const { deadlines } = await watching(id);
    const body = { error_code: 'PERMISSION_DENIED', message: 'no' };
    world.rig.cloud.faults.add({ pattern: 'POST *runs/search', kind: 'status', ...FORBIDDEN, fire: Infinity, body });
    const { report } = await world.ended(id);
    expect(report?.end.reason).toBe('idle');
    const late = Date.parse(report?.end.at ?? '') - Date.parse(deadlines?.endsAt ?? '');
    expect(late).toBe(2 * 20 * MINUTE_MS);
    expect(logged('lab.activity-unread')).toHaveLength(1);
    expect(world.left()).toEqual([]);
  });
});

it('a run that goes on for longer than the idle time keeps the lab, on whatever cluster, until it ends', async () => {
  const id = await world.start({ idleMinutes: 20 });
  await watching(id);
  await pass(5);
  const { id: runId, workspaceId } = personRuns({ status: 'RUNNING' });
  await pass(60);
  expect((await world.view(id)).phase).toBe('watching');
  const { runs } = mlflowOf(world.rig.cloud.state);
  const key = keyOf(workspaceId, runId);
  runs.put(key, { ...(runs.get(key) as MlflowRun), status: 'FINISHED', endTime: world.rig.clock.now() });
  const endedAt = world.rig.clock.now();
  const { report } = await world.ended(id);
  expect(report?.end.reason).toBe('idle');
  expect(Date.parse(report?.end.at ?? '') - endedAt).toBeLessThanOrEqual(20 * MINUTE_MS);
});
