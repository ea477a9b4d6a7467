/** `npm test`: builds what is deployed, because a test loads it, and then runs the suites. Arguments go to vitest: `npm test -- test/lab`. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (file: string, args: string[]): number =>
  spawnSync(process.execPath, [fileURLToPath(new URL(`../node_modules/${file}`, import.meta.url)), ...args], {
    cwd: root,
    stdio: 'inherit',
  }).status ?? 1;

const built = run('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
process.exitCode = built === 0 ? run('vitest/vitest.mjs', ['run', ...process.argv.slice(2)]) : built;
