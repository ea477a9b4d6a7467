// What holds of every plan, whatever the facts.
import { describe, expect, it } from 'vitest';
import { planLab } from '../../../src/lab/placement/plan.ts';
import { a, b, c, noTokens, turbo, TURBO } from '../plan-scenarios.ts';
import { model, region, subscription } from '../subscription.ts';

describe('planLab', () => {
  it('deploys the lab’s 5K, the API version and the token parameter that go with the model', () => {
    const facts = subscription([a({}, [turbo(), model('gpt-5.1')])]);
    const plan = planLab(facts, { model: TURBO, regions: ['aaa1'] }, { id: 'demo' });
    if (plan.kind !== 'plan') throw new Error('expected a plan');
    expect(plan.openai.map((it) => it.choice)).toMatchObject([
      { model: TURBO, capacity: 5, apiVersion: '2024-10-21', tokenParam: 'max_tokens' },
      { model: 'gpt-5.1', capacity: 5, apiVersion: '2025-04-01-preview', tokenParam: 'max_completion_tokens' },
    ]);
    expect(plan.databricks[0]?.nodeType).toBe('Standard_D4ds_v5');
  });

  it('spreads labs that start together over equal regions, and always gives one lab the same plan', () => {
    const facts = subscription([a(), b(), c(), region('switzerlandnorth', [turbo()])]);
    const regions = facts.regions.map((it) => it.region);
    const first = (id: string, allowed: readonly string[] = regions): string => {
      const plan = planLab(facts, { model: TURBO, regions: allowed }, { id });
      return plan.kind === 'plan' ? `${plan.openai[0]?.region}+${plan.databricks[0]?.region}` : 'none';
    };
    const ids = Array.from({ length: 300 }, (_, index) => `student-${index}`);
    const counts = new Map<string, number>();
    for (const id of ids) counts.set(first(id), (counts.get(first(id)) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual(['aaa1+aaa1', 'bbb2+bbb2', 'ccc3+ccc3']);
    for (const count of counts.values()) expect(count).toBeGreaterThan(60);
    // The order of the setting does not matter among equals, and a region that drops out moves only its own labs.
    for (const id of ids) {
      expect(first(id, [...regions].reverse())).toBe(first(id));
      if (first(id) !== 'bbb2+bbb2')
        expect(
          first(
            id,
            regions.filter((it) => it !== 'bbb2'),
          ),
        ).toBe(first(id));
    }
  });

  it('begins with the second name where the first one is taken, unless no account is made', () => {
    const facts = subscription([a()], { firstNameFree: false });
    const request = { model: TURBO, regions: ['aaa1'] };
    expect(planLab(facts, request, { id: 'demo' })).toMatchObject({
      firstOpenAITry: 2,
      notes: [expect.stringContaining('is taken') as string],
    });
    const brought = { ...request, existing: { openai: { region: 'aaa1' } } };
    expect(planLab(facts, brought, { id: 'demo' })).not.toHaveProperty('firstOpenAITry');
    expect(planLab({ ...facts, firstNameFree: true }, request, { id: 'demo' })).not.toHaveProperty('firstOpenAITry');
  });

  it('takes the spare region only when the others cannot serve', () => {
    const spare = region('switzerlandnorth', [turbo()]);
    const plan = planLab(
      subscription([a(noTokens()), spare]),
      { model: TURBO, regions: ['switzerlandnorth', 'aaa1'] },
      { id: 'demo' },
    );
    expect(plan.kind === 'plan' && plan.openai.map((it) => it.region)).toEqual(['switzerlandnorth']);
  });

  it('keeps a plan small: the history stores it', () => {
    const many = Array.from({ length: 20 }, (_, index) =>
      region(
        `region${index}`,
        Array.from({ length: 12 }, (__, at) =>
          model(`model-${at}`, ['Standard', 'DataZoneStandard', 'GlobalStandard']),
        ),
      ),
    );
    const plan = planLab(subscription(many), { model: TURBO, regions: many.map((it) => it.region) }, { id: 'demo' });
    if (plan.kind !== 'plan') throw new Error('expected a plan');
    expect(plan.openai.length).toBeLessThanOrEqual(40);
    expect(new Set(plan.openai.map((it) => it.choice.model)).size).toBeGreaterThan(1);
    // A policy may leave only the last of them, and no reading tells.
    expect(new Set(plan.openai.map((it) => it.region)).size).toBe(20);
    expect(JSON.stringify(plan).length).toBeLessThan(30_000);
  });
});
