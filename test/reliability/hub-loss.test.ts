/**
 * The task hub is lost: after every commit of a lab, or beside labs that another hub looks after. What lives is not killed, and what nobody knows any more is gone
 * when its lease has passed.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge, someBystanders } from './oracle.ts';
import { chosen, PATIENCE_MS } from './size.ts';
import { openWorld, type World } from './world.ts';

const ID = 'lab-1';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SAMPLE = 10;
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it(
  'a lab whose hub is lost, whenever that is, is removed when its lease has passed',
  { timeout: PATIENCE_MS },
  async () => {
    let first = 0;
    // The first life of a process is slower, and commits more often than those that follow: the second one is recorded.
    for (let life = 1; life <= 2; life++) {
      await world.reset();
      await world.begin(ID, { idleMinutes: 5 });
      first = world.commits;
      await world.until(async () => (await world.liveInstances()).length === 0, 6 * HOUR_MS);
    }
    const cells = Array.from({ length: world.commits - first }, (_, index) => first + 1 + index);
    const broken: string[] = [];
    const outcomes = new Map<string, number>();
    let lost = 0;
    const run = chosen(cells, SAMPLE);
    for (const commit of run) {
      await world.reset();
      const bystanders = await someBystanders(world);
      await world.begin(ID, { idleMinutes: 5 });
      world.killAt(commit, 'after', 'lost');
      const { broken: wrong, extra, endings } = await judge(world, [ID], bystanders, { receipt: 'partial' });
      wrong.push(...extra);
      lost += world.crashes;
      for (const it of endings) outcomes.set(it.outcome, (outcomes.get(it.outcome) ?? 0) + 1);
      if (wrong.length > 0) broken.push(`lost after commit ${commit}: ${wrong.join('; ')}`);
    }
    console.log(
      `loss of the hub: ${run.length} of ${cells.length} cells, ${lost} lost, labs by outcome ${JSON.stringify(Object.fromEntries(outcomes))}, ${broken.length} broken`,
    );
    expect(broken).toEqual([]);
    // A life may need a commit or two less than another: then it ended before its hub was to be lost.
    expect(lost).toBeGreaterThanOrEqual(run.length * 0.9);
  },
);

it(
  'an app with a wrong hub sweeps beside labs that live, and touches none of them',
  { timeout: PATIENCE_MS },
  async () => {
    await world.reset();
    const bystanders = await someBystanders(world);
    const ids = ['lab-1', 'lab-2', 'lab-3'];
    for (const id of ids) await world.begin(id, { idleMinutes: 30 });
    const stranger = await world.beside();
    try {
      let sweeps = 0;
      await world.until(async () => {
        // As often as time passes: many times in each step of each lab.
        await stranger.runTimer('sweep');
        sweeps += 1;
        return (await world.liveInstances()).length === 0;
      }, 6 * HOUR_MS);
      expect(sweeps).toBeGreaterThan(30);
      expect(stranger.storeText()).not.toContain('teardown');
    } finally {
      await stranger.close();
    }
    const verdict = await judge(world, ids, bystanders);
    expect(verdict.broken).toEqual([]);
    expect(verdict.extra).toEqual([]);
    expect(verdict.endings.map((it) => [it.outcome, it.reason])).toEqual(ids.map(() => ['healthy', 'idle']));
  },
);
