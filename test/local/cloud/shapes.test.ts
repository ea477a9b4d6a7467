// Every request with one field that does not fit, service by service: the local cloud takes the body as it should be, and refuses it with one value of
// another kind, or one name more, in the service's own words. The values are drawn by a fixed seed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { armOf } from '../../../local/cloud/arm/tables.ts';
import { startLab, type Answer, type Lab } from './databricks/workspace-harness.ts';
import { requestsOf, type Request } from './requests.ts';

const SEED = 'shapes-1';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

type Place = readonly (string | number)[];
type Row = { path: string; body: unknown; bad: unknown; what: string };

const KINDS: Record<string, readonly unknown[]> = {
  string: [5, true, {}, ['a']],
  number: ['many', true, {}, [1]],
  boolean: ['yes', 5, {}, []],
  object: ['text', 5, [], true],
  array: ['text', 5, {}, false],
};
const kindOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

/** A number below `below` that depends on the seed and `text` only. */
const draw = (text: string, below: number): number =>
  createHash('sha256').update(`${SEED}|${text}`).digest().readUInt32BE(0) % below;

const placesIn = (value: unknown, at: Place = []): Place[] =>
  typeof value !== 'object' || value === null
    ? [at]
    : [
        at,
        ...Object.entries(value).flatMap(([name, inner]) =>
          placesIn(inner, [...at, Array.isArray(value) ? Number(name) : name]),
        ),
      ];

const replaced = (body: unknown, at: Place, change: (value: unknown) => unknown): unknown => {
  const [name, ...rest] = at;
  if (name === undefined) return change(body);
  const copy: Record<string, unknown> | unknown[] = Array.isArray(body)
    ? [...(body as unknown[])]
    : { ...(body as object) };
  (copy as Record<string | number, unknown>)[name] = replaced(
    (body as Record<string | number, unknown>)[name],
    rest,
    change,
  );
  return copy;
};

const valueAt = (body: unknown, at: Place): unknown =>
  at.reduce((value, name) => (value as Record<string | number, unknown>)[name], body);

const textOf = (at: Place): string => at.join('.') || '(body)';

/** Two wrong kinds of value for each field, and one unknown name for each object with fixed names. */
const rowsOf = ({ body, free = [], textToo = [] }: Request): Row[] =>
  placesIn(body).flatMap((at) => {
    const path = textOf(at);
    const kinds = KINDS[kindOf(valueAt(body, at))] ?? [];
    const wrong = textToo.includes(path) ? kinds.filter((it) => typeof it !== 'string') : kinds;
    const first = draw(path, wrong.length);
    const rows: Row[] = [];
    for (const bad of [wrong[first], wrong[(first + 1) % wrong.length]]) {
      rows.push({ path, bad, what: `${path}: ${JSON.stringify(bad)}`, body: replaced(body, at, () => bad) });
    }
    if (kindOf(valueAt(body, at)) === 'object' && !free.includes(path)) {
      const name = `x_${draw(`name ${path}`, 1_000)}`;
      const more = replaced(body, at, (value) => ({ ...(value as object), [name]: 1 }));
      rows.push({ path, bad: name, what: `${path}: a name more`, body: more });
    }
    return rows;
  });

const REQUESTS = requestsOf();
const ROWS = REQUESTS.flatMap((request) =>
  rowsOf(request).map((row) => [request.name, row.what, request, row] as const),
);

it('there are hundreds of rows', () => {
  expect(ROWS.length).toBeGreaterThan(400);
});

describe('a request as it should be is taken', () => {
  it.each(REQUESTS.map((request) => [request.name, request] as const))('%s', async (_name, request) => {
    await lab.renew();
    const body = await request.prepare?.(lab, request.body);
    expect((await request.send(lab, body ?? request.body)).text).not.toMatch(/"error(_code)?"/);
  });
});

describe('a request with one field that does not fit is refused, and changes nothing', () => {
  it.each(ROWS)('%s, %s', async (_name, _what, request, row) => {
    const body = (await request.prepare?.(lab, row.body)) ?? row.body;
    const before = armOf(lab.cloud.state).operations.values().length;
    const answer: Answer = await request.send(lab, body);
    expect(answer.status, answer.text).toBe(400);
    expect(request.refused(answer), answer.text).toBe(true);
    expect(armOf(lab.cloud.state).operations.values().length).toBe(before);
  });
});
