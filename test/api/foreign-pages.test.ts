/** What a page of another site can have a signed-in person's browser send, to every endpoint that changes something. */
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import { ANA, principal } from '../e2e/people-signed-in.ts';
import { useWorld } from '../e2e/world.ts';

const world = useWorld({ settings: { WEBSITE_AUTH_ENABLED: 'True' } });
const ID = 'ana-living';
const unsafe = OPERATIONS.filter((it) => it.method !== 'get').map((it) => ({
  name: it.id,
  method: it.method.toUpperCase(),
  path: `/api${it.path.replace('{id}', ID)}`,
  type: it.tag === 'Pages' ? 'application/x-www-form-urlencoded' : 'application/json',
}));
const send = (it: (typeof unsafe)[number], headers: Record<string, string>) =>
  world.rig.host.fetch(it.path, { method: it.method, redirect: 'manual', headers: { ...principal(ANA), ...headers } });

const FOREIGN: [string, Record<string, string>][] = [
  ['of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['of another site, by an older browser', { origin: 'https://evil.example' }],
  ['of a sister site', { origin: 'https://evil.azurewebsites.net', 'sec-fetch-site': 'same-site' }],
  ['that hides its origin', { origin: 'null' }],
  ['in a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ['that says nothing but its site', { 'sec-fetch-site': 'cross-site' }],
  ['on another port', { origin: 'http://127.0.0.1:1' }],
];

describe('a request of a page', () => {
  it.each(FOREIGN)(
    '%s is refused by every endpoint that changes something, and changes nothing',
    async (_name, headers) => {
      for (const it of unsafe) {
        const response = await send(it, headers);
        expect(response.status, it.name).toBe(403);
        expect(await response.text(), it.name).toContain('foreign-origin');
        expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
      expect(world.rig.cloud.requests.filter((it) => it.method !== 'GET')).toEqual([]);
    },
  );

  it.each([
    ['of its own', (base: string) => ({ origin: base, 'sec-fetch-site': 'same-origin' })],
    ['of its own, which sends no referrer', () => ({ origin: 'null', 'sec-fetch-site': 'same-origin' })],
    [
      'of its own, behind a door with another name',
      () => ({ origin: 'https://labs.example', 'sec-fetch-site': 'same-origin' }),
    ],
    ['of no browser', () => ({})],
  ] as const)('%s is not', async (_name, headersOf) => {
    for (const it of unsafe) {
      const response = await send(it, headersOf(new URL(world.rig.host.url).origin));
      expect(response.status, it.name).not.toBe(403);
    }
  });

  it('cannot choose the method by a header', async () => {
    await world.rig.host.fetch('/api/labs', {
      method: 'POST',
      headers: { ...principal(ANA), 'content-type': 'application/json' },
      body: JSON.stringify({ id: ID }),
    });
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
      await world.rig.host.fetch(`/api/labs/${ID}`, { headers: { ...principal(ANA), [name]: 'DELETE' } });
    const response = await world.rig.host.fetch(`/api/labs/${ID}`, { headers: principal(ANA) });
    expect(((await response.json()) as { phase: string }).phase).not.toBe('tearing-down');
  });
});

describe('a form', () => {
  it('is taken as a form only: JSON, text and parts are 415', async () => {
    for (const it of unsafe.filter((one) => one.type !== 'application/json')) {
      for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', '']) {
        const response = await world.rig.host.fetch(it.path, {
          method: 'POST',
          headers: { ...principal(ANA), 'content-type': type },
          body: new TextEncoder().encode('{}'),
        });
        expect(response.status, `${it.name} ${type}`).toBe(415);
      }
    }
  });
});
