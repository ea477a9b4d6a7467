import { describe, expect, it, vi } from 'vitest';
import type { DriftView } from '../../src/lab/traces/windows.ts';
import type { LabReport } from '../../src/contracts/report.ts';
import { monitoringOf } from './monitoring.ts';
import { useWorld } from './world.ts';

// Windows of sixty completions take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const world = useWorld();
const lab = monitoringOf(world);

const ANIMALS = ['cat', 'dog', 'owl', 'bee', 'cow', 'fox', 'hen', 'pig', 'rat', 'ant', 'elk', 'emu'];
const short = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `What does the ${ANIMALS[index % ANIMALS.length]} eat${' often'.repeat(index % 4)}?`,
  );
const long = (count: number) =>
  short(count).map(
    (it, index) =>
      `${it} Explain at length how it finds its food, who else wants it, and what changes with the seasons.${' Give an example from the forest.'.repeat(1 + (index % 3))}`,
  );

const drift = (id: string, query: string, headers: Record<string, string> = {}) =>
  lab.get<DriftView>(`${id}/drift?${query}`, headers);
const of = (view: DriftView, feature: string) => view.features.find((it) => it.feature === feature);
const ask = (id: string, prompts: string[], sessionId: string, more: object = {}) =>
  lab.complete(id, { prompts, sessionId, ...more });
const reportOf = async (id: string) => {
  const { report } = await world.ids(id);
  const response = await world.rig.host.fetch(`/runtime/webhooks/durabletask/instances/${report}?code=local`);
  return ((await response.json()) as { input: LabReport }).input;
};

