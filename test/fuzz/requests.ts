/** Requests that no well-meaning client sends, and how they are sent: raw, so that nothing tidies them up on the way. */
import { Agent, request as send } from 'node:http';
import { setTimeout as realDelay } from 'node:timers/promises';
import fc from 'fast-check';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import { CompletionsSchema, ProbeSchema, PromptListSchema } from '../../src/lab/completions-request.ts';
import { LabRequestSchema } from '../../src/lab/request.ts';

export type Attack = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  /** `slow`: in pieces; `broken`: the client goes away in the middle; `chunked`: no length is announced. */
  way: 'plain' | 'slow' | 'broken' | 'chunked';
};
export type Reply = { status: number; headers: Record<string, string>; body: string };

/** A lab that lives while it is attacked. */
export const ALIVE = 'alive-lab';

const NASTY = [
  '..',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '%00',
  '%252e%252e',
  "' or 1=1--",
  '${7*7}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '\u202eevil',
  '💥'.repeat(40),
  'x'.repeat(3_000),
  '-1',
  '%',
  '%zz',
  'null',
  '__proto__',
  'constructor',
  `${ALIVE}.report`,
  `${ALIVE}%2freport`,
  `${ALIVE};x=1`,
  `${ALIVE}/../${ALIVE}`,
];

const segment = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NASTY).map((it) => (it.includes('%') ? it : encodeURIComponent(it))) },
  {
    weight: 2,
    arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((it) => encodeURIComponent(it.toWellFormed())),
  },
  { weight: 2, arbitrary: fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/) },
);

const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('dryRun', 'limit', 'filter', 'page', 'a', 'b', 'baseline', 'current', 'code', '__proto__', 'x'),
        segment,
      )
      .map(([name, value]) => `?${name}=${value}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '?',
      '?&&&=',
      '?%',
      `?x=${'y'.repeat(4_000)}`,
      '?dryRun=true&dryRun=false',
      '?limit[]=1',
    ),
  },
);

const path = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constantFrom(...OPERATIONS), segment, query).map(([operation, value, search]) => ({
      method: operation.method.toUpperCase(),
      path: `/api${operation.path.replaceAll(/\{\w+\}/g, () => value)}${search}`,
    })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'),
      path: fc.oneof(
        fc.constantFrom(
          '/',
          '/api',
          '/api/',
          '/api//labs',
          '/api/labs/',
          '/API/LABS',
          '/api/labs/%2e%2e/health',
          '/.auth/me',
          '/favicon.ico',
        ),
        segment.map((it) => `/${it}`),
      ),
    }),
  },
  // What asks the model of a lab that lives is refused for its body; what would end it or keep it is not sent.
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('completions', 'probe'), query).map(([verb, search]) => ({
      method: 'POST',
      path: `/api/labs/${ALIVE}/${verb}${search}`,
    })),
  },
  // Reading a lab that lives is let through to the services; what would change it is not sent as a well-formed request.
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...OPERATIONS.filter((it) => it.method === 'get' && it.path.includes('{id}'))),
        segment,
        query,
      )
      .map(([operation, value, search]) => ({
        method: 'GET',
        path: `/api${operation.path.replace('{id}', ALIVE).replaceAll(/\{\w+\}/g, () => value)}${search}`,
      })),
  },
);

const deep = fc.integer({ min: 1, max: 20_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth));
/** Right in name, wrong in value. */
const nearly = fc.record(
  {
    id: fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
    regions: fc.oneof(fc.array(fc.string()), fc.string()),
    model: fc.string({ unit: 'binary' }),
    idleMinutes: fc.oneof(fc.double(), fc.integer(), fc.string()),
    maxHours: fc.anything(),
    budgetUsd: fc.oneof(fc.double(), fc.constantFrom(-0, 1e308, '10')),
    participants: fc.array(fc.anything(), { maxLength: 5 }),
    handOver: fc.string({ unit: 'binary' }),
    openai: fc.anything(),
    databricks: fc.object(),
    completion: fc.oneof(fc.object(), fc.record({ prompt: fc.string({ unit: 'binary' }) })),
    prompts: fc.array(fc.anything(), { maxLength: 5 }),
    n: fc.oneof(fc.double(), fc.integer()),
    tags: fc.object({ maxDepth: 1 }),
  },
  { requiredKeys: [] },
);
const stringify = (value: unknown): string => {
  try {
    return JSON.stringify(value, (_key, it: unknown) => (typeof it === 'bigint' ? it.toString() : it)) ?? 'null';
  } catch {
    return '"cyclic"';
  }
};
const body = fc.oneof(
  { weight: 4, arbitrary: fc.constant(null) },
  { weight: 5, arbitrary: fc.json() },
  { weight: 5, arbitrary: nearly.map(stringify) },
  { weight: 2, arbitrary: deep },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 300_000 }).map((size) => `{"id":"${'x'.repeat(size)}"}`) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 10, max: 3_000 })
      .map((count) => `{${Array.from({ length: count }, (_, index) => `"k${index}":1`).join()}}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '\ufeff{}x',
      '{"__proto__":{"id":"x"}}',
      '{"constructor":{"prototype":{}}}',
      '{"id":"\\u0000"}',
      '{"a":1e999}',
      '{"id":"a","id":"b"}',
    ),
  },
);

