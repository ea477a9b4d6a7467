import { describe, expect, it, vi } from 'vitest';
import { CONTENT_FILTER_TRIGGER } from '../../local/cloud/openai/completion.ts';
import { mlflowOf } from '../../local/cloud/mlflow/records.ts';
import { monitoringOf } from './monitoring.ts';
import { useWorld } from './world.ts';

// Batches of many completions take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const world = useWorld();
const lab = monitoringOf(world);

const runsOf = (source: string) =>
  [...mlflowOf(world.rig.cloud.state).runs.values()].filter((it) => it.tags['llmops.source'] === source);
const tracesOf = (source: string) =>
  [...mlflowOf(world.rig.cloud.state).traces.values()].filter((it) => it.tags['llmops.source'] === source);
const chats = (status = 200) =>
  world.rig.cloud.requests.filter((it) => /chat\/completions$/.test(it.path) && it.status === status).length;

describe('completions through the API', () => {
  it('are each a run with parameters, metrics and a trace, beside the notebook’s, and never more than one', async () => {
    const id = await lab.watched();
    const view = await lab.complete(id, {
      prompts: ['Why is the sky blue?', { prompt: 'Tell me a joke about cats.', n: 3, tags: { kind: 'joke' } }],
      n: 2,
      sessionId: 'monday',
      tags: { course: 'llmops' },
    });
    expect(view).toMatchObject({
      state: 'done',
      total: 5,
      asked: 5,
      tally: { answered: 5, refused: 0, withWarnings: 0 },
    });
    expect(view.completions?.map((it) => it.index)).toEqual([0, 1, 2, 3, 4]);

    const runs = runsOf('api');
    expect(runs).toHaveLength(5);
    expect(new Set(runs.map((it) => it.experimentId)).size).toBe(1);
    for (const run of runs) {
      expect(run).toMatchObject({ status: 'FINISHED', tags: { course: 'llmops', 'llmops.batch': view.id } });
      expect(run.params['completion_tokens']).toMatch(/^\d+$/);
      expect(run.metrics.map((it) => it.key).sort()).toEqual([
        'completion_tokens',
        'latency_ms',
        'prompt_tokens',
        'total_tokens',
      ]);
    }
    expect(runs.filter((it) => it.tags['kind'] === 'joke')).toHaveLength(3);
    const traces = tracesOf('api');
    expect(traces.map((it) => it.metadata['mlflow.sourceRun']).sort()).toEqual(runs.map((it) => it.id).sort());
    for (const trace of traces) {
      expect(trace.metadata['mlflow.trace.session']).toBe('monday');
      expect(trace.tags).toMatchObject({ 'llmops.finish_reason': 'stop', 'llmops.refusal': 'false' });
    }
  });

  it.each([
    ['an object with one prompt', 'application/json', '{"prompt":"Why?"}', 1],
    ['a list of texts and objects', 'application/json', '["Why?",{"prompt":"Where?","n":2}]', 3],
    ['lines of JSON, empty ones passed over', 'application/x-ndjson', '"Why?"\n\n{"prompt":"Where?"}\r\n', 2],
  ])('are taken as %s', async (_name, type, body, total) => {
    const id = await lab.watched();
    const view = await lab.complete(id, body, { 'content-type': type });
    expect(view).toMatchObject({ state: 'done', total, tally: { answered: total } });
  });

  it('show their progress, and move the idle deadline', async () => {
    const id = await lab.watched();
    await lab.pass(15);
    const asked = await lab.post(`${id}/completions`, { prompt: 'Explain rain. '.repeat(60), n: 80 });
    expect(asked.status).toBe(202);
    expect(asked.headers.get('location')).toMatch(new RegExp(`/api/labs/${id}/completions/c-[0-9a-f]{12}$`));
    const batchId = asked.body['id'] as string;
    await world.rig.host.until(async () => (await lab.batch(id, batchId)).asked > 10);
    const half = await lab.batch(id, batchId);
    expect(half.state).toBe('running');
    expect(half.asked).toBeLessThan(80);
    expect(half.completions).toBeUndefined();
    expect((await world.view(id)).secondsLeft).toBeGreaterThan(15 * 60);
    expect((await lab.over(id, batchId)).tally.answered).toBe(80);
  });

  it('wait out the token limit on durable timers, and lose none', async () => {
    const id = await lab.watched();
    const from = world.rig.clock.now();
    const view = await lab.complete(id, { prompt: 'Explain the water cycle. '.repeat(80), n: 40 });
    expect(view).toMatchObject({ state: 'done', tally: { answered: 40 } });
    expect(chats(429)).toBeGreaterThan(0);
    // 40 times some 500 tokens, at 5,000 a minute.
    expect((world.rig.clock.now() - from) / 60_000).toBeGreaterThan(2);
  });

  it('keep the lab alive for as long as their batch goes on, and no longer', async () => {
    const id = await lab.watched({ idleMinutes: 5 });
    const asked = await lab.post(`${id}/completions`, { prompt: 'Explain the water cycle. '.repeat(90), n: 100 });
    const from = world.rig.clock.now();
    const view = await lab.over(id, asked.body['id'] as string);
    expect(view).toMatchObject({ state: 'done', tally: { answered: 100 } });
    expect((world.rig.clock.now() - from) / 60_000).toBeGreaterThan(6);
    const ended = await world.ended(id);
    expect(ended.report?.end.reason).toBe('idle');
    expect(Date.parse(ended.report?.end.at ?? '') - Date.parse(view.endedAt ?? '')).toBeLessThanOrEqual(5.5 * 60_000);
  });

  it('keep the lab alive while they only wait: half an hour of 429', async () => {
    const id = await lab.watched({ idleMinutes: 5 });
    world.rig.cloud.faults.add({
      ...{ kind: 'status', pattern: 'POST */chat/completions', status: 429, fire: Infinity, forMs: 30 * 60_000 },
      ...{ headers: { 'retry-after': '60' }, body: { error: { code: '429', message: 'slow down' } } },
    });
    const from = world.rig.clock.now();
    const view = await lab.complete(id, { prompt: 'Why?', n: 2 });
    expect(view).toMatchObject({ state: 'done', tally: { answered: 2 } });
    expect((world.rig.clock.now() - from) / 60_000).toBeGreaterThan(25);
    const ended = await world.ended(id);
    expect(ended.report?.end.reason).toBe('idle');
    expect(Date.parse(ended.report?.end.at ?? '') - Date.parse(view.endedAt ?? '')).toBeLessThanOrEqual(5.5 * 60_000);
  });

  it('that the content filter refuses are results, and the others are answered', async () => {
    const id = await lab.watched();
    const view = await lab.complete(id, ['Why?', CONTENT_FILTER_TRIGGER, 'Where?']);
    expect(view).toMatchObject({ state: 'done', tally: { answered: 2, refused: 1 } });
    expect(view.completions?.[1]).toMatchObject({ kind: 'refused', code: 'content_filter', warnings: [] });
    await lab.pass(1);
    const { traces } = await lab.get<{ traces: unknown[] }>(
      `${id}/traces?${new URLSearchParams({ filter: "tags.`llmops.refusal` = 'true'" }).toString()}`,
    );
    expect(traces).toMatchObject([
      { state: 'ERROR', finishReason: 'content_filter', refusal: true, errorCode: 'content_filter' },
    ]);
  });

  it.each([
    ['chat/completions', 'POST */chat/completions'],
    ['runs/create', 'POST */mlflow/runs/create'],
    ['the trace', 'POST /api/3.0/mlflow/traces'],
    ['log-batch', 'POST */runs/log-batch'],
    ['runs/update', 'POST */runs/update'],
  ])('are logged once when answers of %s are lost', async (_what, pattern) => {
    const id = await lab.watched();
    world.rig.cloud.faults.add({ pattern, kind: 'reset', when: 'after', fire: 2 });
    const view = await lab.complete(id, { prompt: 'Why?', n: 4 });
    expect(view).toMatchObject({ state: 'done', tally: { answered: 4 } });
    expect(runsOf('api')).toHaveLength(4);
    expect(tracesOf('api')).toHaveLength(4);
  });

  it('are answered without telemetry, with a warning each', async () => {
    const id = await lab.watched();
    world.rig.cloud.faults.add({ pattern: 'POST */mlflow/*', kind: 'status', status: 503, fire: Infinity });
    const view = await lab.complete(id, { prompt: 'Why?', n: 2 });
    world.rig.cloud.faults.clear();
    expect(view).toMatchObject({ state: 'done', tally: { answered: 2, withWarnings: 2 } });
    expect(view.warnings?.length).toBeGreaterThan(0);
  });

  it('leave their prompts in the input of the batch alone', async () => {
    const id = await lab.watched();
    const view = await lab.complete(id, { prompt: 'Where does the zyzzyva live?', n: 6 });
    const ids = await world.ids(id);
    const batch = ids.batch(view.id);
    for (const instance of [...Array.from({ length: 4 }, (_, index) => ids.slice(view.id, index + 1)), id]) {
      const history = JSON.stringify(world.rig.host.history(instance));
      expect(history.length).toBeGreaterThan(100);
      expect(history, instance).not.toContain('Where does the zyzzyva');
    }
    expect(JSON.stringify(world.rig.host.history(batch)[1])).toContain('zyzzyva');
  });
});

