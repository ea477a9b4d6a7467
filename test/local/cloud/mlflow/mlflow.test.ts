// MLflow of a workspace on the wire. What a real server answers alike is in test/mlflow, which runs against both; where Azure Databricks is known to
// differ, the test says so.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mlflowOf } from '../../../../local/cloud/mlflow/records.ts';
import { MINUTE_MS, startLab, type Lab } from '../databricks/workspace-harness.ts';

let lab: Lab;
let experiment: string;
beforeAll(async () => {
  lab = await startLab();
});
beforeEach(async () => {
  await lab.renew();
  await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
  experiment = (await post('experiments/create', { name: '/Shared/lab' })).json.experiment_id as string;
});
afterEach(() => {
  expect(lab.cloud.unknownRoutes).toEqual([]);
});
afterAll(() => lab.close());

const post = (path: string, body: unknown) => lab.ws('POST', `/api/2.0/mlflow/${path}`, body);
const get = (path: string) => lab.ws('GET', `/api/2.0/mlflow/${path}`);
const newRun = async (more: object = {}): Promise<string> =>
  ((await post('runs/create', { experiment_id: experiment, ...more })).json as { run: { info: { run_id: string } } })
    .run.info.run_id;
type Run = {
  info: { run_id: string; status: string };
  data: { params?: { key: string; value: string }[]; metrics?: { key: string; value: number; step: number }[] };
};
const readRun = async (id: string): Promise<Run> => ((await get(`runs/get?run_id=${id}`)).json as { run: Run }).run;
const search = async (body: object): Promise<string[]> =>
  (((await post('runs/search', { experiment_ids: [experiment], ...body })).json.runs ?? []) as Run[]).map(
    (run) => run.info.run_id,
  );

describe('experiments', () => {
  it('are absolute paths in a folder that exists (Databricks)', async () => {
    expect(await post('experiments/create', { name: 'relative' })).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE' },
    });
    expect(await post('experiments/create', { name: '/Nowhere/x' })).toMatchObject({
      status: 404,
      json: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
    expect((await lab.ws('GET', '/api/2.0/workspace/get-status?path=/Shared/lab')).json.object_type).toBe(
      'MLFLOW_EXPERIMENT',
    );
  });

  it('exist once: the second is a 400, not a 409', async () => {
    expect(await post('experiments/create', { name: '/Workspace/Shared/lab' })).toMatchObject({
      status: 400,
      json: { error_code: 'RESOURCE_ALREADY_EXISTS' },
    });
  });

  it('are found by name, the deleted ones too', async () => {
    expect((await get('experiments/get-by-name?experiment_name=/Shared/none')).status).toBe(404);
    await post('experiments/delete', { experiment_id: experiment });
    const found = await get('experiments/get-by-name?experiment_name=/Shared/lab');
    expect(found.json.experiment).toMatchObject({ experiment_id: experiment, lifecycle_stage: 'deleted' });
    expect((await post('runs/create', { experiment_id: experiment })).json.message).toBe(
      `The experiment ${experiment} must be in the 'active' state. Current state is deleted.`,
    );
  });

  it('are searched by name; an empty answer has no list at all', async () => {
    expect(
      (await post('experiments/search', { max_results: 5, filter: "name LIKE '/Shared/%'" })).json.experiments,
    ).toHaveLength(1);
    expect((await post('experiments/search', { max_results: 5, filter: "name = 'x'" })).json).toEqual({});
  });

  it('name the parameter that is missing', async () => {
    expect((await post('experiments/create', {})).json).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message:
        "Missing value for required parameter 'name'. See the API docs for more information about request parameters.",
    });
  });
});