const headers = fc.record(
  {
    'content-type': fc.oneof(
      { weight: 6, arbitrary: fc.constant('application/json') },
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          'text/plain',
          'application/x-ndjson',
          'multipart/form-data',
          'application/xml',
          '',
          'application/json;charset=utf-7',
          'json',
        ),
      },
    ),
    'idempotency-key': fc.oneof(fc.stringMatching(/^[\x21-\x7e]{0,220}$/), fc.constantFrom('two words', '\xff', '')),
    origin: fc.constantFrom('https://evil.example', 'null', 'http://localhost', ''),
    'sec-fetch-site': fc.constantFrom('cross-site', 'same-origin', 'none', 'x'),
    'x-ms-client-principal': fc.constantFrom('e30=', '%%%', 'A'.repeat(2_000)),
    'x-http-method-override': fc.constantFrom('DELETE', 'POST'),
    'x-forwarded-host': fc.constant('evil.example'),
    'x-original-url': fc.constant('/admin/host/status'),
    'accept-language': fc.constantFrom('pt-BR', 'xx-'.repeat(50), '*;q=9'),
    accept: fc.constantFrom('text/html', 'application/json', '*/*;q=x', ''),
    'content-encoding': fc.constantFrom('gzip', 'deflate', 'x'),
    range: fc.constant('bytes=0-1'),
    traceparent: fc.constantFrom('00-0-0-0', 'x', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`),
  },
  { requiredKeys: [] },
);

/** Foreign pages and packed bodies are refused before anything else is looked at: most requests have neither. */
const rare: readonly string[] = ['origin', 'sec-fetch-site', 'content-encoding'];
const sent = fc
  .tuple(headers, fc.integer({ min: 0, max: 9 }))
  .map(([all, dice]) =>
    Object.fromEntries(
      Object.entries(all).filter(([name, value]) => value !== undefined && (dice === 0 || !rare.includes(name))),
    ),
  );

/** A wrong type is refused before the body is read: most bodies come with the right one. */
const typed = (all: Record<string, string>, dice: number): Record<string, string> =>
  dice < 7 ? { ...all, 'content-type': 'application/json' } : all;

export const attack: fc.Arbitrary<Attack> = fc
  .record({
    at: path,
    headers: fc.tuple(sent, fc.integer({ min: 0, max: 9 })).map(([all, dice]) => typed(all, dice)),
    body,
    way: fc.oneof(
      { weight: 40, arbitrary: fc.constant('plain' as const) },
      { weight: 2, arbitrary: fc.constantFrom('slow' as const, 'broken' as const, 'chunked' as const) },
    ),
  })
  .map(({ at, ...rest }) => harmless({ ...at, ...rest }));

/** A request that happens to be right would start or change a lab, as it should. Here it gets a field that nobody knows. */
function harmless(it: Attack): Attack {
  if (it.method !== 'POST') return it;
  if (it.body !== null && it.body.trim() !== '' && !isRight(it.body)) return it;
  return { ...it, way: 'plain', body: '{"nobodyKnows":1}' };
}

function isRight(text: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  return [LabRequestSchema, CompletionsSchema, PromptListSchema, ProbeSchema].some((it) => it.safeParse(value).success);
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Null where the client went away, or could not say what it wanted: such a request never left. */
export function fire(
  base: string,
  { method, path: at, headers: given, body: content, way }: Attack,
): Promise<Reply | null> {
  const { hostname, port } = new URL(base);
  const bytes = content === null ? null : Buffer.from(content);
  return new Promise((resolve) => {
    try {
      const length =
        bytes === null
          ? {}
          : way === 'chunked'
            ? { 'transfer-encoding': 'chunked' }
            : { 'content-length': String(bytes.length) };
      const outgoing = send(
        { hostname, port, method, path: at, agent, headers: { ...given, ...length } },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', () => resolve(null));
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers as Record<string, string>,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      outgoing.on('error', () => resolve(null));
      if (bytes === null || way === 'plain' || way === 'chunked') outgoing.end(bytes ?? undefined);
      else void trickle(bytes, way === 'broken', outgoing).catch(() => resolve(null));
    } catch {
      resolve(null);
    }
  });
}

async function trickle(bytes: Buffer, breaks: boolean, outgoing: ReturnType<typeof send>): Promise<void> {
  const size = Math.max(1, Math.ceil(bytes.length / 4));
  for (let from = 0; from < bytes.length; from += size) {
    outgoing.write(bytes.subarray(from, from + size));
    await realDelay(5);
    if (breaks && from > 0) {
      outgoing.destroy();
      return;
    }
  }
  outgoing.end();
}
