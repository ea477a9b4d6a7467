// The endpoints of the local cloud: one HTTPS server behind a port per endpoint (ARM, each account, each workspace), and plain HTTP for the
// managed identity, as App Service has it.
//
// Invariants
// D1  A port, once given to an endpoint, is kept in the store and bound again after a restart.
// D2  While a request is served the clock is held (`clock.enter`); a request that hangs by a fault holds nothing.
// D3  An effect is in the store before its answer leaves.
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createPort, type AddressInfo, type Server as Port, type Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { StartError } from '../../start-error.ts';
import { faultReply, runsHandler, type FaultBook } from './faults.ts';
import type { Call, Reply, Route, Router } from './router.ts';
import type { CloudState } from './state.ts';
import { checkToken, type Token } from './tokens.ts';

/** What answers behind a port. */
export type Service = {
  name: string;
  router: Router;
  /** Audiences that its bearer tokens may have; undefined: it takes none. */
  audiences?: readonly string[];
  /** Whether a request without a bearer token is refused before its handler. */
  tokenRequired?: boolean;
  /** The `WWW-Authenticate` header of a 401. */
  challenge?(message: string): string;
  /** The error body of this family of services. */
  fail(status: number, code: string, message: string): Reply;
  /** Checks between authentication and handler (api-version). */
  check?(route: Route, query: URLSearchParams): Reply | undefined;
};

export type RequestRecord = {
  at: number;
  service: string;
  method: string;
  path: string;
  status: number;
  durationMs: number;
};

export type Server = {
  /** Binds the endpoint `key` (on its former port, if it had one) and resolves to its origin. Idempotent. */
  open(key: string, service: Service, options?: { port?: number; plain?: boolean }): Promise<string>;
  /** Closes the endpoint; its port is not kept. */
  close(key: string): void;
  closeAll(): Promise<void>;
  readonly requests: RequestRecord[];
  readonly unknownRoutes: string[];
};

/** A cloud that is left running forgets its oldest requests. */
const REQUESTS_KEPT = 100_000;

type Endpoint = { key: string; service: Service; port: Port; sockets: Set<Socket>; origin: string };

