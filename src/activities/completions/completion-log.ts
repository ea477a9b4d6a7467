/**
 * What MLflow knows of one completion of the app, and how it is written there.
 *
 * 1. The key names everything: the run carries it as a tag, the trace's id derives from it.
 * 2. Order: run, trace, parameters and metrics in one batch, end of the run. So a run with its parameter is a whole one, and a trace without it can be gone on from.
 * 3. `completion_tokens` is a parameter, as the lab logs it, and a metric, which sorts and plots.
 */
import { tokensOf } from '../../lab/token-count.ts';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { completionOf, type Completion } from '../../clients/openai/chat.ts';
import type { Mlflow, Run } from '../../clients/mlflow/api.ts';
import { readRootSpan } from '../../clients/mlflow/read-spans.ts';
import { chatRequest, LLMOPS_TAGS, traceIdOf, type Chat, type ChatCall } from '../../clients/mlflow/write-trace.ts';
import type { CompletionFacts, ConnectionFacts, DeploymentFacts } from '../../lab/resources.ts';
import { parseJson } from '../../lab/json.ts';
import { labHash, type LabRef } from '../../lab/names.ts';
import type { Problem } from '../../lab/outcome.ts';
import { safeMessage } from '../../lab/redact.ts';
import { durationMs, FEATURE_TAGS } from '../../lab/traces/features.ts';

/** One completion, as far as it is written down. */
export type LoggedCompletion = {
  lab: LabRef;
  /** Names this completion for ever: the run and the trace ids derive from it. */
  key: string;
  connection: ConnectionFacts;
  deployment: DeploymentFacts;
  prompts: { system: string; prompt: string };
  source: 'app' | 'api';
  session: string;
  /** Tags of run and trace. */
  tags: Record<string, string>;
};

export type ChatResult = { request: Chat; startedAtMs: number; latencyMs: number } & (
  { ok: true; completion: Completion } | { ok: false; error: unknown }
);

/** What an earlier execution under the same key left. `traceId` is the id that the next trace may take. */
export type Earlier =
  | { kind: 'none' }
  | { kind: 'recorded'; facts: CompletionFacts }
  /** It was refused, and the refusal is written down. */
  | { kind: 'failed'; problem: Problem; runId: string; traceId: string | null }
  | { kind: 'traced'; runId: string; traceId: string; chat: ChatResult }
  | { kind: 'begun'; runId: string; traceId: string }
  /** `passing`: it may be readable in a moment. */
  | { kind: 'unreadable'; why: string; passing: boolean };

export type CompletionLog = ReturnType<typeof createCompletionLog>;

/** Traces under one key that were begun and never filled. More than a few are no accident. */
const MOST_ORDINALS = 5;

