/** `npm run ci`: the steps of CI one after the other, each in the words a person would use, and one closing line that counts. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { command } from '../local/terminal/command.ts';

type Count = { passed: number; failed: number; skipped: number };
type Step = {
  name: string;
  command: string[];
  /** vitest's own report, whose tests are counted instead of the step. */ report?: string;
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
  suite('security', 'test:security'),
  suite('failures', 'test:failures'),
  suite('fuzz', 'test:fuzz'),
  suite('reliability', 'test:reliability'),
  suite('browser', 'test:browser', '--install'),
  suite('mlflow', 'test:mlflow'),
  suite('clients', 'test:clients'),
];

const HELP = `Runs everything that a change must pass, step by step, and counts: ${steps.map((it) => it.name).join(', ')}. About a quarter of an hour on two
processors. Python and Chromium are needed for some of the steps; those that cannot have them count their tests as skipped.

usage: npm run ci`;

await command({ help: HELP }, () => {
  mkdirSync(REPORTS, { recursive: true });
  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  const verdicts: string[] = [];
  for (const step of steps) {
    console.log(`\n> ${step.name}: npm ${step.command.join(' ')}`);
    if (step.report) rmSync(step.report, { force: true });
    const from = performance.now();
    const { status } = spawnSync('npm', step.command, { stdio: 'inherit', shell: process.platform === 'win32' });
    const count = counted(step, status === 0);
    total.passed += count.passed;
    total.failed += count.failed;
    total.skipped += count.skipped;
    const seconds = ((performance.now() - from) / 1_000).toFixed(0);
    verdicts.push(`> ${step.name}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s (${inWords(count)})`);
    console.log(verdicts.at(-1));
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
