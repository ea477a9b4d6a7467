import { describe, expect, it } from 'vitest';
import { limitReached, type KnownStart, type OwnerLimits } from '../../src/lab/owner-limits.ts';

const AT = '2026-11-24T12:00:00.000Z';
const NONE: OwnerLimits = { labs: 0, startsPerDay: 0, usdPerDay: 0 };
const hoursAgo = (hours: number) => new Date(Date.parse(AT) - hours * 3_600_000).toISOString();
const start = (id: string, hours: number, more: Partial<KnownStart> = {}): KnownStart => ({
  id,
  startedAt: hoursAgo(hours),
  living: false,
  budgetUsd: 10,
  ...more,
});

describe('limits of an owner', () => {
  it('of zero are none', () => {
    const many = Array.from({ length: 200 }, (_, index) => start(`lab-${index}`, 1, { living: true }));
    expect(limitReached(NONE, many, 10_000, AT)).toBeNull();
  });

  it('count a lab once that its group and its orchestration both tell of, with the budget that only one of them knows', () => {
    const both = [start('one', 1, { living: true, budgetUsd: null }), start('one', 1, { budgetUsd: 40 })];
    expect(limitReached({ ...NONE, labs: 2 }, both, 10, AT)).toBeNull();
    expect(limitReached({ ...NONE, labs: 1 }, both, 10, AT)).toMatchObject({ limit: 'labs', living: ['one'] });
    expect(limitReached({ ...NONE, usdPerDay: 50 }, both, 10, AT)).toBeNull();
    expect(limitReached({ ...NONE, usdPerDay: 49 }, both, 10, AT)).toMatchObject({ limit: 'usd', wanted: 50 });
  });

  it('count two starts of one id as two starts', () => {
    const known = [start('one', 5), start('one', 1)];
    expect(limitReached({ ...NONE, startsPerDay: 2 }, known, 10, AT)).toMatchObject({ limit: 'starts', wanted: 3 });
  });

  it('of a day forget what began more than 24 hours ago, and labs at once do not', () => {
    const known = [start('old', 25, { living: true }), start('new', 23)];
    expect(limitReached({ ...NONE, startsPerDay: 2 }, known, 10, AT)).toBeNull();
    expect(limitReached({ ...NONE, labs: 1 }, known, 10, AT)).toMatchObject({ limit: 'labs', living: ['old'] });
  });

  it('say when there is room again: when enough of the oldest starts are a day old', () => {
    const known = [start('a', 20), start('b', 10), start('c', 5)];
    expect(limitReached({ ...NONE, startsPerDay: 3 }, known, 10, AT)?.freeAt).toBe(hoursAgo(20 - 24));
    expect(limitReached({ ...NONE, usdPerDay: 40 }, known, 30, AT)?.freeAt).toBe(hoursAgo(10 - 24));
    expect(limitReached({ ...NONE, usdPerDay: 40 }, known, 50, AT)).toMatchObject({ limit: 'usd', freeAt: null });
  });

  it('count a start of which only the group is left with the usual budget', () => {
    const known = [start('lost', 1, { living: true, budgetUsd: null })];
    expect(limitReached({ ...NONE, usdPerDay: 19 }, known, 10, AT)).toMatchObject({ limit: 'usd', wanted: 20 });
  });
});