export function createCompletionLog(mlflow: Mlflow, logged: LoggedCompletion, now: () => Date) {
  const { lab, key, connection, deployment, prompts, source, session } = logged;
  const experimentId = connection.experimentId;
  const idOf = (ordinal: number): string => traceIdOf(labHash(lab), key, ordinal);

  const findRun = async (): Promise<Run | undefined> =>
    (await mlflow.searchRuns(experimentId, `tags.\`${LLMOPS_TAGS.key}\` = '${key.replaceAll("'", '')}'`, 1))[0];

  const beginRun = async (startedAtMs: number): Promise<string> => {
    const tags = {
      ...logged.tags,
      [LLMOPS_TAGS.lab]: lab.id,
      [LLMOPS_TAGS.source]: source,
      [LLMOPS_TAGS.key]: key.replaceAll("'", ''),
      'mlflow.source.name': 'llmops-lab',
      'mlflow.source.type': 'JOB',
      'mlflow.user': lab.owner,
    };
    const create = () => mlflow.createRun(experimentId, `${source} ${lab.id}`, startedAtMs, tags);
    // Its answer may be what was lost.
    return create().catch(async () => (await findRun())?.id ?? (await create()));
  };

  const callOf = (chat: ChatResult, runId: string, traceId: string, outcome: ChatCall['outcome']): ChatCall => ({
    traceId,
    experimentId,
    runId,
    labId: lab.id,
    key,
    source,
    session,
    tags: logged.tags,
    request: chat.request,
    startedAtMs: chat.startedAtMs,
    durationMs: chat.latencyMs,
    outcome,
  });

  return {
    find: async (): Promise<Earlier> => {
      const run = await findRun();
      if (run === undefined) return { kind: 'none' };
      const facts = recordedFacts(run);
      if (facts !== undefined) {
        if (run.status !== 'FINISHED') await mlflow.endRun(run.id, 'FINISHED', now().getTime());
        return { kind: 'recorded', facts };
      }
      const failure = recordedFailure(run);
      if (failure !== undefined) return failure;
      for (let ordinal = 1; ordinal <= MOST_ORDINALS; ordinal++) {
        const traceId = idOf(ordinal);
        const info = await mlflow.trace(traceId);
        if (info === undefined) return { kind: 'begun', runId: run.id, traceId };
        if (info.state === 'ERROR') {
          await mlflow.endRun(run.id, 'FAILED', now().getTime());
          const code = info.tags[FEATURE_TAGS.error] ?? 'unknown';
          const problem: Problem = { code, message: info.response_preview ?? '', remedy: 'none' };
          return { kind: 'failed', problem, runId: run.id, traceId };
        }
        const data = await mlflow.traceData(info);
        const root = readRootSpan(data ?? '');
        const completion = completionOf(root?.outputs);
        const request = chatRequest.safeParse(root?.inputs);
        if (completion !== undefined && request.success) {
          const timing = {
            startedAtMs: Date.parse(info.request_time ?? '') || run.startedAtMs,
            latencyMs: durationMs(info) ?? 0,
          };
          return {
            kind: 'traced',
            runId: run.id,
            traceId,
            chat: { ok: true, completion, request: request.data, ...timing },
          };
        }
      }
      return { kind: 'begun', runId: run.id, traceId: idOf(MOST_ORDINALS) };
    },

    write: async (chat: ChatResult & { ok: true }, earlier: Earlier): Promise<CompletionFacts> => {
      const warnings = earlier.kind === 'unreadable' ? [warning('MLflow could not be read', earlier.why)] : [];
      const { text, usage, finishReason, model, raw } = chat.completion;
      const facts: CompletionFacts = {
        source: 'app',
        answer: text.slice(0, 1_000),
        finishReason,
        model,
        promptTokens: usage.input,
        completionTokens: usage.output,
        totalTokens: usage.total,
        latencyMs: chat.latencyMs,
        runId: 'runId' in earlier ? earlier.runId : '',
        traceId: earlier.kind === 'traced' ? earlier.traceId : null,
        warnings,
      };
      if (facts.runId === '')
        facts.runId = (await attempt(warnings, 'The run could not be created', () => beginRun(chat.startedAtMs))) ?? '';
      if (facts.runId === '') return facts;
      const { runId } = facts;

      if (facts.traceId === null) {
        const traceId = earlier.kind === 'begun' ? earlier.traceId : idOf(1);
        const call = callOf(chat, runId, traceId, { ok: true, answer: raw, text, usage });
        facts.traceId =
          (await attempt(warnings, 'The trace could not be written', () =>
            twice(() => mlflow.writeChatTrace(call)).then(() => traceId),
          )) ?? null;
      }
      await attempt(warnings, 'The run could not be filled', async () => {
        await twice(() =>
          mlflow.logBatch(runId, {
            ...batchOf(facts, deployment, prompts, chat.request),
            atMs: chat.startedAtMs + chat.latencyMs,
          }),
        );
        await twice(() => mlflow.endRun(runId, 'FINISHED', chat.startedAtMs + chat.latencyMs));
      });
      return facts;
    },

    /** Leaves a failed run with an error trace; what cannot be logged becomes a warning, for the refusal is reported anyway. */
    writeFailure: async (
      chat: ChatResult,
      problem: Problem,
      earlier: Earlier,
    ): Promise<{ runId: string; traceId: string | null; warnings: string[] }> => {
      const warnings = earlier.kind === 'unreadable' ? [warning('MLflow could not be read', earlier.why)] : [];
      const endedAtMs = chat.startedAtMs + chat.latencyMs;
      const runId =
        'runId' in earlier
          ? earlier.runId
          : ((await attempt(warnings, 'The run could not be created', () => beginRun(chat.startedAtMs))) ?? '');
      if (runId === '') return { runId, traceId: null, warnings };
      const id = earlier.kind === 'begun' ? earlier.traceId : idOf(1);
      const call = callOf(chat, runId, id, { ok: false, code: problem.code, message: problem.message });
      const traceId =
        (await attempt(warnings, 'The trace could not be written', () =>
          twice(() => mlflow.writeChatTrace(call)).then(() => id),
        )) ?? null;
      await attempt(warnings, 'The run could not be filled', async () => {
        const tags = {
          [LLMOPS_TAGS.problem]: JSON.stringify({ code: problem.code, message: problem.message }),
          ...(traceId === null ? {} : { [LLMOPS_TAGS.traceId]: traceId }),
        };
        await twice(() => mlflow.logBatch(runId, { tags, atMs: endedAtMs }));
        await twice(() => mlflow.endRun(runId, 'FAILED', endedAtMs));
      });
      return { runId, traceId, warnings };
    },
  };
}

