/**
 * Bad input to every endpoint: never a 5xx of the app's own, never a leak, never a resource. `FUZZ_REQUESTS=100000 npm run test:fuzz` fires more than the 2,000 of
 * every run; `FUZZ_SEED` repeats one that failed.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROJECT_DIR } from '../../local/project.ts';
import { wallNow } from '../../local/clock.ts';
import { useWorld } from '../e2e/world.ts';
import { faultOf } from './replies.ts';
import { ALIVE, attack, fire, type Attack } from './requests.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 2_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? wallNow() % 2 ** 31);
const AT_ONCE = 20;

const world = useWorld();

describe('bad input', () => {
  it(
    `${REQUESTS} times to every endpoint is refused in words, and does nothing`,
    async () => {
      const statuses = new Map<number, number>();
      await world.start({ id: ALIVE, idleMinutes: 1_440, maxHours: 72 });
      await world.until(ALIVE, (view) => view.phase === 'watching');
      const { state } = world.rig.cloud;
      const secrets = [
        PROJECT_DIR,
        state.identityHeader,
        ...armOf(state)
          .accounts.values()
          .map((it) => it.keys.key1),
      ];
      const footprint = async () => ({
        inventory: world.rig.cloud.inventory().map((it) => it.id),
        history: world.rig.host.history(ALIVE).length,
        labs: await (await world.rig.host.fetch('/api/labs')).text(),
      });
      const before = await footprint();
      let fired = 0;

      const volley = async (attacks: Attack[]): Promise<void> => {
        const replies = await Promise.all(attacks.map((it) => fire(world.rig.host.url, it)));
        replies.forEach((reply, index) => {
          fired += 1;
          if (reply === null) return;
          statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
          const fault = faultOf(reply, secrets);
          if (fault !== null)
            throw new Error(
              `${fault}: ${JSON.stringify(attacks[index]).slice(0, 1_500)} -> ${reply.body.slice(0, 500)}`,
            );
        });
        const broken = world.logs.find((entry) => entry.message.includes('request.failed'));
        if (broken)
          throw new Error(
            `the app failed: ${broken.message.slice(0, 1_000)} ${JSON.stringify(attacks).slice(0, 3_000)}`,
          );
        world.logs.length = 0;
        world.rig.cloud.requests.length = 0;
      };
      const volleys = fc.array(attack, { minLength: AT_ONCE, maxLength: AT_ONCE });
      await fc.assert(fc.asyncProperty(volleys, volley), {
        numRuns: Math.ceil(REQUESTS / AT_ONCE),
        seed: SEED,
        endOnFailure: true,
      });

      expect(await footprint()).toEqual(before);
      const told = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
      console.log(`${fired} requests with seed ${SEED}: ${told.join(', ')}; the rest were broken off by their client`);
      expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 403, 404, 411, 413, 415]));
    },
    Math.max(120_000, REQUESTS * 60),
  );
});
