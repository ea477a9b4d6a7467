// kill -9 at every commit and in every activity: the next process goes on, and outcome and histories are those of a journey
// that nothing disturbed. Activities may run once more for each crash, and never fewer times.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { travel, type Journey, type Point } from './journey.ts';

const atOnce = 8;
const root = mkdtempSync(join(tmpdir(), 'crash-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A store of its own, and the file of what its activities did. */
const place = (name: string): { store: string; effects: string; acts: () => string[] } => {
  const effects = join(root, `${name}.txt`);
  writeFileSync(effects, '');
  const acts = (): string[] => readFileSync(effects, 'utf8').split('\n').filter(Boolean).sort();
  return { store: join(root, `${name}.sqlite`), effects, acts };
};

/** Runs a process that ends itself at a point; answers with the signal that ended it, or null when it came to its end. */
const crash = (store: string, effects: string, { moment, nth }: Point): Promise<NodeJS.Signals | null> =>
  new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'crash-child.ts');
    const child = spawn(process.execPath, [script, store, effects, moment, String(nth)], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(root, 'cache') },
    });
    child.once('error', reject);
    child.once('exit', (_code, signal) => resolve(signal));
  });

let undisturbed: Journey;
let acts: string[];
const moments = new Map<string, number>();

beforeAll(async () => {
  const { store, effects, acts: done } = place('undisturbed');
  undisturbed = await travel(store, effects, (moment) => moments.set(moment, (moments.get(moment) ?? 0) + 1));
  acts = done();
  // One that comes to its end leaves its compiled modules to those that are killed.
  const warmUp = place('warm-up');
  expect(await crash(warmUp.store, warmUp.effects, { moment: 'none', nth: 1 })).toBeNull();
});

const finish = async (store: string, effects: string): Promise<Journey> => travel(store, effects, () => undefined);

describe('a journey', () => {
  it('that nothing disturbs ends, with every act done once for each time that it is tried', () => {
    expect(undisturbed.status).toMatchObject({
      runtimeStatus: 'Completed',
      output: { names: ['left', 'right'], last: 'last' },
    });
    expect(acts).toEqual([
      ...['last made up for', 'last retried', 'last retried', 'left made up for', 'left retried', 'left retried'],
      ...['right made up for', 'right retried', 'right retried', 'round 1 begun', 'round 2 begun'],
    ]);
  });

  it.each(['before commit', 'after commit', 'activity started', 'activity acted'])(
    'goes on after kill -9 %s, wherever that is',
    { timeout: 300_000 },
    async (moment) => {
      const points = Array.from({ length: moments.get(moment) ?? 0 }, (_, index): Point => ({
        moment,
        nth: index + 1,
      }));
      expect(points.length).toBeGreaterThan(10);
      // The processes end side by side, and what they left is finished one after the other: a process has one clock.
      for (let from = 0; from < points.length; from += atOnce) {
        const group = points.slice(from, from + atOnce).map((point) => {
          const { store, effects, acts: done } = place(`${moment.replace(' ', '-')}-${point.nth}`);
          return { point, store, effects, done, signal: crash(store, effects, point) };
        });
        for (const { point, store, effects, done, signal } of group) {
          expect(await signal, JSON.stringify(point)).toBe('SIGKILL');
          const journey = await finish(store, effects);
          expect(journey, JSON.stringify(point)).toEqual(undisturbed);
          const repeated = done();
          for (const act of acts) repeated.splice(repeated.indexOf(act), 1);
          // What acted in the process that was killed, and was not recorded, acts again: at most the two that ran.
          expect(repeated.length, JSON.stringify(point)).toBeLessThanOrEqual(2);
        }
      }
    },
  );

  it('ends the same although the store refuses every fourth commit', { timeout: 120_000 }, async () => {
    const { store, effects, acts: done } = place('refusing');
    let commits = 0;
    const journey = await travel(store, effects, (moment) => {
      if (moment === 'before commit' && ++commits % 4 === 0) throw new Error('the disk is full');
    });
    expect(journey).toEqual(undisturbed);
    expect(done()).toEqual(acts);
  });

  it('ends although its process is killed again and again', { timeout: 120_000 }, async () => {
    const { store, effects } = place('again');
    let crashes = 0;
    while ((await crash(store, effects, { moment: 'after commit', nth: 4 })) === 'SIGKILL') crashes += 1;
    expect(crashes).toBeGreaterThan(5);
    expect(await finish(store, effects)).toEqual(undisturbed);
  });
});
