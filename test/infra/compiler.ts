/** The real compiler, where there is one: `BICEP_PATH`, which `npm run test:infra` sets, or `bicep`. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Value } from './bicep-values.ts';
import { SUBSCRIPTION } from './modes.ts';

const env = { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' };
const run = (command: string, args: string[]) =>
  spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, env, timeout: 300_000 });

export const compiler = [process.env['BICEP_PATH'] ?? '', 'bicep'].find(
  (it) => it !== '' && run(it, ['--version']).status === 0,
);

export type Said = { status: number | null; stdout: string; stderr: string };
export const bicep = (...args: string[]): Said => run(compiler!, args);

/** A copy of the templates to change and to write beside, gone when `use` is done. */
export function withCopy<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'bicep-'));
  try {
    cpSync('infra', folder, { recursive: true });
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function writeParameters(folder: string, params: Record<string, Value>, name = 'mode'): string {
  const given = { environmentName: 'dev', location: 'swedencentral', ...params };
  const lines = Object.entries(given).map(([key, value]) => `param ${key} = '${String(value)}'`);
  const file = path.join(folder, `${name}.bicepparam`);
  writeFileSync(file, [`using 'main.bicep'`, ...lines, ''].join('\n'));
  return file;
}

export type Predicted = { id: string; type: string; name: string; apiVersion: string; [field: string]: Value };
export type Snapshot = { predictedResources: Predicted[]; diagnostics: Value[]; outputs: Record<string, Value> };

/** What Azure would make of the templates in `folder`, as far as that can be told without asking it; expressions that only a deployment can evaluate stay expressions. */
export function snapshot(folder: string, params: Record<string, Value>): { said: Said[]; snapshot: () => Snapshot } {
  const file = writeParameters(folder, params);
  const place = ['--subscription-id', SUBSCRIPTION, '--location', 'swedencentral', '--deployment-name', 'dev'];
  const said = [
    bicep('snapshot', file, '--mode', 'overwrite', ...place),
    bicep('snapshot', file, '--mode', 'validate', ...place),
  ];
  return {
    said,
    snapshot: () => JSON.parse(readFileSync(path.join(folder, 'mode.snapshot.json'), 'utf8')) as Snapshot,
  };
}
