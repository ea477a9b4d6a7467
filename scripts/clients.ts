/** `npm run test:clients`: the official Python clients drive the local cloud. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../local/python/environment.ts';
import { wrapper } from '../local/terminal/command.ts';

const HELP = `Drives the local cloud with the official Python clients.

usage: npm run test:clients -- [what vitest takes]

Needs python3 (3.11 to 3.13) and PyPI, once; where they cannot be had the tests are counted as skipped.`;

await wrapper({ help: HELP, flags: [] }, (_, rest) => {
  const made = pythonEnvironment('clients', 'test/clients-python/requirements.txt');
  if (made.kind === 'unavailable') console.error(`clients: ${made.reason}; the tests are skipped`);
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/clients-python', ...rest], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(made.kind === 'ready' ? { LAB_CLIENTS_PYTHON: made.python } : { LAB_CLIENTS_MISSING: made.reason }),
    },
  });
  return status ?? 1;
});
