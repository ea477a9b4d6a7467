import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TraceFeatures } from '../../src/drift/features.ts';
import { compareWindows, type DriftReport } from '../../src/drift/report.ts';
import type { FeatureReport, Feature } from '../../src/drift/findings.ts';
import { createRandom } from '../../src/drift/statistics/random.ts';
import { normal, ordinaryTraces, trace } from './support.ts';

function featureOf(report: DriftReport, feature: Feature): FeatureReport {
  const found = report.features.find((each) => each.feature === feature);
  expect(found, `${feature} is in the report`).toBeDefined();
  return found!;
}

const names = (report: DriftReport): Feature[] => report.features.map(({ feature }) => feature);

describe('windows of a lab', () => {
  test('pins: longer questions that go unseen at 60 against 60 completions', () => {
    const report = compareWindows(ordinaryTraces(60, 1), ordinaryTraces(60, 2, { promptTokens: 65 }));
    expect(report.verdict).toEqual({ kind: 'drift', features: ['promptTokens'] });
    expect(report.text.verdict).toBe('Drift in prompt tokens.');
    expect(report.knownChanges).toEqual([]);
  });

  test('pins: 5 against 5 traces judged at all, however far apart they lie', () => {
    const report = compareWindows(ordinaryTraces(5, 1), ordinaryTraces(5, 2, { promptTokens: 4000 }));
    expect(report.verdict.kind).toBe('not-enough-data');
    expect(report.text.verdict).toMatch(/^Not enough data \(need \d+ traces in each window\)\.$/);
    for (const feature of report.features) expect(feature.verdict.kind).toBe('not-enough-data');
  });

  test('pins: "no drift" without the effect that would have been detected', () => {
    const report = compareWindows(ordinaryTraces(80, 1), ordinaryTraces(80, 3));
    expect(report.verdict.kind).toBe('no-drift');
    expect(report.text.verdict).toMatch(
      /^No drift \(an effect of \d+ % and a change of a share by \d+ percentage points would have been detected\)\.$/,
    );
  });

  test('pins: an effect promised as if its feature were the only one tested', () => {
    const seen = (traces: [TraceFeatures[], TraceFeatures[]]): number => {
      const { verdict } = featureOf(compareWindows(...traces), 'completionTokens');
      return verdict.kind === 'no-drift' && verdict.detectable.kind === 'percent' ? verdict.detectable.percent : NaN;
    };
    const alone = (traces: TraceFeatures[]): TraceFeatures[] =>
      traces.map((each) => ({ ...each, promptTokens: null, latencyMs: null, finishReason: null, refusal: null }));
    const [a, b] = [ordinaryTraces(80, 1), ordinaryTraces(80, 3)];
    expect(seen([a, b])).toBeGreaterThan(1.1 * seen([alone(a), alone(b)]));
  });

  test('pins: an all-clear from windows too small to see a change of one half', () => {
    const report = compareWindows(ordinaryTraces(15, 1), ordinaryTraces(15, 3));
    expect(report.verdict).toMatchObject({ kind: 'not-enough-data' });
    const need = report.verdict.kind === 'not-enough-data' ? report.verdict.need! : 0;
    expect(need).toBeGreaterThan(25);
    expect(need).toBeLessThan(120);
  });

  test('pins: refusals that go unseen', () => {
    const report = compareWindows(ordinaryTraces(100, 1), ordinaryTraces(100, 2, { refusals: 0.3 }));
    expect(report.verdict).toEqual({ kind: 'drift', features: ['refusal'] });
    expect(report.text.features.find(({ feature }) => feature === 'refusal')?.text).toMatch(
      /^Drift: from [\d.]+ % to \d+ % \(adjusted p < 0\.0001\)\.$/,
    );
  });
});

