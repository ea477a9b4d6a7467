// The trace that `mlflow.openai.autolog()` makes of one chat completion, as MLflow 3 writes it (compared with mlflow 3.12 and openai 3.54): information
// first, then `traces.json` by a signed URL. https://github.com/mlflow/mlflow/blob/master/mlflow/openai/autolog.py
import { randomBytes } from 'node:crypto';
import type { Process } from './process.ts';
import { fromJson, pythonJson, type PythonError } from './kernel-values.ts';
import type { Fields } from '../databricks/wire.ts';

export type Recorded = {
  inputs: Record<string, unknown>;
  startedAt: number;
  endedAt: number;
  result: Record<string, unknown> | null;
  error: PythonError | null;
};
export type TraceContext = {
  experimentId: string;
  runId: string | null;
  metadata: Record<string, string>;
  mlflowVersion: string;
};

type Usage = { prompt_tokens: number; completion_tokens: number; total_tokens: number };

/** Logs the trace. As in MLflow, a failure to log is a warning and never fails the notebook. */
export async function logTrace(process: Process, recorded: Recorded, context: TraceContext): Promise<void> {
  const traceId = randomBytes(16).toString('hex');
  const info = traceInfo(`tr-${traceId}`, recorded, context);
  const posted = await process.request('POST', '/api/3.0/mlflow/traces', { body: { trace: { trace_info: info } } });
  if (posted.status !== 200) {
    process.write(
      `WARNING mlflow.tracing.export: Failed to log trace to MLflow backend: ${JSON.stringify(posted.json)}\n`,
    );
    return;
  }
  const granted = await process.request('GET', `/api/2.0/mlflow/traces/tr-${traceId}/credentials-for-data-upload`);
  const { credential_info: credential } = (granted.json ?? {}) as { credential_info?: { signed_uri?: string } };
  if (credential?.signed_uri === undefined) return;
  await process.upload(credential.signed_uri, traceData(traceId, recorded));
}

const traceInfo = (
  id: string,
  { inputs, startedAt, endedAt, result, error }: Recorded,
  context: TraceContext,
): Fields => {
  const isV3 = !context.mlflowVersion.startsWith('2.');
  const usage = result?.usage as Usage | undefined;
  const cut = (text: string): string => (text.length > 250 ? `${text.slice(0, 247)}...` : text);
  return {
    trace_id: id,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: context.experimentId } },
    request_preview: lastUserMessage(inputs),
    response_preview: answerOf(result),
    request_time: new Date(startedAt).toISOString(),
    execution_duration: `${((endedAt - startedAt) / 1_000).toFixed(3)}s`,
    state: error === null ? 'OK' : 'ERROR',
    trace_metadata: {
      ...context.metadata,
      ...(context.runId === null ? {} : { 'mlflow.sourceRun': context.runId }),
      'mlflow.trace_schema.version': isV3 ? '3' : '2',
      'mlflow.traceInputs': cut(json(inputs)),
      'mlflow.traceOutputs': cut(result === null ? '' : json(result)),
      ...(isV3 && usage !== undefined ? { 'mlflow.trace.tokenUsage': json(usageOf(usage)) } : {}),
      ...(isV3 ? { 'mlflow.trace.sizeStats': json({ total_size_bytes: json(result).length, num_spans: 1 }) } : {}),
    },
    tags: { 'mlflow.traceName': 'Completions' },
  };
};

/** `traces.json`: one span; attribute values are JSON strings, ids base64, times nanoseconds in digits. */
const traceData = (traceId: string, { inputs, startedAt, endedAt, result, error }: Recorded): string => {
  const { messages: _, ...parameters } = inputs;
  const usage = result?.usage as Usage | undefined;
  const attributes: Record<string, string> = {
    'mlflow.traceRequestId': json(`tr-${traceId}`),
    'mlflow.spanType': json('CHAT_MODEL'),
    'mlflow.spanInputs': json(inputs),
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, json(value)])),
    'mlflow.message.format': json('openai'),
    'mlflow.llm.model': json(inputs.model),
    ...(usage === undefined ? {} : { 'mlflow.chat.tokenUsage': json(usageOf(usage)) }),
    ...(result === null ? {} : { 'mlflow.spanOutputs': json(result) }),
  };
  const nanos = (ms: number): string => `${BigInt(ms) * 1_000_000n}`;
  const exception =
    error === null
      ? ''
      : `{"name":"exception","time_unix_nano":${nanos(endedAt)},"attributes":${JSON.stringify({
          'exception.message': error.message,
          'exception.type': error.type.name,
          'exception.stacktrace': `openai.${error.type.name}: ${error.message}`,
        })}}`;
  return (
    `{"spans":[{"trace_id":"${Buffer.from(traceId, 'hex').toString('base64')}","span_id":"${randomBytes(8).toString('base64')}",` +
    `"parent_span_id":null,"name":"Completions","start_time_unix_nano":${nanos(startedAt)},"end_time_unix_nano":${nanos(endedAt)},` +
    `"events":[${exception}],"status":{"code":"STATUS_CODE_${error === null ? 'OK' : 'ERROR'}","message":""},` +
    `"attributes":${JSON.stringify(attributes)}}]}`
  );
};

const json = (value: unknown): string => pythonJson(fromJson(value), false);
const usageOf = (usage: Usage) => ({
  input_tokens: usage.prompt_tokens,
  output_tokens: usage.completion_tokens,
  total_tokens: usage.total_tokens,
});

const lastUserMessage = (inputs: Record<string, unknown>): string => {
  const messages = inputs.messages as { role?: string; content?: unknown }[] | undefined;
  const content = Array.isArray(messages) ? messages.findLast((it) => it.role === 'user')?.content : undefined;
  return typeof content === 'string' ? content.slice(0, 1_000) : '';
};

const answerOf = (result: Record<string, unknown> | null): string => {
  const choices = result?.choices as { message?: { content?: string | null } }[] | undefined;
  return (choices?.[0]?.message?.content ?? '').slice(0, 1_000);
};
