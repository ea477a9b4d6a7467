import { describe, expect, it } from 'vitest';
import { contracts } from '../../src/contracts/activities.ts';
import { CRITICAL_PATH, lastCreationMs, PHASES, secondsToNextPoll, STEP_NAMES, STEPS } from '../../src/lab/steps.ts';

describe('the table of steps', () => {
  it.each(STEP_NAMES)('has for %s a contract, a first poll within ten minutes, and a deadline after it', (name) => {
    const { activity, typicalSeconds, poll } = STEPS[name];
    expect(contracts).toHaveProperty(activity);
    expect(typicalSeconds).toBeGreaterThan(0);
    expect(poll.firstSeconds).toBeGreaterThan(0);
    expect(poll.firstSeconds).toBeLessThanOrEqual(600);
    expect(poll.deadlineMinutes * 60).toBeGreaterThan(typicalSeconds);
  });

  it('puts the phases of its critical path in their order, so that the rest of the way can be added up', () => {
    const phases = CRITICAL_PATH.map((name) => PHASES.indexOf(STEPS[name].phase));
    expect(phases).toEqual(phases.toSorted((a, b) => a - b));
  });
});

describe('a poll policy', () => {
  const policy = { firstSeconds: 60, everySeconds: 10, slowAfterMinutes: 10, deadlineMinutes: 30 };

  it.each([
    ['the typical time first', true, 0, 60],
    ['then steadily', false, 60_000, 10],
    ['to the last moment before it counts as slow', false, 599_999, 10],
    ['once a minute from then on', false, 600_000, 60],
  ])('waits %s', (_what, isFirst, ageMs, seconds) => {
    expect(secondsToNextPoll(policy, { isFirst, ageMs })).toBe(seconds);
  });
});

describe('the last creation', () => {
  const step = (name: 'account' | 'cluster', endedAt?: string) => ({
    name,
    state: 'done' as const,
    startedAt: '2026-11-23T09:00:00.000Z',
    ...(endedAt === undefined ? {} : { endedAt }),
  });

  it('is the latest end of a step that creates, and unknown while one of them is open', () => {
    const steps = [step('account', '2026-11-23T09:01:00.000Z'), step('cluster', '2026-11-23T09:09:00.000Z')];
    expect(lastCreationMs(steps)).toBe(Date.parse('2026-11-23T09:01:00.000Z'));
    expect(lastCreationMs([...steps, step('account')])).toBeUndefined();
    expect(lastCreationMs(undefined)).toBeUndefined();
  });
});