const twice = <T>(work: () => Promise<T>): Promise<T> => work().catch(work);

/** Undefined, and a warning, where it fails. */
const attempt = <T>(warnings: string[], what: string, work: () => Promise<T>): Promise<T | undefined> =>
  work().catch((error: unknown) => {
    warnings.push(warning(what, error instanceof Error ? error.message : String(error)));
    return undefined;
  });

const warning = (what: string, why: string): string => safeMessage(`${what}: ${why}`, 200);

function batchOf(
  facts: CompletionFacts,
  deployment: { name: string; apiVersion: string },
  prompts: { system: string; prompt: string },
  { model: _model, messages: _messages, ...parameters }: Chat,
) {
  const counts = {
    completion_tokens: facts.completionTokens,
    prompt_tokens: facts.promptTokens,
    total_tokens: facts.totalTokens,
  };
  return {
    params: {
      completion_tokens: String(facts.completionTokens),
      model: facts.model,
      deployment: deployment.name,
      api_version: deployment.apiVersion,
      finish_reason: facts.finishReason,
      ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
      prompt_sha256: createHash('sha256').update(`${prompts.system}\n${prompts.prompt}`).digest('hex'),
    },
    metrics: { ...counts, latency_ms: facts.latencyMs },
    tags: {
      [LLMOPS_TAGS.answer]: facts.answer,
      ...(facts.traceId === null ? {} : { [LLMOPS_TAGS.traceId]: facts.traceId }),
    },
  };
}

const refusal = z.object({ code: z.string(), message: z.string() });

/** What is left of a refusal; undefined where there is none, or people have written over it. */
function recordedFailure({ id, status, tags }: Run): Extract<Earlier, { kind: 'failed' }> | undefined {
  const text = tags[LLMOPS_TAGS.problem];
  if (status !== 'FAILED' || text === undefined) return undefined;
  const read = refusal.safeParse(parseJson(text));
  if (!read.success) return undefined;
  const traceId = tags[LLMOPS_TAGS.traceId] ?? null;
  return { kind: 'failed', problem: { ...read.data, remedy: 'none' }, runId: id, traceId };
}

/** The facts of a run whose batch was logged; undefined where it was not. */
function recordedFacts({ id, params, metrics, tags }: Run): CompletionFacts | undefined {
  const [completionTokens, promptTokens, totalTokens] = ['completion_tokens', 'prompt_tokens', 'total_tokens'].map(
    (name) => tokensOf(metrics[name]),
  );
  // The batch is not atomic, so all of it is asked for.
  if (
    params['completion_tokens'] === undefined ||
    completionTokens == null ||
    promptTokens == null ||
    totalTokens == null
  )
    return undefined;
  if (tags[LLMOPS_TAGS.answer] === undefined) return undefined;
  return {
    source: 'app',
    answer: tags[LLMOPS_TAGS.answer] ?? '',
    finishReason: params['finish_reason'] ?? 'unknown',
    model: params['model'] ?? '',
    promptTokens,
    completionTokens,
    totalTokens,
    latencyMs: Math.max(0, metrics['latency_ms'] ?? 0),
    runId: id,
    traceId: tags[LLMOPS_TAGS.traceId] ?? null,
    warnings: [],
  };
}
