// Experiments and runs, REST 2.0: every MLflow that the lab meets answers these alike, but for what `dialect.ts` names.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contractOf, freshName, refusal, TARGETS, type Contract, type Mlflow } from './targets.ts';

const INVALID = [400, 'INVALID_PARAMETER_VALUE'];
const ABSENT = [404, 'RESOURCE_DOES_NOT_EXIST'];

for (const target of TARGETS) {
  describe.skipIf(target.missing !== undefined)(target.name, () => {
    let mlflow: Mlflow;
    let api: Contract;
    let experiment: string;
    beforeAll(async () => {
      mlflow = await target.open();
      api = contractOf(mlflow);
      // On Databricks the first call enrols the caller.
      await mlflow.call('GET', '/api/2.0/mlflow/experiments/get-by-name?experiment_name=/none');
    });
    afterAll(() => mlflow.close());
    beforeEach(async () => {
      experiment = await api.newExperiment();
    });

    describe('experiments', () => {
      it('exist once, and are found by name and by id', async () => {
        const name = freshName();
        const id = await api.newExperiment(name);
        expect(refusal(await api.two('POST', 'experiments/create', { name }))).toEqual([
          400,
          'RESOURCE_ALREADY_EXISTS',
        ]);
        const byName = await api.two('GET', `experiments/get-by-name?experiment_name=${name}`);
        expect(byName.json.experiment).toMatchObject({ experiment_id: id, name, lifecycle_stage: 'active' });
        expect((await api.two('GET', `experiments/get?experiment_id=${id}`)).json.experiment).toEqual(
          byName.json.experiment,
        );
      });

      it('that do not exist are a 404, and a parameter that is missing is named', async () => {
        const none = await api.two('GET', 'experiments/get-by-name?experiment_name=/Shared/none');
        expect(refusal(none)).toEqual(ABSENT);
        expect(none.json.message).toMatch(
          target.dialect.experimentNames === 'path' ? /does not exist/ : /^Could not find experiment with name/,
        );
        expect(refusal(await api.two('GET', 'experiments/get?experiment_id=987654321'))).toEqual(ABSENT);
        const unnamed = await api.two('POST', 'experiments/create', {});
        expect(refusal(unnamed)).toEqual(INVALID);
        expect(unnamed.json.message).toBe(
          "Missing value for required parameter 'name'. See the API docs for more information about request parameters.",
        );
      });

      it('that are deleted are still found by name, and take no runs', async () => {
        const name = freshName();
        const id = await api.newExperiment(name);
        expect((await api.two('POST', 'experiments/delete', { experiment_id: id })).json).toEqual({});
        const found = await api.two('GET', `experiments/get-by-name?experiment_name=${name}`);
        expect(found.json.experiment).toMatchObject({ experiment_id: id, lifecycle_stage: 'deleted' });
        const run = await api.two('POST', 'runs/create', { experiment_id: id });
        expect(refusal(run)).toEqual(INVALID);
        expect(run.json.message).toBe(`The experiment ${id} must be in the 'active' state. Current state is deleted.`);
        expect((await api.two('POST', 'experiments/restore', { experiment_id: id })).status).toBe(200);
        expect((await api.two('POST', 'runs/create', { experiment_id: id })).status).toBe(200);
      });

      it('are searched by name; an empty answer has no list', async () => {
        const name = freshName();
        const id = await api.newExperiment(name);
        const search = async (filter: string) =>
          (await api.two('POST', 'experiments/search', { max_results: 5, filter })).json;
        expect((await search(`name = '${name}'`)).experiments).toMatchObject([{ experiment_id: id }]);
        expect((await search(`name LIKE '${name}%'`)).experiments).toMatchObject([{ experiment_id: id }]);
        expect(await search("name = 'nobody'")).toEqual({});
      });

      it('carry tags', async () => {
        await api.two('POST', 'experiments/set-experiment-tag', {
          experiment_id: experiment,
          key: 'who',
          value: 'app',
        });
        const read = await api.two('GET', `experiments/get?experiment_id=${experiment}`);
        expect((read.json.experiment as { tags: unknown[] }).tags).toContainEqual({ key: 'who', value: 'app' });
      });

      it(`${target.dialect.experimentList ? 'can' : 'cannot'} be listed as MLflow 1 did`, async () => {
        const listed = await api.two('GET', 'experiments/list?max_results=5');
        expect(listed.status).toBe(target.dialect.experimentList ? 200 : 404);
      });

      const { experimentsInAPage: page } = target.dialect;
      it(`searched without a page size answer ${page === undefined ? 'an error' : 'a page'}`, async () => {
        expect((await api.two('POST', 'experiments/search', {})).status).toBe(page === undefined ? 400 : 200);
      });
    });

    describe('runs', () => {
      it('begin RUNNING, end as told, and show no empty lists', async () => {
        const id = await api.newRun(experiment, { run_name: 'first' });
        const run = await api.readRun(id);
        expect(run.info).toMatchObject({
          run_id: id,
          run_uuid: id,
          run_name: 'first',
          experiment_id: experiment,
          status: 'RUNNING',
          start_time: 1_700_000_000_000,
          lifecycle_stage: 'active',
        });
        expect(run.data).not.toHaveProperty('params');
        expect(run.data).not.toHaveProperty('metrics');
        expect(run.data.tags).toContainEqual({ key: 'mlflow.runName', value: 'first' });
        const ended = await api.two('POST', 'runs/update', {
          run_id: id,
          status: 'FINISHED',
          end_time: 1_700_000_005_000,
        });
        expect(ended.json.run_info).toMatchObject({ run_id: id, status: 'FINISHED', end_time: 1_700_000_005_000 });
      });

      it('that do not exist are a 404 with their id', async () => {
        const none = await api.two('GET', 'runs/get?run_id=none');
        expect(refusal(none)).toEqual(ABSENT);
        expect(none.json.message).toBe('Run with id=none not found');
        expect(refusal(await api.two('POST', 'runs/log-batch', { run_id: 'none', params: [] }))).toEqual(ABSENT);
      });

      it('write a parameter once: the same again is fine, another value is refused and changes nothing', async () => {
        const run_id = await api.newRun(experiment);
        const log = (value: string) =>
          api.two('POST', 'runs/log-parameter', { run_id, key: 'completion_tokens', value });
        expect((await log('14')).json).toEqual({});
        expect((await log('14')).status).toBe(200);
        const other = await log('15');
        expect(refusal(other)).toEqual(INVALID);
        expect(other.json.message).toMatch(/^Changing param values is not allowed\./);
        expect((await api.readRun(run_id)).data.params).toEqual([{ key: 'completion_tokens', value: '14' }]);
      });

      it('refuse a value that is no text, and a key of other characters', async () => {
        const run_id = await api.newRun(experiment);
        const number = await api.two('POST', 'runs/log-parameter', { run_id, key: 'k', value: 14 });
        expect(refusal(number)).toEqual(INVALID);
        const odd = await api.two('POST', 'runs/log-parameter', { run_id, key: 'k?', value: '1' });
        expect(refusal(odd)).toEqual(INVALID);
        expect(odd.json.message).toContain('Names may only contain alphanumerics');
      });

      it('append metrics, show the last, and keep their history; equal ones are one', async () => {
        const run_id = await api.newRun(experiment);
        for (const [value, step] of [
          [1.5, 0],
          [2, 3],
          [9, 1],
          [9, 1],
        ])
          await api.two('POST', 'runs/log-metric', { run_id, key: 'm', value, timestamp: 5, step });
        expect((await api.readRun(run_id)).data.metrics).toMatchObject([{ key: 'm', value: 2, timestamp: 5, step: 3 }]);
        const history = await api.two('GET', `metrics/get-history?run_id=${run_id}&metric_key=m`);
        expect((history.json.metrics as { value: number }[]).map((it) => it.value).toSorted((a, b) => a - b)).toEqual([
          1.5, 2, 9,
        ]);
      });

      it('take a batch of all three kinds, twice without harm', async () => {
        const run_id = await api.newRun(experiment);
        const batch = {
          run_id,
          params: [{ key: 'completion_tokens', value: '14' }],
          metrics: [{ key: 'latency_ms', value: 900.5, timestamp: 5, step: 0 }],
          tags: [{ key: 'llmops.lab', value: 'one' }],
        };
        expect((await api.two('POST', 'runs/log-batch', batch)).json).toEqual({});
        expect((await api.two('POST', 'runs/log-batch', batch)).json).toEqual({});
        const { data } = await api.readRun(run_id);
        expect(data.params).toEqual(batch.params);
        expect(data.metrics).toMatchObject(batch.metrics);
        expect(data.tags).toContainEqual(batch.tags[0]);
        const history = await api.two('GET', `metrics/get-history?run_id=${run_id}&metric_key=latency_ms`);
        expect(history.json.metrics).toHaveLength(1);
      });

      it('refuse batches beyond the limits before anything is written', async () => {
        const run_id = await api.newRun(experiment);
        const params = (count: number) => Array.from({ length: count }, (_, at) => ({ key: `p${at}`, value: '1' }));
        const many = await api.two('POST', 'runs/log-batch', { run_id, params: params(101) });
        expect(refusal(many)).toEqual(INVALID);
        const twice = await api.two('POST', 'runs/log-batch', { run_id, params: [...params(1), ...params(1)] });
        expect(refusal(twice)).toEqual(INVALID);
        expect(twice.json.message).toContain('Duplicate parameter keys');
        expect((await api.readRun(run_id)).data).not.toHaveProperty('params');
      });

      it(`that have a parameter of another value take ${target.dialect.batch} of a batch`, async () => {
        const run_id = await api.newRun(experiment);
        await api.two('POST', 'runs/log-parameter', { run_id, key: 'b', value: '1' });
        const params = ['a', 'b', 'c'].map((key) => ({ key, value: '2' }));
        expect(refusal(await api.two('POST', 'runs/log-batch', { run_id, params }))).toEqual(INVALID);
        const keys = (await api.readRun(run_id)).data.params?.map((it) => it.key).toSorted();
        expect(keys).toEqual(target.dialect.batch === 'one-by-one' ? ['a', 'b'] : ['b']);
      });

      it(`have texts that are too long ${target.dialect.longTexts}`, async () => {
        const run_id = await api.newRun(experiment);
        const value = 'x'.repeat(6_001);
        const logged = await api.two('POST', 'runs/log-parameter', { run_id, key: 'long', value });
        if (target.dialect.longTexts === 'refused') expect(refusal(logged)).toEqual(INVALID);
        else expect((await api.readRun(run_id)).data.params?.[0]?.value).toHaveLength(6_000);
      });

      it('are searched by parameters, metrics, tags and attributes, and ordered', async () => {
        const one = await api.newRun(experiment, { start_time: 1, tags: [{ key: 'who', value: 'app' }] });
        const two = await api.newRun(experiment, { start_time: 2 });
        await api.two('POST', 'runs/log-batch', {
          run_id: one,
          params: [{ key: 'completion_tokens', value: '14' }],
          metrics: [{ key: 'latency ms', value: 12.5, timestamp: 1, step: 0 }],
        });
        await api.two('POST', 'runs/update', { run_id: one, status: 'FINISHED', end_time: 5 });
        for (const filter of [
          "params.completion_tokens != '' and attributes.status = 'FINISHED'",
          'metrics.`latency ms` > 12',
          "tags.who = 'app'",
          "tags.`who` ILIKE 'A%'",
          `run_id = '${one}'`,
          `attributes.run_id IN ('${one}')`,
          'attributes.start_time < 2',
        ]) {
          expect(await api.searchRuns(experiment, { filter }), filter).toEqual([one]);
        }
        expect(await api.searchRuns(experiment)).toEqual([two, one]);
        expect(await api.searchRuns(experiment, { order_by: ['attributes.start_time ASC'] })).toEqual([one, two]);
        expect(await api.searchRuns(experiment, { order_by: ['metrics.`latency ms` DESC'] })).toEqual([one, two]);
        expect(await api.searchRuns(experiment, { filter: "params.other != '1'" })).toEqual([]);
      });

      it.each([
        "foo = 'x'",
        'params.x = 5',
        "metrics.m > 'a'",
        'metrics.m > 1 or metrics.m < 0',
        "attributes.status ~ 'x'",
        "nothing.x = 'y'",
      ])('refuse the filter %s', async (filter) => {
        expect(refusal(await api.two('POST', 'runs/search', { experiment_ids: [experiment], filter }))).toEqual(
          INVALID,
        );
      });

      it('page by opaque tokens; the last page has none', async () => {
        const made: string[] = [];
        for (let at = 0; at < 3; at += 1) made.unshift(await api.newRun(experiment, { start_time: at + 1 }));
        const page = (more: object) =>
          api.two('POST', 'runs/search', { experiment_ids: [experiment], max_results: 2, ...more });
        const first = await page({});
        const second = await page({ page_token: first.json.next_page_token });
        const ids = [first, second].map((it) =>
          (it.json.runs as { info: { run_id: string } }[]).map((run) => run.info.run_id),
        );
        expect(ids).toEqual([made.slice(0, 2), made.slice(2)]);
        expect(second.json).not.toHaveProperty('next_page_token');
        expect(refusal(await page({ page_token: 'garbage' }))).toEqual(INVALID);
        expect(refusal(await page({ max_results: 50_001 }))).toEqual(INVALID);
      });

      it('that are deleted take nothing more, and are found only when asked for', async () => {
        const run_id = await api.newRun(experiment);
        expect((await api.two('POST', 'runs/delete', { run_id })).json).toEqual({});
        const logged = await api.two('POST', 'runs/log-parameter', { run_id, key: 'a', value: '1' });
        expect(refusal(logged)).toEqual(INVALID);
        expect(logged.json.message).toContain("must be in the 'active' state");
        expect(await api.searchRuns(experiment)).toEqual([]);
        expect(await api.searchRuns(experiment, { run_view_type: 'DELETED_ONLY' })).toEqual([run_id]);
        await api.two('POST', 'runs/restore', { run_id });
        expect(await api.searchRuns(experiment)).toEqual([run_id]);
      });

      it('have tags that overwrite and can be taken off', async () => {
        const run_id = await api.newRun(experiment);
        for (const value of ['one', 'two']) await api.two('POST', 'runs/set-tag', { run_id, key: 'k', value });
        expect((await api.readRun(run_id)).data.tags).toContainEqual({ key: 'k', value: 'two' });
        expect((await api.two('POST', 'runs/delete-tag', { run_id, key: 'k' })).status).toBe(200);
        expect(refusal(await api.two('POST', 'runs/delete-tag', { run_id, key: 'k' }))).toEqual(ABSENT);
      });
    });
  });
}
