/** Before azd packages the service: makes the folder that `azure.yaml` names as the service's output, and checks that it is whole. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Hook } from './hook.ts';
import { HookError } from './hook-error.ts';

/** The unpacked package, relative to the repository: what azd zips and deploys. */
export const PACKAGE_FOLDER = '.local/package';

export const packageApp: Hook = async (deps) => {
  // The template is given the same variable: package and settings name one backend.
  const backend = deps.env['LAB_DURABLE_BACKEND'] || 'azureStorage';
  const { status } = spawnSync('npm', ['run', 'package', '--', '--backend', backend], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new HookError('"npm run package" failed; its own output says why.');
  const missing = missingFrom(PACKAGE_FOLDER);
  if (missing.length > 0)
    throw new HookError(`"npm run package" made no whole package: ${missing.join(', ')} missing in ${PACKAGE_FOLDER}.`);
  deps.say(`The package is in ${PACKAGE_FOLDER}.`);
};

/** What the Functions host needs at the root of a package, and the notebook. */
export function missingFrom(folder: string): string[] {
  const has = (file: string): boolean => existsSync(path.join(folder, file));
  const wanted = ['host.json', 'package.json', 'notebook/llmops-lab.py'];
  if (has('package.json')) {
    const { main } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { main?: string };
    wanted.push(main ?? 'main of package.json');
  }
  return wanted.filter((file) => !has(file));
}
