/** The rules of a body, on every route: small, JSON, and declared as such. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { check } from '../../src/http/validation.ts';
import { useWorld } from '../e2e/world.ts';

const world = useWorld();
const UNSAFE = [
  ['POST', '/api/labs'],
  ['POST', '/api/labs/monday/keepalive'],
  ['POST', '/api/labs/monday/end'],
  ['DELETE', '/api/labs/monday'],
] as const;
const send = (method: string, path: string, type: string, body: string) =>
  world.rig.host.fetch(path, { method, headers: { 'content-type': type }, body });

describe('a body', () => {
  it.each(UNSAFE)('of %s %s that a foreign form could send is 415, whether it is read or not', async (method, path) => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const response = await send(method, path, type, '{}');
      expect(response.status, type).toBe(415);
      expect(await response.json()).toMatchObject({ code: 'not-json' });
    }
  });

  it.each([...UNSAFE])('of %s %s over 64 KB is 413, whatever its type', async (method, path) => {
    for (const type of ['application/json', 'text/plain']) {
      const response = await send(method, path, type, ' '.repeat(64 * 1024 + 1));
      expect(response.status, type).toBe(413);
      expect(await response.json()).toMatchObject({ code: 'body-too-large' });
    }
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'application/merge-patch+json', 'APPLICATION/JSON'])(
    'of type %s is taken as JSON',
    async (type) => {
      expect((await send('POST', '/api/labs', type, '{"idleMinutes":0}')).status).toBe(400);
    },
  );

  it.each([
    ['POST', '/api/labs'],
    ['POST', '/api/labs/monday/completions'],
    ['DELETE', '/api/labs/monday'],
  ])(
    'of %s %s in chunks is 411: the host would hand it on as none, and none starts a lab of default size',
    async (method, path) => {
      const response = await world.rig.host.fetch(path, {
        method,
        headers: { 'content-type': 'application/json' },
        body: new Blob(['{"budgetUsd":1}']).stream(),
        duplex: 'half',
      });
      expect(response.status).toBe(411);
      expect(await response.json()).toMatchObject({ code: 'length-required' });
      expect(await (await world.rig.host.fetch('/api/labs')).json()).toEqual({ living: [], ended: [] });
    },
  );

  it('that is compressed is 415, and says so', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const response = await world.rig.host.fetch('/api/labs', { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(415);
    expect(await response.text()).toContain('content-encoding');
  });

  it('with half a character is refused by name: the services would get another text', async () => {
    const response = await send('POST', '/api/labs', 'application/json', '{"completion":{"prompt":"\\ud800"}}');
    expect(await response.json()).toMatchObject({
      errors: [{ field: 'completion.prompt', message: 'must be well-formed Unicode' }],
    });
  });

  it('with ten thousand bad fields is answered with the first fifty: no answer grows with the request', () => {
    const body = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`${'x'.repeat(500)}${index}`, 1]));
    const checked = check(z.strictObject({}), body);
    const faults = 'faults' in checked ? checked.faults : [];
    expect(faults).toHaveLength(51);
    expect(JSON.stringify(faults).length).toBeLessThan(8_000);
  });
});

describe('every answer', () => {
  it.each([
    ['200', 'GET', '/api/labs'],
    ['404', 'GET', '/api/labs/nobody'],
    ['health', 'GET', '/api/health'],
  ])('of %s forbids sniffing, framing, caching and other origins', async (_name, method, path) => {
    const { headers } = await world.rig.host.fetch(path, { method, headers: { origin: 'https://evil.example' } });
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000',
    });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('to a preflight is no: no CORS', async () => {
    const response = await world.rig.host.fetch('/api/labs', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(404);
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});
