// What a listing and drift read of a trace, from a search alone; and how windows of traces are named.
import { describe, expect, it } from 'vitest';
import { selectWindow } from '../../../src/drift/features.ts';
import { compareSides, sideOf } from '../../../src/lab/traces/compare.ts';
import { readChatSpan } from '../../../src/lab/traces/chat.ts';
import { FEATURE_TAGS, featuresOf, featureTags, traceLine, type TraceRow } from '../../../src/lab/traces/features.ts';
import { filterOf, halves, parseWindow } from '../../../src/lab/traces/windows.ts';
import { trace } from '../../drift/support.ts';

const chat = (answer: string | null, parameters = {}) =>
  readChatSpan(
    {
      model: 'dep',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Why?' },
      ],
      ...parameters,
    },
    answer === null
      ? null
      : {
          model: 'm-1',
          choices: [{ finish_reason: 'stop', message: { content: answer } }],
          usage: { prompt_tokens: 9, completion_tokens: 2 },
        },
  );
const row = (more: Partial<TraceRow> = {}): TraceRow => ({
  trace_id: 'tr-1',
  request_time: '2026-11-23T09:00:00.000Z',
  execution_duration: '0.250s',
  state: 'OK',
  trace_metadata: {},
  tags: {},
  ...more,
});

describe('feature tags', () => {
  it('say everything that a search does not, and come back as they went', () => {
    const line = traceLine(row({ tags: { ...featureTags(chat('Because.')), colour: 'red', 'mlflow.traceName': 'x' } }));
    expect(line).toMatchObject({
      promptTokens: 9,
      completionTokens: 2,
      promptChars: 4,
      responseChars: 8,
      latencyMs: 250,
      finishReason: 'stop',
      refusal: false,
      model: 'm-1',
      deployment: 'dep',
      errorCode: null,
      tags: { colour: 'red' },
    });
  });

  it('hold no text of prompt, answer or parameters', () => {
    const text = JSON.stringify(featureTags(chat('Because.', { user: 'ada' })));
    expect(text).not.toMatch(/Why|brief|Because|ada/);
  });

  it('tell a refusal of the filter from another error', () => {
    expect(featureTags(chat(null), 'content_filter')).toMatchObject({
      [FEATURE_TAGS.refusal]: 'true',
      [FEATURE_TAGS.finishReason]: 'content_filter',
    });
    expect(featureTags(chat(null), 'context_length_exceeded')).not.toHaveProperty([FEATURE_TAGS.refusal]);
  });

  it('change with the parameters and not with their order', () => {
    const hash = (parameters: object) => featureTags(chat('x', parameters))[FEATURE_TAGS.parameters];
    expect(hash({ a: 1, b: 2 })).toBe(hash({ b: 2, a: 1 }));
    expect(hash({ a: 1 })).not.toBe(hash({ a: 2 }));
  });
});

describe('features', () => {
  it('of people’s traces are what MLflow keeps: time, state, latency and tokens', () => {
    const metadata = { 'mlflow.trace.tokenUsage': '{"input_tokens":5,"output_tokens":7,"total_tokens":12}' };
    expect(featuresOf(row({ trace_metadata: metadata }))).toMatchObject({
      promptTokens: 5,
      completionTokens: 7,
      latencyMs: 250,
      model: null,
      refusal: null,
    });
  });

  it.each(['IN_PROGRESS', 'STATE_UNSPECIFIED', null])('are not there while the state is %s', (state) => {
    expect(featuresOf(row({ state }))).toBeNull();
  });

  it('take no words from a preview that is JSON', () => {
    expect(featuresOf(row({ request_preview: '{"messages":[]}', response_preview: 'Because.' }))).toMatchObject({
      responseText: 'Because.',
    });
    expect(featuresOf(row({ request_preview: '{"messages":[]}' }))).not.toHaveProperty('promptText');
  });

  it.each([
    ['no duration', { execution_duration: null }],
    ['nonsense in its metadata', { trace_metadata: { 'mlflow.trace.tokenUsage': 'x{' } }],
    ['nonsense in its tags', { tags: { [FEATURE_TAGS.promptTokens]: '1e9' } }],
  ])('of a trace with %s are null, not wrong', (_name, more) => {
    expect(featuresOf(row(more))).toMatchObject({ promptTokens: null, completionTokens: null });
  });
});

