// Which region serves what: quotas, sizes, offers, readings, counts of accounts.
import { describe } from 'vitest';
import { TURBO, a, b, c, noCores, noTokens, play, turbo } from './plan-scenarios.ts';
import { FAMILY, quota, region, subscription, usage } from './subscription.ts';

describe('regions', () => {
  play([
    {
      name: 'everything everywhere: the first region for both',
      facts: subscription([a(), b()]),
      expected: { openai: [`aaa1/${TURBO}/Standard`, `bbb2/${TURBO}/Standard`], databricks: ['aaa1', 'bbb2'] },
    },
    {
      name: 'first region out of tokens',
      facts: subscription([a(noTokens()), b()]),
      expected: {
        openai: [`bbb2/${TURBO}/Standard`],
        databricks: ['bbb2', 'aaa1'],
        rejected: /aaa1.*needs 5K.*0K of 30K/,
      },
    },
    {
      name: 'first region one token short',
      facts: subscription([a(noTokens(TURBO, 'Standard', 26, 30)), b()]),
      expected: { openai: [`bbb2/${TURBO}/Standard`], databricks: ['bbb2', 'aaa1'] },
    },
    {
      name: 'exactly enough tokens',
      facts: subscription([a(noTokens(TURBO, 'Standard', 25, 30)), b()]),
      expected: { openai: [`aaa1/${TURBO}/Standard`, `bbb2/${TURBO}/Standard`], databricks: ['aaa1', 'bbb2'] },
    },
    {
      name: 'quota used beyond its limit',
      facts: subscription([a(noTokens(TURBO, 'Standard', 40, 30)), b()]),
      expected: { openai: [`bbb2/${TURBO}/Standard`], databricks: ['bbb2', 'aaa1'] },
    },
    {
      name: 'no quota line for the model',
      facts: subscription([a({ tokenQuota: [quota('OpenAI.Standard.other', 0, 100)] }), b()]),
      expected: { openai: [`bbb2/${TURBO}/Standard`], databricks: ['bbb2', 'aaa1'] },
    },
    {
      name: 'a fresh subscription, whose quotas are not listed yet: the deployment tells',
      facts: subscription([a({ tokenQuota: [], coreQuota: [] })]),
      expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['aaa1'] },
    },
    {
      name: 'first region out of family cores',
      facts: subscription([a(noCores), b()]),
      expected: {
        openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`],
        databricks: ['bbb2'],
        rejected: /databricks.*aaa1.*2 of 10 free \(standardDDSv5Family\)/,
      },
    },
    {
      name: 'exactly four cores free',
      facts: subscription([a({ coreQuota: [quota('cores', 46, 50), quota(FAMILY, 6, 10)] })]),
      expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['aaa1'] },
    },
    {
      name: 'three cores free',
      facts: subscription([a({ coreQuota: [quota('cores', 0, 50), quota(FAMILY, 7, 10)] }), b()]),
      expected: { openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`], databricks: ['bbb2'] },
    },
    {
      name: 'out of total cores only',
      facts: subscription([a({ coreQuota: [quota('cores', 48, 50), quota(FAMILY, 0, 40)] }), b()]),
      expected: {
        openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`],
        databricks: ['bbb2'],
        rejected: /Total Regional vCPUs/,
      },
    },
    {
      name: 'cores without a limit',
      facts: subscription([a({ coreQuota: [quota('cores', 48, -1), quota(FAMILY, 48, -1)] })]),
      expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['aaa1'] },
    },
    {
      name: 'quota names in other case',
      facts: subscription([a({ coreQuota: [quota('Cores', 0, 50), quota('standardddsv5family', 0, 10)] })]),
      expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['aaa1'] },
    },
    {
      name: 'size restricted',
      facts: subscription([
        a({ node: { offered: true, family: FAMILY, vcpus: 4, restriction: 'NotAvailableForSubscription' } }),
        b(),
      ]),
      expected: {
        openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`],
        databricks: ['bbb2'],
        rejected: /NotAvailableForSubscription/,
      },
    },
    {
      name: 'size not offered',
      facts: subscription([a({ node: { offered: false, family: FAMILY, vcpus: 4, restriction: null } }), b()]),
      expected: { openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`], databricks: ['bbb2'] },
    },
    {
      name: 'Databricks not offered',
      facts: subscription([a({ offers: { openai: true, databricks: false } }), b()]),
      expected: {
        openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`],
        databricks: ['bbb2'],
        rejected: /Databricks is not offered/,
      },
    },
    {
      name: 'OpenAI not offered',
      facts: subscription([a({ offers: { openai: false, databricks: true } }), b()]),
      expected: { openai: [`bbb2/${TURBO}/Standard`], databricks: ['bbb2', 'aaa1'] },
    },
    {
      name: 'only a split works',
      facts: subscription([a(noCores), b(noTokens())]),
      expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['bbb2'], because: /Databricks does not fit here/ },
    },
    {
      name: 'only a split works, three regions',
      facts: subscription([a(noCores), b({ ...noCores, ...noTokens() }), c(noTokens())]),
      expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['ccc3'] },
    },
    {
      name: 'one region for both beats an earlier region for one',
      facts: subscription([a(noCores), b(noTokens()), c()]),
      expected: { openai: [`ccc3/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`], databricks: ['ccc3', 'bbb2'] },
    },
    {
      name: 'the request’s order counts, not that of the facts',
      facts: subscription([a(), b()]),
      request: { regions: ['bbb2', 'aaa1'] },
      expected: { openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`], databricks: ['bbb2', 'aaa1'] },
    },
    {
      name: 'regions by display name, and twice',
      facts: subscription([region('eastus2', [turbo()])]),
      request: { regions: ['East US 2', 'eastus2'] },
      expected: { openai: [`eastus2/${TURBO}/Standard`], databricks: ['eastus2'] },
    },
    {
      name: 'a region that is not allowed is never taken',
      facts: subscription([a(noTokens()), b()]),
      request: { regions: ['aaa1'] },
      expected: { impossible: ['no-token-quota'] },
    },
    {
      name: 'an unreadable catalogue rules OpenAI out there, not Databricks',
      facts: subscription([a({ unreadable: [{ what: 'models', reason: '403' }] }), b()]),
      expected: {
        openai: [`bbb2/${TURBO}/Standard`],
        databricks: ['bbb2', 'aaa1'],
        rejected: /could not be read: models \(403\)/,
      },
    },
    {
      name: 'unreadable core quota rules Databricks out there, not OpenAI',
      facts: subscription([a({ unreadable: [{ what: 'core-quota', reason: '403' }] }), b()]),
      expected: { openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`], databricks: ['bbb2'] },
    },
    {
      name: 'an allowed region without facts',
      facts: subscription([b()]),
      request: { regions: ['aaa1', 'bbb2'] },
      expected: { openai: [`bbb2/${TURBO}/Standard`], databricks: ['bbb2'], rejected: /aaa1.*nothing could be read/ },
    },
    {
      name: 'as many accounts as the first region takes',
      facts: subscription([
        a({ tokenQuota: [quota(usage('Standard', TURBO), 0, 30), quota('OpenAI.S0.AccountCount', 30, 30)] }),
        b(),
      ]),
      expected: {
        openai: [`bbb2/${TURBO}/Standard`],
        databricks: ['bbb2', 'aaa1'],
        rejected: /aaa1: 30 of 30 Azure OpenAI accounts are used here, deleted ones included/,
      },
    },
    {
      name: 'room for one more account',
      facts: subscription([
        a({ tokenQuota: [quota(usage('Standard', TURBO), 0, 30), quota('OpenAI.S0.AccountCount', 29, 30)] }),
      ]),
      expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['aaa1'] },
    },
    {
      name: 'as many accounts as every region takes',
      facts: subscription([
        a({ tokenQuota: [quota(usage('Standard', TURBO), 0, 30), quota('OpenAI.S0.AccountCount', 30, 30)] }),
      ]),
      expected: { impossible: ['no-account-quota'], suggestion: /purge deleted ones/ },
    },
    {
      name: 'an account that the request brings needs no room for another',
      facts: subscription([
        a({ tokenQuota: [quota(usage('Standard', TURBO), 0, 30), quota('OpenAI.S0.AccountCount', 30, 30)] }),
      ]),
      request: { existing: { openai: { region: 'aaa1' } } },
      expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['aaa1'] },
    },
  ]);
});