describe('a batch', () => {
  it('is one for the same Idempotency-Key and body, and a conflict for another body', async () => {
    const id = await lab.watched();
    const key = { 'idempotency-key': 'first' };
    const one = await lab.complete(id, { prompt: 'Why?', n: 3 }, key);
    const again = await lab.post(`${id}/completions`, { prompt: 'Why?', n: 3 }, key);
    expect(again).toMatchObject({ status: 202, body: { id: one.id, status: 'already-started' } });
    const other = await lab.post(`${id}/completions`, { prompt: 'Where?' }, key);
    expect(other).toMatchObject({ status: 409, body: { code: 'batch-exists' } });
    expect(runsOf('api')).toHaveLength(3);
  });

  it('of a lab that ends meanwhile stops, and asks nothing more', async () => {
    const id = await lab.watched();
    const asked = await lab.post(`${id}/completions`, { prompt: 'Explain the water cycle. '.repeat(90), n: 200 });
    await lab.pass(2);
    await world.end(id);
    const view = await lab.over(id, asked.body['id'] as string);
    expect(view).toMatchObject({ state: 'stopped', stop: { code: 'lab-over' } });
    expect(view.asked).toBeLessThan(200);
    const before = chats();
    await world.ended(id);
    expect(chats()).toBe(before);
    expect(world.left()).toEqual([]);
  });

  it('that a silent service stopped goes on where it stopped when it is asked again', async () => {
    const id = await lab.watched();
    world.rig.cloud.faults.add({
      pattern: 'POST */chat/completions',
      kind: 'status',
      status: 503,
      skip: 6,
      fire: Infinity,
    });
    const key = { 'idempotency-key': 'twice' };
    const body = { prompts: ['Why?', 'Where?'], n: 8 };
    const stopped = await lab.complete(id, body, key);
    expect(stopped).toMatchObject({ state: 'stopped', stop: { code: 'gave-up' } });
    expect(stopped.asked).toBeGreaterThan(0);
    expect(stopped.asked).toBeLessThan(16);
    world.rig.cloud.faults.clear();
    const before = chats();
    const done = await lab.complete(id, body, key);
    expect(done).toMatchObject({ id: stopped.id, state: 'done', total: 16, tally: { answered: 16 } });
    expect(chats() - before).toBe(16 - stopped.asked);
    expect(runsOf('api').filter((it) => it.status === 'FINISHED')).toHaveLength(16);
  });

  it('that nobody started is 404', async () => {
    const id = await lab.watched();
    for (const batch of ['c-000000000000', 'nonsense'])
      expect((await world.rig.host.fetch(`/api/labs/${id}/completions/${batch}`)).status).toBe(404);
  });
});

