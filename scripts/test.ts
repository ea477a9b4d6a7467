/** `npm test`: builds what is deployed, because a test loads it, and then runs the suites. Arguments go to vitest: `npm test -- test/lab` runs one folder, unbuilt. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (file: string, args: string[]): number =>
  spawnSync(process.execPath, [fileURLToPath(new URL(`../node_modules/${file}`, import.meta.url)), ...args], {
    cwd: root,
    stdio: 'inherit',
  }).status ?? 1;

const asked = process.argv.slice(2);
const folders = asked.filter((it) => it.startsWith('test/'));
const loadsBuild = folders.length === 0 || folders.some((it) => it.includes('registration'));
const built = loadsBuild ? run('typescript/bin/tsc', ['-p', 'tsconfig.build.json']) : 0;
process.exitCode = built === 0 ? run('vitest/vitest.mjs', ['run', ...asked]) : built;
