// Every command of package.json: asked for help it says what it does and does nothing, and an option that it does not know stops it.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** Names of those that are a file of this repository, once each. */
const commands = Object.entries(scripts).flatMap(([name, text]) => {
  const file = /scripts\/run\.js (\S+\.ts)$/.exec(text)?.[1];
  return file === undefined ? [] : [{ name, file }];
});

const run = (file: string, option: string) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, ['scripts/run.js', file, option], { cwd: root }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });

const WRAPPERS = ['test', 'test:browser', 'test:clients', 'test:extension', 'test:infra', 'test:mlflow'];

describe.concurrent('npm run', () => {
  it.each(commands)('$name -- --help says what it does', async ({ name, file }) => {
    const { code, out, err } = await run(file, '--help');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(name === 'test' || name === 'start' ? `usage: npm ${name}` : `usage: npm run ${name}`);
  });

  it.each(commands.filter(({ name }) => !WRAPPERS.includes(name)))(
    '$name refuses an option that it does not know in one line',
    async ({ file }) => {
      const { code, out, err } = await run(file, '--no-such-option');
      expect([code, out, err.trimEnd().split('\n').length]).toEqual([2, '', 1]);
      expect(err).toContain("Unknown option '--no-such-option'");
    },
  );

  it('record:histories does not overwrite what is recorded', async () => {
    const folder = join(root, 'test/upgrades/histories/v1.0');
    const times = () => readdirSync(folder).map((it) => statSync(join(folder, it)).mtimeMs);
    const before = times();
    const { code, err } = await run('scripts/record-histories.ts', '--');
    expect([code, err]).toEqual([2, expect.stringContaining('is recorded already')]);
    expect(times()).toEqual(before);
  });
});
