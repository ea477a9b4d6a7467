/**
 * L14 of the lab, through the MLflow API: the run's parameter `completion_tokens`, the usage in the trace's output, and the token usage that MLflow counted must
 * be one number. Traces arrive late (Python exports them in the background), so what is missing is waited for; what differs is refused at once.
 */
import type { Mlflow } from '../../clients/mlflow/api.ts';
import { readRootSpan } from '../../clients/mlflow/read-spans.ts';
import { LLMOPS_TAGS, type TraceInfo } from '../../clients/mlflow/write-trace.ts';
import type { Activities } from '../../contracts/activities.ts';
import type { Verification } from '../../lab/resources.ts';
import { done, pending, refused, type Outcome } from '../../lab/outcome.ts';
import { readChatSpan, type ChatReading } from '../../lab/traces/chat.ts';
import { featureTags, recordedUsage, SOURCE_RUN } from '../../lab/traces/features.ts';
import { answer } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';

/** How long a trace or a parameter may be late, from the first look. */
const PATIENCE_MS = 4 * 60_000;

const MOST_TRACES = 5;

type Missing = { code: string; what: string };
type Seen = Omit<Verification, 'runId'>;

export const verificationActivities = ({ clients, now }: Deps): Pick<Activities, 'verifyCompletion'> => ({
  verifyCompletion: ({ workspace, connection, source, runId, memo }) =>
    answer(
      async () => {
        if (runId === '') return refuse('l14-no-run', `The ${source}'s completion left no run in MLflow.`);
        const since = Number(memo?.['since'] ?? now().getTime());
        const seen = await look(clients.mlflow(workspace), connection.experimentId, runId, source);
        if ('code' in seen) {
          const sentence = `The ${source}'s run ${runId} ${seen.what}.`;
          return now().getTime() - since < PATIENCE_MS
            ? pending(sentence, { memo: { since } })
            : refuse(seen.code, sentence);
        }
        return compare(source, { runId, ...seen });
      },
      { memo },
    ),
});

const refuse = (code: string, message: string): Outcome<never> => refused({ code, message, remedy: 'none' });

function compare(source: string, verification: Verification): Outcome<Verification> {
  const { runId, param, spanUsage, traceTokenUsage } = verification;
  if (param === spanUsage && (traceTokenUsage === null || traceTokenUsage === param)) return done(verification);
  const counted = traceTokenUsage === null ? '' : ` and its token usage ${traceTokenUsage}`;
  return refuse(
    'l14-unequal',
    `The ${source}'s run ${runId} has the parameter completion_tokens ${param}, its trace's output says ${spanUsage}${counted}.`,
  );
}

async function look(
  mlflow: Mlflow,
  experimentId: string,
  runId: string,
  source: 'app' | 'notebook',
): Promise<Seen | Missing> {
  const run = await mlflow.run(runId);
  if (run === undefined) return { code: 'l14-no-run', what: 'is not in MLflow' };
  const param = run.params['completion_tokens'];
  if (param === undefined) return { code: 'l14-no-param', what: 'has no parameter completion_tokens' };
  if (!/^\d+$/.test(param))
    return { code: 'l14-no-param', what: `has a parameter completion_tokens that is no number: ${param.slice(0, 40)}` };

  const traces = await mlflow.searchTraces(experimentId, `metadata.\`${SOURCE_RUN}\` = '${runId}'`, MOST_TRACES);
  let missing: Missing = { code: 'l14-no-trace', what: 'has no trace' };
  // Newest first. One that was begun and never filled may lie beside the one that counts.
  for (const trace of traces) {
    const data = await mlflow.traceData(trace);
    const root = readRootSpan(data ?? '');
    const reading = root && readChatSpan(root.inputs, root.outputs);
    const spanUsage = reading?.usage?.output;
    if (reading !== undefined && spanUsage !== undefined) {
      await describeTrace(mlflow, trace, reading, source);
      const traceTokenUsage = recordedUsage(trace)?.output_tokens ?? null;
      return { param: Number(param), traceId: trace.trace_id, spanUsage, traceTokenUsage };
    }
    missing =
      root === undefined
        ? { code: 'l14-no-trace-data', what: `has a trace, ${trace.trace_id}, without data` }
        : {
            code: 'l14-no-usage',
            what: `has a trace, ${trace.trace_id}, whose output holds no usage.completion_tokens`,
          };
  }
  return missing;
}

/** Tags what MLflow keeps inside the spans only, so that listing and drift need a search alone. The app's own traces were born with it; a tag that cannot be set is no fault of the completion. */
async function describeTrace(mlflow: Mlflow, trace: TraceInfo, reading: ChatReading, source: string): Promise<void> {
  const wanted = { [LLMOPS_TAGS.source]: source, ...featureTags(reading) };
  const missing = Object.entries(wanted).filter(([name]) => trace.tags[name] === undefined);
  await mlflow.setTraceTags(trace.trace_id, Object.fromEntries(missing)).catch(() => undefined);
}