describe('drift', () => {
  it('is found where questions and answers have grown, by every way of naming the windows', async () => {
    const id = await lab.watched();
    await lab.pass(1);
    const first = new Date(world.rig.clock.now()).toISOString();
    await ask(id, short(60), 'short', { tags: { wave: 'one' } });
    await lab.pass(1);
    const middle = new Date(world.rig.clock.now()).toISOString();
    await ask(id, long(60), 'long', { tags: { wave: 'two' } });
    await lab.pass(1);
    for (const [baseline, current] of [
      ['session:short', 'session:long'],
      ['count:60,skip:60', 'count:60'],
      [`time:${first}/${middle}`, `time:${middle}/`],
      ['tag:wave=one', 'tag:wave=two'],
    ] as const) {
      const view = await drift(id, new URLSearchParams({ baseline, current }).toString());
      expect(view.windows, baseline).toMatchObject({ baseline: { traces: 60 }, current: { traces: 60 } });
      expect(view.shared).toBe(0);
      expect(view.verdict.kind).toBe('drift');
      expect(of(view, 'promptTokens')?.verdict.kind).toBe('drift');
      expect(of(view, 'completionTokens')?.verdict.kind).toBe('drift');
      expect(view.knownChanges).toEqual([]);
    }
    const spoken = await drift(id, 'baseline=session:short&current=session:long', { 'accept-language': 'pt-BR' });
    expect(spoken.text.verdict).toMatch(/^Desvio em tokens do prompt/);
    // Without windows: the older half against the newer.
    const whole = await drift(id, '');
    expect(whole.windows.baseline.traces + whole.windows.current.traces).toBe(122);
    expect(of(whole, 'promptTokens')?.verdict.kind).toBe('drift');
  });

  it('names another parameter, and another system prompt, as known changes', async () => {
    const id = await lab.watched();
    await ask(id, short(10), 'plain');
    await ask(id, short(10), 'changed', { maxTokens: 2_000, system: 'Answer in one word.' });
    await lab.pass(1);
    const view = await drift(id, 'baseline=session:plain&current=session:changed');
    expect(view.knownChanges.map((it) => [it.setting, it.kind])).toEqual([
      ['parameters', 'replaced'],
      ['systemPrompt', 'replaced'],
    ]);
  });

  it('is not judged on five traces against five, and says how many it takes', async () => {
    const id = await lab.watched();
    await ask(id, short(5), 'a');
    await ask(id, long(5), 'b');
    await lab.pass(1);
    const view = await drift(id, 'baseline=session:a&current=session:b');
    expect(view.verdict.kind).toBe('not-enough-data');
    expect(view.text.verdict).toMatch(/not enough data \(need \d+/i);
  });

  it('names a bad window', async () => {
    const id = await lab.watched();
    for (const [query, fields] of [
      ['baseline=yesterday&current=all', ['baseline']],
      ['baseline=count:0&current=session:%27', ['baseline', 'current']],
      ['current=all', ['baseline']],
      ['baseline=all', ['current']],
    ] as const) {
      const response = await world.rig.host.fetch(`/api/labs/${id}/drift?${query}`);
      expect(response.status, query).toBe(400);
      const { errors } = (await response.json()) as { errors: { field: string }[] };
      expect(errors.map((it) => it.field)).toEqual(fields);
    }
    const missing = await world.rig.host.fetch(`/api/labs/${id}/drift?baseline=report:nobody`);
    expect(missing.status).toBe(409);
  });
});

describe('what outlives a lab', () => {
  it('are the numbers of its traces, without any text, and another lab is compared with them', async () => {
    const first = await lab.watched({ id: 'first-lab' });
    await ask(first, short(40), 'short');
    await ask(first, long(40), 'long');
    await lab.pass(1);
    await world.end(first);
    const ended = await world.ended(first);
    expect(ended.report).not.toHaveProperty('features');
    const report = await reportOf(first);
    expect(report.features).toMatchObject({ version: 1, count: 82, left: 0 });
    expect(report.drift?.verdict.kind).toBe('drift');
    const text = JSON.stringify({ features: report.features, drift: report.drift });
    expect(text.length).toBeLessThan(240_000);
    expect(text).not.toMatch(/What does|Explain at length|practical side|tr-[0-9a-f]{32}/);

    // Windows of the ended lab, from its own report.
    const after = await drift(first, 'baseline=session:short&current=session:long');
    expect(after.asked.baseline).toMatchObject({ source: 'report', lab: first });
    expect(of(after, 'completionTokens')?.verdict.kind).toBe('drift');
    expect((await world.rig.host.fetch(`/api/labs/${first}/traces`)).status).toBe(409);

    const second = await lab.watched({ id: 'second-lab' });
    await ask(second, short(40), 'again');
    await lab.pass(1);
    const same = await drift(second, 'baseline=report:first-lab/session:short&current=session:again');
    expect(same.windows).toMatchObject({ baseline: { traces: 40 }, current: { traces: 40 } });
    expect(of(same, 'promptTokens')?.verdict.kind).not.toBe('drift');
    expect(same.leftOut).toEqual(['promptText', 'responseText']);
    const other = await drift(second, 'baseline=report:first-lab/session:long&current=session:again');
    expect(of(other, 'promptTokens')?.verdict.kind).toBe('drift');
  });

  it('never keeps a lab: where MLflow does not answer, teardown goes on without it', async () => {
    const id = await lab.watched();
    world.rig.cloud.faults.add({ pattern: 'POST */traces/search', kind: 'status', status: 503, fire: Infinity });
    const from = world.rig.clock.now();
    await world.end(id);
    const ended = await world.ended(id);
    expect(ended.report?.outcome).toBe('healthy');
    expect((await reportOf(id)).features).toBeUndefined();
    const inventory = ended.steps.find((it) => it.name === 'inventory');
    expect(Date.parse(inventory?.startedAt ?? '') - from).toBeLessThanOrEqual(60_000);
    expect(world.left()).toEqual([]);
  });
});

describe('a monitor', () => {
  it('takes the first traces as its baseline, flags drift in status and log, and ends with the lab', async () => {
    const id = await lab.watched({ monitorEveryMinutes: 15, idleMinutes: 120 });
    await ask(id, short(60), 'short');
    await world.until(id, (view) => view.monitor?.last?.kind === 'baseline');
    await lab.pass(16);
    expect((await world.view(id)).monitor).toMatchObject({ flagged: false, looks: 0, last: { kind: 'nothing-new' } });
    await ask(id, long(60), 'long');
    const view = await world.until(id, (it) => it.monitor?.last?.kind === 'compared');
    expect(view.monitor).toMatchObject({
      flagged: true,
      looks: 1,
      last: { verdict: 'drift', baseline: 62, current: 60 },
    });
    const events = world.logs.map((it) => it.message).filter((it) => it.includes('"event":"lab.drift"'));
    expect(events).toHaveLength(1);
    expect(JSON.parse(events[0] ?? '{}')).toMatchObject({ labId: id, outcome: 'drift' });
    await world.end(id);
    await world.ended(id);
    const { monitor } = await world.ids(id);
    expect(world.rig.host.history(monitor).some((event) => event.EventType === 1)).toBe(true);
  });

  it('is no activity: an unused lab with a monitor ends when it would have ended without', async () => {
    const id = await lab.watched({ monitorEveryMinutes: 15, idleMinutes: 40 });
    const from = world.rig.clock.now();
    const ended = await world.ended(id);
    expect(ended.report?.end.reason).toBe('idle');
    expect((Date.parse(ended.report?.end.at ?? '') - from) / 60_000).toBeCloseTo(40, 0);
  });

  it('finds a lost lab over at its next look', async () => {
    const id = await lab.watched({ monitorEveryMinutes: 15, idleMinutes: 120 });
    world.rig.host.dropInstance(id);
    await lab.pass(16);
    const { monitor } = await world.ids(id);
    expect(world.rig.host.history(monitor).some((event) => event.EventType === 1)).toBe(true);
    await world.end(id);
    await world.rig.host.until(() => world.left().length === 0);
  });
});
