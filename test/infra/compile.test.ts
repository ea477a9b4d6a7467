/** The real compiler, where there is one: `BICEP_PATH` or `bicep`. Elsewhere this is skipped, by name, and the templates are read by our own reader alone. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

// It is built without a library for languages, which .NET would otherwise ask for.
const env = { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' };
const run = (command: string, args: string[]) =>
  spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, env, timeout: 120_000 });

const compiler = [process.env['BICEP_PATH'] ?? '', 'bicep'].find(
  (it) => it !== '' && run(it, ['--version']).status === 0,
);
const files = globSync('**/*.bicep', { cwd: 'infra' });

describe.skipIf(compiler === undefined)(`Bicep compiler ${compiler ?? '(skipped: no Bicep CLI is here)'}`, () => {
  const bicep = (...args: string[]) => {
    const { status, stdout, stderr } = run(compiler!, args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  };

  it('compiles the templates without a word of complaint', { timeout: 120_000 }, () => {
    expect(JSON.parse(bicep('build', 'infra/main.bicep', '--stdout'))).toMatchObject({ resources: {} });
  });

  it('finds nothing to lint', { timeout: 120_000 }, () => {
    bicep('lint', '--pattern', 'infra/**/*.bicep');
  });

  it('formats every template as it stands', { timeout: 120_000 }, () => {
    const copy = mkdtempSync(path.join(tmpdir(), 'bicep-'));
    cpSync('infra', copy, { recursive: true });
    bicep('format', '--pattern', path.join(copy, '**/*.bicep'));
    const text = (folder: string, file: string) => readFileSync(path.join(folder, file), 'utf8');
    const changed = files.filter((it) => text(copy, it) !== text('infra', it));
    rmSync(copy, { recursive: true });
    expect(files.length).toBeGreaterThan(10);
    expect(changed).toEqual([]);
  });
});
