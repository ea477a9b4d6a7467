// Which parameters a chat completion may have, by model and by version of the API, and what becomes of those that the built-in model does not do.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MODEL_PREFERENCES } from '../../../../src/lab/catalog/models.ts';
import { chatProblem } from '../../../../src/lab/errors/openai.ts';
import { modelRule } from '../../../../src/lab/placement/choose-model.ts';
import { deploy, startLab, type Lab } from '../databricks/workspace-harness.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
beforeEach(async () => {
  await lab.renew();
  deploy(lab, 'old', 'gpt-35-turbo', '0613', { location: 'nowhere' });
  deploy(lab, 'omni', 'gpt-4o', '2024-08-06', { location: 'nowhere' });
  deploy(lab, 'embed', 'text-embedding-3-large', '1', { location: 'nowhere' });
});
afterEach(() => {
  expect(lab.cloud.unknownRoutes).toEqual([]);
});
afterAll(() => lab.close());

const NEW = '2025-04-01-preview';
const GA = '2024-10-21';
const MESSAGES = [{ role: 'user', content: 'Tell me a joke about animals.' }];
type Refusal = { message: string; code: string | null; param: string | null };
const ask = async (deployment: string, apiVersion: string, more: object) => {
  const path =
    apiVersion === 'v1'
      ? '/openai/v1/chat/completions'
      : `/openai/deployments/${deployment}/chat/completions?api-version=${apiVersion}`;
  const body = { ...(apiVersion === 'v1' ? { model: deployment } : {}), messages: MESSAGES, ...more };
  const { status, json } = await lab.chat('POST', path, body, { 'api-key': lab.account().keys.key1 });
  return { status, json, error: json.error as Refusal | undefined };
};

describe('a limit of tokens', () => {
  it.each([
    ['old', GA, 'max_tokens', 200],
    ['omni', GA, 'max_tokens', 200],
    ['omni', '2024-08-01-preview', 'max_completion_tokens', 'Unrecognized request argument supplied'],
    ['omni', GA, 'max_completion_tokens', 'Unrecognized request argument supplied'],
    ['omni', '2024-10-01-preview', 'max_completion_tokens', 'Unrecognized request argument supplied'],
    ['omni', '2024-12-01-preview', 'max_completion_tokens', 200],
    ['omni', 'v1', 'max_completion_tokens', 200],
    ['omni', NEW, 'max_tokens', 200],
    ['chat', NEW, 'max_completion_tokens', 200],
    ['chat', NEW, 'max_tokens', "Use 'max_completion_tokens' instead"],
    ['chat', 'v1', 'max_tokens', "Use 'max_completion_tokens' instead"],
  ])('of %s at %s by the name of %s: %s', async (deployment, version, name, expected) => {
    const { status, error } = await ask(deployment, version, { [name]: 100 });
    if (typeof expected === 'number') expect(status, JSON.stringify(error)).toBe(expected);
    else expect([status, error?.message]).toEqual([400, expect.stringContaining(expected)]);
  });

  it('has one name, and is no more than the model writes', async () => {
    expect((await ask('omni', NEW, { max_tokens: 5, max_completion_tokens: 5 })).error).toMatchObject({
      code: 'invalid_parameter_combination',
      param: 'max_tokens',
    });
    expect((await ask('old', GA, { max_tokens: 4_096 })).status).toBe(200);
    expect((await ask('old', GA, { max_tokens: 4_097 })).error).toMatchObject({
      code: 'invalid_value',
      message: expect.stringContaining('supports at most 4096 completion tokens') as string,
    });
  });
});

describe("the app's rule for a model", () => {
  const others = [
    'gpt-4',
    'gpt-4o',
    'gpt-4o-mini',
    'gpt-4.1',
    'gpt-4.1-mini',
    'o3',
    'o4-mini',
    'gpt-5-nano',
    'gpt-5.4',
  ];
  const models = [...MODEL_PREFERENCES.map(({ model }) => model), ...others];

  it.each(models)('names a version and a limit that %s takes', async (model) => {
    const { apiVersion, tokenParam } = modelRule(model);
    deploy(lab, 'any', model, '1', { location: 'nowhere' });
    expect((await ask('any', apiVersion, { [tokenParam]: 100 })).error).toBeUndefined();
  });

  it('for one that writes less than it is asked for ends with a way out', async () => {
    const { error } = await ask('old', GA, { max_tokens: 16_384 });
    const verdict = chatProblem({ status: 400, code: error?.code ?? '', message: error?.message ?? '' });
    expect(verdict).toMatchObject({
      kind: 'problem',
      problem: { suggestion: expect.stringContaining('maxTokens') as string },
    });
  });
});