describe('which traces count', () => {
  test('pins: the time and tokens of failed calls mixed with those of answers', () => {
    const ok = ordinaryTraces(60, 1).map((each) => ({ ...each, state: 'OK' as const, completionTokens: 200 }));
    const failed = Array.from({ length: 30 }, () => trace({ state: 'ERROR', latencyMs: 60_000, completionTokens: 0 }));
    const report = compareWindows(ok, [...ok, ...failed]);
    expect(report.verdict).toEqual({ kind: 'drift', features: ['error'] });
    expect(featureOf(report, 'latencyMs')).toMatchObject({ current: { count: 60 } });
    expect(report.windows.current).toMatchObject({ traces: 90, errors: 30 });
  });

  test('pins: a window in which every call failed', () => {
    const failed = Array.from({ length: 40 }, () => trace({ state: 'ERROR' }));
    const report = compareWindows(ordinaryTraces(40, 1), failed);
    expect(report.verdict).toEqual({ kind: 'drift', features: ['error'] });
    expect(featureOf(report, 'latencyMs').verdict.kind).toBe('not-enough-data');
  });

  test('pins: empty windows, or windows that record nothing', () => {
    expect(compareWindows([], []).verdict).toEqual({ kind: 'not-enough-data', features: [], need: 8 });
    expect(compareWindows(ordinaryTraces(60, 1), []).verdict.kind).toBe('not-enough-data');
    const bare = Array.from({ length: 60 }, () => trace());
    expect(names(compareWindows(bare, bare))).toEqual(['error']);
  });

  test('pins: numbers that are none, or negative, let into the tests', () => {
    const odd = [NaN, Infinity, -5].map((latencyMs) => trace({ latencyMs }));
    const report = compareWindows([...ordinaryTraces(60, 1), ...odd], ordinaryTraces(60, 2));
    expect(featureOf(report, 'latencyMs')).toMatchObject({ baseline: { min: expect.any(Number) as number } });
    expect(JSON.stringify(report)).not.toMatch(/-5\b.*"min"|NaN|Infinity/);
    expect(featureOf(report, 'latencyMs').baseline).toMatchObject({
      count: ordinaryTraces(60, 1).filter((each) => each.state === 'OK').length,
    });
  });

  test('pins: a trace in both windows that is not mentioned', () => {
    const traces = ordinaryTraces(60, 1).map((each, index) => ({ ...each, traceId: `tr-${index}` }));
    const report = compareWindows(traces.slice(0, 40), structuredClone(traces.slice(30)));
    expect(report.shared).toBe(10);
    expect(report.text.cautions).toEqual(['10 traces are in both windows, which hides drift.']);
    expect(compareWindows(traces.slice(0, 30), traces.slice(30)).shared).toBe(0);
  });
});

describe('features', () => {
  test('pins: lengths tested beside tokens, or left out where tokens are missing', () => {
    const withLengths = (seed: number): TraceFeatures[] =>
      ordinaryTraces(60, seed).map((each) => ({ ...each, promptChars: 100, responseChars: 400 }));
    expect(names(compareWindows(withLengths(1), withLengths(2)))).not.toContain('promptChars');
    const withoutTokens = withLengths(2).map((each) => ({ ...each, promptTokens: null }));
    expect(names(compareWindows(withoutTokens, withoutTokens)).slice(0, 2)).toEqual([
      'promptChars',
      'completionTokens',
    ]);
  });

  test('pins: a constant feature that costs the others power, or that is called blind', () => {
    const fixed = (seed: number): TraceFeatures[] =>
      ordinaryTraces(60, seed).map((each) => ({ ...each, promptTokens: 25 }));
    const report = compareWindows(fixed(1), fixed(2));
    expect(featureOf(report, 'promptTokens')).toMatchObject({
      adjustedP: null,
      verdict: { kind: 'no-drift', detectable: { kind: 'any' } },
    });
  });

  test('pins: two constants that differ called alike', () => {
    const fixed = (seed: number, promptTokens: number): TraceFeatures[] =>
      ordinaryTraces(60, seed).map((each) => ({ ...each, promptTokens }));
    const report = compareWindows(fixed(1, 25), fixed(2, 40));
    expect(report.verdict).toEqual({ kind: 'drift', features: ['promptTokens'] });
    expect(featureOf(report, 'promptTokens')).toMatchObject({
      tests: { shift: { shift: 15, low: 15, high: 15, percent: 60 }, distances: { wasserstein: null } },
    });
  });

  test('pins: an upgrade of the model reported as drift, or not at all', () => {
    const upgraded = ordinaryTraces(80, 3).map((each) => ({ ...each, model: 'gpt-4.1-mini-2025-04-14' }));
    const report = compareWindows(ordinaryTraces(80, 1), upgraded);
    expect(report.verdict.kind).toBe('no-drift');
    expect(report.text.knownChanges).toEqual([
      'Model version changed from gpt-4o-mini-2024-07-18 to gpt-4.1-mini-2025-04-14.',
    ]);
  });

  test('pins: wording that changes at the same length', () => {
    const worded = (seed: number, subject: string): TraceFeatures[] =>
      ordinaryTraces(60, seed).map((each, index) => ({ ...each, promptText: `tell me about ${subject} ${index % 7}` }));
    const report = compareWindows(worded(1, 'ships'), worded(2, 'hills'));
    expect(report.verdict).toEqual({ kind: 'drift', features: ['promptText'] });
    expect(JSON.stringify(report)).not.toMatch(/ships|hills/);
  });

  test('pins: a window that kept no text (the report of an ended lab) taken for one that holds too few traces', () => {
    const kept = ordinaryTraces(80, 1);
    const living = ordinaryTraces(80, 3).map((each) => ({ ...each, responseText: 'about ships' }));
    const report = compareWindows(kept, living);
    expect(report.verdict.kind).toBe('no-drift');
    expect(names(report)).not.toContain('responseText');
    expect(report.leftOut).toEqual(['responseText']);
    expect(report.text.cautions).toEqual(['Not compared, because one window has no texts: wording of the answers.']);
    // A window without a single answer is another thing: there the traces are missing.
    expect(featureOf(compareWindows([], living), 'responseText').verdict.kind).toBe('not-enough-data');
  });

  test('pins: a distance that decides (PSI far above 0.25 at 12 against 12 without drift)', () => {
    const report = compareWindows(ordinaryTraces(12, 1), ordinaryTraces(12, 2));
    const tokens = featureOf(report, 'completionTokens');
    expect(tokens.type === 'numeric' && tokens.tests!.distances.psi.value).toBeGreaterThan(0.25);
    expect(tokens.verdict.kind).not.toBe('drift');
  });
});

