/** Where nobody signs in: headers that claim to be somebody, and addresses that try to be another. */
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import { ADMIN, ANA, principal } from '../e2e/people-signed-in.ts';
import { useWorld } from '../e2e/world.ts';

const world = useWorld();

describe('a principal that nobody has checked', () => {
  it.each([
    ['of a person', principal(ANA)],
    ['of an administrator', principal(ADMIN)],
    ['by id and name', { 'x-ms-client-principal-id': ANA.id, 'x-ms-client-principal-name': 'ana@example.org' }],
    ['that is nonsense', { 'x-ms-client-principal': '%%%' }],
  ])('%s changes nothing: the lab is the key holders’, and forms stay shut', async (_name, headers) => {
    expect((await world.post({ id: 'forged' }, headers)).status).toBe(202);
    const read = async (more: Record<string, string>) =>
      (await world.rig.host.fetch('/api/labs/forged', { headers: more })).json() as Promise<{ owner: string }>;
    expect((await read(headers)).owner).toBe('function-key');
    expect((await read({})).owner).toBe('function-key');
    for (const path of ['/api/dashboard/labs', '/api/dashboard/labs/forged/end', '/api/dashboard/labs/forged/extend']) {
      const response = await world.rig.host.fetch(path, { method: 'POST', headers, body: new URLSearchParams() });
      expect(response.status, path).toBe(403);
      expect(await response.text()).toContain('pages-read-only');
    }
    const page = await world.rig.host.fetch('/api/dashboard', { headers: { ...headers, accept: 'text/html' } });
    expect(await page.text()).not.toContain('<form');
  });
});

/** One request as it is, past every client that would tidy it up; the status of the answer, or '' where the connection was closed. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(world.rig.host.url).port), '127.0.0.1');
    let said = '';
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    socket.on('error', () => resolve(''));
    socket.on('close', () => resolve(said.slice(9, 12)));
    socket.end(Buffer.from(text, 'latin1'));
  });
const ask = (line: string, ...headers: string[]) =>
  raw([line, 'Host: 127.0.0.1', 'Connection: close', ...headers, '', ''].join('\r\n'));

describe('an address that tries to be another', () => {
  it('reaches no lab but the one whose id it is', async () => {
    await world.start({ id: 'victim' });
    for (const id of [
      'victim%00',
      'victim%2f',
      'victim%2Freport',
      'victim.report',
      'victim%2ereport',
      'victim;x=1',
      'victim%20',
      '%20victim',
      'VICTIM',
      'v%69ctim%23',
      'vict\u0131m'.replace('\u0131', '%C4%B1'),
      '..%2fvictim',
      '%2e%2e%2fvictim',
      '%252e%252e%252fvictim',
      '..%5cvictim',
      'victim%c0%ae',
      'victim%',
      'victim%zz',
      'x'.repeat(8_000),
      '%F0%9F%92%A5',
      '__proto__',
      'constructor',
    ]) {
      for (const line of [`DELETE /api/labs/${id} HTTP/1.1`, `POST /api/labs/${id}/end HTTP/1.1`])
        expect(['400', '404', '414', '431', ''], line.slice(0, 80)).toContain(await ask(line));
    }
    for (const line of [
      'GET /api/labs/../../admin/host/keys HTTP/1.1',
      'POST /api/labs/victim HTTP/1.1',
      'PUT /api/labs/victim HTTP/1.1',
      'DELETE /api/labs HTTP/1.1',
      'TRACE /api/labs HTTP/1.1',
    ])
      expect(['400', '401', '404', '405', '501', ''], line).toContain(await ask(line));
    const { phase, running } = await world.view('victim');
    expect([phase, running]).not.toContain('tearing-down');
    expect(running).toBe(true);
  });

  it('by its Host header puts that into links, and nowhere else: the platform admits only the app’s own names', async () => {
    const response = await world.rig.host.fetch('/api/labs?dryRun=true', {
      method: 'POST',
      headers: {
        'x-forwarded-host': 'evil.example',
        'x-original-host': 'evil.example',
        forwarded: 'host=evil.example',
      },
    });
    expect(await response.text()).not.toContain('evil.example');
  });
});

describe('every answer of the app', () => {
  it('has the headers that keep it from being sniffed, framed, kept and read elsewhere, refused or not', async () => {
    await world.start({ id: 'headers' });
    await world.until('headers', (view) => view.phase === 'watching');
    const seen = new Set<number>();
    for (const { id, method, path } of OPERATIONS) {
      for (const target of ['headers', 'nobody', '%00'])
        for (const accept of ['application/json', 'text/html'])
          for (const origin of [undefined, 'https://evil.example']) {
            const concrete = path.replace('{id}', target).replaceAll(/\{\w+\}/g, 'x');
            // What would end the lab is asked as a rehearsal.
            const search = id.startsWith('end') ? '?dryRun=true' : '';
            const response = await world.rig.host.fetch(`/api${concrete}${search}`, {
              method: method.toUpperCase(),
              redirect: 'manual',
              headers: { accept, ...(origin === undefined ? {} : { origin }) },
              ...(id === 'startLab' ? { body: '[]' } : {}),
            });
            const { headers, status } = response;
            await response.body?.cancel();
            seen.add(status);
            const name = `${id} ${target} ${accept} ${status}`;
            expect(headers.get('x-content-type-options'), name).toBe('nosniff');
            expect(headers.get('referrer-policy'), name).toBe('no-referrer');
            expect(headers.get('cross-origin-resource-policy'), name).toBe('same-origin');
            expect(headers.get('content-security-policy'), name).toContain("frame-ancestors 'none'");
            expect(headers.get('strict-transport-security'), name).toContain('max-age=');
            expect(headers.get('cache-control'), name).toMatch(
              status === 200 && id === 'assets' ? /immutable/ : /no-store/,
            );
            expect(
              [...headers.keys()].filter((it) => /^access-control-|^x-powered-by|^server$/.test(it)),
              name,
            ).toEqual([]);
          }
    }
    expect([...seen].toSorted()).toEqual(expect.arrayContaining([200, 202, 400, 403, 404, 415]));
  }, 60_000);
});
