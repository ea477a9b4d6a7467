// Traces: REST 3.0 as the app writes and reads them, and REST 2.0 as the MLflow of older runtimes does. The differences are those of `dialect.ts`.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contractOf, refusal, TARGETS, type Contract, type Mlflow } from './targets.ts';

const INVALID = [400, 'INVALID_PARAMETER_VALUE'];
const ABSENT = [404, 'RESOURCE_DOES_NOT_EXIST'];
const START = Date.parse('2026-11-23T20:41:55.000Z');

type Info = {
  trace_id: string;
  request_time: string;
  response_preview?: string;
  trace_metadata: Record<string, string>;
  tags: Record<string, string>;
};

for (const target of TARGETS) {
  describe.skipIf(target.missing !== undefined)(target.name, () => {
    let mlflow: Mlflow;
    let api: Contract;
    let experiment: string;
    beforeAll(async () => {
      mlflow = await target.open();
      api = contractOf(mlflow);
      await mlflow.call('GET', '/api/2.0/mlflow/experiments/get-by-name?experiment_name=/none');
    });
    afterAll(() => mlflow.close());
    beforeEach(async () => {
      experiment = await api.newExperiment();
    });

    const { dialect } = target;
    describe.skipIf(!target.hasTraces3)('3.0', () => {
      const infoOf = (number: number, more: object = {}) => ({
        trace_id: `tr-${randomBytes(16).toString('hex')}`,
        trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } },
        request_preview: 'a question',
        response_preview: 'an answer',
        request_time: new Date(START + number).toISOString(),
        execution_duration: '0.900s',
        state: 'OK',
        trace_metadata: { 'mlflow.sourceRun': `run-${number}`, 'mlflow.trace_schema.version': '3' },
        tags: { 'mlflow.traceName': 'Completions', 'mlflow.trace.spansLocation': 'ARTIFACT_REPO' },
        ...more,
      });
      const post = (info: object) => api.three('POST', 'traces', { trace: { trace_info: info } });
      const read = async (id: string): Promise<Info> => {
        const answer = await api.three('GET', `traces/${id}`);
        expect(answer.status, answer.text).toBe(200);
        return (answer.json.trace as { trace_info: Info }).trace_info;
      };
      const search = (body: object = {}) => {
        const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } }];
        return api.three('POST', 'traces/search', { locations, ...body });
      };
      const found = async (body: object = {}): Promise<string[]> => {
        const answer = await search(body);
        expect(answer.status, answer.text).toBe(200);
        return ((answer.json.traces ?? []) as Info[]).map((it) => it.trace_id);
      };

      it('are written by one call, and read as they were written', async () => {
        const info = infoOf(1);
        const posted = await post(info);
        expect(posted.status, posted.text).toBe(200);
        const { tags, trace_metadata: metadata, ...rest } = info;
        const back = await read(info.trace_id);
        expect(back).toMatchObject(rest);
        expect(back.trace_metadata).toMatchObject(metadata);
        expect(back.tags).toMatchObject(tags);
        expect((posted.json.trace as { trace_info: Info }).trace_info).toMatchObject({ trace_id: info.trace_id });
        expect(back.tags['mlflow.artifactLocation']).toContain(info.trace_id);
      });

      it('that do not exist are a 404', async () => {
        expect(refusal(await api.three('GET', 'traces/tr-none'))).toEqual(ABSENT);
        expect(
          refusal(
            await post({
              ...infoOf(1),
              trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '987654321' } },
            }),
          ),
        ).toEqual(ABSENT);
      });

      it('posted again are merged: what comes replaces what was, the rest stays', async () => {
        const tags = { 'mlflow.traceName': 'Completions' };
        const info = infoOf(1, { tags });
        await post(info);
        const again = await post({ ...info, trace_metadata: { other: 'x' }, state: 'ERROR' });
        expect(again.status, again.text).toBe(200);
        expect(await read(info.trace_id)).toMatchObject({
          state: 'ERROR',
          trace_metadata: { 'mlflow.sourceRun': 'run-1', other: 'x' },
          tags,
        });
      });

      it(`that keep their spans as artifacts are ${dialect.artifactTraces} to a second post`, async () => {
        const info = infoOf(1);
        await post(info);
        const again = await post(info);
        if (dialect.artifactTraces === 'open') expect(again.status).toBe(200);
        else expect(refusal(again)).toEqual([500, 'INVALID_STATE']);
      });

      it(`have their data at the end of ${dialect.traceData === 'signed-url' ? 'a signed URL' : 'the artifact proxy'}`, async () => {
        const info = infoOf(1);
        await post(info);
        const location = (await read(info.trace_id)).tags['mlflow.artifactLocation'] ?? '';
        const document = '{"spans":[{"start_time_unix_nano":1795478676179381386}]}';
        if (dialect.traceData === 'signed-url') {
          const credentials = await api.two('GET', `traces/${info.trace_id}/credentials-for-data-upload`);
          expect(credentials.json.credential_info).toMatchObject({ type: 'AZURE_SAS_URI' });
          return;
        }
        const path = `/api/2.0/mlflow-artifacts/artifacts/${location.replace('mlflow-artifacts:/', '')}/traces.json`;
        expect(refusal(await mlflow.call('GET', path))).toEqual(ABSENT);
        expect((await mlflow.call('PUT', path, document)).status).toBe(200);
        expect((await mlflow.call('GET', path)).text).toBe(document);
      });

      it('are searched by run, time, duration, state, name and tags; ordered and paged', async () => {
        const one = infoOf(1);
        const two = infoOf(2, {
          state: 'ERROR',
          execution_duration: '2s',
          tags: { 'mlflow.traceName': 'Other', k: 'v', 'mlflow.trace.spansLocation': 'ARTIFACT_REPO' },
        });
        await post(one);
        await post(two);
        for (const [filter, expected] of [
          ["metadata.`mlflow.sourceRun` = 'run-1'", [one]],
          ["attributes.run_id = 'run-2'", [two]],
          ["trace.status = 'OK'", [one]],
          [`timestamp_ms >= ${START + 2}`, [two]],
          ['execution_time_ms < 901', [one]],
          ["attributes.name != 'Completions'", [two]],
          ["tags.k = 'v'", [two]],
          ["tags.`mlflow.traceName` = 'Completions' AND attributes.status = 'OK'", [one]],
          ["tags.k = 'nothing'", []],
        ] as const) {
          expect(await found({ filter }), filter).toEqual(expected.map((it) => it.trace_id));
        }
        expect(await found()).toEqual([two.trace_id, one.trace_id]);
        expect(await found({ order_by: ['timestamp_ms ASC'] })).toEqual([one.trace_id, two.trace_id]);
        const first = await search({ max_results: 1, order_by: ['timestamp_ms DESC'] });
        const second = { max_results: 1, order_by: ['timestamp_ms DESC'], page_token: first.json.next_page_token };
        expect(await found(second)).toEqual([one.trace_id]);
      });

      it('that nobody wrote are an empty answer without a list', async () => {
        expect((await search()).json).toEqual({});
      });

      it.each([
        { max_results: 501 },
        { filter: "status = 'OK' OR status = 'ERROR'" },
        { filter: "foo = 'x'" },
        { order_by: ['foo DESC'] },
      ])('refuse %j', async (body) => {
        expect(refusal(await search(body))).toEqual(INVALID);
      });

      it(`have tags that ${dialect.tracesLike ? 'can' : 'cannot'} be searched by LIKE`, async () => {
        const answer = await search({ filter: "tags.x LIKE 'a%'" });
        expect(answer.status).toBe(dialect.tracesLike ? 200 : 400);
      });

      it('have tags that change, and that can be taken off', async () => {
        const info = infoOf(1);
        await post(info);
        expect((await api.three('PATCH', `traces/${info.trace_id}/tags`, { key: 'k', value: 'v' })).json).toEqual({});
        expect((await read(info.trace_id)).tags.k).toBe('v');
        expect((await api.three('DELETE', `traces/${info.trace_id}/tags`, { key: 'k' })).status).toBe(200);
        expect((await read(info.trace_id)).tags).not.toHaveProperty('k');
      });

      it(`have metadata beyond 250 characters ${dialect.longTexts}`, async () => {
        const info = infoOf(1, { trace_metadata: { long: 'x'.repeat(251) } });
        const posted = await post(info);
        if (dialect.longTexts === 'refused') expect(refusal(posted)).toEqual(INVALID);
        else expect((await read(info.trace_id)).trace_metadata.long).toHaveLength(250);
      });

      it('are deleted by id, and up to a time', async () => {
        const traces = [infoOf(1), infoOf(2), infoOf(3)];
        for (const info of traces) await post(info);
        const remove = (body: object) =>
          api.three('POST', 'traces/delete-traces', { experiment_id: experiment, ...body });
        expect(refusal(await remove({}))).toEqual(INVALID);
        expect((await remove({ request_ids: [traces[2]?.trace_id] })).json).toEqual({ traces_deleted: 1 });
        expect((await remove({ max_timestamp_millis: START + 1, max_traces: 10 })).json).toEqual({ traces_deleted: 1 });
        expect(await found()).toEqual([traces[1]?.trace_id]);
      });
    });

    describe('2.0', () => {
      const pairs = (map: Record<string, string>) => Object.entries(map).map(([key, value]) => ({ key, value }));
      const start = async (number: number): Promise<string> => {
        const started = await api.two('POST', 'traces', {
          experiment_id: experiment,
          timestamp_ms: START + number,
          request_metadata: pairs({ 'mlflow.sourceRun': `run-${number}` }),
          tags: pairs({ 'mlflow.traceName': 'Completions' }),
        });
        expect(started.status, started.text).toBe(200);
        return (started.json.trace_info as { request_id: string }).request_id;
      };

      it('are begun, ended, read and searched', async () => {
        const id = await start(0);
        const begun = (await api.two('GET', `traces/${id}/info`)).json.trace_info;
        expect(begun).toMatchObject({
          request_id: id,
          experiment_id: experiment,
          timestamp_ms: START,
          status: 'IN_PROGRESS',
        });
        const ended = await api.two('PATCH', `traces/${id}`, {
          timestamp_ms: START + 900,
          status: 'OK',
          request_metadata: pairs({ 'mlflow.traceInputs': '{}' }),
          tags: pairs({ k: 'v' }),
        });
        expect(ended.status, ended.text).toBe(200);
        const info = (await api.two('GET', `traces/${id}/info`)).json.trace_info as {
          request_metadata: unknown[];
          tags: unknown[];
        };
        expect(info).toMatchObject({ status: 'OK', execution_time_ms: 900 });
        expect(info.request_metadata).toEqual(
          expect.arrayContaining(pairs({ 'mlflow.sourceRun': 'run-0', 'mlflow.traceInputs': '{}' })),
        );
        expect(info.tags).toEqual(expect.arrayContaining(pairs({ 'mlflow.traceName': 'Completions', k: 'v' })));
        const query = new URLSearchParams({
          experiment_ids: experiment,
          filter: "attributes.status = 'OK'",
          max_results: '5',
        });
        const searched = await api.two('GET', `traces?${query.toString()}`);
        expect(searched.json.traces).toMatchObject([{ request_id: id }]);
      });

      it('are the same traces in the other version', async ({ skip }) => {
        if (!target.hasTraces3) skip();
        const id = await start(0);
        const read = await api.three('GET', `traces/${id}`);
        expect(read.json.trace).toMatchObject({ trace_info: { trace_id: id, state: 'IN_PROGRESS' } });
      });
    });
  });
}
