/** The lab's notebook: imported into the workspace, and run there as a job. */
import { tokenCount } from '../../lab/token-count.ts';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Activities, InputOf } from '../../contracts/activities.ts';
import type { CompletionFacts } from '../../lab/resources.ts';
import type { Databricks, JobOutput, JobRun } from '../../clients/databricks/api.ts';
import { parseJson } from '../../lab/json.ts';
import { workspaceItemName, labHash } from '../../lab/names.ts';
import { done, pending, refused, type Outcome, type Remedy } from '../../lab/outcome.ts';
import { clusterProblem, parseTermination } from '../../lab/errors/arm.ts';
import { safeMessage } from '../../lab/redact.ts';
import { answer } from '../outcome-of-error.ts';
import { SECRET_KEY } from '../provisioning/connection.ts';
import type { Deps } from '../deps.ts';

/** A run that hangs is ended by the service after that long. */
const RUN_TIMEOUT_SECONDS = 20 * 60;

export const notebookActivities = ({
  clients,
  notebook,
}: Deps): Pick<Activities, 'importNotebook' | 'runNotebook'> => ({
  importNotebook: ({ lab, workspace, ready }) =>
    answer(async () => {
      const databricks = clients.databricks(workspace);
      const folder = `/Users/${ready.userName}/${workspaceItemName(lab)}`;
      const path = `${folder}/llmops-lab`;
      await databricks.makeFolder(folder);
      await databricks.importNotebook(path, await notebook());
      return done({ path, folder });
    }),

  runNotebook: (input) =>
    answer(
      async () => {
        const databricks = clients.databricks(input.workspace);
        const known = input.memo?.['jobRunId'];
        const id = typeof known === 'number' ? known : await submit(databricks, input);
        const run = await databricks.run(id);
        const state = run.status?.state ?? run.state?.life_cycle_state ?? 'PENDING';
        if (!ENDED.has(state)) return pending(`the notebook's run is ${state}`, { memo: { jobRunId: id } });
        return await runOutcome(databricks, run);
      },
      { memo: input.memo },
    ),
});

/** In both of the vocabularies in which a run tells its state. */
const ENDED = new Set(['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR']);

function submit(
  databricks: Databricks,
  { lab, attempt, clusterId, notebook, account, deployment, connection, prompts }: InputOf<'runNotebook'>,
): Promise<number> {
  return databricks.submitNotebook({
    name: `llmops ${lab.id}`,
    // 64 characters, the most that is allowed. A second execution gets the same run, a new attempt a new one.
    idempotencyToken: createHash('sha256')
      .update(`${lab.id}|${labHash(lab)}|${attempt}`)
      .digest('hex'),
    clusterId,
    notebookPath: notebook.path,
    timeoutSeconds: RUN_TIMEOUT_SECONDS,
    parameters: {
      endpoint: account.endpoint,
      api_version: deployment.apiVersion,
      deployment: deployment.name,
      secret_scope: connection.scope,
      secret_key: SECRET_KEY,
      credential: connection.credential,
      experiment: connection.experimentPath,
      system_prompt: prompts.system,
      user_prompt: prompts.prompt,
    },
  });
}

/** What the notebook hands to `dbutils.notebook.exit`. */
const exitValue = z.object({
  run_id: z.string().min(1),
  answer: z.string().nullish(),
  finish_reason: z.string().nullish(),
  model: z.string(),
  prompt_tokens: tokenCount,
  completion_tokens: tokenCount,
  total_tokens: tokenCount,
  latency_ms: z.number().min(0),
});

async function runOutcome(databricks: Databricks, run: JobRun): Promise<Outcome<CompletionFacts>> {
  const task = run.tasks?.[0];
  // The run that holds the task has no output of its own, and calls a failed task an INTERNAL_ERROR: the task tells the truth.
  const output: JobOutput = task === undefined ? {} : await databricks.runOutput(task.run_id);
  const details = run.status?.termination_details;
  const succeeded = (run.state?.result_state ?? details?.code) === 'SUCCESS' && !output.error;
  if (!succeeded) return refused(failure(run, output));

  const value = exitValue.safeParse(parseJson(output.notebook_output?.result ?? ''));
  if (!value.success) {
    return refused({
      code: 'notebook-without-result',
      message:
        `The notebook ran to its end and handed over no result that can be read: ${z.prettifyError(value.error)}`.slice(
          0,
          500,
        ),
      remedy: 'none',
      suggestion: 'Its last cell must call dbutils.notebook.exit with the JSON that the lab’s notebook has there.',
    });
  }
  const exit = value.data;
  return done({
    source: 'notebook',
    answer: (exit.answer ?? '').slice(0, 1_000),
    finishReason: exit.finish_reason ?? 'unknown',
    model: exit.model,
    promptTokens: exit.prompt_tokens,
    completionTokens: exit.completion_tokens,
    totalTokens: exit.total_tokens,
    latencyMs: Math.round(exit.latency_ms),
    runId: exit.run_id,
    traceId: null,
    ...(run.run_page_url ? { runPageUrl: run.run_page_url } : {}),
    warnings: [],
  });
}

function failure(run: JobRun, output: JobOutput) {
  const details = run.status?.termination_details;
  const said = details?.message ?? run.state?.state_message ?? '';
  const error = output.error ?? '';
  const termination = error === '' ? parseTermination(said) : null;
  // The cluster did not start: its own reason says more than the job's.
  if (termination !== null) return clusterProblem(termination);
  const code = details?.code ?? run.state?.result_state ?? 'FAILED';
  const cause = lastLine(plain(output.error_trace ?? ''));
  const what = error || said;
  // The last line of a traceback mostly repeats the error; where it does not, it says more.
  const message = what.includes(cause) ? what : `${what} ${cause}`;
  const ofPlatform = /^(CLUSTER_ERROR|CLOUD_FAILURE|DRIVER_ERROR|INTERNAL_ERROR)$/.test(code) && error === '';
  const remedy: Remedy = ofPlatform ? 'fresh-start' : 'none';
  return {
    code: `notebook-${code}`,
    message: safeMessage(plain(message) || 'The notebook’s run failed without a word.'),
    remedy,
    ...(run.run_page_url ? { suggestion: `The run’s page shows the failed cell: ${run.run_page_url}` } : {}),
  };
}

/** Tracebacks come coloured for a terminal. */
const plain = (text: string): string => text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');

const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^[:\s]+/, '') ?? '';
