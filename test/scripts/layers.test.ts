/** The rule of the layers, run on a small tree that breaks it in every way: a pattern that matches nothing would let everything pass. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const PROJECT = path.resolve(import.meta.dirname, '../..');

/** Each file, what it imports, and the rule that this breaks. */
const TREE: readonly [file: string, imported: string, rule: string | null][] = [
  ['src/http/downwards.ts', '../lab/leaf.ts', null],
  ['src/lab/upwards.ts', '../http/downwards.ts', 'src/lab'],
  ['src/hub/sideways.ts', '../clients/leaf.ts', 'src/hub'],
  ['src/lab/first.ts', './second.ts', 'no-circle'],
  // A circle is named once, at its first file.
  ['src/lab/second.ts', './first.ts', null],
  ['src/new/unplaced.ts', '../lab/leaf.ts', 'src-has-layers'],
  ['src/lab/outwards.ts', '../../local/leaf.ts', 'src-is-alone'],
  ['local/cloud/core/upwards.ts', '../arm/leaf.ts', 'local/cloud/core'],
];
const LEAVES = ['src/lab/leaf.ts', 'src/clients/leaf.ts', 'local/leaf.ts', 'local/cloud/arm/leaf.ts'];

type Report = { summary: { violations: { from: string; rule: { name: string } }[] } };

it('names each import that breaks the layers, types too, and no other', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'layers-'));
  try {
    const write = (file: string, text: string) => {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    };
    write('tsconfig.json', '{"compilerOptions":{"allowImportingTsExtensions":true}}');
    for (const file of LEAVES) write(file, 'export type T = 1;\n');
    for (const [file, imported] of TREE) write(file, `import type { T } from '${imported}';\nexport type U = T;\n`);

    const cruiser = path.join(PROJECT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const config = path.join(PROJECT, '.dependency-cruiser.mjs');
    const args = [cruiser, '--config', config, '--output-type', 'json', 'src', 'local'];
    // Its exit code is the number of errors.
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(
      (error: unknown) => error as { stdout: string },
    );
    const { summary } = JSON.parse(stdout) as Report;
    expect(summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`).sort()).toEqual(
      TREE.flatMap(([file, , rule]) => (rule === null ? [] : [`${file}: ${rule}`])).sort(),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
