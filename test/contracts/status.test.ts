import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/lab/steps.ts';
import { planLab } from '../../src/lab/placement/plan.ts';
import { bounded, planSummary, STATUS_LIMIT, type LabStatus, type TeardownStatus } from '../../src/contracts/status.ts';
import { model, region, subscription } from '../lab/subscription.ts';

const step = (note: string): Step => ({
  name: 'cluster',
  state: 'running',
  startedAt: '2026-11-23T12:00:00.000Z',
  note,
});

describe('custom status', () => {
  it('is not touched while it is small', () => {
    const status: LabStatus = { phase: 'planning', steps: [step('on its way')] };
    expect(bounded(status)).toBe(status);
  });

  it('never grows beyond what Durable Functions stores, whatever services and models say', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4_000 });
    const completion = fc.record({ answer: text, warnings: fc.array(text, { maxLength: 5 }) });
    const status = fc.record({
      phase: fc.constant('watching' as const),
      steps: fc.array(text.map(step), { maxLength: 80 }),
      completions: fc.array(completion, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(status, (it) => {
        const short = bounded(it as unknown as LabStatus);
        expect(JSON.stringify(short).length).toBeLessThanOrEqual(STATUS_LIMIT);
        expect(short.steps).toBeInstanceOf(Array);
      }),
      { numRuns: 50 },
    );
  });

  it('gives up notes before answers, and answers before steps', () => {
    const completions = [{ answer: 'a'.repeat(3_000), warnings: [] }] as unknown as NonNullable<
      LabStatus['completions']
    >;
    const short = bounded({
      phase: 'watching',
      steps: Array.from({ length: 25 }, () => step('n'.repeat(200))),
      completions,
    } satisfies LabStatus);
    expect(short.steps).toHaveLength(25);
    expect(short.completions?.[0]?.answer).toHaveLength(3_000);
    expect(short.steps[0]?.note?.length).toBeLessThanOrEqual(80);
  });
});

describe('the status of a teardown that is held up', () => {
  const place = { workspace: { url: 'https://adb-1.azuredatabricks.net' } } as unknown as NonNullable<
    LabStatus['place']
  >;
  const removal = (name: Step['name'], state: Step['state'], subject: string): Step => ({
    ...step('n'.repeat(200)),
    name,
    state,
    subject,
    endedAt: '2026-11-23T13:00:00.000Z',
  });

  it.each([16, 100])('says what is left, however much of it there is and however long its reasons are: %i', (count) => {
    const left = Array.from({ length: count }, (_, index) => ({ id: `dbw-lab-${index}`, why: 'x'.repeat(500) }));
    const short = bounded<TeardownStatus>({ round: 3, steps: [], chains: ['demo.teardown.3-1'], left });
    expect(JSON.stringify(short).length).toBeLessThanOrEqual(STATUS_LIMIT);
    expect(short).toMatchObject({ round: 3, chains: ['demo.teardown.3-1'] });
    expect(short.left.slice(0, 16).map((it) => it.id)).toEqual(left.slice(0, 16).map((it) => it.id));
    if (count > 21) expect(short.left.at(-1)?.id).toBe('80 more');
  });

  it('keeps the first removal that was done, and the latest try of what fails again and again', () => {
    const tries = Array.from({ length: 60 }, (_, index) =>
      removal('purge-account', 'failed', `aoai-demo-${index % 2}`),
    );
    const done = removal('remove-workspace', 'done', 'dbw-demo-1');
    const again = { ...done, endedAt: '2026-11-23T15:00:00.000Z' };
    const short = bounded<TeardownStatus>({ round: 30, steps: [done, ...tries, again], chains: [], left: [] });
    expect(short.steps.map((it) => `${it.name} ${it.subject} ${it.endedAt}`)).toEqual([
      'remove-workspace dbw-demo-1 2026-11-23T13:00:00.000Z',
      ...['aoai-demo-0', 'aoai-demo-1'].map((it) => `purge-account ${it} 2026-11-23T13:00:00.000Z`),
      'remove-workspace dbw-demo-1 2026-11-23T15:00:00.000Z',
    ]);
  });

  it('of a lab keeps its phase, its place and its deadlines when nothing else has room', () => {
    const deadlines = { endsAt: '2026-11-23T13:00:00.000Z' } as unknown as NonNullable<LabStatus['deadlines']>;
    const problem = { code: 'x', message: 'm'.repeat(9_000), remedy: 'none' } as const;
    const status: LabStatus = { phase: 'watching', steps: [step('')], place, deadlines, problem };
    expect(bounded(status)).toEqual({ phase: 'watching', steps: [], place, deadlines });
  });
});

describe('planSummary', () => {
  it('names each region once, in the order of the tries', () => {
    const skus = ['Standard', 'GlobalStandard'];
    const facts = subscription(['aaa1', 'bbb2'].map((it) => region(it, [model('gpt-35-turbo', skus)])));
    const request = { model: 'gpt-35-turbo', regions: ['aaa1', 'bbb2'], order: 'as-given' } as const;
    const plan = planLab(facts, request, { id: 'demo' });
    if (plan.kind !== 'plan') throw new Error(plan.kind);
    expect(plan.openai).toHaveLength(4);
    expect(planSummary(plan)).toMatchObject({ openai: ['aaa1', 'bbb2'], databricks: ['aaa1', 'bbb2'] });
  });
});
