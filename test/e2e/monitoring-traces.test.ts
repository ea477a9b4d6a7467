import { expect, it } from 'vitest';
import type { TraceView } from '../../src/http/api/get-trace.ts';
import type { TraceComparison } from '../../src/lab/traces/compare.ts';
import type { TraceLine } from '../../src/lab/traces/features.ts';
import { monitoringOf } from './monitoring.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const lab = monitoringOf(world);
type Page = { traces: TraceLine[]; next?: string; links: { next?: string } };

it('lists every trace once over its pages, newest first, with what the notebook’s spans say in its tags', async () => {
  const id = await lab.watched();
  await lab.complete(id, { prompt: 'Why is the sky blue?', n: 7, sessionId: 'monday' });
  await lab.pass(1);
  const seen: TraceLine[] = [];
  let page = await lab.get<Page>(`${id}/traces?limit=4`);
  for (;;) {
    seen.push(...page.traces);
    if (page.links.next === undefined) break;
    page = await lab.get<Page>(page.links.next.replace(/^.*\/api\/labs\//, ''));
  }
  expect(seen).toHaveLength(9);
  expect(new Set(seen.map((it) => it.traceId)).size).toBe(9);
  expect(seen.map((it) => it.source)).toEqual([...Array.from({ length: 7 }, () => 'api'), 'notebook', 'app']);
  for (const line of seen) {
    expect(line).toMatchObject({ state: 'OK', finishReason: 'stop', refusal: false, errorCode: null });
    expect(line.model).toMatch(/^gpt-/);
    expect(line.promptTokens).toBeGreaterThan(0);
    expect(line.completionTokens).toBeGreaterThan(0);
    expect(line.responseChars).toBeGreaterThan(0);
  }
  // The same prompts: the app's own completion and the notebook's must not look like different set-ups.
  const [notebook, app] = seen.slice(-2);
  expect(notebook).toMatchObject({ paramsHash: app?.paramsHash, promptHash: app?.promptHash, model: app?.model });
});

it('passes MLflow’s filters through, and says what MLflow says of a bad one', async () => {
  const id = await lab.watched();
  await lab.complete(id, ['Why?', { prompt: 'Where?', sessionId: 'other' }]);
  await lab.pass(1);
  const filtered = async (filter: string) =>
    world.rig.host.fetch(`/api/labs/${id}/traces?${new URLSearchParams({ filter }).toString()}`);
  const page = (await (await filtered("metadata.`mlflow.trace.session` = 'other'")).json()) as Page;
  expect(page.traces).toMatchObject([{ session: 'other', promptChars: 6 }]);
  const bad = await filtered('nonsense = ');
  expect(bad.status).toBe(400);
  expect(await bad.text()).toMatch(/filter is refused by MLflow/);
  expect((await world.rig.host.fetch(`/api/labs/${id}/traces?limit=501`)).status).toBe(400);
});

it('reads one trace with its spans, of the app as of the notebook, and compares two of them word by word', async () => {
  const id = await lab.watched();
  const { completions } = await world.view(id);
  const [app, notebook] = completions ?? [];
  const views: TraceView[] = [];
  for (const it of [app, notebook]) {
    const view = await lab.get<TraceView>(`${id}/traces/${it?.traceId}`);
    expect(view).toMatchObject({
      complete: true,
      prompt: 'Tell me a joke about animals.',
      answer: it?.answer,
      run: { id: it?.runId, status: 'FINISHED', params: { completion_tokens: String(it?.completionTokens) } },
      spans: [{ name: 'Completions', type: 'CHAT_MODEL', parentId: null, status: 'OK' }],
    });
    expect(view.spans[0]?.endMs).toBeGreaterThanOrEqual(view.spans[0]?.startMs ?? Infinity);
    views.push(view);
  }
  const asked = await lab.complete(id, {
    prompt: 'Explain in two sentences why the leaves of trees change in autumn.',
  });
  const third = asked.completions?.[0];
  // A trace against a run.
  const compared = await lab.get<TraceComparison>(`${id}/traces/compare?a=${app?.traceId}&b=${third?.runId}`);
  expect(compared.b.trace.traceId).toBe(third?.traceId);
  const field = (name: string) => compared.fields.find((it) => it.field === name);
  expect(field('prompt')).toMatchObject({ same: false });
  expect(field('model')).toMatchObject({ same: true });
  expect(field('parameters')).toMatchObject({ same: true, a: '{}' });
  expect(field('completionTokens')?.change).toBe(
    (compared.b.trace.completionTokens ?? 0) - (compared.a.trace.completionTokens ?? 0),
  );
  const parts = compared.answers.diff ?? [];
  expect(
    parts
      .filter((it) => it.kind !== 'added')
      .map((it) => it.text)
      .join(''),
  ).toBe(compared.a.answer);
  expect(
    parts
      .filter((it) => it.kind !== 'removed')
      .map((it) => it.text)
      .join(''),
  ).toBe(compared.b.answer);
});

it('answers 404 for what the experiment does not hold, and names bad ids', async () => {
  const id = await lab.watched();
  const nothing = 'tr-'.padEnd(35, '0');
  for (const path of [`traces/${nothing}`, `traces/x`, `traces/compare?a=${nothing}&b=${nothing}`])
    expect((await world.rig.host.fetch(`/api/labs/${id}/${path}`)).status, path).toBe(404);
  const bad = await world.rig.host.fetch(`/api/labs/${id}/traces/compare?a=x`);
  expect(bad.status).toBe(400);
  expect(((await bad.json()) as { errors: { field: string }[] }).errors.map((it) => it.field)).toEqual(['a', 'b']);
});
