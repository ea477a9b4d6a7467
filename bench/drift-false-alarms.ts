/**
 * How often drift is called where there is none, and found where there is some: seeded, so that the figures repeat.
 *
 *     node bench/drift-false-alarms.ts [pairs per size, 2000] [seed, 1]
 *
 * Beside the verdict: what the fixed thresholds that are in use elsewhere say about the same pairs, each applied to one
 * feature only (completion tokens; finish reason for Jensen-Shannon), which is kind to them. Ends with 1 if the verdict
 * alarms in more than 6 % of the pairs, or finds less than 80 %.
 */
import { jensenShannon, normalisedWasserstein, psi, quantileBins } from '../src/drift/distance.ts';
import type { TraceFeatures } from '../src/drift/features.ts';
import { countLevels } from '../src/drift/known-changes.ts';
import { createRandom, seedFor, type Random } from '../src/drift/random.ts';
import { compareWindows, type DriftReport } from '../src/drift/report.ts';
import { makeWindow, type Shape } from './drift-traces.ts';

const SIZES = [10, 20, 50, 200, 1000];
const MOST_FALSE_ALARMS = 0.06;
const LEAST_POWER = 0.8;

const pairs = Number(process.argv[2] ?? 2000);
const seed = Number(process.argv[3] ?? 1);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const startedMs = performance.now();

let kept = true;
console.log(`No drift, ${pairs} pairs per size, seed ${seed}: share of pairs flagged\n`);
row('n', 'verdict', 'W/sd>=0.1', 'PSI>0.1', 'PSI>0.2', 'JS>0.1', 'no drift', 'not enough');
for (const n of SIZES) {
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
  kept &&= flagged.drift / pairs <= MOST_FALSE_ALARMS;
  const shares = Object.values(flagged).map((count) => percent(count / pairs));
  row(String(n), ...shares);
}

console.log(`\nDrift, ${pairs} pairs each: share of pairs in which the verdict is drift and names the feature\n`);
power('+50 % completion tokens, n = 50', 50, { tokens: 1.5 }, 'completionTokens');
power('refusals 2 % -> 20 %, n = 100', 100, { refusals: 0.2 }, 'refusal');
const aims = `at most ${percent(MOST_FALSE_ALARMS)} false alarms, power at least ${percent(LEAST_POWER)}`;
console.log(`\n${kept ? 'Kept' : 'NOT kept'}: ${aims}.`);
console.log(`${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
process.exitCode = kept ? 0 : 1;

function power(name: string, n: number, shape: Shape, feature: DriftReport['features'][number]['feature']): void {
  const random: Random = createRandom(seedFor(seed, name));
  let found = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const report = compareWindows(makeWindow(n, random), makeWindow(n, random, shape), { seed: random.nextUint32() });
    if (report.verdict.kind === 'drift' && report.verdict.features.includes(feature)) found++;
  }
  kept &&= found / pairs >= LEAST_POWER;
  console.log(`  ${name.padEnd(36)}${percent(found / pairs)}`);
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

function row(...cells: string[]): void {
  console.log(cells.map((cell) => cell.padStart(11)).join(''));
}