describe('a parameter', () => {
  it.each([
    [{ surprise: 1 }, 'Unrecognized request argument supplied: surprise', null],
    [{ top_p: 2 }, "Invalid 'top_p': decimal above maximum value", 'decimal_above_max_value'],
    [{ temperature: 3 }, "Invalid 'temperature': decimal above maximum value", 'decimal_above_max_value'],
    [{ temperature: 'hot' }, "Invalid type for 'temperature'", 'invalid_type'],
    [{ n: 0 }, "Invalid 'n': integer below minimum value", 'integer_below_min_value'],
    [{ n: 129 }, "Invalid 'n': integer above maximum value", 'integer_above_max_value'],
    [{ presence_penalty: -3 }, "Invalid 'presence_penalty'", 'decimal_below_min_value'],
    [{ stop: ['a', 'b', 'c', 'd', 'e'] }, "Invalid 'stop'", 'array_above_max_length'],
    [{ stream_options: { include_usage: true } }, "only allowed when 'stream' is enabled", null],
    [{ response_format: { type: 'xml' } }, "Invalid value: 'xml'", 'invalid_value'],
    [{ response_format: { type: 'json_object' } }, "must contain the word 'json'", null],
    [{ top_logprobs: 2 }, "'logprobs' must be true", null],
    [{ messages: [{ role: 'user', content: null }] }, "Invalid value for 'content'", 'invalid_type'],
    [
      { messages: [{ role: 'tool', content: 'x', tool_call_id: 'c' }] },
      'must be a response to a preceeding message',
      null,
    ],
    [
      { messages: [{ role: 'user', content: 'x', mood: 'good' }] },
      "Unknown parameter: 'messages[0].mood'",
      'unknown_parameter',
    ],
  ])('is refused: %j', async (more, message, code) => {
    const { status, error } = await ask('omni', NEW, more);
    expect(status).toBe(400);
    expect(error?.message).toContain(message);
    expect(error?.code).toBe(code);
  });

  it.each(['temperature', 'top_p', 'presence_penalty', 'frequency_penalty'])(
    'of sampling, %s, has its default only in a model that reasons',
    async (name) => {
      expect((await ask('chat', NEW, { [name]: 0.5 })).error).toMatchObject({ code: 'unsupported_value', param: name });
      expect((await ask('omni', NEW, { [name]: 0.5 })).status).toBe(200);
    },
  );

  it.each([
    ['stream_options', { stream: true, stream_options: { include_usage: true } }, GA],
    ['reasoning_effort', { reasoning_effort: 'low' }, GA],
    ['prediction', { prediction: { type: 'content', content: 'x' } }, '2024-12-01-preview'],
    ['logprobs', { logprobs: false }, '2024-02-01'],
    ['parallel_tool_calls', { parallel_tool_calls: false }, '2024-06-01'],
  ])('is not known before its version: %s', async (name, more, version) => {
    expect((await ask('omni', version, more)).error?.message).toBe(`Unrecognized request argument supplied: ${name}`);
    expect((await ask('omni', NEW, more)).error?.message ?? '').not.toContain('Unrecognized');
  });
});

describe('what the built-in model does', () => {
  it('ends before a stop sequence', async () => {
    const whole = await ask('omni', NEW, {});
    const content = (it: typeof whole): string =>
      (it.json.choices as { message: { content: string } }[])[0]!.message.content;
    const stop = content(whole).slice(10, 14);
    expect(content(await ask('omni', NEW, { stop }))).toBe(content(whole).slice(0, content(whole).indexOf(stop)));
  });

  it('answers in JSON where that is asked for', async () => {
    const messages = [{ role: 'user', content: 'Tell me a joke, as json.' }];
    const { json } = await ask('omni', NEW, { messages, response_format: { type: 'json_object' } });
    const [choice] = json.choices as { message: { content: string } }[];
    expect(JSON.parse(choice?.message.content ?? '')).toHaveProperty('answer');
  });

  it('refuses by name what it does not do', async () => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    for (const more of [
      { tools },
      { logprobs: true },
      { response_format: { type: 'json_schema', json_schema: { name: 's' } } },
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.org' } }] }] },
    ]) {
      expect((await ask('omni', NEW, more)).status, JSON.stringify(more)).toBe(501);
    }
  });

  it('tells what each token was, as published', async () => {
    const { json } = await ask('omni', NEW, {});
    expect(json.usage).toMatchObject({
      prompt_tokens_details: { audio_tokens: 0, cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    });
  });
});

it('no completion comes from a model of embeddings', async () => {
  expect((await ask('embed', NEW, {})).error?.code).toBe('OperationNotSupported');
});

it('the conversation of a tool is taken where its call is in it', async () => {
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
  const messages = [
    ...MESSAGES,
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', content: 'x', tool_call_id: 'c' },
  ];
  expect((await ask('omni', NEW, { messages })).status).toBe(200);
});
