// The command as a person runs it: a foreign app, and everything that keeps an app from starting.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const projectDir = join(import.meta.dirname, '..', '..', '..');
const patterns = join(projectDir, 'test', 'conformance', 'apps', 'patterns');
let folder: string;
let children: { kill: () => void; done: Promise<unknown> }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-'));
  symlinkSync(join(projectDir, 'node_modules'), join(folder, 'node_modules'));
  children = [];
});
afterEach(async () => {
  for (const { kill, done } of children) {
    kill();
    await done;
  }
  rmSync(folder, { recursive: true });
});

type Ended = { code: number | null; out: string; err: string };
const run = (args: string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [join('scripts', 'run.js'), 'local/host/main.ts', ...args], {
    cwd: projectDir,
    env: { ...process.env, ...env },
  });
  let out = '';
  let err = '';
  let seen = (): void => undefined;
  child.stdout.on('data', (chunk: Buffer) => ((out += chunk.toString()), seen()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const done = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  const url = new Promise<string>((resolve, reject) => {
    void done.then(() => reject(new Error(`it ended: ${err}`)));
    seen = () => {
      const found = /listening on (\S+)/.exec(out)?.[1];
      if (found) resolve(found);
    };
  });
  url.catch(() => undefined);
  const kill = (signal: NodeJS.Signals = 'SIGTERM'): boolean => child.kill(signal);
  children.push({ kill, done });
  return { done, url, kill };
};

/** An app of one file, written for the real runtime. */
const writeApp = (source: string, files: Record<string, string> = {}): string => {
  const app = join(folder, 'app');
  const all = {
    'package.json': '{"main":"index.js"}',
    'host.json': '{"version":"2.0"}',
    'index.js': `const { app } = require('@azure/functions'); const df = require('durable-functions');\n${source}`,
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(app, name)), { recursive: true });
    writeFileSync(join(app, name), text);
  }
  return app;
};
const hello = `app.http('hello', { handler: () => ({ body: process.env.GREETING ?? 'hello' }) });`;

/** Every file below the store's folder with a digest. */
const files = (path: string): string[] =>
  readdirSync(path).map((name) => {
    const digest = createHash('sha256').update(readFileSync(join(path, name)));
    return `${name} ${digest.digest('hex')}`;
  });
/** A store that a host has left in the middle of its work: its last commits are in the write-ahead log only. */
const leftStore = async (): Promise<string> => {
  const store = join(folder, 'hub', 'hub.sqlite');
  const { url, kill, done } = run(['--app', patterns, '--port', '0', '--store', store]);
  await fetch(`${await url}/api/orchestrators/helloSequence`, { method: 'POST' });
  kill('SIGKILL');
  await done;
  expect(readdirSync(dirname(store))).toEqual(['hub.sqlite', 'hub.sqlite-wal']);
  return store;
};

