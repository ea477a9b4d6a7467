/**
 * Time and memory of a comparison, 10^3 to 10^5 traces a window, each size in a process of its own on one core, beside
 * a straightforward use of a general library (simple-statistics) on the same windows.
 *
 * Ends with 1 if 100,000 against 100,000 traces take 2 s or 300 MB, or if time grows faster than n log n.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { StartError } from '../local/start-error.ts';
import { command } from '../local/terminal/command.ts';
import { createRandom } from '../src/drift/statistics/random.ts';
import { compareWindows } from '../src/drift/report.ts';
import { EPOCH_MS, makeWindow } from './drift-traces.ts';

const SIZES = [1000, 3000, 10_000, 30_000, 100_000];
const MOST_MS = 2000;
const MOST_MB = 300;
const METHODS = ['own', 'general', 'warm'];

interface Measured {
  /** Processor time of the comparison over all threads: what it would take one core that does nothing else. */
  ms: number;
  /** Peak resident memory of the whole process, the windows and Node itself included. */
  mb: number;
  note: string;
}

const HELP = `Measures time and memory of a comparison of windows, beside those of a general library.

usage: npm run bench:drift

Ends with 1 if ${SIZES.at(-1)} against as many traces take ${MOST_MS} ms or ${MOST_MB} MB, or if time grows faster than n log n.`;

// With a method and a size: one measurement, in the process of its own.
await command({ help: HELP, positionals: 2 }, async (_, [method, size]) => {
  if (method === undefined) return report();
  if (!METHODS.includes(method)) throw new StartError(`unexpected argument ${method} (see --help)`);
  console.log(JSON.stringify(await measure(method, Number(size))));
});

function report(): void {
  console.log(
    'Processor time of the comparison, and peak memory of its process: Node (80 MB) and the windows included.\n',
  );
  console.log('traces a window        src/drift      simple-statistics');
  for (const n of SIZES) {
    const own = inItsOwnProcess('own', n);
    const general = inItsOwnProcess('general', n);
    console.log(`${String(n).padStart(15)}${cell(own)}   ${cell(general)}  ${general.note}`);
    if (n === SIZES.at(-1)) {
      const kept = own.ms < MOST_MS && own.mb < MOST_MB;
      verdict(kept, `\n${n} against ${n} under ${MOST_MS} ms and ${MOST_MB} MB`);
    }
  }
  console.log(
    '\nGrowth, compiled code only and without texts (their sample is bounded, which would flatter the growth):',
  );
  const [smaller, larger] = [10_000, 100_000];
  const [before, after] = [inItsOwnProcess('warm', smaller).ms, inItsOwnProcess('warm', larger).ms];
  const allowed = (larger * Math.log(larger)) / (smaller * Math.log(smaller));
  console.log(`  ${smaller}: ${before.toFixed(0)} ms, ${larger}: ${after.toFixed(0)} ms`);
  const growth = after / before;
  verdict(growth <= allowed, `${growth.toFixed(1)} times the time; n log n would be ${allowed.toFixed(1)} times`);
}

function verdict(kept: boolean, what: string): void {
  console.log(`${what}: ${kept ? 'kept' : 'NOT kept'}.`);
  if (!kept) process.exitCode = 1;
}

function cell({ ms, mb }: Measured): string {
  return `${ms.toFixed(0).padStart(8)} ms${mb.toFixed(0).padStart(5)} MB`;
}

function inItsOwnProcess(method: string, n: number): Measured {
  const script = fileURLToPath(import.meta.url);
  // Where memory is plentiful V8 lets young garbage grow to 64 MB before it looks at it; 16 MB is what a small machine
  // has.
  const output = execFileSync(process.execPath, ['--max-semi-space-size=16', script, method, String(n)], {
    encoding: 'utf8',
  });
  return JSON.parse(output) as Measured;
}

async function measure(method: string, n: number): Promise<Measured> {
  const random = createRandom(1);
  const words = method === 'warm' ? 0 : 12;
  const baseline = makeWindow(n, random, { words });
  const current = makeWindow(n, random, { words, startMs: EPOCH_MS + n * 1000 });
  // Loaded only where it is measured, since it takes memory of its own.
  const general = method === 'general' ? await import('./drift-general.ts') : null;
  const compare = (): string =>
    general ? general.compareGenerally(baseline, current) : compareWindows(baseline, current).verdict.kind;
  if (method === 'warm') for (let round = 0; round < 5; round++) compare();
  const started = process.cpuUsage();
  const note = compare();
  const { user, system } = process.cpuUsage(started);
  return { ms: (user + system) / 1000, mb: (process.resourceUsage().maxRSS * 1024) / 1e6, note };
}
