// Requests and answers of HTTP functions, as the Functions host passes them on and the keys that it asks for
// (azure-functions-host, WebScriptHostHttpRoutesManager.cs and AuthenticationLevelHandler.cs).
import { request as send } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClock, type Clock } from '../../../local/clock.ts';
import { startHost, type Host } from '../../../local/host/host.ts';

let clock: Clock;
let host: Host;
const begin = async (auth?: { masterKey: string; functionKey: string }): Promise<void> => {
  clock = createClock({ kind: 'virtual', startMs: Date.UTC(2030, 0, 1) });
  const appDir = join(import.meta.dirname, 'http-app');
  host = await startHost({ appDir, store: ':memory:', clock, ...(auth ? { auth } : {}) });
};
const end = async (): Promise<void> => {
  await host.close();
  clock.restore();
};
beforeEach(() => begin());
afterEach(end);
const statuses = (...requests: [method: string, path: string][]): Promise<number[]> =>
  Promise.all(requests.map(async ([method, path]) => (await host.fetch(path, { method })).status));

describe('a request', () => {
  it('reaches a function without options by GET and POST below /api, and by nothing else', async () => {
    const methods = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];
    expect(await statuses(...methods.map((it): [string, string] => [it, '/api/byDefault']))).toEqual([
      ...[200, 200],
      ...[404, 404, 404, 404],
    ]);
    expect(await statuses(['GET', '/API/BYDEFAULT'], ['GET', '/byDefault'])).toEqual([200, 404]);
  });

  it('arrives with its address, its parameters, and what is repeated joined by commas', async () => {
    const response = await host.fetch('/api/posted/7?q=1&q=2', {
      method: 'PUT',
      headers: [
        ['x-twice', 'a'],
        ['x-twice', 'b'],
      ],
      body: 'text',
    });
    expect(await response.json()).toEqual({
      body: 'text',
      twice: 'a, b',
      q: '1,2',
      params: { id: '7' },
      url: `${host.url}/api/posted/7?q=1&q=2`,
    });
    expect(await statuses(['PUT', '/api/posted/7/more'], ['PUT', '/api/posted/seven'])).toEqual([200, 404]);
  });

  it('without an announced length arrives empty', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const chunked = send(`${host.url}/api/posted/7`, { method: 'POST' }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve(body));
      });
      chunked.on('error', reject);
      chunked.write('in ');
      chunked.end('chunks');
    });
    expect(JSON.parse(text)).toMatchObject({ body: '' });
  });

  it('goes to the first function by name whose route matches, however special another is', async () => {
    expect(await (await host.fetch('/api/overlap/special')).text()).toBe('aFirst');
  });
});

describe('an answer', () => {
  it('is 204 for nothing, without a body where none may be, 500 for what is none', async () => {
    const paths = ['nothing', 'noContent', 'text', 'cookie'];
    const answers = paths.map(async (it) => {
      const response = await host.fetch(`/api/${it}`);
      return [response.status, await response.text()];
    });
    expect(await Promise.all(answers)).toEqual([
      [204, ''],
      [204, ''],
      [500, ''],
      [500, ''],
    ]);
  });

  it('may be bytes', async () => {
    const response = await host.fetch('/api/bytes');
    expect([response.headers.get('content-type'), [...new Uint8Array(await response.arrayBuffer())]]).toEqual([
      'image/x',
      [0, 255],
    ]);
  });

  it('may be changed by a hook, which also sees what was thrown', async () => {
    const seen = (globalThis as { hooksSeen?: string[] }).hooksSeen ?? [];
    const response = await host.fetch('/api/fails');
    expect([response.status, await response.text(), seen]).toEqual([200, 'mended', ['before', 'after no luck']]);
  });
});

describe('keys', () => {
  beforeEach(async () => {
    await end();
    await begin({ masterKey: 'the-master', functionKey: 'the-function' });
  });
  const tried = async (path: string, header?: string): Promise<number> => {
    const response = await host.fetch(path, { headers: header === undefined ? {} : { 'x-functions-key': header } });
    expect(response.status === 401 ? await response.text() : '').toBe('');
    return response.status;
  };

  it('are asked for by level: none, function or master, master', async () => {
    const keys = [undefined, 'wrong', 'the-function', 'the-master'];
    const of = (path: string): Promise<number[]> => Promise.all(keys.map((key) => tried(path, key)));
    expect([await of('/api/byDefault'), await of('/api/function'), await of('/api/managed')]).toEqual([
      [200, 200, 200, 200],
      [401, 401, 200, 200],
      [401, 401, 401, 200],
    ]);
  });

  it('are taken from the header before the query', async () => {
    expect([
      await tried('/api/function?code=the-function'),
      await tried('/api/function?code=the-function', 'wrong'),
      await tried('/api/function?code=wrong', 'the-function'),
    ]).toEqual([200, 401, 200]);
  });
});
