/** The hooks of azd: `npm run azd-hook -- predown`. azd sets the environment; see `azure.yaml`. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout } from 'node:timers/promises';
import { StartError } from '../../local/start-error.ts';
import { command } from '../../local/terminal/command.ts';
import { azdToken, createAzure, ENDPOINT } from './azure.ts';
import { endLabs } from './end-labs.ts';
import { type Hook } from './hook.ts';
import { HookError } from './hook-error.ts';
import { listLabs } from './list-labs.ts';
import { packageApp } from './package-app.ts';
import { prepareSubscriptions } from './prepare-subscriptions.ts';
import { reconcileRights } from './reconcile-rights.ts';
import { removeRights } from './remove-rights.ts';

const HOOKS: Readonly<Record<string, { run: Hook; does: string }>> = {
  preprovision: {
    run: prepareSubscriptions,
    does: 'refuses settings and regions that cannot work, and registers the resource providers that labs need',
  },
  postprovision: {
    run: reconcileRights,
    does: 'takes back rights that earlier settings granted and these do not',
  },
  prepackage: { run: packageApp, does: 'makes the folder that is deployed, and checks that it is whole' },
  predeploy: { run: listLabs, does: 'says which labs live; they go on across the deployment' },
  predown: {
    run: endLabs,
    does: 'ends every lab, waits until none is active, and asks Azure whether anything is left',
  },
  postdown: { run: removeRights, does: "removes the app's roles and their assignments" },
};

const HELP = `Runs a hook of azd, which calls it by itself and sets its environment; see azure.yaml.

usage: npm run azd-hook -- HOOK

${Object.entries(HOOKS)
  .map(([name, { does }]) => `  ${name.padEnd(14)} ${does}`)
  .join('\n')}`;

await command({ help: HELP, positionals: 1 }, async (_, [name]) => {
  const hook = name === undefined ? undefined : HOOKS[name];
  if (hook === undefined) throw new StartError(`which hook? one of ${Object.keys(HOOKS).join(', ')} (see --help)`);
  try {
    await hook.run({
      env: process.env,
      azure: createAzure(ENDPOINT, azdToken()),
      keep: async (name, value) => void (await promisify(execFile)('azd', ['env', 'set', name, value])),
      say: (line) => console.log(line),
      sleep: (ms) => setTimeout(ms),
      now: () => Date.now(),
    });
    return 0;
  } catch (error) {
    console.error(error instanceof HookError ? error.message : error);
    return 1;
  }
});
