/** `npm run test:extension`: the app and the scenarios of the local host's own suite on Microsoft's Durable extension. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { extensionParts } from '../local/extension/parts.ts';
import { wrapper } from '../local/terminal/command.ts';

const HELP = `Runs scenarios and whole labs on Microsoft's own Durable extension, in a thin .NET host, with its task hub in Azurite.

usage: npm run test:extension -- [options] [what vitest takes]

  --record  write again what the extension answers to each scenario
  --help    this text

Needs the .NET SDK 10, NuGet and npm, once; where they cannot be had the tests are counted as skipped. Labs take real time:
about half an hour side by side, nearly all of it waiting.`;

await wrapper({ help: HELP, flags: ['record'] }, (flags, rest) => {
  const parts = extensionParts();
  if (parts.kind === 'unavailable') console.error(`extension: ${parts.reason}; the tests are skipped`);
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/extension', ...rest], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(flags.has('record') ? { LAB_EXTENSION_RECORD: '1' } : {}),
      ...(parts.kind === 'ready'
        ? { LAB_EXTENSION_HOST: parts.host, LAB_EXTENSION_AZURITE: parts.azurite }
        : { LAB_EXTENSION_MISSING: parts.reason }),
    },
  });
  return status ?? 1;
});
