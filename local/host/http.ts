// HTTP in front of the app: function routes, keys, /admin, and the Durable extension's API on its two paths.
//
// The RPC path has a listener of its own on loopback and no key, as in the extension; the webhook path shares the app's port
// and asks for a key when `auth` is on (WebJobs.Script.WebHost/Security, AuthenticationLevelHandler.cs).
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.ts';
import { StartError } from '../start-error.ts';
import { textOption } from './app.ts';
import type { Management } from './durable/management.ts';
import { stackOf } from './errors.ts';
import type { LoadedFunction, TypedData } from './functions-core.ts';
import { decoded, type Router } from './router.ts';
import { asPerson, type Person } from './sign-in.ts';
import type { Call } from './worker.ts';

export type Keys = { readonly masterKey: string; readonly functionKey: string };

export type HttpApp = {
  readonly route: Router<LoadedFunction>;
  readonly clock: Clock;
  readonly auth: Keys | undefined;
  readonly systemKey: string;
  /** Answers what arrives below the base path of the Durable extension's API. */
  readonly durable: DurableApi;
  readonly call: Call;
  /** Runs a function that has no HTTP trigger on an input; answers with an HTTP status. */
  readonly trigger: (name: string, input: string) => number;
  readonly logError: (message: string, functionName: string) => void;
  readonly home: string | undefined;
  readonly signedIn: Person | undefined;
};

export type Answer = { status: number; headers?: Record<string, string>; body?: string | Uint8Array };
export type Request = { readonly message: IncomingMessage; readonly url: URL; readonly body: Buffer };
export type DurableApi = (request: Request, base: string) => Answer | Promise<Answer>;

const webhookPath = '/runtime/webhooks/durabletask';
const rpcPath = '/durabletask';
type Level = 'anonymous' | 'function' | 'admin';
const rank: Readonly<Record<string, number>> = { anonymous: 0, function: 1, admin: 2 };

const nullable = (entries: Iterable<[string, string | string[] | undefined]>): Record<string, { value: string }> => {
  const result: Record<string, { value: string }> = {};
  for (const [name, value] of entries) {
    const known = result[name];
    const text = String(value ?? ''); // Repeated values arrive joined by a comma.
    result[name] = { value: known ? `${known.value},${text}` : text };
  }
  return result;
};

