/** What azure.yaml runs, in a clone where nothing is installed yet: azd is the first that such a clone meets. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let clone: string;
const at = (...parts: string[]) => path.join(clone, ...parts);
const lock = (version: string) =>
  JSON.stringify({
    packages: {
      '': {},
      'node_modules/zod': { version },
      'node_modules/only-mac': { version: '1.0.0', optional: true },
    },
  });

beforeEach(() => {
  clone = mkdtempSync(path.join(tmpdir(), 'clone-'));
  mkdirSync(at('scripts/azd'), { recursive: true });
  mkdirSync(at('bin'));
  cpSync('scripts/azd/start.js', at('scripts/azd/start.js'));
  writeFileSync(at('package.json'), '{"type":"module"}');
  writeFileSync(at('package-lock.json'), lock('4.0.0'));
});
afterEach(() => rmSync(clone, { recursive: true }));

/** An npm that notes what it was asked, installs on "ci", and ends with that status. */
function npm(status: { ci?: number; run?: number } = {}): void {
  const script = `#!/bin/sh
echo "$*" >> "${at('asked')}"
if [ "$1" = ci ]; then mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json; exit ${status.ci ?? 0}; fi
exit ${status.run ?? 0}
`;
  writeFileSync(at('bin/npm'), script);
  chmodSync(at('bin/npm'), 0o755);
}

function start(hook = '', search = `${at('bin')}:/bin:/usr/bin`) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['scripts/azd/start.js', ...(hook === '' ? [] : [hook])],
    {
      cwd: clone,
      encoding: 'utf8',
      env: { PATH: search },
    },
  );
  return { status, stdout, stderr };
}

const asked = () => readFileSync(at('asked'), 'utf8').trim().split('\n');
const CI = 'ci --no-audit --no-fund';
const RUN = 'run --silent azd-hook -- preprovision';

// The npm of this test is a shell script.
describe.skipIf(process.platform === 'win32')('a hook of azd', () => {
  it('installs first in a fresh clone, and not again', () => {
    npm();
    expect(start('preprovision')).toMatchObject({ status: 0, stderr: '' });
    expect(start('preprovision')).toMatchObject({ status: 0, stderr: '' });
    expect(asked()).toEqual([CI, RUN, RUN]);
  });

  it('installs again where the lockfile has moved on', () => {
    npm();
    start();
    writeFileSync(at('package-lock.json'), lock('4.0.1'));
    start();
    expect(asked()).toEqual([CI, CI]);
  });

  it("does no more than install without a name, as the root's prepackage", () => {
    npm();
    expect(start().status).toBe(0);
    expect(asked()).toEqual([CI]);
  });

  it('gives a sentence and no stack where the installation fails, and runs no hook', () => {
    npm({ ci: 1 });
    const { status, stderr } = start('preprovision');
    expect(status).toBe(1);
    expect(stderr).toBe('"npm ci" failed, and its own output above says why. Nothing was deployed or removed.\n');
    expect(asked()).toEqual([CI]);
  });

  it('gives a sentence where there is no npm', () => {
    const { status, stderr } = start('preprovision', at('bin'));
    expect(status).toBe(1);
    expect(stderr).toBe('"npm ci" failed: npm could not be run. Nothing was deployed or removed.\n');
  });

  it('fails as the hook fails', () => {
    npm({ run: 3 });
    expect(start('predown').status).toBe(3);
  });
});
