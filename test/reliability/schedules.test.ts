/** Random schedules: labs, faults, crashes, lost hubs, deletions, keepalives and sweeps at once. A schedule that breaks a promise is known by its seed. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bystandersOf, judge, someBystanders } from './oracle.ts';
import { scheduleOf, type Act, type Schedule } from './schedules.ts';
import { FULL, PATIENCE_MS, chosen } from './size.ts';
import { openWorld, type World } from './world.ts';

const MINUTE_MS = 60_000;
/** A fault of two minutes on top of manners that cost a second deletion ten minutes after the first. */
const GRACE_MS = 60 * MINUTE_MS;
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

async function play(schedule: Schedule) {
  await world.reset();
  const { state, faults } = world.cloud;
  const { lagMs, accountBusyMs, ...manners } = structuredClone(schedule.manners);
  const bystanders = await someBystanders(world);
  state.lag = { ms: lagMs, reads: 0 };
  state.latency.accountBusyMs = accountBusyMs;
  Object.assign(state.landscape, manners);
  expect(bystandersOf(world)).toBe(bystanders);

  const from = world.clock.now();
  const begun: string[] = [];
  let hubLost = false;
  const steps = [
    ...schedule.labs.map(({ atMinute, id, ...body }) => ({
      atMinute,
      run: async () => {
        // A start that was answered with a fault may be sent again, as whoever sent it would.
        const response = await world.start(id, body).catch(() => undefined);
        if (response === undefined || response.status >= 500) await world.start(id, body);
        begun.push(id);
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
        hubLost = true;
        return world.kill('lost');
      case 'sweep':
        return world.sweep();
      case 'fault':
        faults.add(act.rule);
        return;
      case 'delete':
      case 'keepalive':
      case 'terminate': {
        const id = begun[act.lab % Math.max(1, begun.length)];
        if (id === undefined) return;
        if (act.kind === 'delete') await world.end(id);
        else if (act.kind === 'keepalive') await world.keepAlive(id);
        else await world.terminate(id);
      }
    }
  };
  for (const { atMinute, run } of steps) {
    const at = from + atMinute * MINUTE_MS;
    await world.until(at, 24 * 60 * MINUTE_MS);
    await run();
  }
  return judge(world, begun, bystanders, { graceMs: GRACE_MS, hubLost, mayBreak: true });
}
