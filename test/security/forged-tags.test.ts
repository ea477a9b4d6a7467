/**
 * Whoever may tag anything in the subscription can neither end a lab, nor keep one alive, nor take over its id, nor change a report, nor stop the sweep. The
 * attacker reads every tag of the app, copies and changes what he likes, and locks nothing away from himself.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { armOf } from '../../local/cloud/arm/tables.ts';
import type { LabView } from '../../src/hub/lab-view.ts';
import { groupName } from '../../src/lab/names.ts';
import { TAGS } from '../../src/lab/tags.ts';
import { ANA, callsOf, RUI } from '../e2e/people-signed-in.ts';
import { useWorld } from '../e2e/world.ts';

const world = useWorld({ settings: { WEBSITE_AUTH_ENABLED: 'True' } });
const { send, read, until } = callsOf(world);
const MINUTE_MS = 60_000;
const SUBSCRIPTION = () => world.rig.cloud.state.subscriptionIds[0] ?? '';

const start = async (id: string, more: object = {}) => {
  expect((await send(ANA, 'POST', '/labs', { id, maxHours: 8, idleMinutes: 60, ...more })).status).toBe(202);
  await until(ANA, id, 'watching');
  return read<LabView>(ANA, `/labs/${id}`);
};
const forged = (id: string, startedAt: string, owner: string): Record<string, string> => ({
  [TAGS.installation]: 'local-lab',
  [TAGS.lab]: id,
  [TAGS.started]: startedAt,
  [TAGS.owner]: owner,
});
const later = (startedAt: string) => new Date(Date.parse(startedAt) + 1_000).toISOString();
const sweepOnce = () => world.rig.host.runTimer('sweep');
const events = (name: string) => world.logs.map((it) => it.message).filter((it) => it.includes(`"${name}"`));

it('a tag that claims a later start of a living lab gives its id to nobody, and the lab ends on time', async () => {
  const { startedAt } = await start('a-living');
  await world.rig.cloud.bystanders.account({ name: 'mine', tags: forged('a-living', later(startedAt), RUI.id) });
  world.rig.cloud.bystanders.group({ name: 'rg-mine', tags: forged('a-living', later(startedAt), RUI.id) });
  for (const method of ['DELETE', 'GET']) expect((await send(RUI, method, '/labs/a-living')).status).toBe(404);
  await sweepOnce();
  expect((await read<LabView>(ANA, '/labs/a-living')).phase).toBe('watching');
  expect((await send(ANA, 'DELETE', '/labs/a-living')).status).toBe(202);
  await until(ANA, 'a-living', 'ended');
  expect((await read<LabView>(ANA, '/labs/a-living')).report?.receipt.left).toEqual([]);
  expect(world.left()).toEqual([]);
  expect(events('sweep.foreign').at(-1)).toContain('rg-mine');
});

it('a tag that names an ended lab overwrites no report, whoever then calls DELETE, and whenever the sweep comes', async () => {
  const { startedAt } = await start('a-ended');
  await send(ANA, 'DELETE', '/labs/a-ended');
  await until(ANA, 'a-ended', 'ended');
  const report = await send(ANA, 'GET', '/labs/a-ended');
  const list = await send(ANA, 'GET', '/labs');
  for (const started of [startedAt, later(startedAt)])
    await world.rig.cloud.bystanders.account({
      name: `mine-${started.slice(17, 19)}`,
      tags: forged('a-ended', started, RUI.id),
    });
  expect((await send(RUI, 'DELETE', '/labs/a-ended')).status).toBe(404);
  await sweepOnce();
  await world.rig.host.until(world.rig.clock.now() + 30 * MINUTE_MS);
  expect(await send(ANA, 'GET', '/labs/a-ended')).toEqual(report);
  expect(await send(ANA, 'GET', '/labs')).toEqual(list);
  expect((await send(RUI, 'GET', '/labs/a-ended')).status).toBe(404);
});

it('a lab whose hub is lost ends at its lease beside forged tags of its id', async () => {
  const { startedAt } = await start('a-lost');
  await world.rig.cloud.bystanders.account({ name: 'mine', tags: forged('a-lost', later(startedAt), RUI.id) });
  await world.rig.renewHost('new');
  await world.rig.host.until(() => world.left().length === 0, { ms: 5 * 60 * MINUTE_MS });
  await until(ANA, 'a-lost', 'ended');
  const { owner, report } = await read<LabView>(ANA, '/labs/a-lost');
  expect([owner, report?.receipt.left]).toEqual([ANA.id, []]);
  expect((await send(RUI, 'GET', '/labs/a-lost')).status).toBe(404);
});

it('an old lease and its signature, written back, end no lab that is watched', async () => {
  await start('a-replayed', { idleMinutes: 240 });
  const group = () => [...armOf(world.rig.cloud.state).groups.values()].find((it) => it.tags[TAGS.lease] !== undefined);
  const old = { ...group()?.tags };
  await world.rig.host.until(world.rig.clock.now() + 30 * MINUTE_MS);
  await send(ANA, 'POST', '/labs/a-replayed/keepalive');
  for (let hour = 0; hour < 4; hour += 1) {
    await world.rig.host.until(world.rig.clock.now() + 60 * MINUTE_MS);
    const found = group();
    if (found) Object.assign(found.tags, old);
    await send(ANA, 'POST', '/labs/a-replayed/keepalive');
    await sweepOnce();
    expect((await read<LabView>(ANA, '/labs/a-replayed')).phase).toBe('watching');
  }
});

it('the app starts no lab in the name of a tag, and refuses none because of one', async () => {
  const tags = forged('wanted', '2026-11-23T08:00:00.000Z', RUI.id);
  world.rig.cloud.bystanders.group({ name: 'rg-theirs', tags });
  const group = groupName({
    id: 'wanted',
    subscriptionId: SUBSCRIPTION(),
    installation: 'local-lab',
    startedAt: tags[TAGS.started] ?? '',
  });
  world.rig.cloud.bystanders.group({ name: group, tags });
  expect((await send(ANA, 'POST', '/labs', { id: 'wanted' })).status).toBe(202);
  await until(ANA, 'wanted', 'watching');
});

it('2,000 random sets of tags beside three living and three ended labs change none of them', async () => {
  const ended = ['e-one', 'e-two', 'e-three'];
  const living = ['l-one', 'l-two', 'l-three'];
  for (const id of ended) {
    await start(id);
    await send(ANA, 'DELETE', `/labs/${id}`);
    await until(ANA, id, 'ended');
  }
  for (const id of living) await start(id, { idleMinutes: 30 });
  const reports = await Promise.all(ended.map((id) => send(ANA, 'GET', `/labs/${id}`)));
  const starts = new Map<string, string>();
  for (const id of [...ended, ...living]) starts.set(id, (await read<LabView>(ANA, `/labs/${id}`)).startedAt);

  const { cloud, host, clock } = world.rig;
  const tables = armOf(cloud.state);
  const signedOnes = [...tables.groups.values(), ...tables.accounts.values(), ...tables.workspaces.values()]
    .map((it) => ({ ...it.tags }))
    .filter((it) => it[TAGS.signature] !== undefined);
  const things = [
    ...Array.from({ length: 10 }, (_, index) => cloud.bystanders.group({ name: `rg-mine-${index}` })),
    ...(await Promise.all(
      Array.from({ length: 6 }, (_, index) => cloud.bystanders.account({ group: 'rg-mine-0', name: `mine-${index}` })),
    )),
    ...Array.from({ length: 4 }, (_, index) => cloud.bystanders.storageIn('rg-mine-1', `mine${index}`)),
  ];
  const before = cloud
    .inventory()
    .filter((it) => it.origin === 'bystander')
    .map((it) => it.id)
    .sort();

  const times = [...starts.values()].flatMap((it) => [it, later(it), it.replace(/0Z$/, 'Z')]);
  const value = fc.oneof(
    fc.constantFrom(...ended, ...living, 'unknown', '', 'local-lab', ANA.id, RUI.id, ...times),
    fc.constantFrom(
      '+275760-09-13T00:00:00.000Z',
      '2026-01-01 (<img>)',
      '-1',
      '9999-12-31T23:59:59Z',
      '../..',
      'x'.repeat(120),
      'null',
    ),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );
  const names = Object.values(TAGS);
  const random = fc.dictionary(fc.constantFrom(...names, ...names.map((it) => it.toUpperCase())), value);
  const copied = fc.constantFrom(...signedOnes);
  const nearly = fc
    .tuple(copied, fc.constantFrom(...names), value)
    .map(([tags, name, one]) => ({ ...tags, [name]: one }));
  const claims = fc
    .record({
      id: fc.constantFrom(...ended, ...living),
      at: fc.constantFrom(...times),
      owner: fc.constantFrom(ANA.id, RUI.id),
      more: random,
    })
    .map(({ id, at, owner, more }) => ({ ...more, ...forged(id, at, owner) }));
  const sets = fc.sample(fc.oneof(random, copied, nearly, claims), { seed: 18, numRuns: 2_000 });

  for (let first = 0; first < sets.length; first += things.length) {
    things.forEach((thing, index) => Object.assign(thing, { tags: sets[first + index] ?? {} }));
    await sweepOnce();
  }
  expect(events('sweep.run').every((it) => it.includes('"outcome":"done"'))).toBe(true);
  for (const id of [...ended, ...living]) expect((await send(RUI, 'DELETE', `/labs/${id}`)).status).toBe(404);
  await host.until(clock.now() + 45 * MINUTE_MS);
  await host.until(() => world.left().length === 0, { ms: 30 * MINUTE_MS });
  for (const id of living)
    expect((await read<LabView>(ANA, `/labs/${id}`)).report, id).toMatchObject({
      end: { reason: 'idle' },
      receipt: { left: [] },
    });
  expect(await Promise.all(ended.map((id) => send(ANA, 'GET', `/labs/${id}`)))).toEqual(reports);
  const after = cloud
    .inventory()
    .filter((it) => it.origin === 'bystander')
    .map((it) => it.id)
    .sort();
  expect(after).toEqual(before);
}, 300_000);
