// The lab's notebook in real Python: real `mlflow.openai.autolog()`, real `openai.AzureOpenAI` over TLS, a real server behind the workspace's MLflow API.
// What it wrote is read by the app's own client, which is how a lab checks itself (L14).
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readRootSpan } from '../../src/clients/mlflow/read-spans.ts';
import { readChatAnswer } from '../../src/lab/traces/chat.ts';
import { recordedUsage, SOURCE_RUN } from '../../src/lab/traces/features.ts';
import {
  NOTEBOOK_SOURCE,
  runNotebook,
  runningCluster,
  startLab,
  type Lab,
} from '../local/cloud/databricks/workspace-harness.ts';
import { clientOf } from './client.ts';
import { CURRENT } from './lanes.ts';

const TIMEOUT_MS = 180_000;

describe.skipIf(CURRENT.missing !== undefined)(`the notebook in real Python, ${CURRENT.name}`, () => {
  let lab: Lab;
  let printed = '';
  beforeAll(async () => {
    const write = (text: string): void => {
      printed += text;
    };
    lab = await startLab({ python: { python: CURRENT.python, mlflowServer: CURRENT.url, write } });
  });
  afterEach(() => {
    expect(lab.cloud.unknownRoutes).toEqual([]);
    printed = '';
  });
  afterAll(() => lab.close());

  it(
    'restarts Python, which then knows nothing but its widgets, and ends as the notebook says',
    { timeout: TIMEOUT_MS },
    async () => {
      const source = [
        ...['# Databricks notebook source', 'import time', 'kept = 1', 'print(dbutils.widgets.get("user_prompt"))'],
        ...['# COMMAND ----------', '# MAGIC %restart_python', '# COMMAND ----------'],
        ...['assert "kept" not in globals()', 'dbutils.widgets.text("more", "default")'],
        ...[
          '# COMMAND ----------',
          'secret = dbutils.secrets.get(scope="llmops", key="azure-openai")',
          'print(secret)',
        ],
        ...['dbutils.notebook.exit(\'{"secret": %d, "more": "%s"}\' % (len(secret), dbutils.widgets.get("more")))'],
        ...['# COMMAND ----------', 'raise AssertionError("not reached")'],
      ].join('\n');
      const { output, result } = await runNotebook(lab, await runningCluster(lab), { source });
      expect(output.error, `${output.error_trace ?? ''}\n${printed}`).toBeUndefined();
      expect(printed).toContain('Tell me a joke about animals.');
      expect(printed).toContain('[REDACTED]');
      expect(printed).not.toContain(lab.account().keys.key1);
      expect(result).toEqual({ secret: lab.account().keys.key1.length, more: 'default' });
    },
  );

  it(
    'fails as a run does: with the last line of the traceback, and the line of the notebook',
    { timeout: TIMEOUT_MS },
    async () => {
      const source = NOTEBOOK_SOURCE.replace('# MAGIC %pip install openai', 'x = 1').replace(
        'import subprocess',
        'dbutils.secrets.get("no", "none")',
      );
      const { output, run } = await runNotebook(lab, await runningCluster(lab), { source });
      expect(run.state).toMatchObject({ result_state: 'FAILED' });
      expect(output.error).toMatch(/^Py4JJavaError: [^]*Secret does not exist with scope: no and key: none$/);
      const line = 1 + source.split('\n').findIndex((it) => it.startsWith('dbutils.secrets.get("no"'));
      expect(output.error_trace).toContain(`File "<notebook>", line ${line}`);
    },
  );

  it('leaves a run and a trace that say the same', { timeout: TIMEOUT_MS }, async () => {
    const experiment = `/Users/test/real-${Date.now()}`;
    const cluster = await runningCluster(lab);
    const { output, result } = await runNotebook(lab, cluster, { parameters: { experiment } });
    expect(output.error, `${output.error_trace ?? ''}\n${printed}`).toBeUndefined();
    expect(printed).toContain(result.answer);
    const mlflow = clientOf(lab);
    const run = await mlflow.run(result.run_id as string);
    expect(run).toMatchObject({ status: 'FINISHED', params: { completion_tokens: String(result.completion_tokens) } });
    const filter = `metadata.\`${SOURCE_RUN}\` = '${String(result.run_id)}'`;
    const [trace] = await mlflow.searchTraces(result.experiment_id as string, filter, 5);
    if (trace === undefined) throw new Error('no trace of the run');
    expect(recordedUsage(trace)?.output_tokens).toBe(result.completion_tokens);
    // Lab time, not the machine's.
    expect(Math.abs(Date.parse(trace.request_time ?? '') - lab.clock.now())).toBeLessThan(10 * 60_000);
    const root = readRootSpan((await mlflow.traceData(trace)) ?? '');
    expect(root?.name).toBe('Completions');
    expect(readChatAnswer(root?.outputs).usage?.output).toBe(result.completion_tokens);
  });
});
