// HTTP in front of the app: function routes, keys, /admin, and the Durable extension's API on its two paths.
//
// The RPC path has a listener of its own on loopback and no key, as in the extension; the webhook path shares the app's port
// and asks for a key when `auth` is on (WebJobs.Script.WebHost/Security, AuthenticationLevelHandler.cs).
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.ts';
import { StartError, textOption, type LoadedFunction } from './app.ts';
import type { Management } from './durable/management.ts';
import type { HttpCookie, HttpData, TypedData } from './functions-core.ts';
import { createRouter, type Route } from './router.ts';

export type Keys = { readonly masterKey: string; readonly functionKey: string };

export type HttpApp = {
  readonly routes: readonly Route<LoadedFunction>[];
  readonly clock: Clock;
  readonly auth: Keys | undefined;
  readonly management: Management;
  readonly invokeHttp: (
    target: LoadedFunction,
    data: HttpData,
    traceParent: string | undefined,
  ) => Promise<TypedData | undefined>;
  /** Runs a timer function by name; false when there is none. */
  readonly trigger: (name: string) => boolean;
  readonly logError: (message: string, functionName: string) => void;
};

type Answer = { status: number; headers?: Record<string, string | string[]>; body?: string | Uint8Array };

const webhookPath = '/runtime/webhooks/durabletask';
const rpcPath = '/durabletask';
type Level = 'anonymous' | 'function' | 'admin';
const rank: Readonly<Record<Level, number>> = { anonymous: 0, function: 1, admin: 2 };

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const nullable = (entries: Iterable<[string, string]>): Record<string, { value: string }> => {
  const result: Record<string, { value: string }> = {};
  for (const [name, value] of entries) {
    const known = result[name];
    // Repeated values arrive joined by a comma.
    result[name] = { value: known ? `${known.value},${value}` : value };
  }
  return result;
};

const headerEntries = (request: IncomingMessage): [string, string][] =>
  Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(',') : (value ?? ''),
  ]);

const cookieText = (cookie: HttpCookie): string => {
  const parts = [`${cookie.name}=${encodeURIComponent(cookie.value)}`];
  if (cookie.domain) parts.push(`Domain=${cookie.domain.value}`);
  if (cookie.path) parts.push(`Path=${cookie.path.value}`);
  if (cookie.maxAge) parts.push(`Max-Age=${cookie.maxAge.value}`);
  if (cookie.expires?.value.seconds !== undefined)
    parts.push(`Expires=${new Date(cookie.expires.value.seconds * 1000).toUTCString()}`);
  if (cookie.secure?.value) parts.push('Secure');
  if (cookie.httpOnly?.value) parts.push('HttpOnly');
  if (cookie.sameSite && cookie.sameSite !== 'none')
    parts.push(
      `SameSite=${cookie.sameSite === 'explicitNone' ? 'None' : cookie.sameSite === 'lax' ? 'Lax' : 'Strict'}`,
    );
  return parts.join('; ');
};

