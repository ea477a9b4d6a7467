/**
 * `npm run bench:start`: a cold start of the packaged app against one of the least app on the same libraries (`start-bare`), bundled by the same bundler with all of
 * those libraries. Both are loaded in processes of their own, in turns, so that what else the machine does meets both; medians are printed.
 *
 * What is measured is the worker's part: the import of the entry, and the answer to a first request, one with a bad field, so that no network is part of it.
 * `cold`: nothing is in Node's compile cache, as on a new instance. `again`: the worker starts once more on the same instance.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, numberOption } from '../local/terminal/command.ts';
import { bundle } from '../scripts/package/bundle.ts';
import { freshPackage } from '../scripts/package/build.ts';

type Sample = {
  importMs: number;
  importCpuMs: number;
  firstAnswerMs: number;
  firstAnswerCpuMs: number;
  rssMb: number;
  ownRssMb: number;
};
type App = { folder: string; functionName: string };

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const GOAL = 1.3;
const ROWS: readonly (readonly [keyof Sample, string])[] = [
  ['importMs', 'import, ms'],
  ['importCpuMs', 'import, ms of CPU'],
  ['firstAnswerMs', 'import and first answer, ms'],
  ['firstAnswerCpuMs', 'the same, ms of CPU'],
  ['rssMb', 'RSS of the process, MB'],
  ['ownRssMb', 'RSS that the app adds, MB'],
];

const HELP = `Times a cold start of the packaged app beside that of the least app on the same libraries.

usage: npm run bench:start -- [options]

  --runs N  starts of each, in turns (default 15)
  --help    this text`;

await command({ help: HELP, options: { runs: { type: 'string', default: '15' } } }, async ({ runs }) => {
  const folder = mkdtempSync(join(tmpdir(), 'llmops-start-'));
  try {
    await compare(folder, Math.round(numberOption('runs', runs, 1, 1_000)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

async function compare(folder: string, runs: number): Promise<void> {
  // Both away from the repository, so that neither finds node_modules.
  const packaged = join(folder, 'packaged');
  const bare = join(folder, 'bare');
  cpSync(await freshPackage(), packaged, { recursive: true });
  const entries = { main: 'bench/start-bare/main.ts', index: 'bench/start-bare/index.ts' };
  await bundle(ROOT, entries, join(bare, 'dist'), 'plain');
  writeFileSync(join(bare, 'package.json'), '{"type":"module","main":"dist/main.js"}');
  copyFileSync(join(ROOT, 'host.json'), join(bare, 'host.json'));
  const apps = {
    bare: { folder: bare, functionName: 'hello' },
    packaged: { folder: packaged, functionName: 'startLab' },
  };

  console.log(`Node ${process.version}, ${availableParallelism()} cores, medians of ${runs} runs each, in turns`);
  for (const again of [false, true]) {
    const samples = { bare: [] as Sample[], packaged: [] as Sample[] };
    for (let run = 0; run < runs; run++)
      for (const name of ['bare', 'packaged'] as const)
        samples[name].push(start(apps[name], join(folder, `cache-${name}`), again));
    console.log(`\n${(again ? 'again' : 'cold').padEnd(30)}      bare  packaged     ratio`);
    for (const [key, label] of ROWS) {
      const [one, other] = [median(samples.bare, key), median(samples.packaged, key)];
      console.log(
        `${label.padEnd(30)}${[one, other].map((it) => it.toFixed(1).padStart(10)).join('')}${ratio(other / one)}`,
      );
    }
  }
  console.log(`\nthe goal is at most ${GOAL} times the bare app`);
}

function ratio(it: number): string {
  return `${it.toFixed(2).padStart(10)}${it <= GOAL ? '' : '  above the goal'}`;
}

function start({ folder: app, functionName }: App, cache: string, again: boolean): Sample {
  if (!again) rmSync(cache, { recursive: true, force: true });
  const text = execFileSync(process.execPath, [join(ROOT, 'bench/start-child.ts'), app, functionName], {
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: cache,
      LAB_INSTALLATION: 'bench',
      LAB_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001',
      LAB_SWEEP_SCHEDULE: '0 */5 * * * *',
      WEBSITE_HOSTNAME: 'localhost:7071',
    },
  });
  return JSON.parse(text) as Sample;
}

function median(samples: Sample[], key: keyof Sample): number {
  const sorted = samples.map((it) => it[key]).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
