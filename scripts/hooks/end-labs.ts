/**
 * Before `azd down`: ends every lab through the app, waits until none lives, and then asks Azure itself whether anything of this installation is left.
 *
 * 1. The app goes only when its labs are gone: without its sweep nobody would ever remove them.
 * 2. What cannot be ended stops the command with the reason. `LAB_DOWN_ANYWAY=true` goes on regardless and prints what stays behind.
 */
import { TAGS } from '../../src/lab/tags.ts';
import { query } from './azure.ts';
import { HookError, labSubscriptions, type Hook, type HookDeps } from './hook.ts';
import { openLabsApi, type LabDetail, type LabsApi, type LivingLab } from './labs-api.ts';

const POLL_MS = 15_000;
/** A workspace takes up to a quarter of an hour; a stuck orchestration is terminated by the sweep an hour after its lease. */
const PATIENCE_MS = 90 * 60_000;
/** With `LAB_DOWN_ANYWAY`: whoever goes on regardless does not want to wait long. */
const SHORT_PATIENCE_MS = 10 * 60_000;
/** Lists of Azure still show for a while what is gone. */
const LIST_LAG_MS = 2 * 60_000;
/** A lab that lives on so long after it was asked to end is asked again. */
const ASK_AGAIN_MS = 10 * 60_000;
/** Failed looks in a row that are forgiven. */
const FORGIVEN = 8;

export const endLabs: Hook = async (deps) => {
  const opened = await openLabsApi(deps);
  if (opened.kind === 'open') await endThroughApp(deps, opened.api);
  else if (opened.kind === 'absent') deps.say(`No app to ask for labs: ${opened.why}.`);
  else deps.say(`The app does not answer, so its labs cannot be ended through it: ${opened.why}`);
  await refuseRemains(deps, opened.kind === 'silent');
};

async function endThroughApp(deps: HookDeps, api: LabsApi): Promise<void> {
  const startedAt = deps.now();
  const patienceMs = anyway(deps) ? SHORT_PATIENCE_MS : PATIENCE_MS;
  const asked = new Map<string, number>();
  const shown = new Map<string, string>();
  let failures = 0;
  let living: LivingLab[] = [];
  do {
    try {
      living = await api.living();
      for (const lab of living) {
        if (deps.now() - (asked.get(lab.id) ?? -Infinity) < ASK_AGAIN_MS) continue;
        await api.end(lab.id);
        asked.set(lab.id, deps.now());
      }
      for (const lab of living) show(deps, shown, lab.id, stateOf(lab, await api.detail(lab.id)), startedAt);
      for (const id of asked.keys()) if (!living.some((lab) => lab.id === id)) show(deps, shown, id, 'gone', startedAt);
      failures = 0;
    } catch (error) {
      failures += 1;
      const why = error instanceof Error ? error.message : String(error);
      if (failures > FORGIVEN) throw new HookError(`The app stopped answering while its labs were ending: ${why}`);
      deps.say(`  (looking again: ${why})`);
    }
    if (failures === 0 && living.length === 0) {
      deps.say(asked.size === 0 ? 'No lab lives.' : `${asked.size === 1 ? 'The lab has' : 'All labs have'} ended.`);
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

type Tagged = { id: string; tags?: Record<string, string> };

/** Asks Azure itself, and refuses to go on while something is left. */
async function refuseRemains(deps: HookDeps, silent: boolean): Promise<void> {
  const installation = deps.env['APP_INSTALLATION'];
  if (installation === undefined || installation === '') return;
  const until = deps.now() + LIST_LAG_MS;
  let remains = await findRemains(deps, installation);
  while (remains.length > 0 && deps.now() < until && !silent) {
    await deps.sleep(POLL_MS);
    remains = await findRemains(deps, installation);
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

/** Groups and resources by tag, and soft-deleted accounts: whatever carries this installation's name. */
async function findRemains({ env, azure }: HookDeps, installation: string): Promise<string[]> {
  const tagged = query({
    $filter: `tagName eq '${TAGS.installation}' and tagValue eq '${installation}'`,
    'api-version': '2025-04-01',
  });
  const remains: Tagged[] = [];
  for (const id of env['APP_LAB_SUBSCRIPTIONS']?.split(',') ?? labSubscriptions(env)) {
    const of = `/subscriptions/${id}`;
    const deleted = `${of}/providers/Microsoft.CognitiveServices/deletedAccounts?api-version=2025-09-01`;
    remains.push(
      ...(await azure.list<Tagged>(`${of}/resourcegroups?${tagged}`)),
      ...(await azure.list<Tagged>(`${of}/resources?${tagged}`)),
      ...(await azure.list<Tagged>(deleted)).filter((it) => it.tags?.[TAGS.installation] === installation),
    );
  }
  return remains.map((it) => it.id);
}

const anyway = (deps: HookDeps): boolean => deps.env['LAB_DOWN_ANYWAY'] === 'true';
