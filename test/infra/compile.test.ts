/**
 * The real compiler, where there is one: `BICEP_PATH`, `bicep` or `az bicep`. It is on no registry of npm, so elsewhere this is skipped, by name, and the
 * templates are parsed and evaluated instead (`templates.test.ts`).
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const compilers = [
  { name: 'BICEP_PATH', command: process.env['BICEP_PATH'] ?? '', args: [] as string[] },
  { name: 'bicep', command: 'bicep', args: [] },
  { name: 'az bicep', command: 'az', args: ['bicep'] },
];
const compiler = compilers.find(
  ({ command, args }) =>
    command !== '' &&
    spawnSync(command, [...args, args.length > 0 ? 'version' : '--version'], { stdio: 'ignore' }).status === 0,
);

describe('Bicep compiler', () => {
  it.skipIf(compiler === undefined)(
    `compiles infra/main.bicep with ${compiler?.name ?? 'none: no Bicep CLI is installed here'}`,
    () => {
      const { command, args } = compiler!;
      const build =
        args.length > 0
          ? ['build', '--file', 'infra/main.bicep', '--stdout']
          : ['build', 'infra/main.bicep', '--stdout'];
      const { status, stderr } = spawnSync(command, [...args, ...build], { encoding: 'utf8', maxBuffer: 1 << 26 });
      expect(stderr.split('\n').filter((line) => /\bError\b/.test(line))).toEqual([]);
      expect(status).toBe(0);
    },
    120_000,
  );
});
