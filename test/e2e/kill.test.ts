import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as realDelay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { LabView } from '../../src/hub/lab-view.ts';

/** `npm start` as a process of its own: the only thing that can be killed as a machine would kill it. */
class Life {
  static readonly all: Life[] = [];
  readonly lines: string[] = [];
  private readonly child: ChildProcess;

  constructor(dataDir: string) {
    // Twice as fast, the patience with an account would be two seconds of a machine that may be busy, and a second one would be made, rightly.
    this.child = spawn(
      process.execPath,
      ['scripts/run.js', 'local/main.ts', '--port', '0', '--speed', '150', '--calls', '--data', dataDir],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    if (this.child.stdout) createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
    Life.all.push(this);
  }

  async url(): Promise<string> {
    for (;;) {
      const line = this.lines.find((it) => it.startsWith('the app'));
      if (line !== undefined) return /http:\S+/.exec(line)?.[0] ?? '';
      if (this.child.exitCode !== null) throw new Error(`npm start ended: ${this.lines.join('\n')}`);
      await realDelay(20);
    }
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }
}

afterEach(async () => {
  await Promise.all(Life.all.map((life) => life.kill()));
});

async function until(url: string, predicate: (view: LabView) => boolean): Promise<LabView> {
  for (;;) {
    const view = (await (await fetch(url)).json()) as LabView;
    if (predicate(view)) return view;
    await realDelay(20);
  }
}

it(
  'kill -9 twice in the middle of a lab: it goes on and ends, and each resource was created once',
  { timeout: 60_000 },
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'llmops-lab-kill-'));
    try {
      const first = new Life(dataDir);
      const response = await fetch(await first.url(), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"id":"kill-me"}',
      });
      expect(response.status).toBe(202);
      await until(`${await first.url()}/kill-me`, (view) => view.steps.some((it) => it.name === 'workspace'));
      await first.kill();

      const second = new Life(dataDir);
      await until(`${await second.url()}/kill-me`, (view) => view.phase === 'completing');
      await second.kill();

      const third = new Life(dataDir);
      const ended = await until(`${await third.url()}/kill-me`, (view) => view.phase === 'ended');
      expect(ended.report).toMatchObject({ outcome: 'healthy', receipt: { left: [] } });

      // The receipt holds whatever stood, in whichever life it was made.
      const removed = ended.report?.receipt.removals.map((it) => it.what) ?? [];
      for (const what of ['account', 'deployment', 'workspace', 'cluster', 'group'])
        expect(
          removed.filter((it) => it === what),
          what,
        ).toHaveLength(1);
      // A life that is killed may take the line of its last call with it.
      const calls = [first, second, third].flatMap((life) => life.lines).filter((line) => /^\w+ +2\d\d /.test(line));
      for (const call of [/ PUT \S+\/accounts\/[^/]+$/, / PUT \S+\/workspaces\/[^/]+$/, / POST \S+\/clusters\/create$/])
        expect(calls.filter((line) => call.test(line)).length, String(call)).toBeLessThanOrEqual(1);
    } finally {
      await Promise.all(Life.all.map((life) => life.kill()));
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
);
