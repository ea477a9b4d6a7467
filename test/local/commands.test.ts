// The commands as a person types them: what cannot start ends with 2 and says why in one line, and what is stopped leaves nothing.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const projectDir = join(import.meta.dirname, '..', '..');
let folder: string;
let running: { kill: () => void; done: Promise<unknown> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'commands-'));
});
afterEach(async () => {
  for (const { kill, done } of running) {
    kill();
    await done;
  }
  running = [];
  rmSync(folder, { recursive: true });
});

type Ended = { code: number | null; out: string; err: string };

/** Runs a file of the project; `saw` resolves to what a pattern finds in its output. */
const run = (args: string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [join('scripts', 'run.js'), ...args], {
    cwd: projectDir,
    env: { ...process.env, ...env },
  });
  let [out, err] = ['', ''];
  const looks: (() => void)[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    for (const look of looks) look();
  });
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const done = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  const saw = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      void done.then(() => reject(new Error(`it ended: ${err}`)));
      const look = (): void => {
        const found = pattern.exec(out);
        if (found) resolve(found[1] ?? found[0]);
      };
      looks.push(look);
      look();
    });
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): boolean => child.kill(signal);
  running.push({ kill, done });
  return { done, saw, kill };
};
const start = (...args: string[]) => run(['local/main.ts', '--port', '0', ...args]);
const listening = /the app +(\S+)\/api\/labs/;

const refuses = async ({ done }: { done: Promise<Ended> }, why: string | RegExp): Promise<void> => {
  const { code, err } = await done;
  const text = err.trimEnd();
  expect([code, text.split('\n').length, text]).toEqual([2, 1, expect.stringMatching(why)]);
};

/** A port that somebody listens on for the length of `act`. */
const withTakenPort = async (act: (port: number) => Promise<void>): Promise<void> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await act((server.address() as AddressInfo).port);
  await new Promise((resolve) => server.close(resolve));
};

describe('npm start', () => {
  it('a second one on the same folder, and one on a port that is in use, say so instead of a stack', async () => {
    const data = join(folder, 'data');
    const first = start('--data', data);
    await first.saw(listening);
    await refuses(start('--data', data), /^another process runs on .*, or has its port \d+: stop it, or/);
    await withTakenPort((port) =>
      refuses(
        run(['local/main.ts', '--port', String(port), '--data', join(folder, 'other')]),
        `^port ${port} is in use: give another --port N$`,
      ),
    );
  });

  it('a file instead of a folder, a damaged store, a model server that is not there', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'x');
    await refuses(start('--data', file), /^--data must name a folder, and .* is a file$/);
    await refuses(start('--data', join(file, 'below')), /^--data: the folder .* cannot be made \(ENOTDIR\)$/);
    const data = join(folder, 'data');
    const whole = start('--data', data);
    await whole.saw(listening);
    whole.kill('SIGTERM');
    expect((await whole.done).code).toBe(0);
    const store = join(data, 'cloud', 'cloud.sqlite');
    const sound = readFileSync(store);
    writeFileSync(store, Buffer.from(sound).fill(0xff, 4096, 6000));
    await refuses(start('--data', data), /^the store .*cloud\.sqlite cannot be used/);
    writeFileSync(store, 'not a database '.repeat(100));
    await refuses(start('--data', data), /^the store .*cloud\.sqlite cannot be used/);
    writeFileSync(store, sound);
    writeFileSync(join(data, 'hub.sqlite'), 'not a database '.repeat(100));
    await refuses(start('--data', data), /^the store .*hub\.sqlite is not a SQLite file/);
    await refuses(
      run(['local/main.ts', '--data', data], { LOCAL_CLOUD_MODEL_URL: 'http://127.0.0.1:9/v1' }),
      /^nothing answers at http:\/\/127\.0\.0\.1:9\/v1 .*start the model server first$/,
    );
  });

  it('leads from / to the pages, and with --sign-in offers what a person may do there', async () => {
    const plain = await start('--data', join(folder, 'a')).saw(listening);
    expect(await (await fetch(plain)).text()).toContain('read-only');
    const signedIn = start('--data', join(folder, 'b'), '--sign-in', 'Ana');
    const url = await signedIn.saw(listening);
    await signedIn.saw(/signed in as Ana/);
    const page = await (await fetch(url)).text();
    expect(page).toContain('<form');
    expect(page).toContain('Ana');
    // Whoever sends the platform's header from outside is not believed.
    const forged = await fetch(url, { headers: { 'x-ms-client-principal': 'eyJjbGFpbXMiOltdfQ==' } });
    expect(await forged.text()).toContain('Ana');
  });
});

describe('npm run demo', () => {
  it('stopped in the middle says so and leaves no folder behind', async () => {
    const { saw, kill, done } = run(['local/demo.ts'], { TMPDIR: folder });
    await saw(/202, lab/);
    const left = (): string[] => readdirSync(folder).filter((it) => it.startsWith('llmops-lab'));
    expect(left()).toHaveLength(1);
    kill('SIGINT');
    const { code, err } = await done;
    expect([code, err]).toEqual([130, 'stopped; nothing is kept\n']);
    expect(left()).toEqual([]);
  });
});