describe('a built app with a package.json of its own', () => {
  type Status = { runtimeStatus: string; output: unknown };
  const end = async (start: Response): Promise<Status> => {
    expect(start.status).toBe(202);
    const { statusQueryGetUri } = (await start.json()) as { statusQueryGetUri: string };
    for (;;) {
      const response = await fetch(statusQueryGetUri);
      if (response.status === 200) return (await response.json()) as Status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('runs the patterns of the SDK: sequence, fan-out, monitor, sub-orchestrations', async () => {
    const { url, kill, done } = run(['--app', patterns, '--port', '0', '--store', ':memory:', '--speed', '600']);
    const base = await url;
    const of = (name: string, input?: unknown): Promise<Status> =>
      fetch(`${base}/api/orchestrators/${name}`, {
        method: 'POST',
        ...(input === undefined ? {} : { body: JSON.stringify(input) }),
      }).then(end);
    expect((await of('helloSequence')).output).toEqual(['Hello Tokyo', 'Hello Seattle', 'Hello Cairo']);
    writeFileSync(join(folder, 'a'), '12345');
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'b'), '678');
    expect((await of('backupSiteContent', folder)).output).toBe(8);
    expect((await of('weatherMonitor', { location: { city: 'Cairo' } })).output).toBe(
      'The weather is clear in Cairo, seen at look 3',
    );
    expect((await of('provisionDevices')).output).toEqual([
      { id: 'a', package: 'package for a, attempt 1' },
      { id: 'b', package: 'package for b, attempt 2' },
      { id: 'c', package: 'package for c, attempt 1' },
    ]);
    kill();
    expect((await done).code).toBe(0);
  });

  it('goes on after kill -9 from the store beside it', async () => {
    const app = join(folder, 'copy');
    cpSync(patterns, app, { recursive: true });
    const first = run(['--app', app, '--port', '0', '--speed', '600']);
    const start = await fetch(`${await first.url}/api/orchestrators/weatherMonitor`, {
      method: 'POST',
      body: JSON.stringify({ location: { city: 'Cairo' } }),
    });
    const { id } = (await start.json()) as { id: string };
    first.kill('SIGKILL');
    await first.done;
    const second = run(['--app', app, '--port', '0', '--speed', '600']);
    const base = await second.url;
    for (;;) {
      const status = await fetch(`${base}/runtime/webhooks/durabletask/instances/${id}`);
      if (status.status === 200) break;
      expect(status.status).toBe(202);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it('takes its settings from local.settings.json unless the environment has them', async () => {
    const app = writeApp(hello, {
      'local.settings.json': '{"Values":{"GREETING":"from the file"},"Host":{"LocalHttpPort":0}}',
      'host.json': '{"extensions":{"http":{"routePrefix":"v1"}}}',
    });
    const text = async (path: string, env: Record<string, string>): Promise<string> => {
      const { url, kill, done } = run(['--app', app, '--store', ':memory:'], env);
      const answer = await (await fetch((await url) + path)).text();
      kill();
      await done;
      return answer;
    };
    expect(await text('/v1/hello', {})).toBe('from the file');
    const overridden = { GREETING: 'from outside', AzureFunctionsJobHost__extensions__HTTP__routePrefix: 'v2' };
    expect(await text('/v2/hello', overridden)).toBe('from outside');
  });

  it('does not run a function that is disabled, and asks for keys when told to', async () => {
    const app = writeApp(
      `${hello} app.http('off', { handler: () => ({}) }); app.http('guarded', { authLevel: 'function', handler: () => ({}) });`,
    );
    const { url, kill, done } = run(['--app', app, '--port', '0', '--store', ':memory:', '--auth'], {
      AzureWebJobs_off_Disabled: 'true',
    });
    const base = await url;
    const codes = ['hello', 'off', 'guarded'].map(async (name) => (await fetch(`${base}/api/${name}`)).status);
    expect(await Promise.all(codes)).toEqual([200, 404, 401]);
    kill();
    const key = /function key {2}(\S+)/.exec((await done).out)?.[1];
    expect(key).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('an app that cannot start ends the host with 2 and one line, and the store stays as it is', () => {
  const refuses = async (app: string, why: string | RegExp, args: string[] = [], store?: string): Promise<void> => {
    const path = store ?? (await leftStore());
    const before = files(dirname(path));
    const { code, err } = await run(['--app', app, '--port', '0', '--store', path, ...args]).done;
    const text = err.trimEnd();
    expect([code, text.split('\n').length, text]).toEqual([2, 1, expect.stringMatching(why)]);
    expect(files(dirname(path))).toEqual(before);
  };

  it('an entry that throws', () =>
    refuses(writeApp(`throw new Error('no luck\\ntoday');`), /^index\.js failed to load: no luck$/m));
  it('two functions of one name', () =>
    refuses(writeApp(hello + hello.replace('hello', 'Hello')), 'two functions are named "Hello"'));
  it.each([
    ['0 61 * * * *', "the schedule '0 61 \\* \\* \\* \\*' is not valid"],
    ['00:05:00', 'NCRONTAB has 6 fields'],
    ['0 0 L * * *', 'is not valid'],
    ['%NO_SUCH%', "'%NO_SUCH%' does not resolve to a value: set the app setting NO_SUCH"],
  ])('an invalid schedule %s', (schedule, why) =>
    refuses(writeApp(`app.timer('tick', { schedule: '${schedule}', handler: () => undefined });`), why),
  );
  it('an entity, HTTP streaming, an output binding, a route constraint that is not run', async () => {
    const store = await leftStore();
    const of = (source: string, why: string): Promise<void> => refuses(writeApp(source), why, [], store);
    await of(
      `df.app.entity('counter', () => undefined);`,
      "'counter' uses entityTrigger, which this local host does not run",
    );
    await of(`app.setup({ enableHttpStream: true }); ${hello}`, 'enables HTTP streaming');
    await of(
      `app.http('out', { extraOutputs: [require('@azure/functions').output.storageQueue({ queueName: 'q', connection: 'c' })], handler: () => ({}) });`,
      "'out' uses the binding queue",
    );
    await of(`app.http('r', { route: 'r/{id:regex(a)}', handler: () => ({}) });`, 'route parameter');
    await of(
      `app.timer('t', { schedule: '0 * * * * *', retry: { strategy: 'fixedDelay', delayInterval: 1, maxRetryCount: 1 }, handler: () => undefined });`,
      'retry policy',
    );
    await of(`app.http('r', { route: 'admin/x', handler: () => ({}) });`, "'admin/x' is one of the host's own");
    await of('', 'the app registers no function');
  });
  it('a version strategy that does not exist', () =>
    refuses(
      writeApp(hello, { 'host.json': '{"extensions":{"durableTask":{"versionMatchStrategy":"Newest"}}}' }),
      'host.json: versionMatchStrategy cannot be "Newest"',
    ));
  it('no such app, no host.json, no entry', async () => {
    const store = await leftStore();
    await refuses(join(folder, 'nowhere'), 'host.json cannot be read', [], store);
    await refuses(writeApp(hello, { 'package.json': '{"main":"dist/*.js"}' }), 'no file matches', [], store);
  });
  it('a port in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await refuses(writeApp(hello), `^port ${port} is in use: give another --port N$`, ['--port', String(port)]);
    await new Promise((resolve) => server.close(resolve));
  });

  it('a store that is damaged, foreign, no database, of another version or in use', async () => {
    const app = writeApp(hello);
    const store = await leftStore();
    const garbled = readFileSync(store);
    garbled.fill(0xff, 4096, 4096 + 2000);
    const write = (name: string, bytes: Buffer | string): string => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'hub.sqlite'), bytes);
      return join(folder, name, 'hub.sqlite');
    };
    await refuses(app, 'is damaged', [], write('garbled', garbled));
    await refuses(app, 'is not a SQLite file', [], write('text', 'not a database '.repeat(100)));
    await refuses(app, 'is not a SQLite file', [], write('short', 'x'));
    const otherVersion = readFileSync(store);
    otherVersion.writeUInt32BE(99, 60);
    await refuses(app, 'another version', [], write('version', otherVersion));
    mkdirSync(join(folder, 'foreign'));
    const foreign = join(folder, 'foreign', 'hub.sqlite');
    const database = new DatabaseSync(foreign);
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE other (x)');
    database.close();
    await refuses(app, 'belongs to another program', [], foreign);
    const owned = join(folder, 'owned', 'hub.sqlite');
    await run(['--app', patterns, '--port', '0', '--store', owned]).url;
    await refuses(app, 'is in use by another host', [], owned);
  });

  it('makes no store when there was none', async () => {
    mkdirSync(join(folder, 'empty'));
    await refuses(writeApp(`throw new Error('no');`), 'failed to load', [], join(folder, 'empty', 'hub.sqlite'));
  });

  it('a bad option', async () => {
    for (const args of [['--port', 'x'], ['--speed', '0'], ['--unknown'], []]) {
      const { code, err } = await run(args.length === 0 ? [] : ['--app', patterns, ...args]).done;
      expect([code, err.trimEnd().split('\n').length]).toEqual([2, 1]);
    }
    expect((await run(['--help']).done).out).toContain('usage: npm run host');
  });
});
