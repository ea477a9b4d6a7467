// The real Python client of MLflow reads what the app wrote, and the app reads what it wrote. It meets a workspace of the local cloud as it meets Azure
// Databricks (tracking URI `databricks`, signed URLs), and a real server behind one.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABRICKS_AUDIENCE } from '../../local/cloud/databricks/gate.ts';
import { readRootSpan } from '../../src/clients/mlflow/read-spans.ts';
import { traceIdOf, type Chat, type ChatCall } from '../../src/clients/mlflow/write-trace.ts';
import { readChatAnswer } from '../../src/lab/traces/chat.ts';
import { recordedUsage, SOURCE_RUN } from '../../src/lab/traces/features.ts';
import { startLab, type Lab } from '../local/cloud/databricks/workspace-harness.ts';
import { clientOf } from './client.ts';
import { CURRENT, OLDEST, type Lane } from './lanes.ts';

const TIMEOUT_MS = 180_000;
const folder = mkdtempSync(join(tmpdir(), 'llmops-lab-client-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Span = { name: string; type: string; status: string; parent: string | null; inputs: unknown; outputs: unknown };
type Said = {
  runId: string;
  experimentId: string;
  completionTokens: number;
  read: {
    rows: number;
    runs: { id: string; status: string; params: object; metrics: object }[];
    traces: { sourceRun: string; state: string; usage: object | null; spans: Span[] }[];
  } | null;
};

const python = async (lane: Lane, lab: Lab, args: string[], settings: Record<string, string>): Promise<string> => {
  const authorities = join(folder, 'authorities.pem');
  writeFileSync(authorities, tls.getCACertificates('default').join('\n'));
  const { stdout } = await promisify(execFile)(lane.python, args, {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      PYTHONDONTWRITEBYTECODE: '1',
      SSL_CERT_FILE: authorities,
      REQUESTS_CA_BUNDLE: authorities,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      GIT_PYTHON_REFRESH: 'quiet',
      AZURE_OPENAI_ENDPOINT: lab.account().origin,
      AZURE_OPENAI_API_KEY: lab.account().keys.key1,
      OPENAI_API_VERSION: '2025-04-01-preview',
      ...settings,
    },
  });
  return stdout.trim();
};

const CLIENT = fileURLToPath(new URL('client.py', import.meta.url));

const asDatabricks = (lab: Lab): Record<string, string> => ({
  MLFLOW_TRACKING_URI: 'databricks',
  DATABRICKS_HOST: lab.workspace().origin,
  DATABRICKS_TOKEN: lab.cloud.state.issueToken(DATABRICKS_AUDIENCE),
});

const request: Chat = {
  model: 'gpt-5.1',
  messages: [
    { role: 'system', content: 'Assistant is a large language model trained by OpenAI.' },
    { role: 'user', content: 'Tell me a joke about animals.' },
  ],
};
const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-5.1-2025-11-13',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Moo.' } }],
  usage: { prompt_tokens: 29, completion_tokens: 2, total_tokens: 31 },
};

// The client of 2.21 opens no document of spans in the shape of 3.0, whoever wrote it, so there it only writes.
const PLACES = [
  { name: 'a workspace as Azure Databricks has it', lane: CURRENT, isServer: false },
  { name: 'a workspace as Azure Databricks has it', lane: OLDEST, isServer: false },
  { name: 'a real server', lane: CURRENT, isServer: true },
];

