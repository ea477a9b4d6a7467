/**
 * `npm run test:clients`: the official Python clients drive the local cloud. Needs python3 (3.11 to 3.13) and PyPI, once; where they cannot be had the tests are
 * counted as skipped. Arguments go to vitest.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../local/python/environment.ts';

const made = pythonEnvironment('clients', 'test/clients-python/requirements.txt');
if (made.kind === 'unavailable') console.error(`clients: ${made.reason}; the tests are skipped`);
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/clients-python', ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(made.kind === 'ready' ? { LAB_CLIENTS_PYTHON: made.python } : { LAB_CLIENTS_MISSING: made.reason }),
  },
});
process.exitCode = status ?? 1;
