/**
 * Two starts of one id at the same moment, on a hub that accepts both and executes one, not always the first. Each answer must be the truth, and no request may be lost
 * without a word.
 */
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LabInput } from '../../src/contracts/inputs.ts';
import { instanceIds } from '../../src/contracts/instance-ids.ts';
import { ADMIN, ANA, callsOf, RUI, type Answer, type Person } from '../e2e/people-signed-in.ts';
import { useWorld } from '../e2e/world.ts';

const world = useWorld({ settings: { WEBSITE_AUTH_ENABLED: 'True' }, strictness: { seed: 17, racingStarts: 1 } });
const { send, read, until } = callsOf(world);

/** Numbers from 0 to 1, the same in each run (a linear congruential generator, Numerical Recipes). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}

type Request = {
  person: Person;
  method: 'POST' | 'DELETE';
  path: string;
  body?: object;
  headers?: Record<string, string>;
};

/** Both answers, the first request's first. */
async function race(requests: [Request, Request], gapMs: number): Promise<[Answer, Answer]> {
  const fire = ({ person, method, path, body, headers }: Request) => send(person, method, path, body, headers);
  const first = fire(requests[0]);
  if (gapMs > 0) await setTimeout(gapMs);
  return Promise.all([first, fire(requests[1])]);
}

const statusOf = (answer: Answer): string =>
  (JSON.parse(answer.body) as { status?: string | number; code?: string }).code ??
  String((JSON.parse(answer.body) as { status: string }).status);
const inputOf = async (id: string): Promise<LabInput> => {
  const response = await world.rig.host.fetch(`/runtime/webhooks/durabletask/instances/${id}?code=local`);
  return ((await response.json()) as { input: LabInput }).input;
};

const RELATIONS = ['same body', 'other body', 'other owner'] as const;
const chance = seeded(20_261_130);
const pairs = (many: number) =>
  Array.from({ length: many }, (_, index) => ({
    index,
    relation: RELATIONS[index % RELATIONS.length] ?? 'same body',
    gapMs: Math.floor(chance() * 51),
  }));

describe('two starts of a lab at the same moment', () => {
  it('are both answered by what is executed, in 120 pairs, and one lab is built', async () => {
    let racing = 0;
    for (const { index, relation, gapMs } of pairs(120)) {
      const id = `race-${index}`;
      const body = { id, idleMinutes: 20 };
      const first: Request = { person: ANA, method: 'POST', path: '/labs', body };
      const second: Request = {
        ...first,
        ...(relation === 'other body' ? { body: { id, idleMinutes: 30 } } : {}),
        ...(relation === 'other owner' ? { person: RUI } : {}),
      };
      const answers = await race([first, second], gapMs);
      const said = answers.map(statusOf);
      const where = `pair ${index}, ${relation}, ${gapMs} ms: ${said.join(', ')}`;
      const loser = relation === 'same body' ? 'already-started' : 'lab-exists';
      expect(said.toSorted(), where).toEqual([loser, 'started'].toSorted());
      const winner = said[0] === 'started' ? first : second;
      if (winner === second) racing += 1;
      const executed = await inputOf(id);
      expect(executed.lab.owner, where).toBe(winner.person.id);
      expect(executed.request.idleMinutes, where).toBe((winner.body as { idleMinutes: number }).idleMinutes);
      if (relation === 'other owner') {
        const other = winner.person === ANA ? RUI : ANA;
        expect((await send(other, 'GET', `/labs/${id}`)).status, where).toBe(404);
        expect((await send(other, 'DELETE', `/labs/${id}`)).status, where).toBe(404);
      }
      expect((await send(ADMIN, 'DELETE', `/labs/${id}`)).status, where).toBe(202);
    }
    // Otherwise the hub did not race, and nothing was proved.
    expect(racing).toBeGreaterThan(0);
    for (const { index } of pairs(120)) await until(ADMIN, `race-${index}`, 'ended');
    expect(world.left()).toEqual([]);
  }, 240_000);

  it('of one key build each resource once', async () => {
    const request: Request = {
      person: ANA,
      method: 'POST',
      path: '/labs',
      body: {},
      headers: { 'idempotency-key': 'k' },
    };
    const answers = await race([request, request], 0);
    expect(answers.map(statusOf).toSorted()).toEqual(['already-started', 'started']);
    const { id } = JSON.parse(answers[0].body) as { id: string };
    await until(ANA, id, 'watching');
    expect(world.creations(/^PUT .*\/accounts\/[^/]+$/)).toBe(1);
    expect(world.creations(/^PUT .*\/workspaces\/[^/]+$/)).toBe(1);
  });
});

describe('two batches of one key at the same moment', () => {
  it('are both answered by what is executed, in 60 pairs', async () => {
    await send(ANA, 'POST', '/labs', { id: 'asked', idleMinutes: 600, maxHours: 24 });
    await until(ANA, 'asked', 'watching');
    const ids = instanceIds((await inputOf('asked')).lab);
    for (const { index, relation, gapMs } of pairs(60)) {
      const isSame = relation === 'same body';
      const prompt = (text: string): Request => ({
        person: ANA,
        method: 'POST',
        path: '/labs/asked/completions',
        body: { prompt: text },
        headers: { 'idempotency-key': `batch-${index}` },
      });
      const answers = await race([prompt('Why?'), prompt(isSame ? 'Why?' : 'What for?')], gapMs);
      const said = answers.map(statusOf);
      const where = `pair ${index}, ${relation}, ${gapMs} ms: ${said.join(', ')}`;
      expect(said.toSorted(), where).toEqual([isSame ? 'already-started' : 'batch-exists', 'started'].toSorted());
      const { id } = JSON.parse(answers[said.indexOf('started')]?.body ?? '') as { id: string };
      const executed = (await inputOf(ids.batch(id))) as unknown as { prompts: { prompt: string }[] };
      expect(executed.prompts[0]?.prompt, where).toBe(said[0] === 'started' || isSame ? 'Why?' : 'What for?');
    }
    const runs = await read<{ traces: unknown[] }>(ANA, '/labs/asked/traces');
    expect(runs.traces.length).toBeGreaterThan(0);
  }, 120_000);
});

describe('two removals of a lab whose orchestration is gone, at the same moment', () => {
  it('are one teardown, in 20 pairs of DELETE, or of DELETE and the sweep', async () => {
    for (const { index, gapMs } of pairs(20)) {
      const id = `gone-${index}`;
      await send(ANA, 'POST', '/labs', { id });
      await world.rig.host.until(async () =>
        (await read<{ steps: { name: string }[] }>(ANA, `/labs/${id}`)).steps.some((it) => it.name === 'account'),
      );
      await world.terminate(id);
      const remove: Request = { person: ANA, method: 'DELETE', path: `/labs/${id}` };
      const where = `pair ${index}, ${gapMs} ms`;
      if (index % 2 === 0) {
        const answers = await race([remove, remove], gapMs);
        for (const answer of answers) expect(statusOf(answer), where).toBe('ending');
      } else {
        const swept = world.rig.host.runTimer('sweep');
        const answer = await send(ANA, 'DELETE', `/labs/${id}`);
        await swept;
        expect(statusOf(answer), where).toBe('ending');
      }
      const { lab } = await inputOf(id);
      const order = (await inputOf(instanceIds(lab).teardown)) as unknown as { lab: { startedAt: string } };
      expect(order.lab.startedAt, where).toBe(lab.startedAt);
      await until(ANA, id, 'ended');
    }
    expect(world.left()).toEqual([]);
  }, 240_000);
});
