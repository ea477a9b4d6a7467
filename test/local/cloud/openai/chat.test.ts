// Azure OpenAI's data plane, with the real client: who may call, what models take, limits, filters, and a model of one's own behind it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AzureOpenAI, OpenAI } from 'openai';
import { encode } from 'gpt-tokenizer/encoding/cl100k_base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CONTENT_FILTER_TRIGGER } from '../../../../local/cloud/openai/completion.ts';
import { accountHostRoutes } from '../../../../local/cloud/openai/routes.ts';
import { respond } from '../../../../local/cloud/openai/responder.ts';
import { createRouter, type Call, type Reply } from '../../../../local/cloud/core/router.ts';
import { deploy, MINUTE_MS, startLab, type Lab } from '../databricks/workspace-harness.ts';
import { armOf } from '../../../../local/cloud/arm/tables.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
beforeEach(async () => {
  await lab.renew();
  deploy(lab, 'old', 'gpt-35-turbo', '0613', { location: 'nowhere' });
});
afterEach(() => {
  expect(lab.cloud.unknownRoutes).toEqual([]);
});
afterAll(() => lab.close());

const VERSION = '2025-04-01-preview';
const JOKE = [
  { role: 'system', content: 'Assistant is a large language model trained by OpenAI.' },
  { role: 'user', content: 'Tell me a joke about animals.' },
] as const;
const client = (options: { apiVersion?: string; apiKey?: string; token?: string } = {}): AzureOpenAI =>
  new AzureOpenAI({
    endpoint: lab.account().origin,
    apiVersion: options.apiVersion ?? VERSION,
    maxRetries: 0,
    ...(options.token === undefined
      ? { apiKey: options.apiKey ?? lab.account().keys.key1 }
      : { azureADTokenProvider: () => Promise.resolve(options.token ?? '') }),
  });
const ask = (model = 'chat', more: object = {}, options = {}) =>
  client(options).chat.completions.create({ model, messages: [...JOKE], ...more });
const entra = (audience = 'https://cognitiveservices.azure.com', principal = {}): string =>
  lab.cloud.state.issueToken(audience, 60_000, principal);

describe('who may call', () => {
  it('a key, either of the two, and an Entra token of either audience', async () => {
    expect((await ask()).choices[0]?.finish_reason).toBe('stop');
    expect((await ask('chat', {}, { apiKey: lab.account().keys.key2 })).choices).toHaveLength(1);
    expect((await ask('chat', {}, { token: entra() })).choices).toHaveLength(1);
    expect((await ask('chat', {}, { token: entra('https://ai.azure.com/') })).choices).toHaveLength(1);
  });

  it('nobody else: wrong key, no credential, a token for something else', async () => {
    await expect(ask('chat', {}, { apiKey: 'wrong' })).rejects.toMatchObject({ status: 401, code: '401' });
    expect(
      (await lab.chat('POST', `/openai/deployments/chat/chat/completions?api-version=${VERSION}`, { messages: JOKE }))
        .status,
    ).toBe(401);
    await expect(ask('chat', {}, { token: entra('https://management.azure.com/') })).rejects.toThrow(
      /audience is incorrect/,
    );
  });

  it('no key where local authentication is off', async () => {
    const account = lab.account();
    armOf(lab.cloud.state).accounts.put(account.id.toLowerCase(), { ...account, disableLocalAuth: true });
    await expect(ask()).rejects.toMatchObject({ status: 403, code: 'AuthenticationTypeDisabled' });
    expect((await ask('chat', {}, { token: entra() })).choices).toHaveLength(1);
  });

  it('no principal whose role the account has not heard of yet', async () => {
    await expect(ask('chat', {}, { token: entra(undefined, { objectId: 'other' }) })).rejects.toMatchObject({
      status: 401,
      code: 'PermissionDenied',
    });
    const account = lab.account();
    armOf(lab.cloud.state).accounts.put(account.id.toLowerCase(), { ...account, createdAt: lab.clock.now() });
    await expect(ask('chat', {}, { token: entra() })).rejects.toMatchObject({ code: 'PermissionDenied' });
    await lab.pass(lab.cloud.state.latency.rolePropagationMs);
    expect((await ask('chat', {}, { token: entra() })).choices).toHaveLength(1);
  });

  it('no token on an account without a subdomain', async () => {
    const account = lab.account();
    armOf(lab.cloud.state).accounts.put(account.id.toLowerCase(), { ...account, subdomain: null });
    await expect(ask('chat', {}, { token: entra() })).rejects.toMatchObject({ status: 400 });
  });
});

