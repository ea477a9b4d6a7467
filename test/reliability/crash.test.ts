/**
 * The crash matrix: the host is killed before and after every commit of a lab, teardown and report included, and started again on what was committed. Whatever was
 * in flight has its effect, and its answer is lost (see `world.ts`). A lab of its own meets every cell always, the others a sample unless it is the full run.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LANDSCAPES, type Landscape } from './landscapes.ts';
import { judge, someBystanders } from './oracle.ts';
import { chosen, PATIENCE_MS } from './size.ts';
import { openWorld, type Moment, type World } from './world.ts';

const ID = 'lab-1';
const HOUR_MS = 3_600_000;
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const SAMPLE = 8;

/** @returns the bystanders, what is borrowed among them. */
async function begin({ prepare }: Landscape): Promise<string> {
  await world.reset();
  const body = await prepare(world);
  const bystanders = await someBystanders(world);
  await world.begin(ID, body);
  return bystanders;
}

it.each(LANDSCAPES.map((it, index) => ({ ...it, sample: index === 0 ? undefined : SAMPLE })))(
  '$name goes on after a kill at any commit, and makes nothing twice',
  { timeout: PATIENCE_MS },
  async ({ sample, ...landscape }) => {
    let [first, last] = [0, 0];
    // The first life of a process is slower, and commits more often than those that follow: the second one is recorded.
    for (let life = 1; life <= 2; life++) {
      await begin(landscape);
      first = world.commits;
      await world.until(async () => (await world.liveInstances()).length === 0, 6 * HOUR_MS);
      last = world.commits;
    }
    const cells = Array.from({ length: last - first }, (_, index) => first + 1 + index).flatMap((commit) =>
      (['before', 'after'] as const).map((moment): { commit: number; moment: Moment } => ({ commit, moment })),
    );
    const broken: string[] = [];
    let crashes = 0;
    const run = chosen(cells, sample);
    for (const { commit, moment } of run) {
      const bystanders = await begin(landscape);
      world.killAt(commit, moment);
      const verdict = await judge(world, [ID], bystanders);
      crashes += world.crashes;
      const wrong = [...verdict.broken, ...verdict.extra];
      for (const it of verdict.endings)
        if (it.outcome !== 'healthy' || it.reason !== 'idle') wrong.push(`${it.outcome}, ${it.reason} ${it.problem}`);
      if (wrong.length > 0) broken.push(`killed ${moment} commit ${commit}: ${wrong.join('; ')}`);
    }
    console.log(
      `crash matrix, ${landscape.name}: ${run.length} of ${cells.length} cells, ${crashes} crashes, ${broken.length} broken`,
    );
    expect(broken).toEqual([]);
    // A life may need a commit or two less than another: then it ended before it was to die.
    expect(crashes).toBeGreaterThanOrEqual(run.length * 0.9);
  },
);
