/**
 * `npm run test:browser`: the pages in a real Chromium. It is found in CHROME_PATH or where systems keep it; `-- --install` fetches it with apt-get first, which is
 * what CI does. `-- --screenshots` also writes the pictures of docs/screenshots anew.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const given = process.argv.slice(2);
const own = ['--install', '--screenshots'];
const rest = given.filter((it) => !own.includes(it));

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

if (find() === undefined && given.includes('--install')) install();
const chromium = find();
if (chromium === undefined) {
  console.error(
    'No Chromium: set CHROME_PATH, or install one (Debian and Ubuntu: apt-get install chromium; "npm run test:browser -- --install" does it).',
  );
  process.exitCode = 2;
} else {
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/browser', ...rest], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      CHROME_PATH: chromium,
      ...(given.includes('--screenshots') ? { LAB_SCREENSHOTS: 'docs/screenshots' } : {}),
    },
  });
  process.exitCode = status ?? 1;
}
