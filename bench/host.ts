/**
 * `npm run bench:host`: what the local host's orchestrations take, on disk and in memory, beside the in-memory backend of @microsoft/durabletask-js. That one
 * is for scale and not a rival: it keeps nothing, speaks no HTTP, and is called directly, while the host is driven through its HTTP API in the same process.
 *
 * Each measurement has a process of its own. Most of the time goes into the peer's history of 10,000 events.
 * Ends with 1 if 1,000 orchestrations at once take 150 MB above the idle process, or if one of them costs more than 1.2 times one of ten.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../local/start-error.ts';
import { command } from '../local/terminal/command.ts';
import type { Measured } from './host-work.ts';

type Row = { readonly work: string; readonly label: string; readonly of: keyof Measured; readonly unit: string };
const ENGINES = ['disk', 'memory', 'peer'] as const;
const MOST_MB = 150;
const MOST_RATIO = 1.2;
const ROWS: readonly Row[] = [
  { work: 'fanOut', label: '1,000 activities at once', of: 'cpuMs', unit: 'ms' },
  { work: 'chains', label: '50 chains of 100 activities', of: 'cpuMs', unit: 'ms' },
  { work: 'ten', label: 'one of 10 orchestrations', of: 'cpuMs', unit: 'ms' },
  { work: 'thousand', label: 'one of 1,000 at once', of: 'cpuMs', unit: 'ms' },
  { work: 'replay', label: 'replay of 10,000 events', of: 'cpuMs', unit: 'ms' },
  { work: 'restart', label: 'the same after a restart', of: 'cpuMs', unit: 'ms' },
  { work: 'peak', label: '1,000 at once, above idle', of: 'mb', unit: 'MB' },
  { work: 'live', label: 'one that waits, JS heap', of: 'kbEach', unit: 'KB' },
];

const WORKS = ROWS.map(({ work }) => work);

const HELP = `Measures the local host's orchestrations, on disk and in memory, beside the in-memory backend of @microsoft/durabletask-js.

usage: npm run bench:host -- [options]

  --only WORK,WORK  these alone, of ${WORKS.join(', ')}
  --help            this text`;

await command({ help: HELP, options: { only: { type: 'string' } } }, ({ only }) => {
  const asked = only?.split(',');
  const unknown = asked?.find((it) => !WORKS.includes(it));
  if (unknown !== undefined) throw new StartError(`--only takes ${WORKS.join(', ')}, not "${unknown}" (see --help)`);
  compare(ROWS.filter(({ work }) => asked === undefined || asked.includes(work)));
});

function compare(rows: readonly Row[]): void {
  console.log(`Node ${process.version}, ${availableParallelism()} cores; processor time of all threads\n`);
  const heads = ['on disk', 'in memory', 'peer', 'memory/peer'];
  console.log(`${''.padEnd(28)}${heads.map((it) => it.padStart(14)).join('')}`);
  const found = new Map<string, number>();
  for (const row of rows) {
    const cells = ENGINES.map((engine) => {
      if (engine !== 'disk' && row.work === 'restart') return undefined;
      const value = measure(engine, row.work)[row.of];
      found.set(`${engine} ${row.work}`, value);
      return value;
    });
    const [, memory, peer] = cells;
    const ratio = memory === undefined || peer === undefined ? '' : (memory / peer).toFixed(2);
    const texts = cells.map((it) => (it === undefined ? '' : `${it.toFixed(it < 10 ? 2 : 0)} ${row.unit}`));
    console.log(`${row.label.padEnd(28)}${[...texts, ratio].map((it) => it.padStart(14)).join('')}`);
  }

  console.log();
  for (const engine of ['disk', 'memory']) {
    const [ten, thousand] = [found.get(`${engine} ten`), found.get(`${engine} thousand`)];
    if (ten !== undefined && thousand !== undefined)
      judge(thousand / ten, MOST_RATIO, `${engine}: one of 1,000 at once costs`, 'times one of 10');
    const peak = found.get(`${engine} peak`);
    if (peak !== undefined) judge(peak, MOST_MB, `${engine}: 1,000 at once take`, 'MB above the idle process');
  }
}

function judge(value: number, most: number, what: string, unit: string): void {
  const kept = value <= most;
  console.log(`${what} ${value.toFixed(2)} ${unit}, at most ${most}: ${kept ? 'kept' : 'NOT kept'}`);
  if (!kept) process.exitCode = 1;
}

function measure(engine: string, work: string): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'llmops-host-'));
  try {
    const script = join(import.meta.dirname, 'host-work.ts');
    // As `npm run host` does: where memory is plentiful V8 lets young garbage grow before it looks at it.
    const args = ['--expose-gc', '--max-semi-space-size=8', script, engine, work, folder];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Measured;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
