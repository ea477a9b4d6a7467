/**
 * Two owners and an administrator over the whole endpoint table: no request of one owner reads, changes or reveals another's lab. A foreign lab is answered, to
 * the byte, as one that does not exist.
 */
import { describe, expect, it } from 'vitest';
import { OPERATIONS, type Operation } from '../../src/http/openapi-operations.ts';
import { ADMIN, ANA, callsOf, principal, RUI, type Answer, type Person } from './people-signed-in.ts';
import { useWorld } from './world.ts';

const world = useWorld({ settings: { WEBSITE_AUTH_ENABLED: 'True' } });
const { send, read, until } = callsOf(world);

const LIVING = 'ana-living';
const ENDED = 'ana-ended1';
/** As long as the others, so that answers can be compared by their bytes. */
const GHOST = 'no-such-id';
const OWN = 'rui-living';

const start = async (person: Person, body: object) => {
  const { status, body: text } = await send(person, 'POST', '/labs', body);
  expect(status, text).toBe(202);
};

type Known = { batch: string; traceId: string; other: string };

/** Ana has a lab that lives, with a batch and traces, and one that has ended; Rui has one of his own. */
async function settle(): Promise<Known> {
  await start(ANA, { id: ENDED });
  await until(ANA, ENDED, 'watching');
  await send(ANA, 'DELETE', `/labs/${ENDED}`);
  await until(ANA, ENDED, 'ended');
  await start(ANA, { id: LIVING, maxHours: 72, idleMinutes: 1_440 });
  await start(RUI, { id: OWN, maxHours: 72, idleMinutes: 1_440 });
  await until(ANA, LIVING, 'watching');
  await until(RUI, OWN, 'watching');
  const asked = await send(ANA, 'POST', `/labs/${LIVING}/completions`, { prompt: 'Tell me a secret.', n: 2 });
  const { id: batch } = JSON.parse(asked.body) as { id: string };
  await world.rig.host.until(
    async () => (await read<{ state: string }>(ANA, `/labs/${LIVING}/completions/${batch}`)).state === 'done',
  );
  const { traces } = await read<{ traces: { traceId: string }[] }>(ANA, `/labs/${LIVING}/traces`);
  return { batch, traceId: traces[0]?.traceId ?? '', other: traces[1]?.traceId ?? '' };
}

/** Every operation about one lab, as a request that is right in every other respect. */
const requestsTo = (id: string, known: Known): { operation: Operation; path: string; body?: unknown }[] =>
  OPERATIONS.filter((it) => it.path.includes('{id}')).flatMap((operation) => {
    const path = operation.path.replace('{id}', id).replace('{batch}', known.batch).replace('{traceId}', known.traceId);
    const query = operation.id === 'compareTraces' ? `?a=${known.traceId}&b=${known.other}` : '';
    if (operation.method !== 'post') return [{ operation, path: `${path}${query}` }];
    if (operation.tag === 'Pages') return [{ operation, path, body: new URLSearchParams({ from: 'report' }) }];
    const bodies: Record<string, unknown[]> = {
      completeLab: [{ prompt: 'hello' }, ['a', 'b']],
      probeLab: [{}, { n: 1 }],
    };
    return (bodies[operation.id] ?? [undefined, {}]).map((body) => ({ operation, path, body }));
  });

const renamed = ({ status, headers, body }: Answer, from: string): Answer => ({
  status,
  headers: headers.replaceAll(from, GHOST),
  body: body.replaceAll(from, GHOST),
});

/** What a foreign request could have changed: the clouds' contents, and what the hub holds of Ana's labs. */
const footprint = () => ({
  writes: world.rig.cloud.requests.filter((it) => it.method !== 'GET' && !it.path.includes('/msi/')).length,
  inventory: world.rig.cloud.inventory().map((it) => it.id),
  histories: [LIVING, `${LIVING}.teardown`, `${LIVING}.openai`, ENDED, `${ENDED}.report`].map(
    (id) => world.rig.host.history(id).length,
  ),
});