describe('a window', () => {
  it.each([
    ['all', { by: 'all' }],
    ['count:60', { by: 'count', count: 60 }],
    ['count:60,skip:120', { by: 'count', count: 60, skip: 120 }],
    [
      'time:2026-11-23T09:00:00Z/2026-11-23T10:00:00Z',
      { by: 'time', fromMs: 1_795_424_400_000, toMs: 1_795_428_000_000 },
    ],
    ['run:abc', { by: 'run', run: 'abc' }],
    ['tag:wave=one=two', { by: 'tag', key: 'wave', value: 'one=two' }],
    ['session:a b', { by: 'session', session: 'a b' }],
  ])('%s', (text, spec) => {
    expect(parseWindow(text)).toEqual({ lab: null, spec });
  });

  it('of a report may be narrowed', () => {
    expect(parseWindow('report:first-lab')).toEqual({ lab: 'first-lab', spec: { by: 'all' } });
    expect(parseWindow('report:first-lab/time:2026-11-23T09:00Z/')?.spec.by).toBe('time');
  });

  it.each([
    '',
    'count',
    'count:0',
    'count:-1',
    'count:1999,skip:2',
    'time:',
    'time:x/y',
    'time:/',
    'run:',
    "run:a'b",
    "session:a'b",
    'session:a`b',
    'session:a\nb',
    'tag:a',
    "tag:a=b' OR 1",
    'tag:a`b=c',
    'report:',
    'report:NO',
    'report:lab/nonsense',
    'constructor',
  ])('is not %j', (text) => {
    expect(parseWindow(text)).toBeUndefined();
  });

  it('narrows the search where MLflow can', () => {
    expect(filterOf({ by: 'time', fromMs: 1, toMs: 2 })).toBe(
      'attributes.timestamp_ms >= 1 AND attributes.timestamp_ms < 2',
    );
    expect(filterOf({ by: 'count', count: 3 })).toBe('');
  });

  it.each([0, 1, 2, 61])('halves %i traces without overlap or loss', (count) => {
    const traces = Array.from({ length: count }, (_, index) => trace({ traceId: `t${index}`, requestTimeMs: index }));
    const { baseline, current } = halves(count);
    const ids = [...selectWindow(traces, baseline), ...selectWindow(traces, current)].map((it) => it.traceId);
    expect(ids).toEqual(traces.map((it) => it.traceId));
  });
});

describe('two traces', () => {
  const side = (answer: string | null) => sideOf(traceLine(row()), chat(answer), null);

  it('differ by words, and both answers can be read off the difference', () => {
    const { answers, fields } = compareSides(side('The cat sat on the mat.'), side('The dog sat on a mat.'));
    expect(answers.diff?.filter((it) => it.kind !== 'same').map((it) => `${it.kind} ${it.text}`)).toEqual([
      'removed cat',
      'added dog',
      'removed the',
      'added a',
    ]);
    // What the span says stands in for tags that are missing.
    expect(fields.find((it) => it.field === 'model')).toMatchObject({ a: 'm-1', same: true });
  });

  it('without an answer, or beyond the limits, have no difference that is shown', () => {
    expect(compareSides(side(null), side('x')).answers).toEqual({ same: false, diff: null, cut: false });
    const words = (seed: number) =>
      Array.from({ length: 12_000 }, (_, index) => String((index * seed) % 9_973)).join(' ');
    const { answers } = compareSides(side(words(7)), side(words(31)));
    expect(answers.cut).toBe(true);
  });
});