const jsonAnswer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  body === undefined
    ? { status, headers }
    : {
        status,
        headers: { ...headers, 'Content-Type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
      };

const functionAnswer = (value: TypedData | undefined): Answer => {
  const http = value?.http;
  if (!http) return { status: 204 };
  const status = Number(http.statusCode ?? 200);
  const headers: Record<string, string | string[]> = { ...http.headers };
  if (http.cookies?.length) headers['Set-Cookie'] = http.cookies.map(cookieText);
  return { status, headers, ...(http.body?.bytes ? { body: http.body.bytes } : {}) };
};

const levelOf = (app: HttpApp, request: IncomingMessage, query: URLSearchParams): Level => {
  if (!app.auth) return 'admin';
  const header = request.headers['x-functions-key'];
  const key = (Array.isArray(header) ? header[0] : header) ?? query.get('code');
  if (key === app.auth.masterKey) return 'admin';
  return key === app.auth.functionKey ? 'function' : 'anonymous';
};

const answerDurable = async (app: HttpApp, request: IncomingMessage, url: URL, base: string): Promise<Answer> => {
  const path = url.pathname.slice(base.length);
  const continuation = request.headers['x-ms-continuation-token'];
  const response = await app.management.handle({
    method: request.method ?? 'GET',
    segments: path.split('/').filter(Boolean).map(decodeURIComponent),
    query: url.searchParams,
    contentType: request.headers['content-type'] ?? '',
    continuationToken: Array.isArray(continuation) ? continuation[0] : continuation,
    body: (await readBody(request)).toString('utf8'),
    webhookBase: `http://${base === rpcPath ? (process.env['WEBSITE_HOSTNAME'] ?? '') : (request.headers.host ?? '')}${webhookPath}`,
  });
  return jsonAnswer(response.status, response.body, response.headers);
};

const answerAdmin = async (app: HttpApp, request: IncomingMessage, url: URL, level: Level): Promise<Answer> => {
  if (level !== 'admin') return { status: 401 };
  const [, , area, name] = url.pathname.split('/');
  if (request.method === 'GET' && area === 'host' && name === 'status')
    return jsonAnswer(200, {
      id: 'local',
      state: 'Running',
      version: '4.1000.0',
      processUptime: Math.floor(process.uptime() * 1000),
    });
  if (request.method === 'POST' && area === 'functions' && name) {
    await readBody(request); // Timers take no input.
    return { status: app.trigger(decodeURIComponent(name)) ? 202 : 404 };
  }
  return { status: 404 };
};

const answerFunction = async (
  app: HttpApp,
  target: LoadedFunction,
  params: Record<string, string>,
  request: IncomingMessage,
  url: URL,
): Promise<Answer> => {
  // The host forwards a body only when its length is announced: a chunked request arrives empty.
  const body = await readBody(request);
  const forwarded = Number(request.headers['content-length'] ?? 0) > 0;
  try {
    const value = await app.invokeHttp(
      target,
      {
        method: request.method ?? 'GET',
        url: url.href,
        nullableHeaders: nullable(headerEntries(request)),
        nullableParams: nullable(Object.entries(params)),
        nullableQuery: nullable(url.searchParams),
        ...(forwarded ? { body: { bytes: body } } : {}),
      },
      headerEntries(request).find(([name]) => name === 'traceparent')?.[1],
    );
    return functionAnswer(value);
  } catch (error: unknown) {
    app.logError(error instanceof Error ? (error.stack ?? error.message) : String(error), target.name);
    return { status: 500 };
  }
};

const send = (response: ServerResponse, answer: Answer): void => {
  const empty = answer.status === 204 || answer.status === 205 || answer.status === 304;
  response.writeHead(answer.status, answer.headers);
  response.end(empty ? undefined : answer.body);
};

const serve = (app: HttpApp, answer: (request: IncomingMessage, url: URL) => Promise<Answer>): Server =>
  createServer((request, response) => {
    const leave = app.clock.enter();
    // Not before the answer has left: a caller that sees it may rely on the clock standing still until then.
    response.once('close', leave);
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
    answer(request, url).then(
      (given) => send(response, given),
      (error: unknown) => {
        app.logError(error instanceof Error ? (error.stack ?? error.message) : String(error), '');
        if (!response.headersSent) send(response, { status: 500 });
        else response.destroy();
      },
    );
  });

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new StartError(`port ${port} is in use`) : error);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

export type HttpServers = {
  readonly port: number;
  readonly rpcBaseUrl: string;
  /** Webhook base URL, as the durable client binding names it. */
  readonly webhookBase: string;
  readonly close: () => Promise<void>;
};

/** Binds both listeners (loopback only); `port` 0 takes a free one. Sets WEBSITE_HOSTNAME, which the client library reads. */
export const startHttp = async (app: HttpApp, port: number): Promise<HttpServers> => {
  const route = createRouter(app.routes);
  const front = serve(app, async (request, url) => {
    const level = levelOf(app, request, url.searchParams);
    if (url.pathname.startsWith(`${webhookPath}/`)) {
      const isSystem = url.searchParams.get('code') === app.management.systemKey;
      return app.auth && !isSystem && level !== 'admin'
        ? { status: 401 }
        : answerDurable(app, request, url, webhookPath);
    }
    if (url.pathname.startsWith('/admin/')) return answerAdmin(app, request, url, level);
    const match = route(request.method ?? 'GET', url.pathname);
    if (!match) return { status: 404 };
    const required = textOption(match.target, 'authLevel', 'anonymous').toLowerCase() as Level;
    if (rank[level] < rank[required]) return { status: 401 };
    return answerFunction(app, match.target, match.params, request, url);
  });
  const rpc = serve(app, (request, url) =>
    url.pathname.startsWith(`${rpcPath}/`)
      ? answerDurable(app, request, url, rpcPath)
      : Promise.resolve({ status: 404 }),
  );
  const frontPort = await listen(front, port);
  const rpcPort = await listen(rpc, 0);
  const hostname = `localhost:${frontPort}`;
  process.env['WEBSITE_HOSTNAME'] = hostname;
  const closeOne = (server: Server): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    port: frontPort,
    rpcBaseUrl: `http://127.0.0.1:${rpcPort}${rpcPath}/`,
    webhookBase: `http://${hostname}${webhookPath}`,
    close: async () => {
      await Promise.all([closeOne(front), closeOne(rpc)]);
    },
  };
};