describe('deployments and versions', () => {
  it('an unknown deployment, and one that is not there yet, are DeploymentNotFound', async () => {
    await expect(ask('nothing')).rejects.toMatchObject({ status: 404, code: 'DeploymentNotFound' });
    deploy(lab, 'young', 'gpt-5.1', '2025-11-13', { usableAt: lab.clock.now() + MINUTE_MS });
    await expect(ask('young')).rejects.toMatchObject({ code: 'DeploymentNotFound' });
    await lab.pass(MINUTE_MS);
    expect((await ask('young')).model).toBe('gpt-5.1-2025-11-13');
  });

  it('an API version that is too old for the model is refused, one that is gone is not found', async () => {
    await expect(ask('chat', {}, { apiVersion: '2024-10-21' })).rejects.toThrow(
      /enabled only for api versions 2025-04-01-preview and later/,
    );
    await expect(ask('old', {}, { apiVersion: '2023-03-15-preview' })).rejects.toMatchObject({ status: 404 });
    expect((await ask('old', {}, { apiVersion: '2024-10-21' })).model).toBe('gpt-3.5-turbo-0613');
  });

  it('a retired model is gone: 410', async () => {
    deploy(lab, 'gone', 'gpt-35-turbo', '0125', { location: 'eastus2' });
    await expect(ask('gone', {}, { apiVersion: '2024-10-21' })).rejects.toMatchObject({ status: 410 });
  });

  it('newer models want max_completion_tokens and no temperature', async () => {
    await expect(ask('chat', { max_tokens: 5 })).rejects.toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param: 'max_tokens',
    });
    await expect(ask('chat', { temperature: 0.2 })).rejects.toMatchObject({ code: 'unsupported_value' });
    expect((await ask('chat', { max_completion_tokens: 3 })).choices[0]?.finish_reason).toBe('length');
  });

  it('the v1 API takes the deployment as the model, and the key as a bearer token', async () => {
    const v1 = new OpenAI({
      baseURL: `${lab.account().origin}/openai/v1/`,
      apiKey: lab.account().keys.key1,
      maxRetries: 0,
    });
    expect((await v1.chat.completions.create({ model: 'chat', messages: [...JOKE] })).choices).toHaveLength(1);
  });
});

