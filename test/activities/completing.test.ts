// The app's own completion: asked and logged once under its key, whatever is lost on the way; telemetry never fails it.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CONTENT_FILTER_TRIGGER } from '../../local/cloud/openai/completion.ts';
import { mlflowOf } from '../../local/cloud/mlflow/records.ts';
import type { CompletionFacts } from '../../src/lab/resources.ts';
import { readRootSpan } from '../../src/clients/mlflow/read-spans.ts';
import { LLMOPS_TAGS } from '../../src/clients/mlflow/write-trace.ts';
import { build, PROMPTS, startBench, type Bench, type Built } from './bench.ts';

let bench: Bench;
let built: Built;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(async () => {
  built = await build(bench);
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
  bench.reset();
});

const input = (key = 'first', prompts = PROMPTS) => ({ lab: bench.lab, ...built, prompts, key });
const complete = (key?: string): Promise<CompletionFacts> => bench.value('completeFromApp', input(key));
const mlflow = () => bench.clients.mlflow(built.workspace);
const runs = () => mlflow().searchRuns(built.connection.experimentId, '', 100);
/** Traces are found some time after they are written. */
const traces = async () => {
  await bench.pass(120_000);
  return mlflow().searchTraces(built.connection.experimentId, '', 100);
};
const chats = () => bench.requests(/chat\/completions$/).length;

describe('a completion', () => {
  it('leaves a finished run with parameter and metrics, and a trace of the whole answer', async () => {
    const facts = await complete();
    expect(facts).toMatchObject({ source: 'app', warnings: [], finishReason: 'stop' });
    const [run, ...more] = await runs();
    expect(more).toEqual([]);
    expect(run).toMatchObject({
      id: facts.runId,
      status: 'FINISHED',
      params: {
        completion_tokens: String(facts.completionTokens),
        model: facts.model,
        deployment: built.deployment.name,
      },
      metrics: {
        completion_tokens: facts.completionTokens,
        prompt_tokens: facts.promptTokens,
        total_tokens: facts.totalTokens,
      },
    });
    const [trace] = await traces();
    expect(trace).toMatchObject({
      trace_id: facts.traceId,
      state: 'OK',
      trace_metadata: { 'mlflow.sourceRun': facts.runId },
    });
    const root = readRootSpan((await mlflow().traceData(trace!))!);
    expect(root).toMatchObject({
      name: 'Completions',
      inputs: { messages: [{ role: 'system' }, { role: 'user', content: PROMPTS.prompt }] },
    });
    expect(root?.outputs).toMatchObject({
      usage: { completion_tokens: facts.completionTokens },
      choices: [{ message: { content: facts.answer } }],
    });
  });

  it('is the same one for the same key, and another for another', async () => {
    const first = await complete('one');
    expect(await complete('one')).toEqual(first);
    const second = await complete('two');
    expect(second.runId).not.toBe(first.runId);
    expect(second.traceId).not.toBe(first.traceId);
    expect(await runs()).toHaveLength(2);
  });

  it.each([
    ['chat/completions', 'POST */chat/completions', 2],
    ['runs/create', 'POST */mlflow/runs/create', 1],
    ['traces', 'POST /api/3.0/mlflow/traces', 1],
    ['the upload', 'PUT *', 1],
    ['log-batch', 'POST */runs/log-batch', 1],
    ['runs/update', 'POST */runs/update', 1],
    ['runs/search', 'POST */runs/search', 1],
  ])('is logged once when the answer of %s is lost', async (_what, pattern, asked) => {
    bench.cloud.faults.add({ pattern, kind: 'reset', when: 'after' });
    const facts = await complete();
    expect(bench.cloud.faults.hits).toEqual([1]);
    expect(facts.warnings).toEqual([]);
    expect(await complete()).toEqual(facts);
    expect(await runs()).toMatchObject([{ id: facts.runId, status: 'FINISHED' }]);
    expect(await traces()).toHaveLength(1);
    expect(chats()).toBe(asked);
    expect(await bench.value('verifyCompletion', { ...input(), source: 'app', runId: facts.runId })).toMatchObject({
      param: facts.completionTokens,
    });
  });

  it('that was cut off between its trace and its parameters goes on from the trace: the model is not asked again', async () => {
    // Twice, for the activity itself tries again: the batch is then missing, as after a crash.
    bench.cloud.faults.add({ pattern: 'POST */runs/log-batch', kind: 'reset', fire: 2 });
    const cut = await complete();
    expect(cut.warnings).toHaveLength(1);
    const facts = await complete();
    expect(facts).toEqual({ ...cut, warnings: [] });
    expect(chats()).toBe(1);
    expect(await runs()).toMatchObject([{ status: 'FINISHED', tags: { [LLMOPS_TAGS.traceId]: facts.traceId } }]);
  });

  it.each([
    ['while its trace was being filled writes another trace, never a mixed one', 'AZURE_SAS_URI', 'PUT *'],
    [
      'when the file of its trace was there and empty goes on with another: it gave up on every try',
      'AZURE_ADLS_GEN2_SAS_URI',
      'PATCH *',
    ],
  ] as const)('that was cut off %s', async (_what, storage, pattern) => {
    mlflowOf(bench.cloud.state).knobs.storage = storage;
    bench.cloud.faults.add({ pattern, service: 'databricks', kind: 'reset', fire: 2 });
    bench.cloud.faults.add({ pattern: 'POST */runs/log-batch', kind: 'reset', fire: 2 });
    await complete();
    const facts = await complete();
    expect(chats()).toBe(2);
    expect(await bench.value('verifyCompletion', { ...input(), source: 'app', runId: facts.runId })).toMatchObject({
      traceId: facts.traceId,
    });
  });

  it('whose trace somebody else rewrote is asked again, and never crashes on what they wrote', async () => {
    bench.cloud.faults.add({ pattern: 'POST */runs/log-batch', kind: 'reset', fire: 2 });
    const cut = await complete();
    const { traceData } = mlflowOf(bench.cloud.state);
    for (const [id, text] of traceData.entries()) traceData.put(id, text.replace('"mlflow.spanInputs":', '"theirs":'));
    const facts = await complete();
    expect(facts).toMatchObject({ runId: cut.runId, warnings: [] });
    expect(chats()).toBe(2);
  });
});

