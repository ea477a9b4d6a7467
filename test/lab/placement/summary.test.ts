// What a person reads of a plan: without the JSON around it, it must say where, what next, and what to ask for.
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/lab/placement/facts.ts';
import { planLab, type PlanRequest } from '../../../src/lab/placement/plan.ts';
import { describePlan } from '../../../src/lab/placement/summary.ts';
import { FAMILY, model, quota, region, subscription, usage } from '../subscription.ts';

const MODEL = 'gpt-35-turbo';
const turbo = [model(MODEL)];
const noTokens = { tokenQuota: [quota(usage('Standard', MODEL), 0, 0)] };
const noCores = { coreQuota: [quota('cores', 0, 10), quota(FAMILY, 0, 0)] };

function read(facts: Facts, request: Partial<PlanRequest> = {}): string[] {
  const regions = facts.regions.map((it) => it.region);
  const plan = planLab(facts, { model: MODEL, regions, order: 'as-given', ...request }, { id: 'demo' });
  if (plan.kind === 'unregistered') throw new Error('every provider is registered');
  return describePlan(plan);
}

describe('a plan', () => {
  it('in one region for both', () => {
    expect(read(subscription([region('aaa1', turbo), region('bbb2', turbo)]))).toEqual([
      'gpt-35-turbo (Standard, 5K tokens a minute) and Azure Databricks (Standard_D4ds_v5), both in aaa1.',
      'The model: gpt-35-turbo, as asked.',
      'Should Azure refuse: Azure OpenAI in bbb2; Azure Databricks in bbb2.',
    ]);
  });

  it('in two regions, with what was ruled out', () => {
    expect(read(subscription([region('aaa1', turbo, noCores), region('bbb2', turbo, noTokens)]))).toEqual([
      'gpt-35-turbo (Standard, 5K tokens a minute) in aaa1, Azure Databricks (Standard_D4ds_v5) in bbb2.',
      'The model: gpt-35-turbo, as asked.',
      expect.stringMatching(/^Ruled out: Azure OpenAI in bbb2, gpt-35-turbo as Standard needs 5K/),
      expect.stringMatching(/^Ruled out: Azure Databricks in aaa1, 4 vCPUs needed, 0 of 0 free/),
    ]);
  });

  it('says once what stood against the model that was asked for', () => {
    const other = [model('gpt-5.1'), model('gpt-5.5')];
    const plan = planLab(subscription([region('aaa1', other)]), { model: MODEL, regions: ['aaa1'] }, { id: 'demo' });
    expect(plan.kind === 'plan' && plan.openai.map((it) => it.choice.reason)).toEqual([
      'gpt-5.1, next of the preferred models, instead of gpt-35-turbo (not in the catalogue in aaa1)',
      'gpt-5.5, next of the preferred models, instead of gpt-35-turbo',
    ]);
  });
});

describe('a refusal', () => {
  it('without any quota anywhere: what to ask for in one region for both, then elsewhere, and where to ask', () => {
    const none = { ...noTokens, ...noCores };
    const names = ['aaa1', 'bbb2', 'ccc3', 'ddd4', 'eee5'];
    const asks = `OpenAI.Standard.gpt-35-turbo from 0K to 5K tokens a minute; ${FAMILY} from 0 to 4 vCPUs`;
    expect(read(subscription(names.map((it) => region(it, turbo, none))))).toEqual([
      'No place for this lab: nothing was created.',
      `It takes in aaa1: ${asks}.`,
      `Or in bbb2: ${asks}.`,
      `Or in ccc3: ${asks}.`,
      'Or the like in ddd4, eee5.',
      expect.stringMatching(/^Where to ask, Azure OpenAI: https:/),
      expect.stringMatching(/^Where to ask, Azure Databricks: https:/),
    ]);
  });

  it('asks for as little as it can: the easiest sku of a region, and the region that is easiest for both', () => {
    const skus = [model(MODEL, ['Standard', 'GlobalStandard'])];
    const tokens = (standard: number, global: number) => ({
      tokenQuota: [quota(usage('Standard', MODEL), standard, 30), quota(usage('GlobalStandard', MODEL), global, 30)],
    });
    const cores = (used: number) => ({ coreQuota: [quota('cores', 0, 50), quota(FAMILY, used, 10)] });
    const facts = subscription([
      region('aaa1', skus, { ...tokens(30, 28), ...cores(10) }),
      region('bbb2', skus, { ...tokens(29, 30), ...cores(7) }),
    ]);
    expect(read(facts).slice(1, 3)).toEqual([
      `It takes in bbb2: OpenAI.Standard.${MODEL} from 30K to 34K tokens a minute; ${FAMILY} from 10 to 11 vCPUs.`,
      `Or in aaa1: OpenAI.GlobalStandard.${MODEL} from 30K to 33K tokens a minute; ${FAMILY} from 10 to 14 vCPUs.`,
    ]);
  });

  it('that no region alone can mend: each service where it is easiest', () => {
    const facts = subscription([
      region('aaa1', turbo, { ...noTokens, offers: { openai: true, databricks: false } }),
      region('bbb2', [], noCores),
    ]);
    expect(read(facts)).toEqual([
      'No place for this lab: nothing was created.',
      'It takes in aaa1: OpenAI.Standard.gpt-35-turbo from 0K to 5K tokens a minute.',
      `And in bbb2: ${FAMILY} from 0 to 4 vCPUs.`,
      expect.stringMatching(/^Where to ask, Azure OpenAI/),
      expect.stringMatching(/^Where to ask, Azure Databricks/),
      expect.stringMatching(/^Or mend this: Azure OpenAI in bbb2: no chat model is open/),
      expect.stringMatching(/^Or mend this: Azure Databricks in aaa1: Azure Databricks is not offered here/),
    ]);
  });

  it('with what no quota mends, which must be mended as well', () => {
    const facts = subscription([region('aaa1', turbo, { ...noTokens, offers: { openai: true, databricks: false } })]);
    expect(read(facts).slice(1, 2)).toEqual([
      'In addition to what follows it takes in aaa1: OpenAI.Standard.gpt-35-turbo from 0K to 5K tokens a minute.',
    ]);
  });
});