describe('runs', () => {
  it('begin RUNNING, end as told, and show no empty lists', async () => {
    const id = await newRun({ start_time: 1_700_000_000_000 });
    const run = await readRun(id);
    expect(run.info).toMatchObject({
      status: 'RUNNING',
      experiment_id: experiment,
      lifecycle_stage: 'active',
      start_time: 1_700_000_000_000,
    });
    expect(run.data).not.toHaveProperty('params');
    const updated = await post('runs/update', { run_id: id, status: 'FINISHED', end_time: 1_700_000_005_000 });
    expect(updated.json.run_info).toMatchObject({ status: 'FINISHED', end_time: 1_700_000_005_000 });
    expect((await get('runs/get?run_id=none')).json.message).toBe('Run with id=none not found');
  });

  it('write a param once: the same again is fine, another value is not', async () => {
    const id = await newRun();
    const log = (value: unknown) => post('runs/log-parameter', { run_id: id, key: 'completion_tokens', value });
    expect([(await log('14')).status, (await log('14')).status]).toEqual([200, 200]);
    expect(await log('15')).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining('Changing param values is not allowed') as string },
    });
    expect((await log(16)).json.message).toContain("Value was of type 'int'");
    expect((await readRun(id)).data.params).toEqual([{ key: 'completion_tokens', value: '14' }]);
  });

  it('append metrics and show the last; keep their history', async () => {
    const id = await newRun();
    for (const [value, step] of [
      [1.5, 0],
      [2, 3],
      [9, 1],
    ])
      await post('runs/log-metric', { run_id: id, key: 'm', value, timestamp: 5, step });
    expect((await readRun(id)).data.metrics).toEqual([{ key: 'm', value: 2, timestamp: 5, step: 3 }]);
    expect((await get(`metrics/get-history?run_id=${id}&metric_key=m`)).json.metrics).toHaveLength(3);
  });

  it('take batches within their limits, and not atomically', async () => {
    const id = await newRun();
    const params = (count: number) => Array.from({ length: count }, (_, at) => ({ key: `p${at}`, value: '1' }));
    expect((await post('runs/log-batch', { run_id: id, params: params(101) })).json.message).toContain(
      'at most 100 params. Got 101',
    );
    expect((await post('runs/log-batch', { run_id: id, params: [...params(1), ...params(1)] })).json.message).toContain(
      'Duplicate parameter keys',
    );
    await post('runs/log-parameter', { run_id: id, key: 'b', value: '1' });
    const half = await post('runs/log-batch', {
      run_id: id,
      params: [
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
        { key: 'c', value: '3' },
      ],
    });
    expect(half.status).toBe(400);
    expect((await readRun(id)).data.params?.map((it) => it.key)).toEqual(['b', 'a']);
  });

  it('are searched by params, metrics, tags and attributes', async () => {
    const [one, two] = [
      await newRun({ start_time: 1, tags: [{ key: 'who', value: 'app' }] }),
      await newRun({ start_time: 2 }),
    ];
    await post('runs/log-batch', {
      run_id: one,
      params: [{ key: 'completion_tokens', value: '14' }],
      metrics: [{ key: 'latency ms', value: 12.5, timestamp: 1 }],
    });
    await post('runs/update', { run_id: one, status: 'FINISHED' });
    for (const filter of [
      "params.completion_tokens != '' and attributes.status = 'FINISHED'",
      'metrics.`latency ms` > 12',
      "tags.who = 'app'",
      "tags.`who` ILIKE 'A%'",
      `run_id = '${one}'`,
      `attributes.run_id IN ('${one}')`,
      'attributes.start_time < 2',
    ]) {
      expect(await search({ filter }), filter).toEqual([one]);
    }
    expect(await search({})).toEqual([two, one]);
    expect(await search({ order_by: ['attributes.start_time ASC'] })).toEqual([one, two]);
    expect(await search({ order_by: ['metrics.`latency ms` DESC'] })).toEqual([one, two]);
    expect(await search({ filter: "params.other != '1'" })).toEqual([]);
  });

  it.each([
    ['=', [2]],
    ['!=', [1, 3]],
    ['<', [1]],
    ['<=', [1, 2]],
    ['>', [3]],
    ['>=', [2, 3]],
  ] as const)('compare numbers with %s, the bound itself included or not', async (operator, expected) => {
    const ids: string[] = [];
    for (const value of [1, 2, 3]) {
      const id = await newRun({ start_time: value });
      await post('runs/log-metric', { run_id: id, key: 'm', value, timestamp: 1 });
      ids.push(id);
    }
    for (const filter of [`metrics.m ${operator} 2`, `attributes.start_time ${operator} 2`]) {
      const places = (await search({ filter })).map((id) => ids.indexOf(id) + 1);
      expect(places.toSorted(), filter).toEqual(expected);
    }
  });

  it.each([
    ["foo = 'x'", "Invalid attribute key 'foo'"],
    ['params.x LIKE 5', 'Expected a quoted string value'],
    ['metrics.m > 1 or metrics.m < 0', "Invalid clause(s) in filter string: 'or'"],
    ["attributes.status ~ 'x'", 'Invalid clause(s)'],
  ])('refuse the filter %s', async (filter, message) => {
    const answer = await post('runs/search', { experiment_ids: [experiment], filter });
    expect(answer).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } });
    expect(answer.json.message).toContain(message);
  });

  it('page by opaque tokens', async () => {
    for (let at = 0; at < 3; at += 1) await newRun({ start_time: at });
    const first = await post('runs/search', { experiment_ids: [experiment], max_results: 2 });
    expect(first.json.runs).toHaveLength(2);
    const second = await post('runs/search', {
      experiment_ids: [experiment],
      max_results: 2,
      page_token: first.json.next_page_token,
    });
    expect(second.json.runs).toHaveLength(1);
    expect(second.json).not.toHaveProperty('next_page_token');
    expect((await post('runs/search', { experiment_ids: [experiment], page_token: 'garbage' })).status).toBe(400);
    expect((await post('runs/search', { experiment_ids: [experiment], max_results: 50_001 })).status).toBe(400);
  });

  it('that are deleted take nothing more, and are found only when asked for', async () => {
    const id = await newRun();
    await post('runs/delete', { run_id: id });
    expect((await post('runs/log-parameter', { run_id: id, key: 'a', value: '1' })).json.message).toContain(
      "must be in the 'active' state",
    );
    expect(await search({})).toEqual([]);
    expect(await search({ run_view_type: 'DELETED_ONLY' })).toEqual([id]);
  });
});

