import { describe, expect, it } from 'vitest';
import { judgeLab } from '../../src/lab/sweep-rule.ts';

const at = (minutes: number): string => new Date(Date.UTC(2026, 10, 23, 12, minutes)).toISOString();
const lab = { tearingDown: false, leaseEndsAt: at(30), now: at(0) };

describe('the sweep judges one lab', () => {
  it.each([
    ['a living lab within its lease', { ...lab, instance: 'live' as const }],
    [
      'a lab the hub does not know, within its lease: the hub may be the wrong one',
      { ...lab, instance: 'unknown' as const },
    ],
    ['a lab exactly at its lease', { ...lab, instance: 'unknown' as const, now: at(30) }],
    ['a lab whose lease cannot be read', { ...lab, instance: 'unknown' as const, leaseEndsAt: null, now: at(5_000) }],
    ['a lab whose lease is no time', { ...lab, instance: 'unknown' as const, leaseEndsAt: 'soon', now: at(5_000) }],
    [
      'a lab that is being torn down, whatever its lease',
      { ...lab, instance: 'over' as const, tearingDown: true, now: at(600) },
    ],
  ])('leaves %s', (_name, given) => {
    expect(judgeLab(given).kind).toBe('leave');
  });

  it('removes what an ended orchestration left, without waiting for the lease', () => {
    expect(judgeLab({ ...lab, instance: 'over' })).toMatchObject({ kind: 'remove', reason: 'left-over' });
  });

  it('removes a lab that the hub does not know once its lease has passed', () => {
    expect(judgeLab({ ...lab, instance: 'unknown', now: at(31) })).toMatchObject({ kind: 'remove', reason: 'lease' });
  });

  it('asks a living lab to end by itself when its lease has passed, so that its teardown is the one teardown', () => {
    expect(judgeLab({ ...lab, instance: 'live', now: at(31) }).kind).toBe('ask-to-end');
  });

  it('replaces a living lab that did not end for an hour after it was asked', () => {
    expect(judgeLab({ ...lab, instance: 'live', now: at(95) }).kind).toBe('replace');
  });
});