for (const { name, lane, isServer } of PLACES) {
  describe.skipIf(lane.missing !== undefined)(`${name}, with the client of ${lane.name}`, () => {
    const experiment = `/Shared/python-${process.pid}-${Date.now()}-${String(isServer)}`;
    const reads = lane === CURRENT;
    let lab: Lab;
    let mlflow: ReturnType<typeof clientOf>;
    let said: Said;
    let good = '';
    let bad = '';
    let experimentId = '';
    beforeAll(async () => {
      lab = await startLab(isServer ? { python: { python: lane.python, mlflowServer: lane.url } } : {});
      mlflow = clientOf(lab);
      experimentId = await mlflow.ensureExperiment(experiment, { 'llmops.lab': 'one' });
      const startedAtMs = Date.parse('2026-11-20T08:00:00.123Z');
      const write = async (key: string, outcome: ChatCall['outcome']): Promise<string> => {
        const runId = await mlflow.createRun(experimentId, key, startedAtMs, { 'llmops.key': key });
        const traceId = traceIdOf('hash', `${experiment}${key}`, 1);
        const call = {
          traceId,
          experimentId,
          runId,
          labId: 'one',
          key,
          request,
          startedAtMs,
          durationMs: 900,
          outcome,
        };
        // Twice, as an activity that lost its answer does.
        await mlflow.writeChatTrace(call);
        await mlflow.writeChatTrace(call);
        const [params, metrics] = [{ completion_tokens: '2' }, { latency_ms: 900 }];
        await mlflow.logBatch(runId, { params, metrics, atMs: startedAtMs });
        await mlflow.endRun(runId, outcome.ok ? 'FINISHED' : 'FAILED', startedAtMs + 900);
        return runId;
      };
      good = await write('good', { ok: true, answer, text: 'Moo.', usage: { input: 29, output: 2, total: 31 } });
      bad = await write('bad', { ok: false, code: 'content_filter', message: 'The response was filtered.' });
      await lab.pass(5_000);
      const settings = isServer ? { MLFLOW_TRACKING_URI: lane.url } : asDatabricks(lab);
      const args = [CLIENT, `${experiment}-written`, 'chat', reads ? experiment : ''];
      const printed = await python(lane, lab, args, settings);
      said = JSON.parse(printed.split('\n').at(-1) ?? '') as Said;
      await lab.pass(5_000);
    }, TIMEOUT_MS);
    afterAll(async () => {
      const unknown = [...lab.cloud.unknownRoutes];
      await lab.close();
      expect(unknown).toEqual([]);
    });

    it.skipIf(!reads || isServer)('reads the traces of the app with the example of docs/monitoring.md', async () => {
      const [, example = ''] = /^```python\n(.*?)^```$/ms.exec(readFileSync('docs/monitoring.md', 'utf8')) ?? [];
      const printed = await python(lane, lab, ['-c', example], { ...asDatabricks(lab), LAB_EXPERIMENT: experimentId });
      expect(printed.split('\n').at(-1)).toBe('2 traces');
    });

    it.skipIf(!reads)('reads the runs of the app', () => {
      expect(said.read?.runs).toHaveLength(2);
      expect(said.read?.runs).toEqual(
        expect.arrayContaining([
          { id: good, status: 'FINISHED', params: { completion_tokens: '2' }, metrics: { latency_ms: 900 } },
          { id: bad, status: 'FAILED', params: { completion_tokens: '2' }, metrics: { latency_ms: 900 } },
        ]),
      );
    });

    it.skipIf(!reads)('reads the traces of the app: source run, spans with inputs and outputs, token usage', () => {
      expect(said.read?.rows).toBe(2);
      const chat = { name: 'Completions', type: 'CHAT_MODEL', parent: null, inputs: request };
      expect(said.read?.traces.find((it) => it.sourceRun === good)).toEqual({
        sourceRun: good,
        state: 'OK',
        usage: { input_tokens: 29, output_tokens: 2, total_tokens: 31 },
        spans: [{ ...chat, status: 'OK', outputs: answer }],
      });
      expect(said.read?.traces.find((it) => it.sourceRun === bad)).toMatchObject({
        state: 'ERROR',
        spans: [{ ...chat, status: 'ERROR', outputs: null }],
      });
    });

    it('writes what the app reads, and param, span and usage agree (L14)', async () => {
      const tokens = said.completionTokens;
      expect((await mlflow.run(said.runId))?.params).toEqual({ completion_tokens: String(tokens) });
      const [trace] = await mlflow.searchTraces(said.experimentId, `metadata.\`${SOURCE_RUN}\` = '${said.runId}'`, 5);
      if (trace === undefined) throw new Error('no trace of the run');
      const root = readRootSpan((await mlflow.traceData(trace)) ?? '');
      expect(root).toMatchObject({ name: 'Completions', inputs: { model: 'chat' } });
      expect(readChatAnswer(root?.outputs).usage?.output).toBe(tokens);
      // MLflow counts tokens since 3.1.
      expect(recordedUsage(trace)?.output_tokens).toBe(reads ? tokens : undefined);
    });
  });
}
