/**
 * Before `azd down`: ends every lab, waits until none lives, and then asks Azure itself whether anything of this installation is left.
 *
 * 1. The app goes only when its labs are gone: without its sweep nobody would ever remove them.
 * 2. It is always the app that ends them: asked through its API or, where that admits no function key, by the leases of the labs, which its sweep obeys.
 * 3. What cannot be ended stops the command with the reason. `LAB_DOWN_ANYWAY=true` goes on regardless and prints what stays behind.
 */
import { type Hook, type HookDeps } from './hook.ts';
import { HookError } from './hook-error.ts';
import { findRemains, openLabGroups, subscriptionsOf } from './lab-groups.ts';
import { openLabsApi, type LabDetail, type Labs, type LivingLab } from './labs-api.ts';

const POLL_MS = 15_000;
/** A workspace takes up to a quarter of an hour; a stuck orchestration is terminated by the sweep an hour after its lease. */
const PATIENCE_MS = 90 * 60_000;
/** With `LAB_DOWN_ANYWAY`: whoever goes on regardless does not want to wait long. */
const SHORT_PATIENCE_MS = 10 * 60_000;
/** Lists of Azure still show for a while what is gone. */
const LIST_LAG_MS = 2 * 60_000;
/** Failed looks in a row that are forgiven. */
const FORGIVEN = 8;

export const endLabs: Hook = async (deps) => {
  const opened = await openLabsApi(deps);
  if (opened.kind === 'open') await endAll(deps, opened.api);
  else if (opened.kind === 'locked') await endBySweep(deps, opened.why);
  else if (opened.kind === 'absent') deps.say(`No app to ask for labs: ${opened.why}.`);
  else deps.say(`The app does not answer, so its labs cannot be ended through it: ${opened.why}`);
  await refuseRemains(deps, opened.kind === 'silent');
};

async function endBySweep(deps: HookDeps, why: string): Promise<void> {
  const groups = openLabGroups(deps);
  if (deps.env['LAB_SWEEP_DRY_RUN'] === 'true' && (await groups.living()).length > 0) {
    const sentence = `The app refuses the function key (${why}), and its sweep only rehearses (LAB_SWEEP_DRY_RUN), so nothing would end its labs.`;
    if (!anyway(deps))
      throw new HookError(`${sentence} "azd env set LAB_SWEEP_DRY_RUN false", then "azd up", then "azd down" again.`);
    deps.say(sentence);
    return;
  }
  deps.say(
    `The app refuses the function key (${why}), as it does with sign-in on. The lease of every lab is set to now instead, and the app's sweep ends the labs.`,
  );
  await endAll(deps, groups);
}

async function endAll<L extends LivingLab>(deps: HookDeps, labs: Labs<L>): Promise<void> {
  const startedAt = deps.now();
  const patienceMs = anyway(deps) ? SHORT_PATIENCE_MS : PATIENCE_MS;
  const asked = new Map<string, number>();
  const shown = new Map<string, string>();
  let failures = 0;
  let living: L[] = [];
  do {
    try {
      living = await labs.living();
      for (const lab of living) {
        if (deps.now() - (asked.get(lab.id) ?? -Infinity) < labs.askAgainMs) continue;
        await labs.end(lab);
        asked.set(lab.id, deps.now());
      }
      for (const lab of living) show(deps, shown, lab.id, stateOf(lab, await labs.detail(lab)), startedAt);
      for (const id of asked.keys()) if (!living.some((lab) => lab.id === id)) show(deps, shown, id, 'gone', startedAt);
      failures = 0;
    } catch (error) {
      failures += 1;
      const why = error instanceof Error ? error.message : String(error);
      if (failures > FORGIVEN)
        throw new HookError(`What the labs are doing could no longer be seen while they were ending: ${why}`);
      deps.say(`  (looking again: ${why})`);
    }
    if (failures === 0 && living.length === 0) {
      deps.say(asked.size === 0 ? 'No active labs.' : `${asked.size === 1 ? 'The lab has' : 'All labs have'} ended.`);
      return;
    }
    await deps.sleep(POLL_MS);
  } while (deps.now() - startedAt < patienceMs);
  if (anyway(deps)) return;
  const list = living.map((lab) => `  ${lab.id} (owner ${lab.owner}): ${shown.get(lab.id) ?? lab.phase}`).join('\n');
  throw new HookError(
    `These labs have not ended within ${patienceMs / 60_000} minutes, so nothing was deleted:\n${list}\nRun "azd down" again later; docs/deploy.md tells what else helps.`,
  );
}

function show(deps: HookDeps, shown: Map<string, string>, id: string, state: string, startedAt: number): void {
  if (shown.get(id) === state) return;
  shown.set(id, state);
  deps.say(`  ${id}: ${state} (${Math.round((deps.now() - startedAt) / 1_000)} s)`);
}

function stateOf(lab: LivingLab, detail: LabDetail | null): string {
  const step = detail?.steps?.findLast((it) => it.state === 'running');
  const left = detail?.left?.map((it) => `${it.id}: ${it.why}`) ?? [];
  return [
    detail?.phase ?? lab.phase,
    ...(step === undefined ? [] : [`${step.name}${step.region === undefined ? '' : ` in ${step.region}`}`]),
    ...left,
  ].join(', ');
}

/** Asks Azure itself, and refuses to go on while something is left. */
async function refuseRemains(deps: HookDeps, silent: boolean): Promise<void> {
  const installation = deps.env['APP_INSTALLATION'];
  if (installation === undefined || installation === '') return;
  const until = deps.now() + LIST_LAG_MS;
  let remains = await findRemains(deps, installation, subscriptionsOf(deps.env));
  while (remains.length > 0 && deps.now() < until && !silent) {
    await deps.sleep(POLL_MS);
    remains = await findRemains(deps, installation, subscriptionsOf(deps.env));
  }
  if (remains.length === 0) {
    deps.say('Azure holds nothing of a lab of this installation.');
    return;
  }
  const list = [...new Set(remains)].map((id) => `  ${id}`).join('\n');
  if (anyway(deps)) {
    deps.say(`LAB_DOWN_ANYWAY is set. These stay behind, and nothing will remove them:\n${list}`);
    return;
  }
  throw new HookError(
    `Azure still holds resources of labs of this installation:\n${list}\n` +
      `${silent ? 'The app, which would remove them, does not answer. ' : ''}` +
      'Nothing was deleted, so that the sweep can go on removing them. See docs/deploy.md; LAB_DOWN_ANYWAY=true deletes the app regardless and leaves them to you.',
  );
}

const anyway = (deps: HookDeps): boolean => deps.env['LAB_DOWN_ANYWAY'] === 'true';
