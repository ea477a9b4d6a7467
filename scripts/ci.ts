/** `npm run ci`: the steps of CI one after the other, each in the words a person would use, and one closing line that counts. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';

type Count = { passed: number; failed: number; skipped: number };
type Step = {
  name: string;
  command: string[];
  /** vitest's own report, whose tests are counted instead of the step. */ report?: string;
};

const REPORTS = '.local/ci';
const suite = (name: string, ...script: string[]): Step => {
  const report = `${REPORTS}/${name.replaceAll(' ', '-')}.json`;
  return {
    name,
    command: [...script, '--', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    report,
  };
};

const steps: Step[] = [
  { name: 'check', command: ['run', 'check'] },
  suite('tests', 'test'),
  { name: 'demo', command: ['run', 'demo'] },
  { name: 'demo of 2024', command: ['run', 'demo', '--', '--catalog', '2024'] },
];

mkdirSync(REPORTS, { recursive: true });
const total: Count = { passed: 0, failed: 0, skipped: 0 };
for (const step of steps) {
  console.log(`\n> ${step.name}: npm ${step.command.join(' ')}`);
  if (step.report) rmSync(step.report, { force: true });
  const from = performance.now();
  const { status } = spawnSync('npm', step.command, { stdio: 'inherit', shell: process.platform === 'win32' });
  const count = counted(step, status === 0);
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
  console.log(
    `> ${step.name}: ${status === 0 ? 'passed' : 'FAILED'} in ${((performance.now() - from) / 1_000).toFixed(0)} s`,
  );
}
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 ? 1 : 0;

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
