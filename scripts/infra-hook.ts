/** The hooks of azd: `npm run azd-hook -- predown`. azd sets the environment; see `azure.yaml`. */
import { setTimeout } from 'node:timers/promises';
import { azdToken, createAzure } from './hooks/azure.ts';
import { endLabs } from './hooks/end-labs.ts';
import { HookError, type Hook } from './hooks/hook.ts';
import { listLabs } from './hooks/list-labs.ts';
import { packageApp } from './hooks/package-app.ts';
import { prepareSubscriptions } from './hooks/prepare-subscriptions.ts';
import { removeRights } from './hooks/remove-rights.ts';

const hooks: Readonly<Record<string, Hook>> = {
  preprovision: prepareSubscriptions,
  prepackage: packageApp,
  predeploy: listLabs,
  predown: endLabs,
  postdown: removeRights,
};

const name = process.argv[2] ?? '';
const hook = hooks[name];
if (hook === undefined) {
  console.error(`usage: npm run azd-hook -- ${Object.keys(hooks).join('|')}`);
  process.exitCode = 2;
} else {
  try {
    await hook({
      env: process.env,
      azure: createAzure('https://management.azure.com', azdToken()),
      say: (line) => console.log(line),
      sleep: (ms) => setTimeout(ms),
      now: () => Date.now(),
    });
  } catch (error) {
    console.error(error instanceof HookError ? error.message : error);
    process.exitCode = 1;
  }
}