describe('another owner’s lab', () => {
  it('does not exist: the same bytes as for an unknown id, over every endpoint, and nothing changes', async () => {
    const known = await settle();
    const before = footprint();
    let foreign = 0;
    for (const target of [LIVING, ENDED]) {
      const ghosts = requestsTo(GHOST, known);
      for (const [index, { operation, path, body }] of requestsTo(target, known).entries()) {
        const method = operation.method.toUpperCase();
        const answer = await send(RUI, method, path, body);
        const unknown = await send(RUI, method, ghosts[index]?.path ?? '', body);
        expect(renamed(answer, target), `${method} ${path}`).toEqual(unknown);
        expect(answer.status, `${method} ${path}`).toBe(404);
        foreign += 1;
      }
    }
    console.log(`${foreign} requests to another owner's labs over ${OPERATIONS.length} operations: 0 were let in`);
    expect(footprint()).toEqual(before);
    const lab = await read<{ phase: string }>(ANA, `/labs/${LIVING}`);
    expect(lab.phase).toBe('watching');
  });

  it('is in no list, in no comparison and behind no key of another', async () => {
    await settle();
    const { body: list } = await send(RUI, 'GET', '/labs');
    expect(list).toContain(OWN);
    expect(list).not.toContain('ana-');
    expect(list).not.toContain(ANA.id);

    const drift = (lab: string) => send(RUI, 'GET', `/labs/${OWN}/drift?baseline=report:${lab}&current=all`);
    expect(renamed(await drift(ENDED), ENDED)).toEqual(await drift(GHOST));

    // An id in use is refused as the caller's own would be, whether the foreign lab lives, has ended, or is to be made again.
    const own = await send(RUI, 'POST', '/labs', { id: OWN, budgetUsd: 3 });
    expect(own.status).toBe(409);
    for (const body of [{ id: LIVING }, { id: ENDED }, { id: ENDED, recreate: true }, { id: LIVING, recreate: true }]) {
      const answer = await send(RUI, 'POST', '/labs', body);
      expect({ ...answer, body: answer.body.replaceAll(body.id, OWN) }).toEqual(own);
    }
    expect((await read<{ phase: string }>(ANA, `/labs/${ENDED}`)).phase).toBe('ended');
  });

  it('is reached by no Idempotency-Key: two owners’ keys never meet', async () => {
    const keyed = async (person: Person) => {
      const headers = { ...principal(person), 'idempotency-key': 'class-of-monday' };
      const response = await world.rig.host.fetch('/api/labs', { method: 'POST', headers });
      return (await response.json()) as { id: string; status: string };
    };
    const [ana, rui] = [await keyed(ANA), await keyed(RUI)];
    expect(rui.status).toBe('started');
    expect(rui.id).not.toBe(ana.id);
  });

  it('does not exist either when the task hub is lost and only its group tells of it', async () => {
    const known = await settle();
    await world.rig.renewHost('new');
    const inventory = world.rig.cloud.inventory().map((it) => it.id);
    const ghosts = requestsTo(GHOST, known);
    for (const [index, { operation, path, body }] of requestsTo(LIVING, known).entries()) {
      const method = operation.method.toUpperCase();
      const answer = await send(RUI, method, path, body);
      expect(renamed(answer, LIVING), `${method} ${path}`).toEqual(
        await send(RUI, method, ghosts[index]?.path ?? '', body),
      );
    }
    expect((await send(RUI, 'POST', '/labs', { id: LIVING })).status).toBe(409);
    expect(world.rig.cloud.inventory().map((it) => it.id)).toEqual(inventory);
    expect((await read<{ phase: string }>(ANA, `/labs/${LIVING}`)).phase).toBe('lost');
  });
});

describe('an administrator', () => {
  it('sees, extends and ends everybody’s labs', async () => {
    const known = await settle();
    const { living } = await read<{ living: { id: string }[] }>(ADMIN, '/labs');
    expect(living.map((it) => it.id).toSorted()).toEqual([LIVING, OWN]);
    for (const { operation, path, body } of requestsTo(LIVING, known)) {
      if (operation.id.startsWith('end')) continue;
      const { status, body: text } = await send(ADMIN, operation.method.toUpperCase(), path, body);
      expect([200, 202, 303], `${operation.id} ${text}`).toContain(status);
    }
    expect((await send(ADMIN, 'DELETE', `/labs/${LIVING}`)).status).toBe(202);
    await until(ANA, LIVING, 'ended');
    expect((await read<{ report: { end: { by: string } } }>(ANA, `/labs/${LIVING}`)).report.end.by).toBe(ADMIN.id);
  });
});

describe('nobody', () => {
  const forged: [string, Record<string, string>][] = [
    ['no header', {}],
    ['a name without a principal', { 'x-ms-client-principal-name': 'ana@example.org' }],
    ['a key', { 'x-functions-key': 'anything' }],
    ['a bearer token that the platform did not read', { authorization: 'Bearer abc' }],
    ['a principal that is no JSON', { 'x-ms-client-principal': 'e30' }],
  ];

  it.each(forged)('with %s gets 401 everywhere but from health, and learns nothing', async (_name, headers) => {
    const paths = OPERATIONS.filter((it) => it.anonymous !== true).map((it) => ({
      method: it.method.toUpperCase(),
      path: it.path.replace('{id}', LIVING).replace('{batch}', 'c-000000000000').replace('{traceId}', 'x'),
    }));
    const bodies = new Set<string>();
    for (const { method, path } of paths) {
      const response = await world.rig.host.fetch(`/api${path}`, { method, headers });
      expect(response.status, `${method} ${path}`).toBe(401);
      const text = await response.text();
      expect(text, path).not.toContain('ana-');
      // A page says the same in words.
      if (response.headers.get('content-type')?.includes('json')) bodies.add(text);
    }
    expect(bodies.size).toBe(1);
    expect((await world.rig.host.fetch('/api/health')).status).toBe(200);
  });
});
