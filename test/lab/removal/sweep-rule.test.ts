import { describe, expect, it } from 'vitest';
import { decideSweep, leaseEnd, livingLeaseEnd, type SweptLab } from '../../../src/lab/removal/sweep-rule.ts';

const at = (minutes: number): string => new Date(Date.UTC(2026, 10, 23, 12, minutes)).toISOString();
const lab: Omit<SweptLab, 'instance'> = { teardownSeenAt: null, leaseEndsAt: at(30), now: at(0) };

describe('the sweep judges one lab', () => {
  it.each<[string, SweptLab]>([
    ['a living lab within its lease', { ...lab, instance: 'live' }],
    ['a lab the hub does not know, within its lease: the hub may be the wrong one', { ...lab, instance: 'unknown' }],
    ['a lab exactly at its lease', { ...lab, instance: 'unknown', now: at(30) }],
    ['a lab whose lease is no time', { ...lab, instance: 'unknown', leaseEndsAt: 'soon', now: at(5_000) }],
    [
      'a lab that is torn down, whatever its lease',
      { ...lab, instance: 'over', teardownSeenAt: at(590), now: at(600) },
    ],
    ['a teardown that pauses for its hour', { ...lab, instance: 'over', teardownSeenAt: at(0), now: at(239) }],
    ['what only a list still names', { ...lab, instance: 'gone', now: at(5_000) }],
  ])('leaves %s', (_name, given) => {
    expect(decideSweep(given).kind).toBe('leave');
  });

  it('removes what an ended orchestration left, without waiting for the lease', () => {
    expect(decideSweep({ ...lab, instance: 'over' })).toMatchObject({ kind: 'remove', reason: 'left-over' });
  });

  it('removes a lab that the hub does not know once its lease has passed', () => {
    expect(decideSweep({ ...lab, instance: 'unknown', now: at(31) })).toMatchObject({
      kind: 'remove',
      reason: 'lease',
    });
  });

  it('asks a living lab to end by itself when its lease has passed, so that its teardown is the one teardown', () => {
    expect(decideSweep({ ...lab, instance: 'live', now: at(31) }).kind).toBe('ask-to-end');
  });

  it('replaces a living lab that did not end for an hour after it was asked', () => {
    expect(decideSweep({ ...lab, instance: 'live', now: at(95) }).kind).toBe('replace');
  });

  it.each(['live', 'over', 'unknown'] as const)('replaces a teardown that is silent for four hours: %s', (instance) => {
    expect(decideSweep({ ...lab, instance, teardownSeenAt: at(0), now: at(241) }).kind).toBe('replace');
  });
});

describe('a lab is looked after', () => {
  const given = { startedAt: at(0), lease: null };

  it('until its lease, where the hub knows nothing of it', () => {
    expect(leaseEnd({ ...given, lease: at(45) })).toBe(at(45));
  });

  it.each([
    ['its lease', { lease: at(200), endsAt: undefined, heardUntil: at(100) }, at(200)],
    [
      'its last sign of life, though an old lease was written back',
      { lease: at(5), endsAt: undefined, heardUntil: at(100) },
      at(100),
    ],
    ['its last sign of life, where it has no lease', { lease: null, endsAt: undefined, heardUntil: at(100) }, at(100)],
    [
      'its own end and some minutes, though an old lease was written back',
      { lease: at(5), endsAt: at(60), heardUntil: at(10) },
      at(75),
    ],
    [
      'its hard deadline and some minutes at most',
      { lease: at(9_000), endsAt: undefined, heardUntil: at(9_000) },
      at(495),
    ],
  ])('while it lives, until %s', (_what, known, until) => {
    expect(livingLeaseEnd({ ...known, hardAt: at(480) })).toBe(until);
  });

  it('without a group, and unknown to the hub, for the lease that its start had', () => {
    expect(leaseEnd({ ...given, strayMinutes: 90 })).toBe(at(90));
  });

  it('in a group that has lost its lease, until no lab of its start could live: not for ever', () => {
    expect(leaseEnd(given)).toBe(at(76 * 60));
  });
});
