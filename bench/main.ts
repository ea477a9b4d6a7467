/** `npm run bench`: the benchmarks one after the other. Ends with 1 if one of them misses its aim. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { command } from '../local/terminal/command.ts';

const ALL = ['start', 'drift', 'host'];

const HELP = `Runs the benchmarks one after the other: ${ALL.map((it) => `bench:${it}`).join(', ')}. Each has options of its own.

usage: npm run bench`;

await command({ help: HELP }, () => {
  const codes = ALL.map((name) => {
    const file = join(import.meta.dirname, `${name}.ts`);
    return spawnSync(process.execPath, [file], { stdio: 'inherit' }).status ?? 1;
  });
  return Math.max(...codes);
});
