/** Before a deployment: says which labs live. They go on across it, so this stops nothing. */
import type { Hook } from './hook.ts';
import { openLabGroups } from './lab-groups.ts';
import { openLabsApi } from './labs-api.ts';

export const listLabs: Hook = async (deps) => {
  try {
    const opened = await openLabsApi(deps);
    if (opened.kind === 'absent' || opened.kind === 'silent') {
      deps.say(`No labs to list: ${opened.why}.`);
      return;
    }
    const living = await (opened.kind === 'open' ? opened.api : openLabGroups(deps)).living();
    deps.say(
      living.length === 0
        ? 'No active labs.'
        : `${living.length} ${living.length === 1 ? 'lab lives' : 'labs live'} and will go on with the new code:`,
    );
    for (const lab of living) deps.say(`  ${lab.id}: ${lab.phase}, owner ${lab.owner}, since ${lab.startedAt}`);
  } catch (error) {
    deps.say(`The labs could not be listed: ${error instanceof Error ? error.message : String(error)}`);
  }
};
