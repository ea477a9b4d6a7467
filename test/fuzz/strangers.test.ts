/**
 * Generated requests of people who have nothing to do with the lab that they aim at: another owner, and principals that are none. Nothing of the lab is told, and
 * nothing of it changes. Half as many as `endpoints.test.ts` fires.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wallNow } from '../../local/clock.ts';
import { ANA, callsOf, principal, RUI } from '../e2e/people-signed-in.ts';
import { useWorld } from '../e2e/world.ts';
import { faultOf } from './replies.ts';
import { ALIVE, attack, fire, type Attack } from './requests.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const REQUESTS = Math.ceil(Number(process.env['FUZZ_REQUESTS'] ?? 2_000) / 2);
const SEED = Number(process.env['FUZZ_SEED'] ?? wallNow() % 2 ** 31);
const AT_ONCE = 20;
const SECRET = 'What is in the blue envelope?';

const world = useWorld({ settings: { WEBSITE_AUTH_ENABLED: 'True' } });
const { send, until } = callsOf(world);

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const oid = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
const whole = principal(RUI)['x-ms-client-principal'] ?? '';
const claims = (all: unknown) => base64({ auth_typ: 'aad', role_typ: 'roles', claims: all });

/** Rui, who is somebody; and what only looks like a person. */
const who = fc.oneof(
  { weight: 5, arbitrary: fc.constant(whole) },
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: whole.length - 1 }).map((length) => whole.slice(0, length)) },
  { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text).toString('base64')) },
  { weight: 1, arbitrary: fc.stringMatching(/^[\x21-\x7e]{0,300}$/) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      claims([{ typ: oid, val: `${ANA.id} ` }]),
      claims([{ typ: oid, val: [ANA.id] }]),
      claims([{ typ: 'name', val: ANA.id }]),
      claims([
        { typ: 'name', val: 'Ana' },
        { typ: oid, val: RUI.id },
      ]),
      claims([
        { typ: oid, val: RUI.id },
        { typ: oid, val: ANA.id },
      ]),
      claims([
        { typ: oid, val: RUI.id },
        { typ: 'groups', val: 'Lab.Admin' },
      ]),
      claims([
        { typ: oid, val: RUI.id },
        { typ: 'roles', val: 'lab.admin' },
      ]),
      claims([
        { typ: oid, val: RUI.id },
        { typ: 'roles', val: '["Lab.Admin"]' },
      ]),
      claims({ [oid]: ANA.id, roles: 'Lab.Admin' }),
      base64({ userId: ANA.id, userRoles: ['Lab.Admin'] }),
    ),
  },
);

const stranger: fc.Arbitrary<Attack> = fc.tuple(attack, who).map(([it, header]) => {
  const { 'x-ms-client-principal': _theirs, ...headers } = it.headers;
  return { ...it, headers: header === undefined ? headers : { ...headers, 'x-ms-client-principal': header } };
});

it(
  `${REQUESTS} requests of strangers are told nothing of the lab, and do nothing to it`,
  async () => {
    const started = { id: ALIVE, idleMinutes: 1_440, maxHours: 72, completion: { prompt: SECRET } };
    expect((await send(ANA, 'POST', '/labs', started)).status).toBe(202);
    await until(ANA, ALIVE, 'watching');
    const { state } = world.rig.cloud;
    const made = [...armOf(state).accounts.values(), ...armOf(state).workspaces.values()].map(
      (it) => it.id.split('/').at(-1) ?? '',
    );
    const secrets = [ANA.id, SECRET, ...made];
    const footprint = () => ({
      inventory: world.rig.cloud.inventory().map((it) => it.id),
      history: world.rig.host.history(ALIVE).length,
    });
    const before = footprint();
    const statuses = new Map<number, number>();
    const volley = async (attacks: Attack[]): Promise<void> => {
      const replies = await Promise.all(attacks.map((it) => fire(world.rig.host.url, it)));
      replies.forEach((reply, index) => {
        if (reply === null) return;
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
        const fault = faultOf(reply, secrets);
        if (fault !== null)
          throw new Error(`${fault}: ${JSON.stringify(attacks[index]).slice(0, 1_500)} -> ${reply.body.slice(0, 500)}`);
      });
      world.logs.length = 0;
      world.rig.cloud.requests.length = 0;
    };
    const volleys = fc.array(stranger, { minLength: AT_ONCE, maxLength: AT_ONCE });
    await fc.assert(fc.asyncProperty(volleys, volley), {
      numRuns: Math.ceil(REQUESTS / AT_ONCE),
      seed: SEED,
      endOnFailure: true,
    });
    expect(footprint()).toEqual(before);
    const told = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
    console.log(`${REQUESTS} requests of strangers with seed ${SEED}: ${told.join(', ')}`);
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 404]));
  },
  Math.max(120_000, REQUESTS * 120),
);
