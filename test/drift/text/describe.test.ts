import { describe, expect, test } from 'vitest';
import { compareWindows, type DriftReport } from '../../../src/drift/report.ts';
import { describe as say } from '../../../src/drift/text/describe.ts';
import type { DriftWords, Locale } from '../../../src/drift/text/vocabulary.ts';
import { ordinaryTraces, trace } from '../support.ts';

const worded = (seed: number, subject: string): ReturnType<typeof ordinaryTraces> =>
  ordinaryTraces(60, seed).map((each) => ({ ...each, responseText: `about ${subject}` }));

const reports: Record<string, DriftReport> = {
  'drift in everything': compareWindows(
    worded(1, 'ships').map((each) => ({ ...each, finishReason: 'stop', paramsHash: 'p1' })),
    worded(2, 'hills').map((each, index) => ({
      ...each,
      latencyMs: each.latencyMs! * 3,
      promptTokens: each.promptTokens! * 3,
      finishReason: index % 2 === 0 ? 'length' : 'stop',
      model: index % 2 === 0 ? 'other' : each.model,
      paramsHash: 'p2',
    })),
  ),
  'no drift': compareWindows(worded(1, 'ships'), worded(3, 'ships')),
  'too few': compareWindows(worded(1, 'ships').slice(0, 4), worded(2, 'ships').slice(0, 4)),
  'partly too few': compareWindows(ordinaryTraces(30, 1), ordinaryTraces(30, 2)),
  'without texts before': compareWindows(ordinaryTraces(60, 1), worded(3, 'ships')),
  nothing: compareWindows([], []),
  'mostly zero': compareWindows(
    Array.from({ length: 40 }, (_, index) => trace({ latencyMs: index === 0 ? 5 : 0 })),
    Array.from({ length: 40 }, () => trace({ latencyMs: 0 })),
  ),
};

const sentences = (words: DriftWords): string[] => [
  words.verdict,
  ...words.features.map(({ text }) => text),
  ...words.knownChanges,
  ...words.cautions,
];

describe.each(['en', 'pt-BR'] as Locale[])('in %s', (locale) => {
  test.each(Object.entries(reports))('pins: a sentence with a hole in it: %s', (_, report) => {
    for (const sentence of sentences(say(report, locale))) {
      expect(sentence).toMatch(/^[A-ZÀ-Ú].*\.$/);
      expect(sentence).not.toMatch(/undefined|null|NaN|Infinity|\(\)|: \(| {2}/);
    }
  });
});

test('pins: sentences that say something else than the findings', () => {
  const english = say(reports['drift in everything']!, 'en');
  expect(english.verdict).toBe('Drift in prompt tokens, latency, finish reason, and wording of the answers.');
  const text = (feature: string): string | undefined => english.features.find((each) => each.feature === feature)?.text;
  expect(text('latencyMs')).toMatch(
    /^Drift: typically up by [\d,]+ ms \(\d+ %\), 95 % interval [\d,]+ ms to [\d,]+ ms \(adjusted p < 0\.0001\)\.$/,
  );
  expect(text('finishReason')).toMatch(/^Drift: share of "stop" from 100 % to \d+ % \(adjusted p < 0\.0001\)\.$/);
  expect(text('responseText')).toMatch(
    /^Drift: wording distance 0\.\d+ on a scale from 0 to 1 \(adjusted p = 0\.\d+\)\.$/,
  );
  expect(english.knownChanges).toEqual([
    'Model version changed: gpt-4o-mini-2024-07-18 from 100 % to 50 % of the traces; other from 0 % to 50 % of the traces.',
    'Parameters changed from p1 to p2.',
  ]);
  expect(say(reports['too few']!, 'en').features.at(-1)?.text).toBe(
    'Not enough data (need 8 traces in each window; have 4 and 4).',
  );
});

test('pins: numbers in the wrong language', () => {
  const claims = say(reports['no drift']!, 'pt-BR').features.map(({ text }) => text);
  expect(claims.join(' ')).toMatch(/0,\d/);
  expect(claims.join(' ')).not.toMatch(/\d\.\d/);
});

test('pins: an interval that holds 0 beside a verdict of drift, without a word on why', () => {
  const tied = (short: number) =>
    Array.from({ length: 40 }, (_, index) => trace({ promptTokens: index < short ? 28 : 36 }));
  const { text } = say(compareWindows(tied(26), tied(8)), 'en').features.find((it) => it.feature === 'promptTokens')!;
  expect(text).toBe(
    'Drift: typically up by 8 (29 %), 95 % interval 0 to 8; many values are equal, so the estimate is coarse and the test decides (adjusted p = 0.0002).',
  );
});
