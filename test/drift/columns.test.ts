import { describe, expect, test } from 'vitest';
import { featureColumnsSchema, fromColumns, toColumns } from '../../src/drift/columns.ts';
import { compareWindows } from '../../src/drift/report.ts';
import { ordinaryTraces, trace } from './support.ts';

const stored = (columns: unknown): unknown => JSON.parse(JSON.stringify(columns));

describe('what is kept', () => {
  test('pins: a report that can no longer be compared after the lab is gone', () => {
    const [before, after] = [ordinaryTraces(60, 1), ordinaryTraces(60, 2, { tokens: 400 })];
    const back = fromColumns(featureColumnsSchema.parse(stored(toColumns(before))));
    const kept = compareWindows(back, after);
    const live = compareWindows(before, after);
    expect(kept.verdict).toEqual(live.verdict);
    expect(kept.features.map(({ adjustedP }) => adjustedP)).toEqual(live.features.map(({ adjustedP }) => adjustedP));
  });

  test('pins: a field lost on the way', () => {
    const full = trace({
      requestTimeMs: 1_700_000_000_123,
      state: 'ERROR',
      promptTokens: 12,
      completionTokens: 34,
      latencyMs: 56.789,
      promptChars: 78,
      responseChars: 90,
      finishReason: 'stop',
      refusal: false,
      model: 'm',
      deployment: 'd',
      paramsHash: 'p',
      promptHash: 'q',
      session: 's',
      sourceRun: 'r',
      tags: { probe: 'b' },
    });
    expect(fromColumns(toColumns([full, trace()], { tagKeys: ['probe'] }))).toEqual([trace(), full]);
  });

  test('pins: prompts, answers or unnamed tags that outlive the lab', () => {
    const secret = trace({ traceId: 'tr-1', promptText: 'SECRET', responseText: 'SECRET', tags: { note: 'SECRET' } });
    expect(JSON.stringify(toColumns([secret], { tagKeys: ['probe'] }))).not.toMatch(/SECRET|tr-1/);
  });
});

describe('bounds', () => {
  test('pins: more than 2,000 traces or 200,000 bytes, and old traces kept for new ones', () => {
    const traces = ordinaryTraces(5000, 3).map((each, index) => ({
      ...each,
      sourceRun: `run-${index}-0123456789abcdef0123456789`,
      session: `session-${index}-0123456789abcdef0123456789`,
    }));
    const columns = toColumns(traces);
    expect(columns.count).toBe(2000);
    expect(columns.left).toBe(3000);
    expect(columns.baseTimeMs).toBe(traces[3000]!.requestTimeMs);
    expect(Buffer.byteLength(JSON.stringify(columns))).toBeLessThanOrEqual(200_000);
  });

  test('pins: no end, or no valid columns, where hardly anything fits', () => {
    for (const maxBytes of [100, 1000, 5000]) {
      const columns = toColumns(ordinaryTraces(300, 4), { maxBytes });
      expect(columns.count + columns.left).toBe(300);
      expect(featureColumnsSchema.parse(stored(columns))).toEqual(columns);
    }
  });
});

describe('what is read back', () => {
  const good = toColumns(ordinaryTraces(5, 5));
  test.each([
    ['another version', { ...good, version: 2 }],
    ['a column that is too short', { ...good, latencyMs: [1] }],
    ['a code without a level', { ...good, model: { levels: [], codes: [0, 0, 0, 0, 0] } }],
    ['a code that is no position', { ...good, model: { levels: ['a'], codes: [-1, 0, 0, 0, 0] } }],
    ['text for a number', { ...good, promptTokens: ['1', 1, 1, 1, 1] }],
    ['nothing', null],
  ])('pins: %s taken for columns', (_, columns) => {
    expect(featureColumnsSchema.safeParse(stored(columns)).success).toBe(false);
  });
});
