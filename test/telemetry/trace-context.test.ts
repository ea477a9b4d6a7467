/** Without this the portal shows a request, its orchestration, and each call to Azure as transactions that have nothing to do with each other. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createDefaultHttpClient, createEmptyPipeline, createPipelineRequest } from '@azure/core-rest-pipeline';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClock } from '../../local/clock.ts';
import { loadApp } from '../../local/host/app.ts';
import type { App } from '../../local/host/functions-core.ts';
import { clientBinding } from '../../local/host/durable/client-urls.ts';
import { createCall } from '../../local/host/worker.ts';
import { createChat } from '../../src/clients/openai/chat.ts';
import { servicePolicy } from '../../src/clients/http-policy.ts';
import { followTraces, inTrace, traceHeaders } from '../../src/trace-context.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

let server: Server;
let origin: string;
let seen: { method: string; path: string; headers: IncomingHttpHeaders }[];

beforeAll(async () => {
  followTraces();
  server = createServer((request, response) => {
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    request.resume();
    // The task hub knows no instance and accepts each start; whoever asks for a list gets an empty one.
    const found = request.method === 'POST' ? 202 : request.url?.includes('/instances/') ? 404 : 200;
    response.writeHead(found, { 'content-type': 'application/json' }).end('{"id":"x","value":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  seen = [];
});

describe('the headers of a trace', () => {
  it('are those of the invocation, whatever it awaits', async () => {
    const headers = await inTrace({ traceParent: PARENT, traceState: 'a=b' }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return traceHeaders();
    });
    expect(headers).toEqual({ traceparent: PARENT, tracestate: 'a=b' });
  });

  it('never leak into another invocation that runs beside it', async () => {
    const other = PARENT.replace('4bf9', 'aaaa');
    const at = (traceParent: string) => inTrace({ traceParent }, async () => Promise.resolve().then(traceHeaders));
    const [one, two] = await Promise.all([at(PARENT), at(other)]);
    expect([one, two]).toEqual([{ traceparent: PARENT }, { traceparent: other }]);
  });

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, '00-xyz-00f067aa0ba902b7-01'])(
    'are left out where the host says %j',
    (traceParent) => {
      expect(inTrace({ traceParent }, traceHeaders)).toEqual({});
    },
  );

  it('are left out outside an invocation', () => {
    expect(traceHeaders()).toEqual({});
  });
});

describe('calls out', () => {
  it('of every pipeline carry them', async () => {
    const pipeline = createEmptyPipeline();
    const read = () => ({ code: '', message: '' });
    pipeline.addPolicy(servicePolicy({ service: 'arm', timeoutMs: 5_000, read }));
    const request = createPipelineRequest({ url: `${origin}/anything`, method: 'GET', allowInsecureConnection: true });
    await inTrace({ traceParent: PARENT }, () => pipeline.sendRequest(createDefaultHttpClient(), request));
    expect(seen[0]?.headers['traceparent']).toBe(PARENT);
  });

  it('to the model carry them', async () => {
    const chat = createChat(5_000, {
      getToken: async () => ({ token: 'token', expiresOnTimestamp: 0 }),
      token: async () => 'token',
    });
    const target = { endpoint: origin, deployment: 'd', apiVersion: '2024-10-21' };
    await inTrace({ traceParent: PARENT }, () => chat(target, { model: 'd', messages: [] }).catch(() => undefined));
    expect(seen[0]?.path).toContain('/chat/completions');
    expect(seen[0]?.headers['traceparent']).toBe(PARENT);
  });
});

describe('an invocation of the app', () => {
  let app: App;
  beforeAll(async () => {
    Object.assign(process.env, {
      LAB_INSTALLATION: 'trace-test',
      LAB_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001',
      WEBSITE_HOSTNAME: 'localhost:7071',
    });
    app = await loadApp(process.cwd(), join('src', 'index.ts'));
  });

  it('hands its trace to the orchestration that it starts', async () => {
    const call = createCall(
      app,
      createClock({ kind: 'real' }),
      () => undefined,
      clientBinding('Hub', 'key', `${origin}/hook`, `${origin}/durabletask/`),
    );
    const target = app.functions.find((it) => it.name === 'keepLabAlive');
    if (target === undefined) throw new Error('keepLabAlive is not registered');
    // `startLab` reads Azure first; what it starts with is the client's `startNew`, asked here by itself.
    const starting = { ...target, callback: startNew };
    await call(
      starting,
      { http: { method: 'POST', url: `${origin}/api`, nullableHeaders: {} } },
      { traceParent: PARENT },
    );
    const start = seen.find((it) => it.method === 'POST');
    expect(start?.path).toContain('/orchestrators/lab/one');
    expect(start?.headers['traceparent']).toBe(PARENT);
  });
});

async function startNew(_request: unknown, context: unknown): Promise<object> {
  const { getClient } = await import('durable-functions');
  await getClient(context as Parameters<typeof getClient>[0]).startNew('lab', { instanceId: 'one', input: {} });
  return { status: 202 };
}
