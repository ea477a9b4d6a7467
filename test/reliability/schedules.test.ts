/** Random schedules: labs, faults, crashes, lost hubs, deletions, keepalives and sweeps at once. A schedule that breaks a promise is known by its seed. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { databricksOf, keyOf } from '../../local/cloud/databricks/tables.ts';
import { mlflowOf } from '../../local/cloud/mlflow/records.ts';
import { bystandersOf, judge, someBystanders, type Ending, type Verdict } from './oracle.ts';
import { scheduleOf, type Act, type LabAct, type Place, type Schedule } from './schedules.ts';
import { FULL, PATIENCE_MS, chosen } from './size.ts';
import { openWorld, type World } from './world.ts';

const MINUTE_MS = 60_000;
/** A deletion that is untrue, rolled back or half done is repeated ten minutes later. */
const AGAIN_MS = 12 * MINUTE_MS;
/** A fault lasts two minutes at most; what it hits is tried again a minute or two later. */
const FAULT_MS = 5 * MINUTE_MS;

/** By how much the manners of the cloud, and what goes wrong, may make a lab outlive its lease. */
function graceMs({ manners, acts }: Schedule): number {
  const { falseDeletes, blockedGroupDeletes, stubbornManagedGroups, lagMs } = manners;
  const again = falseDeletes.length + blockedGroupDeletes.length + stubbornManagedGroups;
  return again * AGAIN_MS + acts.filter(({ act }) => act.kind === 'fault').length * FAULT_MS + 5 * lagMs;
}
const asked = process.env['RELIABILITY_SEED'];
const SEEDS =
  asked === undefined
    ? Array.from({ length: FULL ? 1_000 : 100 }, (_, index) => index + 1)
    : asked.split(',').map(Number);

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it('whatever comes together, nothing is left', { timeout: PATIENCE_MS }, async () => {
  const run = chosen(SEEDS);
  const broken: string[] = [];
  const outcomes = new Map<string, number>();
  let crashes = 0;
  for (const seed of run) {
    const verdict = await play(scheduleOf(seed));
    crashes += world.crashes;
    for (const it of verdict.endings) outcomes.set(it.outcome, (outcomes.get(it.outcome) ?? 0) + 1);
    if (verdict.broken.length > 0) broken.push(`seed ${seed}: ${verdict.broken.join('; ')}`);
  }
  console.log(
    `${run.length} schedules (seeds ${run[0]} to ${run.at(-1)}), ${crashes} crashes, labs by outcome ${JSON.stringify(Object.fromEntries(outcomes))}, ${broken.length} broken`,
  );
  expect(broken).toEqual([]);
});

const TO_A_LAB: Record<LabAct, (id: string) => Promise<unknown>> = {
  delete: (id) => world.end(id),
  preview: (id) => world.end(id, '?dryRun=true'),
  keepalive: (id) => world.keepAlive(id),
  complete: (id) => world.complete(id),
  work: (id) => workIn(id),
  terminate: (id) => world.terminate(id),
};

/** When somebody last worked in each lab while it was watched; Unix ms. */
const workedAt = new Map<string, number>();

async function workIn(id: string): Promise<void> {
  const { experiments, traces } = mlflowOf(world.cloud.state);
  const experiment = experiments.values().find((it) => it.stage === 'active' && it.name.includes(`${id}-`));
  if (experiment === undefined || (await phaseOf(id)) !== 'watching') return;
  const nowMs = world.clock.now();
  const trace = { id: `tr-by-hand-${nowMs}`, workspaceId: experiment.workspaceId, experimentId: experiment.id };
  traces.put(keyOf(experiment.workspaceId, trace.id), {
    ...trace,
    requestTimeMs: nowMs,
    requestTime: new Date(nowMs).toISOString(),
    receivedAt: nowMs,
    state: 'OK',
    metadata: {},
    tags: {},
  });
  workedAt.set(id, nowMs);
}

