/** The workbook and the alerts stand on these names: an event or a dimension that is renamed here fails here, and not as a chart that stays empty. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useWorld } from '../e2e/world.ts';
import { DIMENSIONS, readsOf } from './query-reads.ts';

type Event = Record<string, unknown> & { event: string };

const world = useWorld();
const events = (name?: string): Event[] =>
  world.logs
    .filter((it) => it.message.startsWith('{"event":"'))
    .map((it) => JSON.parse(it.message) as Event)
    .filter((it) => name === undefined || it.event === name);

describe('the log of a healthy lab', () => {
  it('tells its whole life: phases, steps and completions, each once and in lab time', async () => {
    const id = await world.start({});
    const view = await world.ended(id);
    expect(events('lab.started')).toHaveLength(1);
    expect(events('lab.phase').map((it) => it['phase'])).toEqual([
      'planning',
      'provisioning',
      'connecting',
      'completing',
      'verifying',
      'watching',
      'tearing-down',
    ]);
    for (const it of events('lab.phase').slice(1)) expect(it, 'time in the former phase').toHaveProperty('durationMs');

    const steps = events('lab.step');
    for (const step of steps)
      expect(step).toMatchObject({
        labId: id,
        owner: view.owner,
        phase: expect.any(String) as string,
        outcome: 'done',
        durationMs: expect.any(Number) as number,
        at: expect.any(String) as string,
      });
    const times = steps.map((it) => Date.parse(String(it['at'])));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(Date.parse(view.startedAt));
    expect(Math.max(...times)).toBeLessThanOrEqual(Date.parse(view.endedAt ?? ''));
    for (const name of ['account', 'deployment', 'workspace', 'cluster', 'library'])
      expect(
        steps.find((it) => it['step'] === name),
        name,
      ).toMatchObject({ phase: 'provisioning', attempt: 1, region: expect.any(String) as string });
    const names = steps.map((it) => `${String(it['step'])} ${String(it['subject'])} ${String(it['attempt'])}`);
    expect(new Set(names).size, 'no step twice').toBe(names.length);

    const [ended] = events('lab.ended');
    expect(ended).toMatchObject({ outcome: 'healthy', reason: 'idle', left: 0, costUsd: view.report?.cost?.usd });
  });

  it('names what OpenTelemetry names of each completion, and not the prompt or the answer', async () => {
    const view = await world.ended(await world.start({ completion: { prompt: 'A prompt like no other?' } }));
    const completions = events('completion.logged');
    expect(completions.map((it) => it['source'])).toEqual(['app', 'notebook']);
    for (const [index, facts] of (view.completions ?? []).entries())
      expect(completions[index]).toMatchObject({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'azure.ai.openai',
        'gen_ai.request.model': view.plan?.model,
        'gen_ai.response.model': facts.model,
        'gen_ai.response.finish_reasons': [facts.finishReason],
        'gen_ai.usage.input_tokens': facts.promptTokens,
        'gen_ai.usage.output_tokens': facts.completionTokens,
        runId: facts.runId,
        durationMs: facts.latencyMs,
      });
    const log = world.logs.map((it) => it.message).join('\n');
    expect(log).not.toContain('A prompt like no other?');
    expect(log).not.toContain(view.completions?.[0]?.answer);
  });

  it('warns before the end, once for each end that is foreseen', async () => {
    const id = await world.start({});
    await world.until(id, (view) => view.deadlines?.endsSoon === true);
    expect(events('lab.ends-soon')).toHaveLength(1);
    expect(events('lab.ends-soon')[0]).toMatchObject({ labId: id, reason: 'idle', secondsLeft: 600 });
    await world.rig.host.fetch(`/api/labs/${id}/keepalive`, { method: 'POST' });
    await world.until(id, (view) => view.deadlines?.endsSoon !== true);
    await world.ended(id);
    expect(events('lab.ends-soon')).toHaveLength(2);
  });
});

describe('the log of a lab in trouble', () => {
  it('tells each failure of an activity with its try and its cause, and then the step that it failed', async () => {
    world.rig.cloud.faults.add({
      kind: 'status',
      pattern: 'PUT */accounts/*',
      status: 500,
      body: { error: { code: 'InternalServerError', message: 'planted' } },
      fire: 7,
    });
    await world.ended(await world.start({}));
    const failures = events('activity.failed');
    expect(failures).toHaveLength(7);
    for (const it of failures)
      expect(it).toMatchObject({
        subject: 'ensureAccount',
        attempt: expect.any(Number) as number,
        region: expect.any(String) as string,
        reason: 'InternalServerError',
        status: 500,
        durationMs: expect.any(Number) as number,
      });
    const failed = events('lab.step').find((it) => it['outcome'] === 'failed');
    expect(failed).toMatchObject({ step: 'account', attempt: 1, reason: 'gave-up' });
  });

  it('tells of a budget that comes near and is reached', async () => {
    await world.ended(await world.start({ idleMinutes: 1_440, maxHours: 72, budgetUsd: 2 }));
    expect(events('lab.budget').map((it) => [it['outcome'], it['budgetUsd']])).toEqual([
      ['near', 2],
      ['reached', 2],
    ]);
    expect(events('lab.budget')[1]?.['costUsd']).toBeCloseTo(2, 1);
  });

  it('tells what it could not remove, each time that it tried', async () => {
    world.rig.cloud.faults.add({
      kind: 'status',
      pattern: 'DELETE */accounts/*',
      status: 409,
      body: { error: { code: 'ScopeLocked', message: 'The scope is locked.' } },
      fire: 3,
    });
    await world.ended(await world.start({}));
    expect(events('lab.leftover').length).toBeGreaterThan(0);
    expect(events('lab.leftover')[0]).toMatchObject({
      attempt: 1,
      subject: expect.any(String) as string,
      reason: expect.stringContaining('ScopeLocked') as string,
    });
  });
});

describe('the log of the app', () => {
  /** A lab that meets a full region, a sweep, its budget and a lock. */
  const liveInTrouble = async (): Promise<void> => {
    world.rig.cloud.faults.add({
      kind: 'status',
      pattern: 'PUT */deployments/*',
      status: 400,
      body: { error: { code: 'InsufficientQuota', message: 'none' } },
    });
    world.rig.cloud.faults.add({
      kind: 'status',
      pattern: 'DELETE */workspaces/*',
      status: 409,
      body: { error: { code: 'ScopeLocked', message: 'The scope is locked.' } },
      fire: 3,
    });
    const id = await world.start({ idleMinutes: 1_440, maxHours: 72, budgetUsd: 2 });
    await world.until(id, (view) => view.phase === 'watching');
    await world.rig.host.runTimer('sweep');
    await world.ended(id);
  };
  /** What the named events, or those whose names begin so, were logged with. */
  const loggedOf = (names: string[]): Set<string> => {
    const named = (event: string): boolean =>
      names.some((it) => (it.endsWith('.') ? event.startsWith(it) : event === it));
    return new Set(events().flatMap((it) => (named(it.event) ? Object.keys(it) : [])));
  };

  it('holds every dimension that the queries turn into a column', async () => {
    await liveInTrouble();
    const logged = new Set(events().flatMap((it) => Object.keys(it)));
    expect([...DIMENSIONS.values()].flat().filter((it) => !logged.has(it))).toEqual([]);
  });

  it('holds, in the events that a query asks for, every column that it reads of them', async () => {
    await liveInTrouble();
    const missing = readdirSync('infra/queries')
      .filter((it) => it !== 'events.kql')
      .flatMap((file) => readsOf(readFileSync(`infra/queries/${file}`, 'utf8')).map((reads) => ({ file, ...reads })))
      .flatMap(({ file, events: names, columns }) => {
        expect(names, `${file} asks for events by name`).not.toEqual([]);
        const logged = loggedOf(names);
        return columns
          .filter((it) => !DIMENSIONS.get(it)?.some((dimension) => logged.has(dimension)))
          .map((it) => `${file}: ${it} of ${names.join(', ')}`);
      });
    expect(missing).toEqual([]);
  });

  it('would be missed in a query that reads what its events are never logged with', () => {
    const query = "events | where event == 'sweep.run' | summarize costUsd = max(costUsd) by owner";
    expect(readsOf(query)).toEqual([{ events: ['sweep.run'], columns: ['costUsd', 'owner'] }]);
    const tied = "events | where event startswith 'lab.' | summarize countif(event == 'lab.phase' and left == 0)";
    expect(readsOf(tied)).toContainEqual({ events: ['lab.phase'], columns: ['left'] });
  });

  it('tells of a sweep what it did, and that it failed when it did', async () => {
    await world.rig.host.runTimer('sweep');
    world.rig.cloud.faults.add({ kind: 'reset', pattern: 'GET */resourcegroups', fire: Infinity });
    await world.rig.host.runTimer('sweep').catch(() => undefined);
    expect(events('sweep.run').map((it) => it['outcome'])).toEqual(['done', 'failed']);
  });
});
