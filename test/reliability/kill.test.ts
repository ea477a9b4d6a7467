/**
 * The crash matrix with a real SIGKILL: a process that holds the app and the cloud dies at a commit, and another one goes on with what is on the disk. Nothing that
 * was in flight reaches the cloud any more, which is the other extreme of what `crash.test.ts` shows.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { LifeEnd } from './life.ts';
import { chosen, PATIENCE_MS } from './size.ts';

const ID = 'lab-1';
const SAMPLE = 4;
const LIFE = fileURLToPath(new URL('life.ts', import.meta.url));
const RUN = fileURLToPath(new URL('../../scripts/run.js', import.meta.url));

type Death = { signal: string | null; end: LifeEnd | undefined; errors: string };

const live = (folder: string, death: string[] = []): Promise<Death> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUN, LIFE, folder, ID, ...death], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const end = code === 0 ? (JSON.parse(out) as LifeEnd) : undefined;
      resolve({ signal, end, errors });
    });
  });

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'llmops-life-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it(
  'kill -9 at any commit: the next process goes on, and the lab ends with nothing left',
  { timeout: PATIENCE_MS },
  async () => {
    const undisturbed = await inFolder((folder) => live(folder));
    expect(undisturbed.end?.view.report?.outcome, undisturbed.errors).toBe('healthy');
    // Before the second commit nothing is there that could go on: the start was not yet accepted.
    const cells = Array.from({ length: (undisturbed.end?.commits ?? 0) - 1 }, (_, index) => index + 2).flatMap(
      (commit) => (['before', 'after'] as const).map((moment) => ({ commit, moment })),
    );
    const broken: string[] = [];
    const run = chosen(cells, SAMPLE);
    let killed = 0;
    for (const { commit, moment } of run) {
      const [first, second] = await inFolder(async (folder) => [
        await live(folder, [String(commit), moment]),
        await live(folder),
      ]);
      // A life may need a commit or two less than another: then it ended before it was to die.
      if (first?.signal === 'SIGKILL') killed += 1;
      const end = second?.end;
      const wrong: string[] = [];
      if (end === undefined) wrong.push(second?.errors ?? '');
      else {
        if (end.view.phase !== 'ended' || end.view.report?.outcome !== 'healthy')
          wrong.push(`${end.view.phase} ${end.view.report?.outcome} ${end.view.problem?.code ?? ''}`);
        if (end.view.report?.receipt.left.length !== 0) wrong.push('says that something is left');
        wrong.push(...end.left.map((it) => `left: ${it}`), ...end.extra);
      }
      if (wrong.length > 0) broken.push(`killed ${moment} commit ${commit}: ${wrong.join('; ')}`);
    }
    console.log(`SIGKILL: ${run.length} of ${cells.length} cells, ${killed} killed, ${broken.length} broken`);
    expect(broken).toEqual([]);
    expect(killed).toBeGreaterThanOrEqual(run.length * 0.9);
  },
);
