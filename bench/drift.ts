/**
 * Time and memory of a comparison, 10^3 to 10^5 traces a window, each size in a process of its own on one core, beside a
 * straightforward use of a general library (simple-statistics) on the same windows.
 *
 *     node bench/drift.ts
 *
 * Ends with 1 if 100,000 against 100,000 traces take 2 s or 300 MB, or if time grows faster than n log n.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, permutationTest, quantile, wilcoxonRankSum } from 'simple-statistics';
import type { TraceFeatures } from '../src/drift/features.ts';
import { createRandom } from '../src/drift/random.ts';
import { compareWindows } from '../src/drift/report.ts';
import { EPOCH_MS, makeWindow } from './drift-traces.ts';

const SIZES = [1000, 3000, 10_000, 30_000, 100_000];
const MOST_MS = 2000;
const MOST_MB = 300;
const MOST_PAIRS = 1e7;

interface Measured {
  /** Processor time of the comparison over all threads: what it would take one core that does nothing else. */
  ms: number;
  /** Peak resident memory of the whole process, the windows and Node itself included. */
  mb: number;
  note: string;
}

const [way, size] = process.argv.slice(2);
if (way !== undefined) {
  console.log(JSON.stringify(measure(way, Number(size))));
} else {
  report();
}

function report(): void {
  console.log(
    'Processor time of the comparison, and peak memory of its process: Node (80 MB) and the windows included.\n',
  );
  console.log('traces a window        src/drift      simple-statistics');
  const times: number[] = [];
  for (const n of SIZES) {
    const own = inItsOwnProcess('own', n);
    const general = inItsOwnProcess('general', n);
    times.push(own.ms);
    console.log(`${String(n).padStart(15)}${cell(own)}   ${cell(general)}  ${general.note}`);
    if (n === SIZES.at(-1)) {
      const kept = own.ms < MOST_MS && own.mb < MOST_MB;
      console.log(`\n${kept ? 'Kept' : 'NOT kept'}: ${n} against ${n} under ${MOST_MS} ms and ${MOST_MB} MB.`);
      if (!kept) process.exitCode = 1;
    }
  }
  const [smaller, larger] = [SIZES.at(-2)!, SIZES.at(-1)!];
  const growth = times.at(-1)! / times.at(-2)!;
  const allowed = (larger * Math.log(larger)) / (smaller * Math.log(smaller));
  const kept = growth <= allowed;
  console.log(
    `${kept ? 'Kept' : 'NOT kept'}: from ${smaller} to ${larger} time grows ${growth.toFixed(2)} times, n log n would ${allowed.toFixed(2)}.`,
  );
  if (!kept) process.exitCode = 1;
}

function cell({ ms, mb }: Measured): string {
  return `${ms.toFixed(0).padStart(8)} ms${mb.toFixed(0).padStart(5)} MB`;
}

function inItsOwnProcess(method: string, n: number): Measured {
  const script = fileURLToPath(import.meta.url);
  const output = execFileSync(process.execPath, [script, method, String(n)], { encoding: 'utf8' });
  return JSON.parse(output) as Measured;
}

function measure(method: string, n: number): Measured {
  const random = createRandom(1);
  const [baseline, current] = [makeWindow(n, random), makeWindow(n, random, { startMs: EPOCH_MS + n * 1000 })];
  const started = process.cpuUsage();
  const note = method === 'own' ? compareWindows(baseline, current).verdict.kind : compareGenerally(baseline, current);
  const { user, system } = process.cpuUsage(started);
  return { ms: (user + system) / 1000, mb: (process.resourceUsage().maxRSS * 1024) / 1e6, note };
}

/**
 * What the library has for two windows, over the three numeric features only: its rank sum, its permutation test (999
 * rounds), its quantiles for PSI's bins, and the median of all differences while these fit into memory. It has no test
 * for tables or texts, no exact p-values, no intervals and no detectable effect, so that it is asked for much less.
 */
function compareGenerally(baseline: readonly TraceFeatures[], current: readonly TraceFeatures[]): string {
  let note = '';
  for (const feature of ['promptTokens', 'completionTokens', 'latencyMs'] as const) {
    const before = baseline.flatMap((trace) => trace[feature] ?? []);
    const after = current.flatMap((trace) => trace[feature] ?? []);
    wilcoxonRankSum(before, after);
    permutationTest(before, after, 'two_side', 999, createRandom(1).uniform);
    quantile(
      before,
      Array.from({ length: 9 }, (_, cut) => (cut + 1) / 10),
    );
    if (before.length * after.length <= MOST_PAIRS) {
      median(before.flatMap((a) => after.map((b) => b - a)));
    } else {
      note = 'without the shift: its list of differences does not fit';
    }
  }
  return note;
}