describe('a bad request for completions', () => {
  it.each([
    ['no prompt', {}, ['prompt']],
    ['prompt and prompts', { prompt: 'a', prompts: ['b'] }, ['prompt']],
    ['an unknown field', { prompt: 'a', colour: 'red' }, ['colour']],
    [
      'several bad fields',
      { prompts: ['a', { prompt: '', n: 0 }], temperature: 3 },
      ['prompts.1.prompt', 'prompts.1.n', 'temperature'],
    ],
    ['tags of the app’s own', { prompt: 'a', tags: { 'llmops.source': 'app' } }, ['tags.llmops.source']],
    ['too many in all', { prompts: ['a', 'b'], n: 300 }, ['n']],
    ['an empty list', [], ['']],
    ['a list with a bad element', ['a', 7], ['1']],
  ])('%s is refused and names the fields', async (_name, body, fields) => {
    const { status, body: said } = await lab.post('any-lab/completions', body);
    expect(status).toBe(400);
    expect((said['errors'] as { field: string }[]).map((it) => it.field)).toEqual(fields);
  });

  it('that is no JSON, or too large, says so', async () => {
    const ndjson = { 'content-type': 'application/x-ndjson' };
    // Counted as an editor counts, which a list's positions are not.
    expect(await lab.post('any-lab/completions', '"Why?"\n\n{"prompt"\n', ndjson)).toMatchObject({
      status: 400,
      body: { detail: 'line 3 must be valid JSON', errors: [{ field: 'line 3' }] },
    });
    expect(await lab.post('any-lab/completions', 'x'.repeat(257 * 1024))).toMatchObject({ status: 413 });
    expect(await lab.post('any-lab/completions', 'a', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
  });

  it('of a lab that is not in its watch is a conflict that says why', async () => {
    expect(await lab.post('nobody/completions', { prompt: 'a' })).toMatchObject({ status: 404 });
    const id = await world.start({});
    await world.until(id, (view) => view.phase === 'provisioning');
    for (const path of ['completions', 'probe'])
      expect(await lab.post(`${id}/${path}`, path === 'probe' ? {} : { prompt: 'a' })).toMatchObject({
        status: 409,
        body: { code: 'lab-not-ready' },
      });
    await world.end(id);
    await world.ended(id);
    expect(await lab.post(`${id}/completions`, { prompt: 'a' })).toMatchObject({
      status: 409,
      body: { code: 'lab-ended' },
    });
  });
});

describe('a probe', () => {
  it('asks its questions below the token limit, and goes on where it stopped', async () => {
    const id = await lab.watched();
    const before = chats();
    const first = await lab.post(`${id}/probe`, { n: 20, sessionId: 'before' });
    await lab.over(id, first.body['id'] as string);
    const more = await lab.post(`${id}/probe`, { n: 45, sessionId: 'before' });
    expect(more.body).toMatchObject({ id: first.body['id'], status: 'resumed', total: 45 });
    const view = await lab.over(id, more.body['id'] as string);
    expect(view).toMatchObject({ kind: 'probe', state: 'done', session: 'before', tally: { answered: 45 } });
    expect(chats() - before).toBe(45);
    expect(chats(429)).toBe(0);
    expect(runsOf('api')).toHaveLength(45);
  });

  it.each([
    ['smaller than the lab’s own, never meets its limit', 1, [3.5, 6]],
    ['larger than the lab’s own, is not asked as slowly as that', 50, [0, 0.3]],
  ] as const)('of a borrowed deployment that is %s', async (_what, capacity, [least, most]) => {
    const deploy = { name: 'course', model: 'gpt-5.1', version: '2025-11-13', sku: 'GlobalStandard', capacity };
    const mine = world.rig.cloud.bystanders.account({ group: 'rg-course', name: 'aoai-course', deploy });
    const id = await lab.watched({ openai: { accountId: (await mine).id, deployment: 'course' } });
    await lab.pass(2);
    const startedAt = world.rig.clock.now();
    const asked = await lab.post(`${id}/probe`, { n: 20 });
    expect(await lab.over(id, asked.body['id'] as string)).toMatchObject({ tally: { answered: 20 } });
    expect(chats(429)).toBe(0);
    const minutes = (world.rig.clock.now() - startedAt) / 60_000;
    expect(minutes).toBeGreaterThanOrEqual(least);
    expect(minutes).toBeLessThan(most);
  });
});