/** Undefined while the hub or a fault is in the way. */
async function phaseOf(id: string): Promise<string | undefined> {
  const response = await world.host.fetch(`/api/labs/${id}`).catch(() => undefined);
  return response?.ok === true ? ((await response.json()) as { phase: string }).phase : undefined;
}

/** Labs that ended as idle before their idle minutes had passed since somebody worked in them. */
const cutShort = ({ labs }: Schedule, endings: readonly Ending[]): string[] =>
  endings
    .filter(({ id, reason, endAtMs }) => {
      const idleMs = (labs.find((it) => it.id === id)?.idleMinutes ?? 0) * MINUTE_MS;
      return reason === 'idle' && endAtMs < (workedAt.get(id) ?? -Infinity) + idleMs;
    })
    .map(({ id }) => `${id}: ended as idle while somebody worked in it`);

/** What a request says of each place. */
async function somePlaces(): Promise<Record<Place, object>> {
  const { bystanders } = world.cloud;
  bystanders.group({ name: 'rg-given' });
  const { id: accountId } = await bystanders.account({ group: 'rg-course', name: 'aoai-course' });
  const { id: workspaceId } = await bystanders.workspace({ group: 'rg-course', name: 'dbw-course' });
  return {
    own: {},
    'given-group': { resourceGroup: 'rg-given' },
    borrowed: { openai: { accountId }, databricks: { workspaceId } },
  };
}

async function play(schedule: Schedule): Promise<Verdict> {
  await world.reset();
  workedAt.clear();
  const { state, faults } = world.cloud;
  const { lagMs, accountBusyMs, clusterStarts, ...manners } = structuredClone(schedule.manners);
  const places = await somePlaces();
  const bystanders = await someBystanders(world);
  databricksOf(state).knobs.clusterStarts.push(...clusterStarts.map((script) => ({ script })));
  state.lag = { ms: lagMs, reads: 0 };
  state.latency.accountBusyMs = accountBusyMs;
  Object.assign(state.landscape, manners);
  expect(bystandersOf(world)).toBe(bystanders);

  const from = world.clock.now();
  const begun: string[] = [];
  const steps = [
    ...schedule.labs.map(({ atMinute, id, place, monitorEveryMinutes, ...limits }) => ({
      atMinute,
      run: async () => {
        const body = { ...limits, ...places[place], ...(monitorEveryMinutes === null ? {} : { monitorEveryMinutes }) };
        // A start that was answered with a fault may be sent again, as whoever sent it would; some give up.
        let response = await world.start(id, body).catch(() => undefined);
        if (response === undefined || response.status >= 500) response = await world.start(id, body);
        if (response.ok) begun.push(id);
      },
    })),
    ...schedule.acts.map(({ atMinute, act }) => ({ atMinute, run: () => carryOut(act) })),
  ].sort((a, b) => a.atMinute - b.atMinute);

  const carryOut = async (act: Act): Promise<void> => {
    switch (act.kind) {
      case 'crash':
        world.killAt(world.commits + act.commits, act.moment);
        return;
      case 'lose-hub':
        return world.kill('lost');
      case 'sweep':
        return world.sweep();
      case 'fault':
        faults.add(act.rule);
        return;
      case 'to-a-lab': {
        const id = begun[act.lab % Math.max(1, begun.length)];
        if (id !== undefined) await TO_A_LAB[act.what](id);
      }
    }
  };
  for (const { atMinute, run } of steps) {
    const at = from + atMinute * MINUTE_MS;
    await world.until(at, 24 * 60 * MINUTE_MS);
    await run();
  }
  const isBroken = schedule.acts.some(({ act }) => act.kind === 'to-a-lab' && act.what === 'terminate');
  const verdict = await judge(world, begun, bystanders, {
    graceMs: graceMs(schedule),
    mayBreak: true,
    // Whoever takes over from what broke knows what is there, and not what was removed before.
    receipt: world.hubLostMs !== undefined || isBroken ? 'partial' : 'whole',
  });
  return { ...verdict, broken: [...verdict.broken, ...cutShort(schedule, verdict.endings)] };
}
