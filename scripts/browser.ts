/** `npm run test:browser`: the pages in a real Chromium. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StartError } from '../local/start-error.ts';
import { wrapper } from '../local/terminal/command.ts';

const HELP = `Looks at the pages in a real Chromium: the one of CHROME_PATH, or where systems keep it.

usage: npm run test:browser -- [options] [what vitest takes]

  --install      fetch Chromium with apt-get first, where there is none
  --screenshots  write the pictures of docs/screenshots again
  --help         this text`;

const root = fileURLToPath(new URL('..', import.meta.url));
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const find = (): string | undefined =>
  [process.env['CHROME_PATH'] ?? '', ...PLACES].find((it) => it !== '' && existsSync(it));

function install(): void {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  for (const step of [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-y', '-qq', 'chromium', 'fonts-noto-core'],
  ]) {
    const [command = '', ...words] = [...sudo, ...step];
    if (spawnSync(command, words, { stdio: 'inherit' }).status !== 0) return;
  }
}

await wrapper({ help: HELP, flags: ['install', 'screenshots'] }, (flags, rest) => {
  if (find() === undefined && flags.has('install')) install();
  const chromium = find();
  if (chromium === undefined) {
    throw new StartError(
      'No Chromium: set CHROME_PATH, or install one (Debian and Ubuntu: apt-get install chromium; "npm run test:browser -- --install" does it).',
    );
  }
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/browser', ...rest], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      CHROME_PATH: chromium,
      ...(flags.has('screenshots') ? { LAB_SCREENSHOTS: 'docs/screenshots' } : {}),
    },
  });
  return status ?? 1;
});
