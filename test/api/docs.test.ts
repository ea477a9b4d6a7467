/** The pages about the API: fresh, complete, and with examples that run as they stand. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE } from '../../scripts/docs-api/examples.ts';
import { apiDocs } from '../../scripts/docs-api/main.ts';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';

const docs = readFileSync('docs/api.md', 'utf8');
const blocks = (language: string) =>
  [...docs.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((it) => it[1] ?? '');

describe('docs/api.md and lab.http', () => {
  it('are what `npm run docs:api` writes', async () => {
    for (const [file, text] of Object.entries(await apiDocs()))
      expect(readFileSync(file, 'utf8'), `${file} is stale: npm run docs:api`).toBe(text);
  });

  it('hold every call', () => {
    const calls = readFileSync('lab.http', 'utf8');
    for (const { id, method, path } of OPERATIONS) {
      expect(docs).toContain(`### ${id}\n`);
      expect(docs).toContain(`\`${method.toUpperCase()} /api${path}\``);
      expect(calls).toContain(`# @name ${id}\n${method.toUpperCase()} {{base}}/api/`);
    }
  });
});

describe('the examples of docs/api.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmops-lab-docs-'));
  let app: ChildProcess;
  let base = '';

  beforeAll(async () => {
    const args = ['scripts/run.js', 'local/main.ts', '--port', '0', '--speed', '120', '--data', join(folder, 'data')];
    app = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    base = await new Promise<string>((resolve, reject) => {
      let said = '';
      app.once('exit', () => reject(new Error(`npm start ended: ${said}`)));
      app.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /the app\s+(http:\/\/\S+?)\/api\/labs/.exec(said)?.[1];
        if (found) resolve(found);
      });
    });
  }, 60_000);
  afterAll(async () => {
    const ended = new Promise((resolve) => app.once('exit', resolve));
    app.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (file: string, args: string[]): Promise<{ code: number | null; said: string }> =>
    new Promise((resolve) => {
      const child = spawn(file, args, { cwd: folder });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.once('exit', (code) => resolve({ code, said }));
    });

  it('in curl run from top to bottom', async () => {
    const shell = blocks('sh');
    expect(shell.length).toBeGreaterThan(12);
    // A refusal must not pass for an answer: curl fails on it, and so does the script.
    const strict = 'set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body "$@"; }\n';
    writeFileSync(join(folder, 'examples.sh'), strict + shell.join('\n').replaceAll(BASE, base));
    const { code, said } = await run('bash', ['examples.sh']);
    expect(said, said.slice(-3_000)).not.toMatch(/curl: \(/);
    expect(code, said.slice(-3_000)).toBe(0);
    console.log(`${shell.length} examples ran against npm start`);
  }, 120_000);

  it('in TypeScript run', async () => {
    const [program = ''] = blocks('ts');
    writeFileSync(join(folder, 'example.mts'), program.replaceAll(BASE, base));
    const { code, said } = await run(process.execPath, ['example.mts']);
    expect(code, said).toBe(0);
    expect(said).toMatch(/kind: 'completions'/);
  }, 120_000);
});