describe('the report', () => {
  test('pins: a report that changes from run to run, or with the features measured beside', () => {
    const [a, b] = [ordinaryTraces(60, 1), ordinaryTraces(60, 2)];
    expect(compareWindows(a, b)).toEqual(compareWindows(a, b));
    const rest = (traces: TraceFeatures[]): TraceFeatures[] => traces.map((each) => ({ ...each, latencyMs: null }));
    const table = (report: DriftReport): unknown => {
      const feature = featureOf(report, 'finishReason');
      return feature.type === 'categorical' && feature.tests?.table;
    };
    expect(table(compareWindows(rest(a), rest(b)))).toEqual(table(compareWindows(a, b)));
  });

  test('pins: a size that grows with the traces or with hostile values', () => {
    const random = createRandom(1);
    const hostile = (count: number): TraceFeatures[] =>
      Array.from({ length: count }, (_, index) =>
        trace({
          requestTimeMs: index,
          finishReason: `<script>${index}`.repeat(500),
          model: `${index}`.repeat(3000),
          deployment: `${index}`.repeat(3000),
          paramsHash: `${index}`,
          promptHash: `${index}`,
          promptTokens: Math.exp(10 * normal(random)),
          completionTokens: random.uniform(),
          latencyMs: random.uniform() * 1e9,
          refusal: index % 2 === 0,
          promptText: `word${index}`.repeat(1000),
        }),
      );
    const report = compareWindows(hostile(3000), hostile(2000));
    expect(JSON.stringify(report).length).toBeLessThan(48_000);
  });

  test('pins: something in the report that JSON does not carry', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.nat(), (n, m, seed) => {
        const report = compareWindows(ordinaryTraces(n, seed), ordinaryTraces(m, seed + 1));
        expect(JSON.parse(JSON.stringify(report))).toEqual(report);
      }),
      { numRuns: 40 },
    );
  });

  test('pins: options that are passed over', () => {
    const [a, b] = [ordinaryTraces(60, 1), ordinaryTraces(60, 2, { promptTokens: 65 })];
    expect(compareWindows(a, b, { floor: 61 }).verdict.kind).toBe('not-enough-data');
    expect(compareWindows(a, b, { alpha: 1e-12 }).verdict.kind).not.toBe('drift');
    expect(compareWindows(a, a, { worthSeeing: { percent: 5, points: 35 } }).verdict.kind).toBe('not-enough-data');
  });
});
