/**
 * The fault matrix, in two files that run side by side (`faults-odd`, `faults-even`): each distinct API call of a lab meets each kind of fault, at its first occurrence and at its last one, which mostly is in the teardown. A
 * fault that passes at once must not be noticed in the outcome; one that lasts may fail the lab, and the lab says so. In a bounded run, pairwise: each call at both
 * occurrences, and each kind of fault with each method of each service and at both occurrences.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FaultRule } from '../../local/cloud/core/faults.ts';
import { distinctCalls, type DistinctCall } from './calls.ts';
import { covering } from './covering.ts';
import { FAULT_KINDS, ruleOf } from './fault-kinds.ts';
import { LANDSCAPES, type Landscape } from './landscapes.ts';
import { judge, someBystanders, type Ending, type Verdict } from './oracle.ts';
import { chosen, FULL, PATIENCE_MS } from './size.ts';
import { openWorld, type World } from './world.ts';

const ID = 'lab-1';
const MINUTE_MS = 60_000;
let world: World;

/** Tokens live so short that every lab asks for its own. */
const TOKEN_LIFE_MS = 12 * MINUTE_MS;

/**
 * @param rule a fault, there before the lab is asked for: an answer to a start comes when the hub executes it, and planning may be done by then.
 * @returns the bystanders, what is borrowed among them.
 */
async function begin({ prepare }: Landscape, rule?: FaultRule): Promise<string> {
  await world.reset();
  world.cloud.state.latency.tokenLifeMs = TOKEN_LIFE_MS;
  const body = await prepare(world);
  const bystanders = await someBystanders(world);
  if (rule !== undefined) world.cloud.faults.add(rule);
  await world.begin(ID, body);
  return bystanders;
}

type Cell = { landscape: Landscape; call: DistinctCall; kind: string; occurrence: 'first' | 'last' };

/** The calls of each kind of lab that no earlier kind makes. */
async function record(): Promise<{ landscape: Landscape; call: DistinctCall }[]> {
  const calls = new Map<string, { landscape: Landscape; call: DistinctCall }>();
  for (const landscape of LANDSCAPES) {
    const bystanders = await begin(landscape);
    const verdict = await judge(world, [ID], bystanders);
    expect(verdict).toMatchObject({ broken: [], endings: [{ outcome: 'healthy' }] });
    for (const call of distinctCalls(world.cloud.requests.slice(0, verdict.calls))) {
      const key = `${call.service} ${call.pattern}`;
      if (!calls.has(key)) calls.set(key, { landscape, call });
    }
  }
  return [...calls.values()];
}

function cellsOf(calls: Awaited<ReturnType<typeof record>>): Cell[] {
  return Object.keys(FAULT_KINDS).flatMap((kind) =>
    calls.flatMap(({ landscape, call }): Cell[] => {
      const cell = { landscape, call, kind };
      return call.times > 1
        ? [
            { ...cell, occurrence: 'first' },
            { ...cell, occurrence: 'last' },
          ]
        : [{ ...cell, occurrence: 'first' }];
    }),
  );
}

function pairsOf({ call, kind, occurrence }: Cell): string[] {
  const method = `${call.service} ${call.pattern.split(' ')[0]}`;
  return [`${kind}|${method}`, `${kind}|${occurrence}`, `${call.service} ${call.pattern}|${occurrence}`];
}

type Half = 'odd' | 'even';

/** The test of one file: every second cell. */
export function faultMatrix(half: Half): void {
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());
  it(`every call of a lab bears every fault, ${half} cells`, { timeout: PATIENCE_MS }, () => playAll(half));
}

async function playAll(half: Half): Promise<void> {
  const calls = await record();
  const cells = cellsOf(calls);
  const inHalf = (_: Cell, index: number) => index % 2 === (half === 'odd' ? 0 : 1);
  const only = process.env['RELIABILITY_CELL'];
  const run =
    only === undefined
      ? chosen((FULL ? cells : covering(cells, pairsOf)).filter(inHalf))
      : cells.filter((it) => nameOf(it).includes(only)).filter(inHalf);
  const broken: string[] = [];
  const failed: string[] = [];
  const extra: string[] = [];
  const unmet: string[] = [];
  for (const cell of run) {
    const verdict = await play(cell);
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
      `fault matrix, ${half} cells: ${calls.length} distinct calls, ${run.length} of ${cells.length} cells, ${broken.length} broken`,
      `labs that a fault of two minutes failed: ${failed.length}`,
      ...failed.map((it) => `  ${it}`),
      `made twice, and removed: ${extra.length}`,
      ...extra.map((it) => `  ${it}`),
      `met no call: ${unmet.length}`,
      ...unmet.map((it) => `  ${it}`),
    ].join('\n'),
  );
  expect(broken).toEqual([]);
  expect(unmet).toEqual([]);
}

/** A lab may make a call or two less than the one that was recorded: then an earlier one of them meets the fault. */
async function play({ landscape, call, kind, occurrence }: Cell): Promise<Verdict> {
  const last = occurrence === 'first' ? 0 : call.times - 1;
  for (let skip = last; ; skip -= 1) {
    const bystanders = await begin(landscape, ruleOf(call, kind, skip));
    const verdict = await judge(world, [ID], bystanders, { graceMs: 5 * MINUTE_MS });
    if (verdict.met[0] !== 0 || skip === 0 || skip <= last - 3) return verdict;
  }
}

/** What lasts may fail a lab; and a notebook has no patience with an answer that is none, which is the notebook's to have. */
const mayFail = ({ call, kind }: Cell, ending: Ending | undefined): boolean =>
  FAULT_KINDS[kind]?.lasting === true ||
  (call.service === 'openai' && ending?.problem.startsWith('notebook-') === true);

const nameOf = ({ call, kind, occurrence }: Cell): string =>
  `${call.service} ${call.pattern} (${occurrence} of ${call.times}), ${kind}`;
