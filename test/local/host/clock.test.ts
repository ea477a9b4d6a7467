import { afterEach, describe, expect, it } from 'vitest';
import { createClock, type Clock } from '../../../local/clock.ts';

const start = Date.UTC(2030, 0, 1);
let clock: Clock | undefined;
afterEach(() => clock?.restore());

describe('the virtual clock', () => {
  it('replaces only now and the zero-argument Date, and puts them back', () => {
    clock = createClock({ kind: 'virtual', startMs: start });
    clock.install();
    expect(Date.now()).toBe(start);
    expect(new Date().toISOString()).toBe('2030-01-01T00:00:00.000Z');
    expect(new Date(0).getTime()).toBe(0);
    expect(new Date()).toBeInstanceOf(Date);
    expect(Date.UTC(2000, 0)).toBe(946684800000);
    clock.restore();
    expect(Math.abs(Date.now() - start)).toBeGreaterThan(1000);
  });

  it('stands still while work is in flight, and never goes back', async () => {
    clock = createClock({ kind: 'virtual', startMs: start });
    const leave = clock.enter();
    expect(() => clock?.advanceTo(start + 1)).toThrow('in flight');
    setImmediate(leave);
    await clock.idle();
    leave();
    expect(clock.inFlight).toBe(0);
    clock.advanceTo(start + 5000);
    clock.advanceTo(start);
    expect(clock.now()).toBe(start + 5000);
  });
});

it('the scaled clock goes on from a stored lab time, never earlier', () => {
  clock = createClock({ kind: 'scaled', speed: 60, startMs: start });
  clock.rebase(start + 3_600_000);
  expect(clock.now()).toBeGreaterThanOrEqual(start + 3_600_000);
  clock.rebase(start);
  expect(clock.now()).toBeGreaterThanOrEqual(start + 3_600_000);
  expect(clock.realMs(60_000)).toBe(1000);
});
