// What the Durable extension does by chance, on a host that is asked to do it as well.
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createClock, type Clock } from '../../../../local/clock.ts';
import { createChance } from '../../../../local/host/durable/strictness.ts';
import { startHost, type Host } from '../../../../local/host/host.ts';

const startMs = Date.UTC(2030, 0, 1);
const api = '/runtime/webhooks/durabletask';
const appDir = join(import.meta.dirname, '..', '..', '..', 'conformance', 'apps', 'scenarios');
let close = async (): Promise<void> => undefined;
afterEach(() => close());

const begin = async (strictness: object): Promise<{ host: Host; clock: Clock }> => {
  const clock = createClock({ kind: 'virtual', startMs });
  const host = await startHost({ appDir, store: ':memory:', clock, strictness: { seed: 1, ...strictness } });
  close = async () => {
    await host.close();
    clock.restore();
  };
  return { host, clock };
};
const start = (host: Host, name: string, id: string, input: unknown): Promise<Response> =>
  host.fetch(`${api}/orchestrators/${name}/${id}`, { method: 'POST', body: JSON.stringify(input) });
const status = async (host: Host, id: string): Promise<{ runtimeStatus: string; input: unknown; output: unknown }> =>
  (await (await host.fetch(`${api}/instances/${id}`)).json()) as never;

describe('racing starts', () => {
  it('are both accepted, and one of the inputs runs, not always the first', async () => {
    const { host } = await begin({ racingStarts: 1 });
    const winners: unknown[] = [];
    for (let pair = 0; pair < 30; pair += 1) {
      const id = `pair-${pair}`;
      const answers = await Promise.all(['first', 'second'].map((input) => start(host, 'input', id, input)));
      expect(answers.map((it) => it.status)).toEqual([202, 202]);
      await host.until(async () => (await status(host, id)).runtimeStatus === 'Completed');
      const { input, output } = await status(host, id);
      expect(output).toBe(input);
      winners.push(output);
    }
    expect(new Set(winners)).toEqual(new Set(['first', 'second']));
  });

  it('are over when the instance runs: a later start is refused', async () => {
    const { host } = await begin({ racingStarts: 1 });
    expect((await start(host, 'program', 'a', [{ do: 'event', name: 'go' }])).status).toBe(202);
    expect((await start(host, 'program', 'a', [])).status).toBe(409);
  });

  it('show the row of a start that may yet lose as Pending', async () => {
    const { host } = await begin({ racingStarts: 1 });
    const seen = new Set<string>();
    for (let pair = 0; pair < 20 && seen.size === 0; pair += 1) {
      const id = `seen-${pair}`;
      const both = ['first', 'second'].map((input) => start(host, 'input', id, input));
      await Promise.race(both);
      const { runtimeStatus } = await status(host, id);
      if (runtimeStatus === 'Pending') seen.add(runtimeStatus);
      await Promise.all(both);
    }
    expect([...seen]).toEqual(['Pending']);
  });

  it('race at the rate that is asked for', () => {
    const chance = createChance({ seed: 1, racingStarts: 0.2 });
    const racing = Array.from({ length: 1000 }, () => chance.startMs()).filter((ms) => ms > 0);
    expect(racing.length).toBeGreaterThan(150);
    expect(racing.length).toBeLessThan(250);
    expect(Math.max(...racing)).toBeLessThanOrEqual(60);
  });
});

describe('early timers', () => {
  it('fire up to a second before they are due, in virtual time too, and the orchestration sees it', async () => {
    const { host } = await begin({ earlyTimers: true });
    const early: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const id = `timer-${count}`;
      await start(host, 'program', id, [{ do: 'clock' }, { do: 'timer', ms: 10_000 }, { do: 'clock' }]);
      await host.until(async () => (await status(host, id)).runtimeStatus === 'Completed');
      const [before, , after] = (await status(host, id)).output as [number, null, number];
      early.push(10_000 - (after - before));
    }
    expect(Math.min(...early)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...early)).toBeLessThan(1000);
    expect(early.filter((ms) => ms > 40).length).toBeGreaterThan(10);
  });

  it('are on time unless they are asked for', async () => {
    const { host, clock } = await begin({});
    await start(host, 'program', 'a', [{ do: 'timer', ms: 10_000 }]);
    await host.until(async () => (await status(host, 'a')).runtimeStatus === 'Completed');
    expect(clock.now()).toBe(startMs + 10_000);
  });
});
