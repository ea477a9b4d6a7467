import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/lab/phases.ts';
import { planLab } from '../../src/lab/plan.ts';
import { bounded, planSummary, STATUS_LIMIT, type LabStatus } from '../../src/lab/status.ts';
import { model, region, subscription } from './subscription.ts';

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