const header = ({ message }: Request, name: string): string | undefined => {
  const value = message.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const levelOf = (auth: Keys | undefined, request: Request): Level => {
  if (!auth) return 'admin';
  const key = header(request, 'x-functions-key') ?? request.url.searchParams.get('code');
  if (key === auth.masterKey) return 'admin';
  return key === auth.functionKey ? 'function' : 'anonymous';
};

const jsonAnswer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  body === undefined
    ? { status, headers }
    : {
        status,
        headers: { ...headers, 'Content-Type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
      };

/** The extension's API, answered by this host's own engine. */
export const managed =
  (management: Management): DurableApi =>
  async (request, base) => {
    const { message, url, body } = request;
    const host = base === rpcPath ? process.env['WEBSITE_HOSTNAME'] : url.host;
    // Decoded before it is cut, and a plus is a blank, however it is written.
    const path = decoded(url.pathname.slice(base.length)).replaceAll('+', ' ');
    if (path.includes('\0')) return { status: 400 };
    const response = await management({
      method: message.method ?? 'GET',
      segments: path.split('/').filter(Boolean),
      query: url.searchParams,
      contentType: header(request, 'content-type') ?? '',
      continuationToken: header(request, 'x-ms-continuation-token'),
      body: body.toString('utf8'),
      webhookBase: `http://${host ?? ''}${webhookPath}`,
    });
    return jsonAnswer(response.status, response.body, response.headers);
  };

const answerAdmin = (app: HttpApp, { message, url, body }: Request): Answer => {
  const [, , area, name] = url.pathname.split('/');
  if (message.method === 'GET' && area === 'host' && name === 'status')
    return jsonAnswer(200, { id: 'local', state: 'Running', version: '4.1000.0' });
  if (message.method !== 'POST' || area !== 'functions' || !name) return { status: 404 };
  try {
    const { input } = JSON.parse(body.toString('utf8') || '{}') as { input?: unknown };
    const text = typeof input === 'string' ? input : JSON.stringify(input ?? null);
    return { status: app.trigger(decoded(name), text) };
  } catch {
    return { status: 400 };
  }
};

const answerFunction = async (
  app: HttpApp,
  target: LoadedFunction,
  params: Readonly<Record<string, string>>,
  request: Request,
): Promise<Answer> => {
  const { message, url, body } = request;
  // The host forwards a body only when its length is announced: a chunked request arrives empty.
  const isForwarded = Number(message.headers['content-length'] ?? 0) > 0;
  const http = {
    method: message.method ?? 'GET',
    url: url.href,
    nullableHeaders: nullable(Object.entries(asPerson(app.signedIn, message.headers))),
    nullableParams: nullable(Object.entries(params)),
    nullableQuery: nullable(url.searchParams),
    ...(isForwarded ? { body: { bytes: body } } : {}),
  };
  try {
    return functionAnswer(await app.call(target, { http }, { traceParent: header(request, 'traceparent') }));
  } catch (error: unknown) {
    app.logError(stackOf(error), target.name);
    return { status: 500 };
  }
};

const functionAnswer = (value: TypedData | undefined): Answer => {
  const http = value?.http;
  if (!http) return { status: 204 };
  if (http.cookies?.length) throw new Error('this local host does not set cookies: use a Set-Cookie header');
  const status = Number(http.statusCode ?? 200);
  return { status, headers: { ...http.headers }, ...(http.body?.bytes ? { body: http.body.bytes } : {}) };
};

const bodyless = new Set([204, 205, 304]);

const serve = (server: Server, app: HttpApp, answer: (request: Request) => Answer | Promise<Answer>): void => {
  server.on('request', (message, response) => {
    const leave = app.clock.enter();
    // Not before the answer has left: a caller that sees it may rely on the clock standing still until then.
    response.once('close', leave);
    const respond = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk as Buffer);
      const url = new URL(message.url ?? '/', `http://${message.headers.host ?? 'localhost'}`);
      const { status, headers, body } = await answer({ message, url, body: Buffer.concat(chunks) });
      response.writeHead(status, headers).end(bodyless.has(status) ? undefined : body);
    };
    respond().catch((error: unknown) => {
      app.logError(stackOf(error), '');
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
};

const listen = async (port: number): Promise<Server> => {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new StartError(
          `port ${port} ${error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code})`}: give another --port N`,
        ),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
};

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

export type HttpServers = {
  readonly port: number;
  readonly rpcBaseUrl: string;
  /** Webhook base URL, as the durable client binding names it. */
  readonly webhookBase: string;
  /** Begins to answer; call it in the same turn of the event loop in which the promise of the servers is resolved. */
  readonly serve: (app: HttpApp) => void;
  readonly close: () => Promise<void>;
};

/** Binds both listeners (loopback only); `port` 0 takes a free one. Sets WEBSITE_HOSTNAME, which the client library reads. */
export const bindHttp = async (port: number): Promise<HttpServers> => {
  const front = await listen(port);
  const rpc = await listen(0);
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const hostname = `localhost:${portOf(front)}`;
  process.env['WEBSITE_HOSTNAME'] = hostname;
  return {
    port: portOf(front),
    rpcBaseUrl: `http://127.0.0.1:${portOf(rpc)}${rpcPath}/`,
    webhookBase: `http://${hostname}${webhookPath}`,
    serve: (app) => {
      serve(front, app, (request) => {
        const { pathname, searchParams } = request.url;
        const level = levelOf(app.auth, request);
        if (pathname.startsWith(`${webhookPath}/`))
          return level === 'admin' || searchParams.get('code') === app.systemKey
            ? app.durable(request, webhookPath)
            : { status: 401 };
        if (pathname.startsWith('/admin/')) return level === 'admin' ? answerAdmin(app, request) : { status: 401 };
        if (pathname === '/' && app.home !== undefined) return { status: 302, headers: { location: app.home } };
        const match = app.route(request.message.method ?? 'GET', pathname);
        if (!match) return { status: 404 };
        const required = textOption(match.target, 'authLevel', 'anonymous').toLowerCase();
        if ((rank[level] ?? 0) < (rank[required] ?? 2)) return { status: 401 };
        return answerFunction(app, match.target, match.params, request);
      });
      serve(rpc, app, (request) =>
        request.url.pathname.startsWith(`${rpcPath}/`) ? app.durable(request, rpcPath) : { status: 404 },
      );
    },
    close: async () => {
      await Promise.all([closeServer(front), closeServer(rpc)]);
    },
  };
};
