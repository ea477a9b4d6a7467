// A stream of the model server, through the account's endpoint and over TLS, as the official client reads it: piece by piece, while the model still speaks.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AzureOpenAI } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLab, type Lab } from '../databricks/workspace-harness.ts';

let lab: Lab;
let speaking: ServerResponse;
let asked: () => void;
const upstream = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    speaking = response;
    asked();
  });
});
const say = (content: string): void => {
  const chunk = {
    id: 'x',
    object: 'chat.completion.chunk',
    model: 'llama',
    choices: [{ index: 0, delta: { content } }],
  };
  speaking.write(`data: ${JSON.stringify(chunk)}\n\n`);
};

beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  process.env.LOCAL_CLOUD_MODEL_URL = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  lab = await startLab();
});
afterAll(async () => {
  delete process.env.LOCAL_CLOUD_MODEL_URL;
  await lab.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

const open = async () => {
  const client = new AzureOpenAI({
    endpoint: lab.account().origin,
    apiKey: lab.account().keys.key1,
    apiVersion: '2025-04-01-preview',
    maxRetries: 0,
  });
  const heard = new Promise<void>((resolve) => (asked = resolve));
  const opened = client.chat.completions.create({
    model: 'chat',
    messages: [{ role: 'user', content: 'Tell me a joke about animals.' }],
    stream: true,
  });
  await heard;
  return { stream: (await opened)[Symbol.asyncIterator]() };
};

describe('a stream', () => {
  it('arrives piece by piece, in the name of the deployment', async () => {
    const { stream } = await open();
    for (const word of ['Why ', 'did ', 'the cow']) {
      say(word);
      // The next word is not said before this one was heard.
      const { value } = (await stream.next()) as {
        value: { model: string; choices: { delta: { content: string } }[] };
      };
      expect(value.choices[0]?.delta.content).toBe(word);
      expect(value.model).toBe('gpt-5.1-2025-11-13');
    }
    speaking.end('data: [DONE]\n\n');
    expect((await stream.next()).done).toBe(true);
  });

  it('that breaks off breaks off for the client', async () => {
    const { stream } = await open();
    say('Why ');
    await stream.next();
    speaking.destroy();
    await expect(stream.next()).rejects.toThrow();
  });
});
