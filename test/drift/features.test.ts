import { describe, expect, test } from 'vitest';
import { fingerprint, selectWindow } from '../../src/drift/features.ts';
import { trace } from './support.ts';

const traces = [30, 10, 20, 50, 40].map((requestTimeMs) =>
  trace({
    requestTimeMs,
    sourceRun: requestTimeMs < 30 ? 'first' : 'second',
    session: requestTimeMs === 20 ? 's' : null,
    ...(requestTimeMs > 30 ? { tags: { probe: 'b' } } : {}),
  }),
);
const times = (...args: Parameters<typeof selectWindow>): number[] =>
  selectWindow(...args).map((each) => each.requestTimeMs);

describe('windows', () => {
  test('pins: a trace on the border that falls into both windows or into none', () => {
    expect(times(traces, { by: 'time', fromMs: 10, toMs: 30 })).toEqual([10, 20]);
    expect(times(traces, { by: 'time', fromMs: 30, toMs: 51 })).toEqual([30, 40, 50]);
  });

  test('pins: counts that take the oldest, or overlap the window before', () => {
    expect(times(traces, { by: 'count', count: 2 })).toEqual([40, 50]);
    expect(times(traces, { by: 'count', count: 2, skip: 2 })).toEqual([20, 30]);
    expect(times(traces, { by: 'count', count: 2, skip: 4 })).toEqual([10]);
    expect(times(traces, { by: 'count', count: 2, skip: 9 })).toEqual([]);
    expect(times(traces, { by: 'count', count: 9 })).toEqual([10, 20, 30, 40, 50]);
  });

  test('pins: traces of another run, tag or session let in', () => {
    expect(times(traces, { by: 'run', run: 'first' })).toEqual([10, 20]);
    expect(times(traces, { by: 'tag', key: 'probe', value: 'b' })).toEqual([40, 50]);
    expect(times(traces, { by: 'session', session: 's' })).toEqual([20]);
    expect(times(traces, { by: 'all' })).toEqual([10, 20, 30, 40, 50]);
  });

  test('pins: the caller’s list put into another order', () => {
    const before = [...traces];
    selectWindow(traces, { by: 'all' });
    expect(traces).toEqual(before);
  });
});

describe('fingerprints', () => {
  test('pins: the same parameters in another order called a change', () => {
    expect(fingerprint({ temperature: 0, max_tokens: 9, stop: undefined })).toBe(
      fingerprint({ max_tokens: 9, temperature: 0 }),
    );
  });

  test('pins: different values with one fingerprint', () => {
    const values = [null, 'null', 1, '1', [1, 2], [2, 1], ['1,2'], {}, { a: { b: 1 } }, { a: { b: 2 } }, ''];
    expect(new Set(values.map(fingerprint)).size).toBe(values.length);
    expect(fingerprint('You answer briefly.')).toMatch(/^[0-9a-f]{16}$/);
  });
});
