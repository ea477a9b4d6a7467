/** Prints an ended lab: what was answered, what was verified, and the receipt of its removal. */
import type { LabView } from '../../src/hub/lab-view.ts';
import { plain } from './format.ts';

export function printReport(view: LabView): void {
  console.log('');
  if (view.plan) console.log(`model: ${plain(view.plan.reason)}`);
  for (const it of view.completions ?? []) {
    console.log(
      `\n${it.source === 'app' ? 'the app asked' : 'the notebook asked'} ${it.model} (${it.finishReason}, ${it.latencyMs} ms):`,
    );
    console.log(`  ${plain(it.answer)}`);
    console.log(`  completion_tokens ${it.completionTokens}, prompt_tokens ${it.promptTokens}`);
    console.log(`  run ${it.runId}  trace ${it.traceId ?? '-'}`);
    for (const warning of it.warnings) console.log(`  warning: ${plain(warning)}`);
  }
  console.log('');
  for (const it of view.verifications ?? []) {
    const usage = it.traceTokenUsage === null ? 'not recorded by this MLflow' : String(it.traceTokenUsage);
    console.log(
      `verified run ${it.runId}: param ${it.param} = span usage ${it.spanUsage} = trace token usage ${usage}`,
    );
  }
  if (view.problem) {
    console.log(`\nthe lab failed: ${view.problem.code}: ${plain(view.problem.message)}`);
    if (view.problem.suggestion) console.log(`  way out: ${plain(view.problem.suggestion)}`);
  }
  const { report } = view;
  if (!report) return;
  const why = report.end.reason === 'failed' ? 'because a step failed' : `by ${report.end.reason}`;
  console.log(`\nended ${why}; receipt of the teardown:`);
  for (const it of report.receipt.removals)
    console.log(
      `  ${it.kept ? 'kept ' : 'gone '} ${it.what.padEnd(22)} ${it.id.split('/').at(-1) ?? it.id}  (${it.confirmed})`,
    );
  for (const it of report.receipt.foreign)
    console.log(`  not ours, left alone: ${it.type} ${it.id.split('/').at(-1) ?? it.id}`);
  for (const it of report.receipt.left) console.log(`  LEFT ${it.id}: ${plain(it.why)}`);
  if (report.cost) {
    const { usd, avoidedUsd = 0 } = report.cost;
    console.log(
      `  estimated cost $${usd.toFixed(2)}; left on for a day it would have cost $${(usd + avoidedUsd).toFixed(2)}`,
    );
  }
  console.log(`  this proof cannot see ${report.receipt.blindTo.join('; ')}`);
}