describe('answers', () => {
  it('are counted in real tokens', async () => {
    const answer = await ask('old', {}, { apiVersion: '2024-10-21' });
    const text = answer.choices[0]?.message.content ?? '';
    expect(answer.usage).toMatchObject({
      prompt_tokens: 29,
      completion_tokens: encode(text).length,
      total_tokens: 29 + encode(text).length,
    });
  });

  it('are the same for the same messages, and differ between prompts', () => {
    const to = (content: string): string => respond([{ role: 'user', content }]);
    expect(to('Tell me a joke.')).toBe(to('Tell me a joke.'));
    const answers = Array.from({ length: 30 }, (_, at) => to(`Tell me joke number ${at} about animals.`));
    expect(new Set(answers).size).toBeGreaterThan(8);
    const short = to('What is drift?');
    const long = to(`Please explain ${'what a distribution shift means for a deployed language model '.repeat(6)}`);
    expect(long.length).toBeGreaterThan(short.length * 2);
  });

  it('stream as events, with usage when asked', async () => {
    const stream = await client().chat.completions.create({
      model: 'chat',
      messages: [...JOKE],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let total = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      total = chunk.usage?.total_tokens ?? total;
    }
    const whole = await ask();
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(total).toBe(whole.usage?.total_tokens);
  });

  it('are refused by the content filter, with its reason', async () => {
    const answer = lab.chat(
      'POST',
      `/openai/deployments/chat/chat/completions?api-version=${VERSION}`,
      { messages: [{ role: 'user', content: CONTENT_FILTER_TRIGGER }] },
      { 'api-key': lab.account().keys.key1 },
    );
    expect((await answer).json.error).toMatchObject({
      code: 'content_filter',
      innererror: { code: 'ResponsibleAIPolicyViolation' },
    });
  });

  it.each([
    [{}, "'messages' is a required property"],
    [{ messages: [] }, "Invalid 'messages': array length 0 is below minimum"],
    [{ messages: [{ role: 'nobody', content: 'x' }] }, "Invalid value: 'nobody'"],
    [{ messages: [{ role: 'user', content: 5 }] }, "Invalid type for 'messages[0].content'"],
  ])('to %o are refusals', async (body, message) => {
    const answer = await lab.chat('POST', `/openai/deployments/chat/chat/completions?api-version=${VERSION}`, body, {
      'api-key': lab.account().keys.key1,
    });
    expect(answer.status).toBe(400);
    expect((answer.json.error as { message: string }).message).toContain(message);
  });
});

describe('rate limits of 5K tokens a minute', () => {
  it('five requests in ten seconds, then 429 with the time to wait, then again', async () => {
    for (let count = 0; count < 5; count += 1) await ask();
    const refused = await ask().catch((error: unknown) => error as { status: number; headers: Headers });
    expect(refused).toMatchObject({ status: 429 });
    const seconds = Number((refused as { headers: Headers }).headers.get('retry-after'));
    expect(seconds).toBe(10);
    await lab.pass(seconds * 1_000);
    expect((await ask()).choices).toHaveLength(1);
  });

  it('a prompt that is larger than what is left of the minute waits for it', async () => {
    const big = { messages: [{ role: 'user' as const, content: 'token '.repeat(3_000) }] };
    await client().chat.completions.create({ model: 'chat', ...big });
    await lab.pass(20_000);
    const refused = await client()
      .chat.completions.create({ model: 'chat', ...big })
      .catch((error: unknown) => error as { status: number; headers: Headers; message: string });
    expect(refused).toMatchObject({ status: 429, message: expect.stringContaining('token rate limit') as string });
    expect((refused as { headers: Headers }).headers.get('retry-after')).toBe('40');
  });
});

describe('a model of one’s own', () => {
  const seen: { path: string; body: Record<string, unknown> }[] = [];
  let answer: { status: number; body: string; headers?: Record<string, string> };
  const upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({
        path: request.url ?? '',
        body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
      });
      response.writeHead(answer.status, answer.headers);
      response.end(answer.body);
    });
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  });
  beforeEach(() => {
    seen.length = 0;
  });
  afterAll(() => new Promise((resolve) => upstream.close(resolve)));

  const through = async (modelUrl: string, more: object = {}): Promise<Reply> => {
    const path = '/openai/deployments/chat/chat/completions';
    const match = createRouter(accountHostRoutes(lab.cloud.state, { modelUrl }))('POST', path);
    const body = { messages: JOKE, ...more };
    const call: Call = {
      method: 'POST',
      path,
      params: match?.params ?? {},
      query: new URLSearchParams({ 'api-version': VERSION }),
      headers: { 'api-key': lab.account().keys.key1 },
      body,
      rawBody: Buffer.from(JSON.stringify(body)),
      token: null,
      origin: lab.account().origin,
      now: lab.clock.now(),
    };
    return (await match?.route.handler(call)) as Reply;
  };

  it('answers in the deployment’s name, by its own', async () => {
    answer = {
      status: 200,
      body: JSON.stringify({
        id: 'x',
        object: 'chat.completion',
        model: 'llama',
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'meow' } }],
      }),
    };
    const reply = await through(`${url}?model=llama3.2`, { max_completion_tokens: 9 });
    expect(seen[0]).toMatchObject({ path: '/v1/chat/completions', body: { model: 'llama3.2', max_tokens: 9 } });
    expect(reply.json).toMatchObject({
      model: 'gpt-5.1-2025-11-13',
      usage: { prompt_tokens: 29, completion_tokens: 2 },
    });
  });

  it('streams through', async () => {
    answer = { status: 200, body: 'data: {"model":"llama","choices":[]}\n\ndata: [DONE]\n\n' };
    const reply = await through(url, { stream: true });
    let text = '';
    for await (const part of reply.stream ?? []) text += part;
    expect(text).toBe('data: {"model":"gpt-5.1-2025-11-13","choices":[]}\n\ndata: [DONE]\n\n');
  });

  it.each([
    [
      { status: 400, body: '{"error":{"message":"too long","code":"context_length_exceeded"}}' },
      400,
      'context_length_exceeded',
      'too long',
    ],
    [{ status: 429, body: '{"error":{"message":"busy"}}', headers: { 'retry-after': '3' } }, 429, '429', 'busy'],
    [{ status: 500, body: 'out of memory' }, 500, 'InternalServerError', 'out of memory'],
    [{ status: 404, body: '{"error":"model not found"}' }, 404, 'DeploymentNotFound', 'model not found'],
    [
      { status: 200, body: '<html>' },
      500,
      'InternalServerError',
      'The model server answered with something else than JSON.',
    ],
  ])('gives its errors the shape of Azure: %o', async (upstreams, status, code, message) => {
    answer = upstreams;
    expect(await through(url)).toMatchObject({ status, json: { error: { code, message } } });
  });

  it('refuses an address that is none, in one sentence', () => {
    expect(() => accountHostRoutes(lab.cloud.state, { modelUrl: 'llama3' })).toThrow(
      'LOCAL_CLOUD_MODEL_URL must be a URL such as http://127.0.0.1:8080/v1, not "llama3"',
    );
  });

  it('that is not running is a service unavailable', async () => {
    expect(await through('http://127.0.0.1:1/v1')).toMatchObject({
      status: 503,
      json: { error: { code: 'ServiceUnavailable' } },
    });
  });
});
