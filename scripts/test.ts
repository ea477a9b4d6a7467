/** `npm test`: builds what is deployed, because a test loads it, and then runs the suites. Arguments go to vitest: `npm test -- test/lab` runs one folder, unbuilt. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { wrapper } from '../local/terminal/command.ts';

const HELP = `Runs the tests that need Node and npm only, after a build of what is deployed, because one of them loads it.

usage: npm test -- [what vitest takes]

  npm test -- test/lab      one folder, unbuilt
  npm test -- -t 'a name'   tests of that name

"npm run" lists the suites that have a script of their own; "npx vitest --help" what vitest takes.`;

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (file: string, args: string[]): number =>
  spawnSync(process.execPath, [fileURLToPath(new URL(`../node_modules/${file}`, import.meta.url)), ...args], {
    cwd: root,
    stdio: 'inherit',
  }).status ?? 1;

await wrapper({ help: HELP, flags: [] }, (_, asked) => {
  const folders = asked.filter((it) => it.startsWith('test/'));
  const loadsBuild = folders.length === 0 || folders.some((it) => it.includes('registration'));
  const built = loadsBuild ? run('typescript/bin/tsc', ['-p', 'tsconfig.build.json']) : 0;
  return built === 0 ? run('vitest/vitest.mjs', ['run', ...asked]) : built;
});
