// A trace is written as MLflow's own autolog writes it, and read whoever wrote it.
import { describe, expect, it } from 'vitest';
import { readRootSpan } from '../../../src/clients/mlflow/read-spans.ts';
import {
  chatTraceDocument,
  chatTraceInfo,
  traceIdOf,
  traceInfo,
  type ChatCall,
} from '../../../src/clients/mlflow/write-trace.ts';
import { readChatAnswer } from '../../../src/lab/traces/chat.ts';
import { durationMs, recordedUsage } from '../../../src/lab/traces/features.ts';

const call: ChatCall = {
  traceId: traceIdOf('abcd', 'key', 1),
  experimentId: '7',
  runId: 'run-1',
  labId: 'lab-one',
  key: 'key',
  request: { model: 'gpt', messages: [{ role: 'user', content: 'x'.repeat(5_000) }] },
  startedAtMs: Date.parse('2026-11-23T08:00:00.123Z'),
  durationMs: 900,
  outcome: {
    ok: true,
    text: 'y'.repeat(5_000),
    answer: { usage: { completion_tokens: 14 } },
    usage: { input: 9, output: 14, total: 23 },
  },
};
const OUTPUT = { id: 'x', usage: { completion_tokens: 14, total_tokens: 23 } };

describe('writing', () => {
  it('derives the id from what identifies the call', () => {
    expect(call.traceId).toMatch(/^tr-[0-9a-f]{32}$/);
    expect(traceIdOf('abcd', 'key', 1)).toBe(call.traceId);
    expect(
      new Set([traceIdOf('abcd', 'key', 2), traceIdOf('abcd', 'other', 1), traceIdOf('abce', 'key', 1), call.traceId])
        .size,
    ).toBe(4);
  });

  it('keeps within the limits of metadata and previews', () => {
    const info = chatTraceInfo({ ...call, key: 'k'.repeat(400) });
    expect(info.request_preview).toHaveLength(1_000);
    expect(info.response_preview).toHaveLength(1_000);
    expect(Object.values(info.trace_metadata).every((it) => it.length <= 250)).toBe(true);
    expect(info).toMatchObject({ request_time: '2026-11-23T08:00:00.123Z', execution_duration: '0.900s', state: 'OK' });
  });

  it('writes nanoseconds as digits, attributes as JSON text, ids as base64', () => {
    const text = chatTraceDocument(call);
    expect(text).toContain('"start_time_unix_nano":1795420800123000000,"end_time_unix_nano":1795420801023000000');
    const [span] = (JSON.parse(text) as { spans: { trace_id: string; attributes: Record<string, string> }[] }).spans;
    expect(span?.attributes['mlflow.spanType']).toBe('"CHAT_MODEL"');
    expect(span?.attributes['mlflow.traceRequestId']).toBe(JSON.stringify(call.traceId));
    expect(`tr-${Buffer.from(span?.trace_id ?? '', 'base64').toString('hex')}`).toBe(call.traceId);
  });

  it('reads back what it wrote', () => {
    const root = readRootSpan(chatTraceDocument(call));
    expect(root).toMatchObject({
      name: 'Completions',
      inputs: call.request,
      outputs: { usage: { completion_tokens: 14 } },
      attributes: { 'mlflow.chat.tokenUsage': { input_tokens: 9, output_tokens: 14, total_tokens: 23 } },
    });
    expect(readChatAnswer(root?.outputs).usage?.output).toBe(14);
    const info = traceInfo.parse(chatTraceInfo(call));
    expect(recordedUsage(info)?.output_tokens).toBe(14);
    expect(durationMs(info)).toBe(900);
  });

  it('marks a refused call as an error, with its reason', () => {
    const failed: ChatCall = { ...call, outcome: { ok: false, code: 'content_filter', message: 'refused' } };
    expect(chatTraceInfo(failed)).toMatchObject({ state: 'ERROR' });
    expect(JSON.parse(chatTraceDocument(failed))).toMatchObject({
      spans: [
        {
          status: { code: 'STATUS_CODE_ERROR' },
          events: [{ name: 'exception', attributes: { 'exception.type': 'content_filter' } }],
        },
      ],
    });
  });
});

describe('reading', () => {
  it.each([
    [
      'attributes as JSON text (Python)',
      { parent_span_id: '', attributes: { 'mlflow.spanOutputs': JSON.stringify(OUTPUT) } },
    ],
    ['decoded attributes (TypeScript)', { parent_span_id: '', attributes: { 'mlflow.spanOutputs': OUTPUT } }],
    [
      'spans of 2.x',
      {
        context: { span_id: '1' },
        parent_id: null,
        start_time: 1,
        attributes: { 'mlflow.spanOutputs': JSON.stringify(OUTPUT) },
      },
    ],
    [
      'outputs of 2.14: the answer’s text under result',
      { parent_id: null, attributes: { 'mlflow.spanOutputs': JSON.stringify({ result: JSON.stringify(OUTPUT) }) } },
    ],
  ])('understands %s', (_what, span) => {
    const child = { name: 'child', parent_span_id: 'AAAA', parent_id: 'AAAA', attributes: {} };
    const root = readRootSpan(JSON.stringify({ spans: [child, { name: 'Completions', ...span }] }));
    expect(readChatAnswer(root?.outputs).usage?.output).toBe(14);
  });

  it('finds no usage where there is none', () => {
    for (const outputs of [undefined, null, 'text', {}, { usage: {} }, { result: 'text' }])
      expect(readChatAnswer(outputs).usage).toBeNull();
  });

  it.each(['', '{"spans":[{"name":"Compl', 'null', '[]', '{"spans":[]}', '{"spans":[{"attributes":7}]}'])(
    'finds no span in %j, and does not throw',
    (text) => {
      expect(readRootSpan(text)).toBeUndefined();
    },
  );

  it('knows MLflow releases that count no tokens', () => {
    expect(recordedUsage(traceInfo.parse({ trace_id: 'x' }))).toBeUndefined();
  });
});
