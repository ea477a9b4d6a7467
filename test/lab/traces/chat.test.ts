// Traces as MLflow has written them over the years: `mlflow.openai.autolog()` of 2.14 to 3.x, streams, and the app's own.
import { describe, expect, it } from 'vitest';
import { readSpans } from '../../../src/clients/mlflow/read-spans.ts';
import { promptOf, readChatSpan, systemPromptOf } from '../../../src/lab/traces/chat.ts';

const inputs = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Why?' },
  ],
  model: 'gpt-35-turbo',
  temperature: 0.2,
};
const answer = {
  model: 'gpt-3.5-turbo-0125',
  choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: 'Because.' } }],
  usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
};
const whole = {
  deployment: 'gpt-35-turbo',
  model: 'gpt-3.5-turbo-0125',
  answer: 'Because.',
  finishReason: 'stop',
  refused: false,
  usage: { input: 12, output: 3 },
  parameters: { temperature: 0.2 },
};

describe('a chat span', () => {
  it.each([
    ['of 3.x and of the app', answer],
    ['as JSON text', JSON.stringify(answer)],
    ['of 2.14 to 2.17, whose answer is text under result', { result: JSON.stringify(answer) }],
  ])('%s is read whole', (_name, outputs) => {
    const reading = readChatSpan(inputs, outputs);
    expect(reading).toMatchObject(whole);
    expect([promptOf(reading), systemPromptOf(reading)]).toEqual(['Why?', 'Be brief.']);
  });

  it('of an early stream has its text and nothing else', () => {
    expect(readChatSpan(inputs, { result: 'Because.' })).toMatchObject({
      answer: 'Because.',
      model: null,
      finishReason: null,
      refused: null,
      usage: null,
    });
  });

  it('with a message in parts has their text', () => {
    const parts = [{ type: 'text', text: 'Why' }, { type: 'image_url' }, { type: 'text', text: 'so?' }];
    expect(promptOf(readChatSpan({ messages: [{ role: 'user', content: parts }] }, null))).toBe('Why\nso?');
  });

  it.each([
    ['the filter', { finish_reason: 'content_filter', message: { content: '' } }],
    ['the model', { finish_reason: 'stop', message: { content: null, refusal: 'I would rather not.' } }],
  ])('that was declined by %s is a refusal', (_name, choice) => {
    expect(readChatSpan(inputs, { ...answer, choices: [choice] }).refused).toBe(true);
  });

  it.each([null, undefined, 7, 'text', [], { messages: 'none' }, { choices: [] }])(
    'of nonsense (%j) holds nothing',
    (it) => {
      const reading = readChatSpan(it, null);
      expect(reading).toMatchObject({ messages: [], model: null, answer: null, refused: null });
      expect(promptOf(reading)).toBe('');
    },
  );
});

const old = `{"spans":[{"name":"Completions","context":{"span_id":"0xab","trace_id":"0xcd"},"parent_id":null,
  "start_time":1700000000123456789,"end_time":1700000001123456789,"status_code":"OK","status_message":"",
  "attributes":{"mlflow.spanType":"\\"CHAT_MODEL\\"","mlflow.spanInputs":"{\\"model\\":\\"m\\"}","mlflow.spanOutputs":"{\\"result\\":\\"hi\\"}"},
  "events":[{"name":"e","timestamp":1700000000200000000,"attributes":{"a":1}}]}],"request":"x"}`;
const current = `{"spans":[{"trace_id":"zQ==","span_id":"qw==","parent_span_id":"","name":"Completions",
  "start_time_unix_nano":1700000000123456789,"end_time_unix_nano":1700000001123456789,
  "status":{"code":"STATUS_CODE_ERROR","message":"no"},"attributes":{"mlflow.spanType":"\\"CHAT_MODEL\\"","big":"12345678901234567890"},
  "events":[{"name":"exception","time_unix_nano":1700000000200000000,"attributes":{"exception.message":"no"}}]},
  {"span_id":"rA==","parent_span_id":"qw==","name":"child","status":{"code":"STATUS_CODE_UNSET"},"attributes":null}]}`;

describe('spans', () => {
  it('of MLflow before 3.0', () => {
    expect(readSpans(old)).toMatchObject([
      {
        id: '0xab',
        parentId: null,
        type: 'CHAT_MODEL',
        startMs: 1_700_000_000_123,
        endMs: 1_700_000_001_123,
        status: 'OK',
        inputs: { model: 'm' },
        outputs: { result: 'hi' },
        events: [{ name: 'e', atMs: 1_700_000_000_200 }],
      },
    ]);
  });

  it('of MLflow 3.x, with an error and a child', () => {
    const [root, child] = readSpans(current);
    expect(root).toMatchObject({ id: 'qw==', parentId: null, status: 'ERROR', statusMessage: 'no', outputs: null });
    expect(root?.attributes).toEqual({ big: '12345678901234567890' });
    expect(child).toMatchObject({ parentId: 'qw==', status: 'UNSET', type: null, startMs: null });
    expect(() => JSON.stringify([root, child])).not.toThrow();
  });
});
