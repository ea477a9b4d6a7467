/**
 * `npm run bench:against -- FOLDER`: a cold start of the packaged app and a warm local lab, beside those of another checkout. Both are run in turns, in processes of
 * their own, so that what else the machine does meets both; CPU time is compared, because a busy machine stretches everything else.
 * Ends with 1 if a start takes more than 1.05 times that of the other, or a lab more than 1.2 times.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { command, numberOption } from '../local/terminal/command.ts';
import { StartError } from '../local/start-error.ts';

const ROOT = join(import.meta.dirname, '..');
const MOST = { start: 1.05, lab: 1.2 };
const LABS_IN_A_PROCESS = 5;

const HELP = `Compares a cold start of the packaged app and a warm local lab with those of another checkout.

usage: npm run bench:against -- FOLDER [options]

  FOLDER    a checkout with its node_modules
  --runs N  processes of each, in turns (default 9)
  --help    this text`;

await command(
  { help: HELP, options: { runs: { type: 'string', default: '9' } }, positionals: 1 },
  ({ runs }, given) => {
    const other = resolve(given[0] ?? '');
    if (given[0] === undefined || !existsSync(join(other, 'local', 'rig.ts')))
      throw new StartError('name the folder of another checkout (see --help)');
    const work = mkdtempSync(join(tmpdir(), 'llmops-against-'));
    try {
      return compare([other, ROOT], work, Math.round(numberOption('runs', runs, 1, 1_000)));
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  },
);

function compare(checkouts: readonly [string, string], work: string, runs: number): number {
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores, medians of ${runs} processes each, in turns\n`,
  );
  const packages = checkouts.map((checkout, index) => {
    execFileSync('npm', ['run', '--silent', 'package'], { cwd: checkout, stdio: 'ignore' });
    const folder = join(work, `package-${index}`);
    // Away from the repository, so that it finds no node_modules.
    cpSync(join(checkout, '.local', 'package'), folder, { recursive: true });
    return folder;
  });
  const starts = [[], []] as [number[], number[]];
  const labs = [[], []] as [number[], number[]];
  for (let run = 0; run < runs; run++)
    for (const index of [0, 1] as const) {
      starts[index].push(coldStart(packages[index] ?? '', join(work, 'cache')));
      labs[index].push(...warmLabs(checkouts[index]));
    }
  console.log(`${''.padEnd(44)}     other      here     ratio`);
  const slow = [
    row('cold start and first answer, ms of CPU', starts, MOST.start),
    row('a warm lab, ms of CPU', labs, MOST.lab),
  ].filter((ratio) => ratio);
  return slow.length > 0 ? 1 : 0;
}

function row(label: string, [other, here]: [number[], number[]], most: number): boolean {
  const [one, two] = [median(other), median(here)];
  const ratio = two / one;
  const cells = [one.toFixed(0), two.toFixed(0), ratio.toFixed(2)].map((it) => it.padStart(10)).join('');
  console.log(`${label.padEnd(44)}${cells}${ratio <= most ? '' : `  more than ${most}`}`);
  return ratio > most;
}

function coldStart(folder: string, cache: string): number {
  rmSync(cache, { recursive: true, force: true });
  const text = node([join(ROOT, 'bench/start-child.ts'), folder, 'startLab'], ROOT, {
    NODE_COMPILE_CACHE: cache,
    LAB_INSTALLATION: 'bench',
    LAB_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001',
    LAB_SWEEP_SCHEDULE: '0 */5 * * * *',
    WEBSITE_HOSTNAME: 'localhost:7071',
  });
  return (JSON.parse(text) as { firstAnswerCpuMs: number }).firstAnswerCpuMs;
}

function warmLabs(checkout: string): number[] {
  return JSON.parse(
    node([join(ROOT, 'bench/lab-child.ts'), checkout, String(LABS_IN_A_PROCESS)], checkout),
  ) as number[];
}

function node(args: string[], cwd: string, env: Record<string, string> = {}): string {
  return execFileSync(process.execPath, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