export function createServer(
  state: CloudState,
  faults: FaultBook,
  certificate: { key: string; cert: string },
  onRequest: (record: RequestRecord) => void = () => undefined,
): Server {
  const ports = state.store.table<number>('ports');
  const endpoints = new Map<string, Endpoint>();
  const byPort = new Map<number, Endpoint>();
  const requests: RequestRecord[] = [];
  const unknownRoutes: string[] = [];
  const tokens = new Map<string, Token>();

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void serve(request, response);
  };
  const secure = tuned(createHttpsServer({ key: certificate.key, cert: certificate.cert }, listener));
  const plain = tuned(createHttpServer(listener));

  const authenticate = (service: Service, header: string | undefined): Token | Reply | null => {
    const bearer = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
    if (bearer === undefined || service.audiences === undefined) {
      return service.tokenRequired === true
        ? unauthorized(service, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.")
        : null;
    }
    let token = tokens.get(bearer);
    if (token === undefined || token.expiresAt <= state.now()) {
      const checked = checkToken(state.secret, bearer, state.now());
      if (!checked.ok) {
        return checked.reason === 'expired'
          ? unauthorized(service, 'ExpiredAuthenticationToken', 'The access token has expired.')
          : unauthorized(service, 'InvalidAuthenticationToken', 'The access token is invalid.');
      }
      token = checked.token;
      tokens.set(bearer, token);
    }
    const audience = token.audience.replace(/\/+$/, '');
    if (service.audiences.some((accepted) => accepted.replace(/\/+$/, '') === audience)) return token;
    return unauthorized(
      service,
      'InvalidAuthenticationTokenAudience',
      `The access token has been obtained for wrong audience or resource '${token.audience}'. It should exactly match with one of the allowed audiences '${service.audiences.join("','")}'.`,
    );
  };

  const handle = async (
    endpoint: Endpoint,
    request: IncomingMessage,
    path: string,
    query: URLSearchParams,
    rawBody: Buffer,
  ): Promise<Reply> => {
    const { service } = endpoint;
    const method = request.method ?? 'GET';
    const matched = service.router(method, path);
    if (matched === undefined) {
      const name = `${service.name}: ${method} ${path}`;
      unknownRoutes.push(name);
      return service.fail(501, 'NotImplemented', `The local cloud has no route ${name}`);
    }
    const token = authenticate(service, request.headers.authorization);
    if (token !== null && 'status' in token) return token;
    const refused = service.check?.(matched.route, query);
    if (refused !== undefined) return refused;
    const body = parseBody(rawBody, request.headers['content-type']);
    if (body instanceof SyntaxError) {
      return service.fail(
        400,
        'InvalidRequestContent',
        `The request content was invalid and could not be deserialized: '${body.message}'.`,
      );
    }
    return matched.route.handler({
      method,
      path,
      params: matched.params,
      query,
      headers: request.headers as Call['headers'],
      body,
      rawBody,
      token,
      origin: endpoint.origin,
      now: state.now(),
    });
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const endpoint = byPort.get(request.socket.localPort ?? 0);
    if (endpoint === undefined) {
      request.socket.destroy();
      return;
    }
    const leave = state.clock.enter();
    const startedAt = performance.now();
    const method = request.method ?? 'GET';
    const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
    const record: RequestRecord = {
      at: state.now(),
      service: endpoint.service.name,
      method,
      path,
      status: 0,
      durationMs: 0,
    };
    requests.push(record);
    if (requests.length > REQUESTS_KEPT) requests.splice(0, REQUESTS_KEPT / 2);
    try {
      const rawBody = await readBody(request);
      state.tick();
      const fault = faults.take(method, path, endpoint.service.name, state.now());
      let reply: Reply | undefined;
      if (fault === undefined || runsHandler(fault)) {
        reply = await handle(endpoint, request, path, new URLSearchParams(search), rawBody).catch((error: unknown) =>
          endpoint.service.fail(
            500,
            'InternalServerError',
            error instanceof Error ? (error.stack ?? error.message) : String(error),
          ),
        );
      }
      state.store.flush();
      if (fault !== undefined) reply = faultReply(fault, reply);
      if (reply === undefined) {
        if (fault?.kind === 'reset') request.socket.destroy();
        return;
      }
      record.status = reply.status;
      // Before the answer: whoever is killed by what it answers has heard of it.
      onRequest(record);
      await send(response, reply, fault?.kind === 'truncated', fault?.kind === 'slow' ? fault.ms : 0);
    } catch {
      // The client went away while it was sending.
      request.socket.destroy();
    } finally {
      record.durationMs = performance.now() - startedAt;
      leave();
    }
  };

  return {
    requests,
    unknownRoutes,
    open: async (key, service, options = {}) => {
      const known = endpoints.get(key);
      if (known !== undefined) return known.origin;
      const front: HttpServer = options.plain === true ? plain : secure;
      const sockets = new Set<Socket>();
      const port = createPort({ noDelay: true }, (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        front.emit('connection', socket);
      });
      const number = await listen(port, ports.get(key) ?? options.port ?? 0, state.store.file);
      ports.put(key, number);
      const origin = `${options.plain === true ? 'http' : 'https'}://127.0.0.1:${number}`;
      const endpoint: Endpoint = { key, service, port, sockets, origin };
      endpoints.set(key, endpoint);
      byPort.set(number, endpoint);
      return origin;
    },
    close: (key) => {
      const endpoint = endpoints.get(key);
      ports.delete(key);
      if (endpoint === undefined) return;
      endpoints.delete(key);
      byPort.delete(portOf(endpoint.port));
      endpoint.port.close();
      for (const socket of endpoint.sockets) socket.destroy();
    },
    closeAll: async () => {
      await Promise.all(
        [...endpoints.values()].map((endpoint) => {
          for (const socket of endpoint.sockets) socket.destroy();
          return new Promise((resolve) => endpoint.port.close(resolve));
        }),
      );
      endpoints.clear();
      byPort.clear();
    },
  };
}

