/** Prints a lab's progress: a line per step when it ends, and on a terminal a last line that says what is under way. */
import { CRITICAL_PATH, STEPS, type Step } from '../../src/lab/steps.ts';
import { duration, plain, seconds } from './format.ts';

export type ProgressPrinter = { show(steps: readonly Step[], nowMs: number, waiting: string): void; clear(): void };

export function createProgressPrinter(options: {
  out: NodeJS.WriteStream;
  startedAt: string;
  idleMinutes: number;
  wallSeconds: () => number;
}): ProgressPrinter {
  const { out, startedAt, idleMinutes } = options;
  const printed = new Set<string>();
  const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
  let turn = 0;
  const clear = () => {
    if (out.isTTY) out.write('\r\x1b[K');
  };
  const stamp = (nowMs: number) =>
    `lab ${duration((nowMs - Date.parse(startedAt)) / 1_000).padStart(9)}   wall ${options.wallSeconds().toFixed(1).padStart(5)} s`;

  return {
    clear,
    show(steps, nowMs, waiting) {
      clear();
      for (const step of steps) {
        const key = [step.name, step.attempt, step.subject, step.startedAt].join('|');
        if (step.endedAt === undefined || printed.has(key)) continue;
        printed.add(key);
        out.write(`${stamp(Date.parse(step.endedAt))}   ${line(step)}   ${eta(steps, step, idleMinutes, nowMs)}\n`);
      }
      if (!out.isTTY) return;
      const running = steps
        .filter((it) => it.state === 'running')
        .map((it) => `${it.name}${it.note ? ` (${plain(it.note)})` : ''}`);
      const text = `${spinner[turn++ % spinner.length] ?? ''} ${stamp(nowMs)}   ${running.length > 0 ? running.join(' · ') : waiting}`;
      out.write(text.slice(0, Math.max(20, out.columns - 1)));
    },
  };
}

function line(step: Step): string {
  const took = duration(seconds(step.startedAt, step.endedAt ?? step.startedAt));
  const verb = step.state === 'done' ? 'done in' : `${step.state} after`;
  const what = `${step.region ?? ''}`.padEnd(15) + step.name.padEnd(22);
  const note = step.state === 'failed' && step.note ? `  ${plain(step.note)}` : '';
  return `${what} ${`${verb} ${took}`.padEnd(18)}${note}`;
}

/** What is still ahead: typical times of the steps on the longest way that have not ended, and the idle wait between building and removing. */
function eta(steps: readonly Step[], last: Step, idleMinutes: number, nowMs: number): string {
  const ended = new Set(steps.filter((it) => it.state === 'done').map((it) => it.name));
  const removing = steps.some((it) => it.name === 'inventory');
  let rest = removing ? 0 : idleMinutes * 60;
  for (const name of CRITICAL_PATH) {
    if (ended.has(name) || (removing && STEPS[name].lane !== 'removal')) continue;
    const running = steps.find((it) => it.name === name && it.state === 'running');
    const typical = STEPS[name].typicalSeconds;
    rest += running ? Math.max(0, typical - (nowMs - Date.parse(running.startedAt)) / 1_000) : typical;
  }
  return last.name === 'remove-group' || rest < 1 ? '' : `about ${duration(rest)} to go`;
}
