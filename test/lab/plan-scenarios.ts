/** Scenarios of a plan: facts in, placement or refusal out; and what plays them. */
import { expect, it } from 'vitest';
import type { Facts, RegionFacts } from '../../src/lab/placement/facts.ts';
import { planLab, type PlanRequest } from '../../src/lab/placement/plan.ts';
import { FAMILY, model, quota, region, usage } from './subscription.ts';

export const TURBO = 'gpt-35-turbo';
export const PAST = '2025-11-14T00:00:00Z';
export const FUTURE = '2027-05-15T00:00:00Z';

export const turbo = () => model(TURBO, ['Standard'], { version: '0125' });
export const retired = () =>
  model(TURBO, ['Standard'], { version: '0125', lifecycleStatus: 'Deprecated', inferenceRetiresAt: PAST });
export const noTokens = (name = TURBO, sku = 'Standard', used = 30, limit = 30) => ({
  tokenQuota: [quota(usage(sku, name), used, limit)],
});
export const noCores = { coreQuota: [quota('cores', 0, 50), quota(FAMILY, 8, 10)] };
export const a = (more: Partial<RegionFacts> = {}, models = [turbo()]) => region('aaa1', models, more);
export const b = (more: Partial<RegionFacts> = {}, models = [turbo()]) => region('bbb2', models, more);
export const c = (more: Partial<RegionFacts> = {}, models = [turbo()]) => region('ccc3', models, more);

type Expected =
  | { openai: string[]; databricks: string[]; register?: string[]; because?: RegExp; rejected?: RegExp }
  | { impossible: string[]; suggestion?: RegExp }
  /** Nothing can be read before these are registered. */
  | { register: string[] };

export type Row = { name: string; facts: Facts; request?: Partial<PlanRequest>; expected: Expected };

/** Regions are allowed in the order a, b, c unless a row says otherwise. OpenAI placements are written region/model/sku, with `@version` where one is set. */
export function play(rows: readonly Row[]): void {
  it.each(rows)('$name', ({ facts, request, expected }) => {
    const plan = planLab(
      facts,
      {
        model: TURBO,
        regions: ['aaa1', 'bbb2', 'ccc3'].filter(
          (it) => facts.regions.some((known) => known.region === it) || it === 'aaa1',
        ),
        order: 'as-given',
        ...request,
      },
      { id: 'demo' },
    );
    if (plan.kind === 'impossible') {
      expect('impossible' in expected, JSON.stringify(plan.reasons)).toBe(true);
      if (!('impossible' in expected)) return;
      expect(plan.reasons.map((it) => it.code)).toEqual(expected.impossible);
      for (const reason of plan.reasons) expect(reason.suggestion).not.toBe('');
      if (expected.suggestion !== undefined)
        expect(plan.reasons.map((it) => it.suggestion).join(' ')).toMatch(expected.suggestion);
      return;
    }
    if (plan.kind === 'unregistered') {
      expect({ register: plan.register }).toEqual(expected);
      return;
    }
    expect('openai' in expected, JSON.stringify(plan)).toBe(true);
    if (!('openai' in expected)) return;
    const written = plan.openai.map(
      ({ region: where, choice }) =>
        `${where}/${choice.model}/${choice.sku}${choice.version === undefined ? '' : `@${choice.version}`}`,
    );
    expect(written).toEqual(expected.openai);
    expect(plan.databricks.map((it) => it.region)).toEqual(expected.databricks);
    expect(plan.register).toEqual(expected.register ?? []);
    expect([
      ...plan.openai.flatMap((it) => [it.reason, it.choice.reason]),
      ...plan.databricks.map((it) => it.reason),
    ]).not.toContain('');
    if (expected.because !== undefined)
      expect(`${plan.openai[0]?.reason} ${plan.openai[0]?.choice.reason}`).toMatch(expected.because);
    if (expected.rejected !== undefined)
      expect(plan.rejected.map((it) => `${it.service} ${it.region}: ${it.reason}`).join('\n')).toMatch(
        expected.rejected,
      );
  });
}
