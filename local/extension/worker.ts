/** The language worker behind the .NET host: it says which functions there are, and runs one when it is asked to. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, sanitized, stackOf } from '../host/errors.ts';
import type { App, LoadedFunction, TypedData } from '../host/functions-core.ts';
import type { Call } from '../host/worker.ts';

export type Worker = {
  readonly url: string;
  /** Runs functions from now on: until then, whoever asks for one waits. */
  readonly serve: (call: Call) => void;
  readonly close: () => Promise<void>;
};

export async function startWorker(app: App): Promise<Worker> {
  const durable = app.functions.filter(({ kind }) => kind === 'orchestration' || kind === 'activity');
  const byPath = new Map(durable.map((it) => [`/invoke/${it.kind}/${encodeURIComponent(it.name)}`, it]));
  let serve: (call: Call) => void = () => undefined;
  const call = new Promise<Call>((resolve) => (serve = resolve));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const target = byPath.get(request.url ?? '');
      const isNull = request.headers['content-length'] === '0' && request.headers['content-type'] === undefined;
      const data: TypedData = isNull ? {} : { string: Buffer.concat(chunks).toString('utf8') };
      if (request.url === '/functions') response.end(JSON.stringify(durable.map(({ name, kind }) => ({ name, kind }))));
      else if (target === undefined) response.writeHead(404).end();
      else void call.then((run) => answer(response, run, target, data));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, serve, close: () => closed(server) };
}

async function answer(response: ServerResponse, call: Call, target: LoadedFunction, data: TypedData): Promise<void> {
  try {
    const instanceId = target.kind === 'orchestration' ? instanceOf(data.string ?? '') : undefined;
    const result = (await call(target, data, instanceId === undefined ? {} : { instanceId })) ?? {};
    const [type, value] = Object.entries(result).find(([, it]) => it !== undefined && it !== null) ?? [];
    const text = value instanceof Uint8Array ? Buffer.from(value).toString('base64') : `${value as string | number}`;
    if (type === undefined) response.writeHead(200).end();
    else response.writeHead(200, { 'x-type': type }).end(text);
  } catch (error: unknown) {
    // In the words of the Functions host (azure-functions-host, RpcException.cs).
    const failure = `Result: Failure\nException: ${sanitized(messageOf(error))}\nStack: ${stackOf(error)}`;
    response.writeHead(500).end(failure);
  }
}

/** The id in an orchestration trigger's JSON text, which says it once, after the history and the input. */
const instanceOf = (payload: string): string | undefined => {
  const value = JSON.parse(payload) as { instanceId?: unknown };
  return typeof value.instanceId === 'string' ? value.instanceId : undefined;
};

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
