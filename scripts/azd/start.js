/**
 * What azure.yaml runs: `node scripts/azd/start.js [HOOK]`. Installs the packages of the repository where they are missing or not those of the lockfile, and then
 * runs the hook on the Node that comes with them. Plain JavaScript without a package, because a fresh clone has nothing else, on any Node that npm runs on.
 *
 * azd 1.25 and later runs `preprovision` beside the restoring and packaging of services, after the root's `prepackage` alone (azure-dev, cli/azd/internal/cmd/up_graph.go):
 * that one only installs. `azd provision`, `azd deploy` and `azd down` run no `prepackage`, so every hook looks.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const [hook] = process.argv.slice(2);

if (!isInstalled()) {
  console.log('The packages of package-lock.json are not installed yet: npm ci');
  const status = npm('ci', '--no-audit', '--no-fund');
  if (status !== 0)
    give(
      `"npm ci" failed${status === null ? ': npm could not be run' : ', and its own output above says why'}. Nothing was deployed or removed.`,
    );
}
if (hook !== undefined) process.exitCode = npm('run', '--silent', 'azd-hook', '--', hook) ?? 1;

/** Whether `node_modules` holds the versions of the lockfile. npm writes there what it has installed. */
function isInstalled() {
  try {
    const wanted = packagesOf('package-lock.json');
    const there = packagesOf('node_modules/.package-lock.json');
    return Object.entries(wanted).every(
      ([path, it]) => path === '' || it.optional === true || it.version === there[path]?.version,
    );
  } catch {
    return false;
  }
}

function packagesOf(file) {
  return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
}

/** The status, or null where npm could not be started. */
function npm(...args) {
  return spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }).status;
}

function give(sentence) {
  console.error(sentence);
  process.exit(1);
}
