/** The OpenAPI document: valid, complete, and true to what the app answers. */
import { readdirSync, readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { buildOpenApi, type JsonSchema } from '../../src/http/openapi/document.ts';
import { OPERATIONS, SCHEMAS } from '../../src/http/openapi/operations.ts';
import { PROBLEMS } from '../../src/http/openapi/problem-codes.ts';
import { useWorld } from '../e2e/world.ts';

const world = useWorld();
const document = buildOpenApi();

const get = async (path: string) => (await world.rig.host.fetch(path)).json();

/** Holds an answer to its schema, and to nothing beside it: a field that is not documented is stripped, and missed. */
const isDocumented = (name: string, answer: unknown): void => {
  const parsed = SCHEMAS[name]!.safeParse(answer);
  expect(parsed.error?.issues ?? [], name).toEqual([]);
  expect(parsed.data, name).toEqual(answer);
};

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('is served to who may call the app, with the version of the package', async () => {
    expect(await get('/api/openapi.json')).toEqual(JSON.parse(JSON.stringify(document)));
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(document.info.version).toBe(version);
  });

  it('lists every HTTP function that is registered, by route, method and name, and no other', () => {
    const registered = world.rig.host.functions
      .filter((it) => it.trigger === 'http')
      .flatMap((it) => (it.methods ?? []).map((method) => `${it.name} ${method.toLowerCase()} ${it.route}`));
    const described = OPERATIONS.map((it) => `${it.id} ${it.method} ${it.path}`);
    // The host names routes with or without its prefix and a slash.
    expect(described.toSorted()).toEqual(registered.map((it) => it.replace(/ \/?(?:api\/)?(?=\S+$)/, ' /')).toSorted());
  });

  it('asks for no key where the function asks for none, and for one elsewhere', () => {
    const open = world.rig.host.functions.filter((it) => it.trigger === 'http' && it.authLevel === 'anonymous');
    const anonymous = OPERATIONS.filter((it) => it.anonymous).map((it) => it.id);
    expect(open.map((it) => it.name).toSorted()).toEqual(anonymous.toSorted());
  });

  it('knows every code that the endpoints answer with, and no other', () => {
    const files = readdirSync('src/http', { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.ts'));
    const sources = files.map((it) => readFileSync(`src/http/${it}`, 'utf8'));
    const codes = new Set(sources.flatMap((it) => [...it.matchAll(/\bcode: '([a-z-]+)'/g)].map((match) => match[1]!)));
    const limits = ['owner-limit-labs', 'owner-limit-starts', 'owner-limit-usd'];
    expect([...codes, ...limits].toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
    const told = JSON.stringify(document.paths);
    for (const code of codes) expect(told, code).toContain(`\`${code}\``);
  });

  it('holds no reference that leads nowhere', () => {
    const names = Object.keys(document.components.schemas);
    const refs = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
    expect([...refs].map((it) => it[1]!).filter((it) => !names.includes(it))).toEqual([]);
  });

  it('says of every field what it is', () => {
    const silent = (it: JsonSchema, path: string): string[] => {
      const own = Object.entries((it['properties'] ?? {}) as Record<string, JsonSchema>).flatMap(([name, field]) => {
        const speaks = 'description' in field || ['$ref', 'properties', 'items', 'anyOf'].some((key) => key in field);
        return [...(speaks ? [] : [`${path}.${name}`]), ...silent(field, `${path}.${name}`)];
      });
      const parts = [it['items'], ...((it['anyOf'] ?? []) as unknown[]), ...((it['allOf'] ?? []) as unknown[])];
      return [...own, ...parts.flatMap((part) => (part === undefined ? [] : silent(part as JsonSchema, path)))];
    };
    const all = Object.entries(document.components.schemas).flatMap(([name, it]) => silent(it, name));
    expect(all.filter((it) => !it.startsWith('OpenApi'))).toEqual([]);
  });

  it('takes prompts as texts and as objects', () => {
    const { items } = document.components.schemas['PromptList'] as {
      items: { anyOf: { type: string }[] };
    };
    expect(items.anyOf.map((it) => it.type)).toEqual(['string', 'object']);
  });
});

describe('what the app answers is what the document says', () => {
  it('from the start of a lab to its report', async () => {
    isDocumented('Health', await get('/api/health'));
    const dry = await world.rig.host.fetch('/api/labs?dryRun=true', { method: 'POST' });
    isDocumented('DryRun', await dry.json());
    const start = await world.post({ id: 'documented', handOver: 'ana@example.org' });
    isDocumented('Started', await start.json());
    isDocumented('Lab', await get('/api/labs/documented'));
    await world.until('documented', (view) => view.phase === 'watching');
    isDocumented('Lab', await get('/api/labs/documented'));
    isDocumented('LabList', await get('/api/labs'));

    const asked = await world.rig.host.fetch('/api/labs/documented/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'Tell me a joke.', n: 4 }),
    });
    const batch = (await asked.json()) as { links: { self: string } };
    isDocumented('BatchStarted', batch);
    const { pathname } = new URL(batch.links.self);
    isDocumented('Batch', await get(pathname));
    await world.rig.host.until(async () => ((await get(pathname)) as { state: string }).state === 'done');
    isDocumented('Batch', await get(pathname));
    const list = (await get('/api/labs/documented/traces')) as { traces: { traceId: string }[] };
    isDocumented('TraceList', list);
    const [a, b] = list.traces.map((it) => it.traceId);
    isDocumented('Trace', await get(`/api/labs/documented/traces/${a}`));
    isDocumented('Comparison', await get(`/api/labs/documented/traces/compare?a=${a}&b=${b}`));
    isDocumented('Drift', await get('/api/labs/documented/drift'));
    isDocumented('LabDocument', await get('/api/labs/documented/report'));
    isDocumented('LabDocument', await get('/api/labs/documented/report?baseline=count:2,skip:2&current=count:2'));

    const kept = await world.rig.host.fetch('/api/labs/documented/keepalive', { method: 'POST' });
    isDocumented('Extended', await kept.json());
    isDocumented('Ending', await (await world.end('documented')).json());
    await world.ended('documented');
    isDocumented('Lab', await get('/api/labs/documented'));
    isDocumented('LabList', await get('/api/labs'));
    isDocumented('LabDocument', await get('/api/labs/documented/report'));
  });

  it('when it refuses', async () => {
    isDocumented('Problem', await (await world.post({ colour: 'red' })).json());
    isDocumented('Problem', await get('/api/labs/nobody'));
  });
});
