/** `npm run package`: makes the package and says what is in it. */
import { relative } from 'node:path';
import { choiceOption, command } from '../../local/terminal/command.ts';
import { buildPackage, PACKAGE_FOLDER, PACKAGE_ZIP } from './build.ts';
import { BACKENDS } from './host-json.ts';

const size = (bytes: number): string => `${(bytes / 1024).toFixed(0).padStart(6)} KB`;

const HELP = `Makes what is deployed, a folder and the same as a zip, and says what is in it.

usage: npm run package -- [--backend BACKEND]

  --backend BACKEND  what keeps the orchestrations: azureStorage, the default, or durableTaskScheduler`;

await command(
  { help: HELP, options: { backend: { type: 'string', default: 'azureStorage' } } },
  async ({ backend }) => {
    const { files, zipBytes } = await buildPackage(choiceOption('backend', backend, BACKENDS));
    for (const { path, bytes } of files) console.log(`${size(bytes)}  ${path}`);
    console.log(`${size(files.reduce((sum, it) => sum + it.bytes, 0))}  ${relative('.', PACKAGE_FOLDER)}`);
    console.log(`${size(zipBytes)}  ${relative('.', PACKAGE_ZIP)}`);
  },
);
