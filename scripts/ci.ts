/** `npm run ci`: the steps of CI one after the other, each in the words a person would use, and one closing line that counts. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { command } from '../local/terminal/command.ts';

type Count = { passed: number; failed: number; skipped: number };
type Step = {
  name: string;
  command: string[];
  /** vitest's own report, whose tests are counted instead of the step. */ report?: string;
  /** It waits more than it works: it runs beside the others, from the first on, and is shown at the end. */ beside?: true;
};

const REPORTS = '.local/ci';
const suite = (name: string, script: string, ...own: string[]): Step => {
  const report = `${REPORTS}/${name}.json`;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return { name, command: ['run', script, '--', ...own, ...reporters], report };
};

const steps: Step[] = [
  { name: 'check', command: ['run', 'check'] },
  suite('tests', 'test'),
  { name: 'demo', command: ['run', 'demo'] },
  { name: 'demo of 2024', command: ['run', 'demo', '--', '--catalog', '2024'] },
  suite('scenarios', 'test:scenarios'),
  suite('processes', 'test:processes'),
  suite('infra', 'test:infra'),
  suite('package', 'test:package'),
  { name: 'packaged demo', command: ['run', 'demo', '--', '--packaged'] },
  suite('conformance', 'test:conformance'),
  // Without whole labs, which take half an hour of real time: `npm run test:extension` plays them too.
  { ...suite('extension', 'test:extension', '--exclude=**/extension/labs.test.ts'), beside: true },
  suite('security', 'test:security'),
  suite('failures', 'test:failures'),
  suite('fuzz', 'test:fuzz'),
  suite('reliability', 'test:reliability'),
  suite('browser', 'test:browser', '--install'),
  suite('mlflow', 'test:mlflow'),
  suite('clients', 'test:clients'),
];

const HELP = `Runs everything that a change must pass, step by step, and counts: ${steps.map((it) => it.name).join(', ')}. Less than
three quarters of an hour on two processors. Python and Chromium are needed for some of the steps; those that cannot have them count their tests as skipped.

usage: npm run ci`;

await command({ help: HELP }, async () => {
  mkdirSync(REPORTS, { recursive: true });
  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  const verdicts: string[] = [];
  const close = (step: Step, ok: boolean, from: number): void => {
    const count = counted(step, ok);
    total.passed += count.passed;
    total.failed += count.failed;
    total.skipped += count.skipped;
    const seconds = ((performance.now() - from) / 1_000).toFixed(0);
    verdicts.push(`> ${step.name}: ${ok ? 'passed' : 'FAILED'} in ${seconds} s (${inWords(count)})`);
    console.log(verdicts.at(-1));
  };
  const shell = process.platform === 'win32';
  for (const { report } of steps) if (report) rmSync(report, { force: true });
  const others = steps
    .filter(({ beside }) => beside)
    .map((step) => {
      const log = `${REPORTS}/${step.name}.log`;
      const output = openSync(log, 'w');
      const child = spawn('npm', step.command, { stdio: ['ignore', output, output], shell });
      const ended = once(child, 'exit').then(([code]) => code === 0);
      return { step, log, ended, from: performance.now() };
    });
  for (const step of steps.filter(({ beside }) => !beside)) {
    console.log(`\n> ${step.name}: npm ${step.command.join(' ')}`);
    const from = performance.now();
    const { status } = spawnSync('npm', step.command, { stdio: 'inherit', shell });
    close(step, status === 0, from);
  }
  for (const { step, log, ended, from } of others) {
    console.log(`\n> ${step.name}: npm ${step.command.join(' ')}, beside the others`);
    const ok = await ended;
    process.stdout.write(readFileSync(log));
    close(step, ok, from);
  }
  console.log(`\n${verdicts.join('\n')}`);
  console.log(inWords(total));
  return total.failed > 0 ? 1 : 0;
});

function inWords({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function counted(step: Step, ok: boolean): Count {
  const whole = { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  if (!step.report) return whole;
  try {
    const found = JSON.parse(readFileSync(step.report, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
    };
    // A suite that did not load counts no failed test, but the step has failed.
    const failed = ok ? found.numFailedTests : Math.max(1, found.numFailedTests);
    return { passed: found.numPassedTests, failed, skipped: found.numPendingTests };
  } catch {
    return whole;
  }
}