const traceId = (number: number): string => `tr-${number.toString(16).padStart(32, '0')}`;
const traceInfo = (number: number, more: object = {}) => ({
  trace_id: traceId(number),
  trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } },
  request_preview: 'hi',
  request_time: new Date(1_795_000_000_000 + number).toISOString(),
  execution_duration: '0.900s',
  state: 'OK',
  trace_metadata: { 'mlflow.sourceRun': `run-${number}`, 'mlflow.trace_schema.version': '3' },
  tags: { 'mlflow.traceName': 'Completions' },
  ...more,
});
const postTrace = (info: object) => lab.ws('POST', '/api/3.0/mlflow/traces', { trace: { trace_info: info } });
const searchTraces = (body: object = {}) =>
  lab.ws('POST', '/api/3.0/mlflow/traces/search', {
    locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } }],
    ...body,
  });
const found = async (body: object = {}): Promise<string[]> =>
  (((await searchTraces(body)).json.traces ?? []) as { trace_id: string }[]).map((it) => it.trace_id);

describe('traces', () => {
  it('are there at once by id, and a little later in searches', async () => {
    const posted = await postTrace(traceInfo(1));
    expect(posted.json.trace).toMatchObject({
      trace_info: {
        trace_id: traceId(1),
        execution_duration: '0.900s',
        tags: { 'mlflow.artifactLocation': expect.stringContaining(traceId(1)) as string },
      },
    });
    expect((await lab.ws('GET', `/api/3.0/mlflow/traces/${traceId(1)}`)).status).toBe(200);
    expect(await found()).toEqual([]);
    await lab.pass(mlflowOf(lab.cloud.state).knobs.traceSearchLagMs);
    expect(await found()).toEqual([traceId(1)]);
    expect((await lab.ws('GET', '/api/3.0/mlflow/traces/tr-none')).json.message).toBe(
      "Trace with ID 'tr-none' not found.",
    );
  });

  it('posted again are merged: what comes replaces what was, the rest stays', async () => {
    await postTrace(traceInfo(1));
    const again = await postTrace(traceInfo(1, { trace_metadata: { other: 'x' }, state: 'ERROR' }));
    expect(again.json.trace).toMatchObject({
      trace_info: { state: 'ERROR', trace_metadata: { 'mlflow.sourceRun': 'run-1', other: 'x' } },
    });
  });

  it('are searched by run, time, duration, state, name and tags; ordered and paged', async () => {
    await postTrace(traceInfo(1));
    await postTrace(
      traceInfo(2, { state: 'ERROR', execution_duration: '2s', tags: { 'mlflow.traceName': 'Other', k: 'v' } }),
    );
    await lab.pass(5_000);
    for (const [filter, expected] of [
      ["metadata.`mlflow.sourceRun` = 'run-1'", [1]],
      ["attributes.run_id = 'run-2'", [2]],
      ["run_id IN ('run-1', 'run-2') AND trace.status = 'OK'", [1]],
      ['timestamp_ms >= 1795000000002', [2]],
      ['execution_time_ms < 901', [1]],
      ["attributes.name != 'Completions'", [2]],
      ["tags.k = 'v'", [2]],
      ["tags.`mlflow.traceName` = 'Completions'", [1]],
    ] as const) {
      expect(await found({ filter }), filter).toEqual(expected.map(traceId));
    }
    expect(await found()).toEqual([traceId(2), traceId(1)]);
    expect(await found({ order_by: ['timestamp_ms ASC'] })).toEqual([traceId(1), traceId(2)]);
    const first = await searchTraces({ max_results: 1 });
    expect(await found({ max_results: 1, page_token: first.json.next_page_token })).toEqual([traceId(1)]);
  });

  it.each([
    [{ max_results: 501 }, "Invalid value 501 for parameter 'max_results'"],
    [{ filter: "status = 'OK' OR status = 'ERROR'" }, "Invalid clause(s) in filter string: 'OR'"],
    [{ filter: "metadata.x > 'a'" }, "Invalid comparator '>'"],
    // OSS has LIKE here; Azure Databricks is documented with = and != only.
    [{ filter: "tags.x LIKE 'a'" }, "Invalid comparator 'LIKE'"],
    [{ order_by: ['foo DESC'] }, "Invalid attribute key 'foo'"],
  ])('refuse %o', async (body, message) => {
    const answer = await searchTraces(body);
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain(message);
  });

  it('have tags that change, and metadata with limits', async () => {
    await postTrace(traceInfo(1));
    await lab.ws('PATCH', `/api/3.0/mlflow/traces/${traceId(1)}/tags`, { key: 'k', value: 'v' });
    const read = (await lab.ws('GET', `/api/3.0/mlflow/traces/${traceId(1)}`)).json as {
      trace: { trace_info: { tags: object } };
    };
    expect(read.trace.trace_info.tags).toMatchObject({ k: 'v' });
    expect((await postTrace(traceInfo(2, { trace_metadata: { long: 'x'.repeat(251) } }))).status).toBe(400);
    expect((await postTrace(traceInfo(3, { trace_metadata: { number: 1 } }))).status).toBe(400);
  });

  it('promise a next page wherever one is full, which may be empty', async () => {
    for (let at = 1; at <= 4; at += 1) await postTrace(traceInfo(at));
    await lab.pass(MINUTE_MS);
    const sizes: number[] = [];
    let token: unknown;
    do {
      const page = await searchTraces({ max_results: 2, ...(token === undefined ? {} : { page_token: token }) });
      sizes.push(((page.json.traces ?? []) as unknown[]).length);
      token = page.json.next_page_token;
    } while (token !== undefined);
    expect(sizes).toEqual([2, 2, 0]);
  });

  it('are deleted by id or up to a time', async () => {
    for (const number of [1, 2, 3]) await postTrace(traceInfo(number));
    const remove = (body: object) =>
      lab.ws('POST', '/api/3.0/mlflow/traces/delete-traces', { experiment_id: experiment, ...body });
    expect((await remove({})).json.message).toBe('Either `max_timestamp_millis` or `trace_ids` must be specified.');
    expect((await remove({ request_ids: [traceId(3)] })).json).toEqual({ traces_deleted: 1 });
    expect((await remove({ max_timestamp_millis: 1_795_000_000_001, max_traces: 10 })).json).toEqual({
      traces_deleted: 1,
    });
    await lab.pass(5_000);
    expect(await found()).toEqual([traceId(2)]);
  });

  it('send clients of the 4.0 API back to 3.0', async () => {
    expect(await lab.ws('POST', '/api/4.0/mlflow/traces/search', {})).toMatchObject({
      status: 404,
      json: { error_code: 'ENDPOINT_NOT_FOUND' },
    });
  });
});

