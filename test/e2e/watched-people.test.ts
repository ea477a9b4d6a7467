// Who works in a lab's workspace by hand, without one call of the app's API, keeps the lab; once they stop, it ends within its idle time and the stated slack.
import { expect, it } from 'vitest';
import { armOf } from '../../local/cloud/arm/tables.ts';
import { createPerson, type Person } from '../../local/cloud/mlflow/person.ts';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { useWorld } from './world.ts';

const MINUTE_MS = 60_000;
/** What the cluster needs to notice that it is idle and to end, and the time to the next look. */
const SLACK_MINUTES = 20 + 5 + 10;

const world = useWorld();

/** Lets somebody do that every few minutes until it is `untilMinutes` after the lab began to be watched; @returns when they stopped and when it began to end. */
async function work(
  body: Record<string, unknown>,
  {
    everyMinutes,
    untilMinutes,
    act,
  }: { everyMinutes: number; untilMinutes: number; act: (it: Person, clusterId: string) => void },
) {
  const { rig } = world;
  const id = await world.start(body);
  await world.until(id, (it) => it.phase === 'watching');
  const begun = rig.clock.now();
  const workspace = armOf(rig.cloud.state).workspaces.values()[0]!;
  const cluster = databricksOf(rig.cloud.state).clusters.values()[0]!;
  const person = createPerson(rig.cloud.state, workspace, 'ada@example.org');
  let stoppedAt = begun;
  let callsBefore = 0;
  const ending = await world.until(id, (it) => {
    const now = rig.clock.now();
    if (
      it.phase === 'watching' &&
      now - stoppedAt >= everyMinutes * MINUTE_MS &&
      now - begun <= untilMinutes * MINUTE_MS
    ) {
      act(person, cluster.id);
      stoppedAt = now;
      callsBefore = rig.cloud.requests.length;
    }
    return it.phase !== 'watching';
  });
  const end = ending.report?.end ?? (await world.ended(id)).report?.end;
  return {
    workedMinutes: Math.round((stoppedAt - begun) / MINUTE_MS),
    minutesAfter: (Date.parse(end?.at ?? '') - stoppedAt) / MINUTE_MS,
    reason: end?.reason,
    calls: callsBefore,
  };
}

it.each([
  [
    'cells on the lab’s cluster that log nothing',
    (it: Person, cluster: string) => expect(it.runCell(cluster)).toBe(true),
    20,
  ],
  ['runs in an experiment of their own, on other compute', (it: Person) => it.logRun(), 20],
  ['changes to a notebook of their own', (it: Person) => it.edit(), 20],
] as const)('%s keep it alive', async (_, act, idleMinutes) => {
  const seen = await work(
    { idleMinutes },
    { everyMinutes: 12, untilMinutes: 90, act: (it, cluster) => void act(it, cluster) },
  );
  expect(seen.workedMinutes).toBeGreaterThan(70);
  expect(seen.reason).toBe('idle');
  expect(seen.minutesAfter).toBeGreaterThanOrEqual(idleMinutes);
  expect(seen.minutesAfter).toBeLessThanOrEqual(idleMinutes + SLACK_MINUTES);
});

it('whose idle time is shorter than the cluster’s waits for the cluster’s word where people were let in', async () => {
  const participants = ['0b8e1c52-0000-4000-8000-0000000000aa'];
  const seen = await work(
    { idleMinutes: 5, participants },
    { everyMinutes: 12, untilMinutes: 60, act: (it, cluster) => void it.runCell(cluster) },
  );
  expect(seen.workedMinutes).toBeGreaterThan(45);
  expect(seen.minutesAfter).toBeLessThanOrEqual(5 + SLACK_MINUTES);
});
