/**
 * How often drift is called where there is none, and found where there is some: seeded, so that the figures repeat.
 *
 * Beside the verdict: what the fixed thresholds that are in use elsewhere say about the same pairs, each applied to one
 * feature only (completion tokens; finish reason for Jensen-Shannon), which is kind to them. Ends with 1 if the verdict
 * alarms in more than 6 % of the pairs, or finds less than 80 %.
 */
import { command, numberOption } from '../local/terminal/command.ts';
import { jensenShannon, normalisedWasserstein, psi, quantileBins } from '../src/drift/statistics/distance.ts';
import type { TraceFeatures } from '../src/drift/features.ts';
import { countLevels } from '../src/drift/known-changes.ts';
import { createRandom, seedFor, type Random } from '../src/drift/statistics/random.ts';
import { compareWindows, type DriftReport } from '../src/drift/report.ts';
import { makeWindow, type Shape } from './drift-traces.ts';

const SIZES = [10, 20, 50, 200, 1000];
const MOST_FALSE_ALARMS = 0.06;
const LEAST_POWER = 0.8;

const HELP = `Counts how often drift is called where there is none, and found where there is some.

usage: npm run bench:drift-false-alarms -- [options]

  --pairs N  pairs of windows per size (default 2000)
  --seed N   draws other windows (default 1)
  --help     this text

Ends with 1 if it alarms in more than ${100 * MOST_FALSE_ALARMS} % of the pairs, or finds less than ${100 * LEAST_POWER} %.`;

type Sample = { pairs: number; seed: number };

await command(
  { help: HELP, options: { pairs: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } } },
  ({ pairs, seed }) => {
    const startedMs = performance.now();
    const sample = {
      pairs: Math.round(numberOption('pairs', pairs, 1, 1e6)),
      seed: Math.round(numberOption('seed', seed, 0, 1e9)),
    };
    const quiet = SIZES.map((n) => falseAlarms(n, sample, n === SIZES[0]));
    console.log(
      `\nDrift, ${sample.pairs} pairs each: share of pairs in which the verdict is drift and names the feature\n`,
    );
    const found = [
      power('+50 % completion tokens, n = 50', 50, { tokens: 1.5 }, 'completionTokens', sample),
      power('refusals 2 % -> 20 %, n = 100', 100, { refusals: 0.2 }, 'refusal', sample),
    ];
    const kept = quiet.every((it) => it <= MOST_FALSE_ALARMS) && found.every((it) => it >= LEAST_POWER);
    const aims = `at most ${percent(MOST_FALSE_ALARMS)} false alarms, power at least ${percent(LEAST_POWER)}`;
    console.log(`\n${kept ? 'Kept' : 'NOT kept'}: ${aims}.`);
    console.log(`${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
    return kept ? 0 : 1;
  },
);

/** Prints a row of the table, the first with its head, and returns the share of false alarms. */
function falseAlarms(n: number, { pairs, seed }: Sample, isFirst: boolean): number {
  if (isFirst) {
    console.log(`No drift, ${pairs} pairs per size, seed ${seed}: share of pairs flagged\n`);
    row('n', 'verdict', 'W/sd>=0.1', 'PSI>0.1', 'PSI>0.2', 'JS>0.1', 'no drift', 'not enough');
  }
  const random = createRandom(seedFor(seed, `no drift ${n}`));
  const flagged = { drift: 0, wasserstein: 0, psi1: 0, psi2: 0, js: 0, clear: 0, blind: 0 };
  for (let pair = 0; pair < pairs; pair++) {
    const [baseline, current] = [makeWindow(n, random), makeWindow(n, random)];
    const report = compareWindows(baseline, current, { seed: random.nextUint32() });
    const fixed = fixedThresholds(baseline, current);
    if (report.verdict.kind === 'drift') flagged.drift++;
    if (report.verdict.kind === 'no-drift') flagged.clear++;
    if (report.verdict.kind === 'not-enough-data') flagged.blind++;
    if (fixed.wasserstein >= 0.1) flagged.wasserstein++;
    if (fixed.psi > 0.1) flagged.psi1++;
    if (fixed.psi > 0.2) flagged.psi2++;
    if (fixed.js > 0.1) flagged.js++;
  }
  row(String(n), ...Object.values(flagged).map((count) => percent(count / pairs)));
  return flagged.drift / pairs;
}

/** Prints and returns the share of pairs in which the drift was found. */
function power(
  name: string,
  n: number,
  shape: Shape,
  feature: DriftReport['features'][number]['feature'],
  { pairs, seed }: Sample,
): number {
  const random: Random = createRandom(seedFor(seed, name));
  let found = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const report = compareWindows(makeWindow(n, random), makeWindow(n, random, shape), { seed: random.nextUint32() });
    if (report.verdict.kind === 'drift' && report.verdict.features.includes(feature)) found++;
  }
  console.log(`  ${name.padEnd(36)}${percent(found / pairs)}`);
  return found / pairs;
}

function fixedThresholds(baseline: readonly TraceFeatures[], current: readonly TraceFeatures[]) {
  const tokens = (traces: readonly TraceFeatures[]): Float64Array =>
    Float64Array.from(traces.flatMap(({ completionTokens }) => completionTokens ?? [])).sort();
  const [before, after] = [tokens(baseline), tokens(current)];
  const bins = quantileBins(before, after, 10);
  const [reasonsBefore, reasonsAfter] = [baseline, current].map((traces) =>
    countLevels(traces, ({ finishReason }) => finishReason),
  ) as [Map<string, number>, Map<string, number>];
  const reasons = [...new Set([...reasonsBefore.keys(), ...reasonsAfter.keys()])];
  const counts = (of: Map<string, number>): number[] => reasons.map((reason) => of.get(reason) ?? 0);
  return {
    wasserstein: normalisedWasserstein(before, after) ?? 0,
    psi: psi(bins.baseline, bins.current).value,
    js: jensenShannon(counts(reasonsBefore), counts(reasonsAfter)),
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function row(...cells: string[]): void {
  console.log(cells.map((cell) => cell.padStart(11)).join(''));
}