describe('telemetry', () => {
  it('that is silent for a moment is waited for', async () => {
    bench.cloud.faults.add({ pattern: 'POST */runs/search', kind: 'status', status: 503, fire: 2 });
    expect(await complete()).toMatchObject({ warnings: [] });
    expect(chats()).toBe(1);
  });

  it('that stays silent costs the run, not the completion', async () => {
    bench.cloud.faults.add({ pattern: '* */mlflow/*', kind: 'status', status: 503, fire: Infinity });
    const facts = await complete();
    expect(facts).toMatchObject({ runId: '', traceId: null });
    expect(facts.answer).not.toBe('');
    expect(facts.warnings.length).toBeGreaterThan(0);
    expect(await bench.settle('verifyCompletion', { ...input(), source: 'app', runId: facts.runId })).toMatchObject({
      kind: 'refused',
      problem: { code: 'l14-no-run' },
    });
  });
});

describe('an endpoint', () => {
  it('that does not know the deployment yet, or the role, is waited for, and nothing is logged meanwhile', async () => {
    bench.cloud.faults.add({
      pattern: 'POST */chat/completions',
      kind: 'status',
      status: 404,
      body: { error: { code: 'DeploymentNotFound', message: 'wait a moment' } },
    });
    bench.cloud.faults.add({
      pattern: 'POST */chat/completions',
      kind: 'status',
      status: 401,
      body: { error: { code: 'PermissionDenied', message: 'lacks the data action' } },
    });
    expect(await bench.call('completeFromApp', input())).toMatchObject({ kind: 'pending' });
    expect(await bench.call('completeFromApp', input())).toMatchObject({ kind: 'pending' });
    expect(await runs()).toEqual([]);
    await complete();
    expect(await runs()).toHaveLength(1);
  });

  it('that is busy says how long', async () => {
    bench.cloud.faults.add({
      pattern: 'POST */chat/completions',
      kind: 'status',
      status: 429,
      headers: { 'retry-after-ms': '1500' },
      body: { error: { code: '429', message: 'rate limit' } },
    });
    expect(await bench.call('completeFromApp', input())).toMatchObject({ kind: 'pending', afterSeconds: 2 });
  });

  it('that refuses the prompt leaves a failed run with an error trace', async () => {
    const prompts = { ...PROMPTS, prompt: CONTENT_FILTER_TRIGGER };
    expect(await bench.settle('completeFromApp', input('bad', prompts))).toMatchObject({
      kind: 'refused',
      problem: { code: 'content_filter' },
    });
    expect(await runs()).toMatchObject([{ status: 'FAILED' }]);
    expect(await traces()).toMatchObject([{ state: 'ERROR' }]);
  });

  it('whose refusal somebody wrote over refuses as its trace tells, and does not crash', async () => {
    const refusal = { ...PROMPTS, prompt: `${CONTENT_FILTER_TRIGGER} please` };
    const first = await bench.settle('completeFromApp', input('filtered', refusal));
    const [run] = await runs();
    await mlflow().logBatch(run!.id, { tags: { [LLMOPS_TAGS.problem]: 'see my notes' }, atMs: bench.clock.now() });
    expect(await bench.settle('completeFromApp', input('filtered', refusal))).toMatchObject({
      kind: 'refused',
      problem: { code: (first as { problem: { code: string } }).problem.code },
    });
    expect(chats()).toBe(1);
  });

  it('is never called with a key, whatever the environment holds', async () => {
    process.env.AZURE_OPENAI_API_KEY = 'not-to-be-used';
    process.env.OPENAI_BASE_URL = 'https://elsewhere.example.org';
    try {
      expect(await complete()).toMatchObject({ warnings: [] });
    } finally {
      delete process.env.AZURE_OPENAI_API_KEY;
      delete process.env.OPENAI_BASE_URL;
    }
  });
});
