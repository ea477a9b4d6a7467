// What the MLflow of Azure Databricks and the open-source server answer differently: one test for each member of the dialect, both ways.
// `npm run test:mlflow` asks the same of a real open-source server.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DATABRICKS, OPEN_SOURCE, type Dialect } from '../../../../local/cloud/mlflow/dialect.ts';
import { mlflowOf } from '../../../../local/cloud/mlflow/records.ts';
import { startLab, type Lab } from '../databricks/workspace-harness.ts';

let lab: Lab;
let experiment: string;
beforeAll(async () => {
  lab = await startLab();
});
beforeEach(() => lab.renew());
afterAll(() => lab.close());

const speak = async (dialect: Dialect): Promise<void> => {
  mlflowOf(lab.cloud.state).knobs.dialect = dialect;
  await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
  experiment = (await post('2.0/mlflow/experiments/create', { name: '/Shared/lab' })).json.experiment_id as string;
};
const post = (path: string, body: unknown) => lab.ws('POST', `/api/${path}`, body);
const newRun = async (): Promise<string> =>
  ((await post('2.0/mlflow/runs/create', { experiment_id: experiment })).json as { run: { info: { run_id: string } } })
    .run.info.run_id;
const TRACE = `tr-${'1'.padStart(32, '0')}`;
type Info = { response_preview: string; trace_metadata: Record<string, string>; tags: Record<string, string> };
const postTrace = async (more: object = {}): Promise<{ status: number; info: Info }> => {
  const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } };
  const trace_info = { trace_id: TRACE, trace_location: location, request_time: '2026-11-20T08:00:00Z', ...more };
  const { status, json } = await post('3.0/mlflow/traces', { trace: { trace_info } });
  return { status, info: ((json.trace ?? {}) as { trace_info: Info }).trace_info };
};

const both = <T>(
  member: keyof Dialect,
  cases: { databricks: T; openSource: T },
  check: (expected: T) => Promise<void>,
) =>
  describe(member, () => {
    it.each([
      ['Databricks', DATABRICKS, cases.databricks],
      ['open source', OPEN_SOURCE, cases.openSource],
    ] as const)('%s', async (_name, dialect, expected) => {
      await speak(dialect);
      await check(expected);
    });
  });

both('experimentNames', { databricks: 400, openSource: 200 }, async (status) => {
  expect((await post('2.0/mlflow/experiments/create', { name: 'no path' })).status).toBe(status);
});

both('experimentsInAPage', { databricks: 200, openSource: 400 }, async (status) => {
  expect((await post('2.0/mlflow/experiments/search', {})).status).toBe(status);
});

both('experimentList', { databricks: 200, openSource: 404 }, async (status) => {
  expect((await lab.ws('GET', '/api/2.0/mlflow/experiments/list?max_results=5')).status).toBe(status);
});

both('longTexts', { databricks: undefined, openSource: 250 }, async (kept) => {
  const posted = await postTrace({ trace_metadata: { long: 'x'.repeat(251) } });
  expect(posted.status).toBe(kept === undefined ? 400 : 200);
  expect(posted.info?.trace_metadata.long?.length).toBe(kept);
});

both('batch', { databricks: ['b', 'a'], openSource: ['b'] }, async (written) => {
  const run_id = await newRun();
  await post('2.0/mlflow/runs/log-parameter', { run_id, key: 'b', value: '1' });
  const params = ['a', 'b'].map((key) => ({ key, value: '2' }));
  expect((await post('2.0/mlflow/runs/log-batch', { run_id, params })).status).toBe(400);
  const { run } = (await lab.ws('GET', `/api/2.0/mlflow/runs/get?run_id=${run_id}`)).json as {
    run: { data: { params: { key: string }[] } };
  };
  expect(run.data.params.map((it) => it.key)).toEqual(written);
});

both('batchBytes', { databricks: 400, openSource: 200 }, async (status) => {
  const metrics = [{ key: 'm', value: 1, timestamp: 1, ignored: 'x'.repeat(1024 * 1024) }];
  expect((await post('2.0/mlflow/runs/log-batch', { run_id: await newRun(), metrics })).status).toBe(status);
});

both('previewLength', { databricks: 10_000, openSource: 10_001 }, async (length) => {
  expect((await postTrace({ response_preview: 'x'.repeat(10_001) })).info.response_preview).toHaveLength(length);
});

both('traceData', { databricks: 'dbfs:/databricks/', openSource: 'mlflow-artifacts:/' }, async (start) => {
  const location = (await postTrace()).info.tags['mlflow.artifactLocation'] ?? '';
  expect(location.startsWith(start)).toBe(true);
  const proxied = location.replace('mlflow-artifacts:/', '/api/2.0/mlflow-artifacts/artifacts/');
  const isProxied = proxied !== location;
  const signed = await lab.ws('GET', `/api/2.0/mlflow/traces/${TRACE}/credentials-for-data-upload`);
  expect(signed.status).toBe(isProxied ? 404 : 200);
  if (!isProxied) return;
  expect((await lab.ws('PUT', `${proxied}/traces.json`, '{"spans":[]}')).status).toBe(200);
  expect((await lab.ws('GET', `${proxied}/traces.json`)).text).toBe('{"spans":[]}');
});

both('tracesLike', { databricks: 400, openSource: 200 }, async (status) => {
  const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } }];
  const asked = await post('3.0/mlflow/traces/search', { locations, filter: "tags.k LIKE 'v%'" });
  expect(asked.status).toBe(status);
});

both('artifactTraces', { databricks: 200, openSource: 500 }, async (status) => {
  const tags = { 'mlflow.trace.spansLocation': 'ARTIFACT_REPO' };
  await postTrace({ tags });
  expect((await postTrace({ tags })).status).toBe(status);
});