describe('trace data', () => {
  const credentials = async (what: 'upload' | 'download'): Promise<string> => {
    const answer = await lab.ws('GET', `/api/2.0/mlflow/traces/${traceId(1)}/credentials-for-data-${what}`);
    expect(answer.json.credential_info).toMatchObject({ type: 'AZURE_SAS_URI' });
    return (answer.json.credential_info as { signed_uri: string }).signed_uri;
  };
  const put = (url: string, headers: Record<string, string> = { 'x-ms-blob-type': 'BlockBlob' }) =>
    lab.chat('PUT', url, '{"spans":[{"start_time_unix_nano":1795478676179381386}]}', headers);
  beforeEach(() => postTrace(traceInfo(1)));

  it('goes up and comes down by signed URLs alone, byte for byte', async () => {
    expect((await put(await credentials('upload'))).status).toBe(201);
    const read = await lab.chat('GET', await credentials('download'));
    expect(read).toMatchObject({ status: 200, text: '{"spans":[{"start_time_unix_nano":1795478676179381386}]}' });
  });

  it('is not there before it was uploaded', async () => {
    const read = await lab.chat('GET', await credentials('download'));
    expect(read.status).toBe(404);
    expect(read.text).toContain('<Code>BlobNotFound</Code>');
  });

  it('goes up in blocks, as the Python client sends it, and is there only once they are committed', async () => {
    const url = await credentials('upload');
    const block = (id: string, content: string) => lab.chat('PUT', `${url}&comp=block&blockid=${id}`, content);
    await block('b2', '[]}');
    await block('b1', '{"spans":');
    expect((await lab.chat('GET', await credentials('download'))).status).toBe(404);
    const list = (...ids: string[]) =>
      lab.chat(
        'PUT',
        `${url}&comp=blocklist`,
        `<BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`,
      );
    expect((await list('b1', 'b3')).status).toBe(400);
    expect((await list('b1', 'b2')).status).toBe(201);
    expect((await lab.chat('GET', await credentials('download'))).text).toBe('{"spans":[]}');
  });

  it('goes up as a Data Lake file by PUT, append and flush', async () => {
    mlflowOf(lab.cloud.state).knobs.storage = 'AZURE_ADLS_GEN2_SAS_URI';
    const granted = await lab.ws('GET', `/api/3.0/mlflow/traces/${traceId(1)}/credentials-for-data-upload`);
    const { type, signed_uri: url } = granted.json.credential_info as { type: string; signed_uri: string };
    expect(type).toBe('AZURE_ADLS_GEN2_SAS_URI');
    expect((await lab.chat('PATCH', `${url}&action=append&position=0`, 'x')).status).toBe(404);
    expect((await lab.chat('PUT', `${url}&resource=file`)).status).toBe(201);
    expect((await lab.chat('PATCH', `${url}&action=append&position=0`, '{"spans":[]}')).status).toBe(202);
    expect((await lab.chat('PATCH', `${url}&action=flush&position=5`)).status).toBe(400);
    expect((await lab.chat('PATCH', `${url}&action=flush&position=12`)).status).toBe(200);
    mlflowOf(lab.cloud.state).knobs.storage = 'AZURE_SAS_URI';
    expect((await lab.chat('GET', await credentials('download'))).text).toBe('{"spans":[]}');
  });

  it('refuses a forged, a late and a double credential, and a PUT of no blob type', async () => {
    const url = await credentials('upload');
    expect((await put(url.replace(/sig=.{6}/, 'sig=forged'))).status).toBe(403);
    expect((await put(url.replace('sp=cw', 'sp=r'))).status).toBe(403);
    expect((await put(url, { 'x-ms-blob-type': 'BlockBlob', authorization: 'Bearer x' })).status).toBe(400);
    expect((await put(url, {})).text).toContain('<Code>MissingRequiredHeader</Code>');
    await lab.pass(61 * 60_000);
    expect((await put(url)).text).toContain('<Code>AuthenticationFailed</Code>');
  });
});
