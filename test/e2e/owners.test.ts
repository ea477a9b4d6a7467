/**
 * Two owners and an administrator over the whole endpoint table: no request of one owner reads, changes or reveals another's lab. A foreign lab is answered, to
 * the byte, as one that does not exist.
 */
import type { LabInput } from '../../src/contracts/inputs.ts';
import { instanceIds } from '../../src/contracts/instance-ids.ts';
import { describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import { ROWS, type Known, type Try } from './owners-table.ts';
import { ADMIN, ANA, callsOf, principal, RUI, type Answer, type Person } from './people-signed-in.ts';
import { useWorld } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const world = useWorld({ settings: { WEBSITE_AUTH_ENABLED: 'True' } });
const { send, read, until } = callsOf(world);

const LIVING = 'ana-living';
const ENDED = 'ana-ended1';
/** As long as the others, so that answers can be compared by their bytes. */
const GHOST = 'no-such-id';
const OWN = 'rui-living';
const KEY = 'key-of-ana-alone';
const SECRET = 'What is in the blue envelope?';

const start = async (person: Person, body: object, headers?: Record<string, string>) => {
  const { status, body: text } = await send(person, 'POST', '/labs', body, headers);
  expect(status, text).toBe(202);
};
const fire = (person: Person, { method, path, body, headers }: Try): Promise<Answer> =>
  send(person, method, path, body, headers);
const pathOf = (whole: string): string => new URL(whole).pathname.replace('/api', '');

/** Ana has a lab that lives, with a batch and traces, and one that has ended; Rui has one of his own. */
async function settle(): Promise<Known> {
  await start(ANA, { id: ENDED });
  await until(ANA, ENDED, 'watching');
  await send(ANA, 'DELETE', `/labs/${ENDED}`);
  await until(ANA, ENDED, 'ended');
  await start(ANA, { id: LIVING, maxHours: 72, idleMinutes: 1_440 }, { 'idempotency-key': KEY });
  await start(RUI, { id: OWN, maxHours: 72, idleMinutes: 1_440 });
  await until(ANA, LIVING, 'watching');
  await until(RUI, OWN, 'watching');
  const asked = await send(
    ANA,
    'POST',
    `/labs/${LIVING}/completions`,
    { prompt: SECRET, n: 2 },
    { 'idempotency-key': KEY },
  );
  const batch = JSON.parse(asked.body) as { id: string; links: { self: string } };
  await world.rig.host.until(
    async () => (await read<{ state: string }>(ANA, pathOf(batch.links.self))).state === 'done',
  );
  const tracesOf = async (person: Person, id: string) =>
    (await read<{ traces: { traceId: string }[] }>(person, `/labs/${id}/traces`)).traces.map((it) => it.traceId);
  const [traceId = '', other = ''] = await tracesOf(ANA, LIVING);
  const [ownTrace = ''] = await tracesOf(RUI, OWN);
  const { completions } = await read<{ completions: { runId: string }[] }>(ANA, `/labs/${LIVING}`);
  const { state } = world.rig.cloud;
  const ofAna = <T extends { id: string }>(all: readonly T[]) => all.find((it) => it.id.includes(LIVING))?.id ?? '';
  return {
    batch: batch.id,
    traceId,
    other,
    runId: completions[0]?.runId ?? '',
    group: /resourceGroups\/([^/]+)/.exec(ofAna(armOf(state).accounts.values()))?.[1] ?? '',
    account: ofAna(armOf(state).accounts.values()),
    workspace: ofAna(armOf(state).workspaces.values()),
    cluster: databricksOf(state).clusters.values()[0]?.id ?? '',
    key: KEY,
    own: OWN,
    ownTrace,
  };
}

/** The answer about a lab as if it were about the unknown one. Pages carry a number that is used once. */
const renamed = ({ status, headers, body }: Answer, from: string): Answer => {
  const plain = (text: string) => text.replaceAll(from, GHOST).replaceAll(/nonce(-|=\\?")[\w+/=]+/g, 'nonce');
  return { status, headers: plain(headers), body: plain(body) };
};

function instancesOf(id: string): string[] {
  const started = world.rig.host.history(id).find((it) => typeof it['Input'] === 'string');
  const { lab } = JSON.parse(String(started?.['Input'])) as LabInput;
  const ids = instanceIds(lab);
  return [ids.lab, ids.openai, ids.databricks, ids.teardown, ids.report];
}

/** What a foreign request could have changed: the clouds' contents, and what the hub holds of Ana's labs. */
const footprint = () => ({
  inventory: world.rig.cloud.inventory().map((it) => it.id),
  histories: [LIVING, ENDED].flatMap(instancesOf).map((id) => world.rig.host.history(id).length),
});

/** What only Ana's labs know; a request's own words are no secret. */
function secretsFor(asked: Try, known: Known): string[] {
  const said = decodeURIComponent(JSON.stringify([asked.path, String(asked.body), asked.body]).replaceAll('%', '%25'));
  const all = [ANA.id, SECRET, LIVING, ENDED, ...Object.values(known)];
  return all.filter((it) => it !== known.own && it !== known.ownTrace && it !== '' && !said.includes(it));
}

describe('the table of operations', () => {
  it('has a row for every function that is called over HTTP', () => {
    const registered = world.rig.host.functions.filter((it) => it.trigger === 'http').map((it) => it.name);
    expect(Object.keys(ROWS).toSorted()).toEqual(registered.toSorted());
    expect(OPERATIONS.map((it) => it.id).toSorted()).toEqual(registered.toSorted());
  });
});

describe('another owner’s lab', () => {
  it('does not exist: the same bytes as for an unknown id over every endpoint, nothing told, and nothing changed', async () => {
    const known = await settle();
    const before = footprint();
    let hidden = 0;
    let silent = 0;
    for (const target of [LIVING, ENDED]) {
      for (const row of Object.values(ROWS)) {
        const ghosts = row.hidden?.(GHOST, known) ?? [];
        const asHidden = (row.hidden?.(target, known) ?? []).map(async (asked, index) => {
          const name = `${asked.method} ${asked.path} ${JSON.stringify(asked.body)}`;
          const [answer, unknown] = await Promise.all([fire(RUI, asked), fire(RUI, ghosts[index] ?? asked)]);
          expect(renamed(answer, target), name).toEqual(renamed(unknown, GHOST));
          expect(answer.status, name).toBeGreaterThanOrEqual(400);
          expect(answer.status, name).toBeLessThan(500);
          hidden += 1;
        });
        const asSilent = (row.silent?.(target, known) ?? []).map(async (asked) => {
          const name = `${asked.method} ${asked.path}`;
          const { status, body, headers } = await fire(RUI, asked);
          for (const secret of secretsFor(asked, known))
            expect(`${headers}${body}`, `${name} tells ${secret}`).not.toContain(secret);
          expect(status, `${name} ${body}`).toBeLessThan(500);
          silent += 1;
        });
        await Promise.all([...asHidden, ...asSilent]);
      }
    }
    console.log(
      `${hidden + silent} requests to another owner's labs over ${OPERATIONS.length} operations: 0 read, changed or revealed one (${hidden} answered as for an unknown id, ${silent} with nothing of it)`,
    );
    expect(footprint()).toEqual(before);
    const lab = await read<{ phase: string }>(ANA, `/labs/${LIVING}`);
    expect(lab.phase).toBe('watching');
  }, 120_000);

  it('is not joined by who starts the same id in the same moment: one has it, the other is refused', async () => {
    for (let round = 0; round < 10; round++) {
      const body = { id: `race-${round}` };
      const answers = await Promise.all([ANA, RUI].map((it) => send(it, 'POST', '/labs', body)));
      expect(answers.map((it) => it.status).toSorted(), answers.map((it) => it.body).join()).toEqual([202, 409]);
    }
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
    for (const { hidden } of Object.values(ROWS)) {
      const ghosts = hidden?.(GHOST, known) ?? [];
      for (const [index, asked] of (hidden?.(LIVING, known) ?? []).entries()) {
        const answer = renamed(await fire(RUI, asked), LIVING);
        expect(answer, `${asked.method} ${asked.path}`).toEqual(
          renamed(await fire(RUI, ghosts[index] ?? asked), GHOST),
        );
      }
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
    for (const [name, { hidden }] of Object.entries(ROWS)) {
      if (name.startsWith('end')) continue;
      const answers = await Promise.all((hidden?.(LIVING, known) ?? []).map((it) => fire(ADMIN, it)));
      const statuses = answers.map((it) => it.status);
      // A row also holds requests that are refused to everybody.
      expect(Math.max(0, ...statuses), name).toBeLessThan(500);
      if (hidden !== undefined) expect(Math.min(...statuses), name).toBeLessThan(400);
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
