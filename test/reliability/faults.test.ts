/**
 * The fault matrix: each distinct API call of a healthy lab meets each kind of fault, at its first occurrence and, in full, at its last one, which mostly is in
 * the teardown. A fault that passes at once must not be noticed in the outcome; one that lasts may fail the lab, and the lab says so.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { distinctCalls, type DistinctCall } from './calls.ts';
import { FAULT_KINDS, ruleOf } from './fault-kinds.ts';
import { judge, someBystanders, type Ending } from './oracle.ts';
import { chosen, FULL, PATIENCE_MS } from './size.ts';
import { openWorld, type World } from './world.ts';

const ID = 'lab-1';
const MINUTE_MS = 60_000;
const SAMPLE = 110;
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Tokens live so short that every lab asks for its own. */
const TOKEN_LIFE_MS = 12 * MINUTE_MS;

async function begin(): Promise<string> {
  await world.reset();
  world.cloud.state.latency.tokenLifeMs = TOKEN_LIFE_MS;
  return someBystanders(world);
}

async function record(): Promise<DistinctCall[]> {
  const bystanders = await begin();
  await world.start(ID, { idleMinutes: 5 });
  expect(await judge(world, [ID], bystanders)).toMatchObject({ broken: [], endings: [{ outcome: 'healthy' }] });
  return distinctCalls(world.cloud.requests);
}

type Cell = { call: DistinctCall; kind: string; skip: number };

/** In an order in which any even sample meets all calls and all kinds. */
function cellsOf(calls: DistinctCall[]): Cell[] {
  const kinds = Object.keys(FAULT_KINDS);
  const cells = kinds.flatMap((_, turn) =>
    calls.map((call, index): Cell => ({ call, kind: kinds[(index + turn) % kinds.length] as string, skip: 0 })),
  );
  const again = cells.filter((it) => it.call.times > 1).map((it) => ({ ...it, skip: it.call.times - 1 }));
  return FULL ? [...cells, ...again] : cells;
}

it('every call of a lab bears every fault', { timeout: PATIENCE_MS }, async () => {
  const calls = await record();
  const cells = cellsOf(calls);
  const only = process.env['RELIABILITY_CELL'];
  const run = only === undefined ? chosen(cells, SAMPLE) : cells.filter((it) => nameOf(it).includes(only));
  const broken: string[] = [];
  const failed: string[] = [];
  const extra: string[] = [];
  const unmet: string[] = [];
  for (const cell of run) {
    const bystanders = await begin();
    await world.start(ID, { idleMinutes: 5 });
    world.cloud.faults.add(ruleOf(cell.call, cell.kind, cell.skip));
    const verdict = await judge(world, [ID], bystanders, { graceMs: 5 * MINUTE_MS });
    const wrong = [...verdict.broken];
    if (verdict.met[0] === 0) unmet.push(nameOf(cell));
    const [ending] = verdict.endings;
    if (ending?.outcome !== 'healthy') {
      failed.push(`${nameOf(cell)}: ${ending?.outcome} ${ending?.reason} ${ending?.problem}`);
      if (!mayFail(cell, ending)) wrong.push(`a passing fault ended the lab: ${ending?.problem}`);
    }
    if (verdict.extra.length > 0) extra.push(`${nameOf(cell)}: ${verdict.extra.join(', ')}`);
    if (wrong.length > 0) broken.push(`${nameOf(cell)}: ${wrong.join('; ')}`);
  }
  console.log(
    [
      `fault matrix: ${calls.length} distinct calls, ${run.length} of ${cells.length} cells, ${broken.length} broken`,
      `labs that a fault of two minutes failed: ${failed.length}`,
      ...failed.map((it) => `  ${it}`),
      `made twice, and removed: ${extra.length}`,
      ...extra.map((it) => `  ${it}`),
      `met no call, because this lab made one less: ${unmet.length}`,
      ...unmet.map((it) => `  ${it}`),
    ].join('\n'),
  );
  expect(broken).toEqual([]);
  expect(unmet.length).toBeLessThanOrEqual(run.length / 50);
});

/** What lasts may fail a lab; and a notebook has no patience with an answer that is none, which is the notebook's to have. */
const mayFail = ({ call, kind }: Cell, ending: Ending | undefined): boolean =>
  FAULT_KINDS[kind]?.lasting === true ||
  (call.service === 'openai' && ending?.problem.startsWith('notebook-') === true);

const nameOf = ({ call, kind, skip }: Cell): string => `${call.service} ${call.pattern} (${skip + 1}), ${kind}`;
