// Every scenario on the local host, beside what is recorded of the Durable extension: either the same, or a difference that is named with its reason.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock, type Clock } from '../../local/clock.ts';
import { startHost, type Host } from '../../local/host/host.ts';
import { DIFFERENCES } from './scenarios/differences.ts';
import type { Machine } from './scenarios/hub.ts';
import { startMs } from './lines.ts';
import { APP_DIR, observe, recorded, SCENARIOS } from './scenarios/table.ts';

/** Everything that the extension does by chance as well: no answer depends on it. */
const STRICT = { seed: 1, racingStarts: 0.2, earlyTimers: true, terminatedChildrenFailParents: true };
/** How long the real one is given to end an instance. */
const PATIENCE_MS = 10_000;

const machineOf = (host: Host, clock: Clock): Machine => ({
  fetch: host.fetch,
  until: async (holds) => {
    const last = clock.now() + PATIENCE_MS;
    let isOver = false;
    // Nothing may be due that could bring it about: then it is as it is.
    await host
      .until(
        async () => {
          isOver = (await holds()) || clock.now() >= last;
          return isOver;
        },
        { ms: PATIENCE_MS },
      )
      .catch((error: unknown) => {
        if (!/^until: /.test((error as Error).message)) throw error;
      });
  },
  settle: () => clock.idle(),
  pass: (ms) => host.until(clock.now() + ms),
});

describe('scenarios on the local host', () => {
  let host: Host;
  let clock: Clock;
  let observed: Record<string, unknown> = {};
  beforeAll(async () => {
    clock = createClock({ kind: 'virtual', startMs });
    host = await startHost({ appDir: APP_DIR, store: ':memory:', clock, strictness: STRICT });
    // One after the other: they share one virtual clock.
    observed = await observe(machineOf(host, clock), SCENARIOS, 1);
  });
  afterAll(async () => {
    await host.close();
    clock.restore();
  });

  const real = recorded();
  for (const { name } of SCENARIOS) {
    const difference = DIFFERENCES.find((it) => it.scenarios.includes(name));
    if (difference === undefined)
      it(`${name}: as on the extension`, () => {
        expect(observed[name]).toEqual(real[name]);
      });
    else
      it(`${name}: otherwise, because ${difference.reason}`, () => {
        expect(observed[name]).not.toEqual(real[name]);
      });
  }
  it('has recorded every scenario, and no other', () => {
    expect(Object.keys(real)).toEqual(SCENARIOS.map(({ name }) => name));
  });
  it('has its differences in the documents', () => {
    const text = readFileSync('docs/local-host.md', 'utf8').replace(/\s+/g, ' ');
    expect(DIFFERENCES.map(({ reason }) => reason).filter((reason) => !text.includes(reason))).toEqual([]);
  });
  it('names no scenario as different that is not there', () => {
    const names = new Set(SCENARIOS.map(({ name }) => name));
    expect(DIFFERENCES.flatMap(({ scenarios }) => scenarios).filter((it) => !names.has(it))).toEqual([]);
  });
});