const unauthorized = (service: Service, code: string, message: string): Reply => {
  const reply = service.fail(401, code, message);
  const challenge = service.challenge?.(message);
  return challenge === undefined ? reply : { ...reply, headers: { ...reply.headers, 'www-authenticate': challenge } };
};

// Real timers of the server would close idle connections under a client that is about to reuse them.
const tuned = <S extends HttpServer>(server: S): S => {
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.on('clientError', (_error, socket) => socket.destroy());
  return server;
};

const portOf = (port: Port): number => (port.address() as AddressInfo).port;

const listen = (port: Port, number: number, storeFile: string): Promise<number> =>
  new Promise((resolve, reject) => {
    port.once('error', (error: NodeJS.ErrnoException) => {
      // An address that is stored elsewhere (workspaceUrl, endpoints) must not change: better no start than another port.
      const why = `another process runs on ${dirname(storeFile)}, or has its port ${number}`;
      reject(
        error.code === 'EADDRINUSE'
          ? new StartError(`${why}: stop it, or start with another folder (--data DIR) and port`)
          : error,
      );
    });
    port.listen(number, '127.0.0.1', () => {
      resolve(portOf(port));
    });
  });

const EMPTY = Buffer.alloc(0);

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined)
    return EMPTY;
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
};

const parseBody = (raw: Buffer, contentType: string | undefined): unknown => {
  // A body that says nothing of itself counts as JSON, unless it is XML (Azure Storage's block lists).
  if (raw.length === 0 || raw[0] === 0x3c || (contentType !== undefined && !/json/i.test(contentType)))
    return undefined;
  try {
    return JSON.parse(raw.toString()) as unknown;
  } catch (error: unknown) {
    return error instanceof SyntaxError ? error : new SyntaxError(String(error));
  }
};

const send = async (response: ServerResponse, reply: Reply, truncate: boolean, slowMs: number): Promise<void> => {
  if (reply.stream !== undefined) return sendStream(response, reply, reply.stream, truncate);
  const body =
    reply.json !== undefined ? Buffer.from(JSON.stringify(reply.json)) : (reply.bytes ?? Buffer.from(reply.text ?? ''));
  const id = randomUUID();
  const headers: Record<string, string | number> = {
    'x-ms-request-id': id,
    'x-ms-correlation-request-id': id,
    'content-length': body.length,
    ...(reply.json !== undefined ? { 'content-type': 'application/json; charset=utf-8' } : {}),
    ...reply.headers,
  };
  if (truncate) headers['content-length'] = Math.floor(body.length / 2);
  response.writeHead(reply.status, headers);
  if (slowMs > 0) {
    for (let part = 0; part < 4; part += 1) {
      response.write(body.subarray(Math.floor((body.length * part) / 4), Math.floor((body.length * (part + 1)) / 4)));
      await new Promise((resolve) => setTimeout(resolve, slowMs / 4));
    }
    response.end();
  } else response.end(truncate ? body.subarray(0, Math.floor(body.length / 2)) : body);
};

const sendStream = async (
  response: ServerResponse,
  reply: Reply,
  stream: AsyncIterable<string>,
  truncate: boolean,
): Promise<void> => {
  const id = randomUUID();
  response.writeHead(reply.status, { 'x-ms-request-id': id, 'x-ms-correlation-request-id': id, ...reply.headers });
  response.flushHeaders();
  for await (const part of stream) {
    if (truncate || response.destroyed) {
      response.destroy();
      return;
    }
    response.write(part);
  }
  response.end();
};
