/** What the documents tell a reader to type runs as it stands, but for the address, against `npm start`. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE } from '../../scripts/docs-api/examples.ts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

const blocks = (file: string, language: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, text]) => text ?? '',
  );
/** Those of the README that start something that does not end by itself, are suites of their own, or need Azure. */
const STARTS = /^(?:npm|azd) /;
/** A refusal must not pass for an answer: curl fails on it, and so does the script. */
const STRICT = 'set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body "$@"; }\n';

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

/** Runs a file of the given text; fails with what it printed. */
const run = async (program: string, name: string, text: string): Promise<string> => {
  writeFileSync(join(folder, name), text.replaceAll(BASE, base));
  const child = spawn(program, [name], { cwd: folder });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code, said.slice(-3_000)).toBe(0);
  return said;
};

describe('docs/api.md', () => {
  it('has examples in curl that run from top to bottom', async () => {
    const shell = blocks('docs/api.md', 'sh');
    expect(shell.length).toBeGreaterThan(12);
    await run('bash', 'examples.sh', STRICT + shell.join('\n'));
  }, 120_000);

  it('has an example in TypeScript that prints what a finished batch came to', async () => {
    const [program = ''] = blocks('docs/api.md', 'ts');
    const said = await run(process.execPath, 'example.mts', program);
    expect(said).toMatch(/kind: 'completions'/);
    expect(said).toMatch(/state: 'done'/);
  }, 120_000);
});

describe('README.md', () => {
  it('names commands that exist', () => {
    const commands = blocks('README.md', 'sh').filter((it) => STARTS.test(it));
    const names = commands.flatMap((it) =>
      [...it.matchAll(/npm (?:run (\S+)|(start|test))/g)].map((m) => m[1] ?? m[2]),
    );
    expect(names).toEqual(['demo', 'test', 'start']);
    expect(names.filter((name) => !((name ?? '') in scripts))).toEqual([]);
  });

  it('leads to a compared trace and a report, call after call', async () => {
    const shell = blocks('README.md', 'sh').filter((it) => !STARTS.test(it));
    // The examples of the API use the same id.
    const text = shell.join('\n').replaceAll('monday', 'readme-lab');
    const said = await run('bash', 'readme.sh', STRICT + text);
    expect(said).toMatch(/"diff"|"answers"/);
    expect(said).toMatch(/^# /m);
  }, 120_000);
});

describe('docs/monitoring.md', () => {
  it('has a script that runs a whole lab and prints its report', async () => {
    const [script = ''] = blocks('docs/monitoring.md', 'sh');
    const said = await run('bash', 'whole-lab.sh', script);
    expect(said).toMatch(/^lab lab-/);
    expect(said).toMatch(/^# /m);
  }, 180_000);
});

type Request = {
  name: string;
  until: [field: string, value: string] | null;
  method: string;
  url: string;
  headers: string[];
  body: string;
};

/** Reads `lab.http` as the REST Client does. */
function requestsOf(text: string): Request[] {
  return text
    .split(/^### .*\n/m)
    .slice(1)
    .map((part) => {
      const [head = '', body = ''] = part.trim().split('\n\n');
      const lines = head.split('\n');
      const comments = lines.filter((line) => line.startsWith('#')).join('\n');
      const [line = '', ...headers] = lines.filter((line) => !line.startsWith('#'));
      const [, field, value] = /until `(\w+)` is `(\w+)`/.exec(comments) ?? [];
      const [method = '', url = ''] = line.split(' ');
      const name = /@name (\w+)/.exec(comments)?.[1] ?? '';
      return { name, until: field && value ? [field, value] : null, method, url, headers, body };
    });
}

describe('lab.http', () => {
  it('runs from top to bottom, with the ids of its answers, and removes the lab in the end', async () => {
    const answers = new Map<string, unknown>();
    const filled = (text: string): string =>
      text.replaceAll(/\{\{(.+?)\}\}/g, (_, path: string) => {
        if (path === 'base') return base;
        if (path === 'key') return '';
        const [, name = '', at = ''] = /^(\w+)\.response\.body\.\$\.(.+)$/.exec(path) ?? [];
        return at
          .split(/[.[\]]+/)
          .filter(Boolean)
          .reduce<unknown>((it, key) => (it as Record<string, unknown>)[key], answers.get(name)) as string;
      });
    const requests = requestsOf(readFileSync('lab.http', 'utf8'));
    expect(requests.length).toBeGreaterThan(14);
    expect(requests.at(-1)?.method).toBe('DELETE');
    for (const { name, until, method, url, headers, body } of requests) {
      const send = async () => {
        const response = await fetch(filled(url), {
          method,
          headers: headers.map((line) => filled(line).split(/: */, 2) as [string, string]),
          ...(body === '' ? {} : { body: filled(body) }),
        });
        const text = await response.text();
        expect(response.ok, `${name}: ${response.status} ${text.slice(0, 500)}`).toBe(true);
        return response.headers.get('content-type')?.includes('json') === true ? (JSON.parse(text) as unknown) : text;
      };
      let answer = await send();
      while (until !== null && (answer as Record<string, unknown>)[until[0]] !== until[1]) {
        await delay(200);
        answer = await send();
      }
      answers.set(name, answer);
    }
  }, 120_000);
});
