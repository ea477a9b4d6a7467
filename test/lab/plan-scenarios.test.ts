import { describe, expect, it } from 'vitest';
import type { Facts, RegionFacts } from '../../src/lab/facts.ts';
import { planLab, type PlanRequest } from '../../src/lab/plan.ts';
import { AT, FAMILY, model, quota, region, subscription, usage } from './subscription.ts';

const TURBO = 'gpt-35-turbo';
const PAST = '2025-11-14T00:00:00Z';
const FUTURE = '2027-05-15T00:00:00Z';

const turbo = () => model(TURBO, ['Standard'], { version: '0125' });
const retired = () =>
  model(TURBO, ['Standard'], { version: '0125', lifecycleStatus: 'Deprecated', inferenceRetiresAt: PAST });
const noTokens = (name = TURBO, sku = 'Standard', used = 30, limit = 30) => ({
  tokenQuota: [quota(usage(sku, name), used, limit)],
});
const noCores = { coreQuota: [quota('cores', 0, 50), quota(FAMILY, 8, 10)] };
const a = (more: Partial<RegionFacts> = {}, models = [turbo()]) => region('aaa1', models, more);
const b = (more: Partial<RegionFacts> = {}, models = [turbo()]) => region('bbb2', models, more);
const c = (more: Partial<RegionFacts> = {}, models = [turbo()]) => region('ccc3', models, more);

type Expected =
  | { openai: string[]; databricks: string[]; register?: string[]; because?: RegExp; rejected?: RegExp }
  | { impossible: string[]; wayOut?: RegExp }
  /** Nothing can be read before these are registered. */
  | { register: string[] };

type Row = { name: string; facts: Facts; request?: Partial<PlanRequest>; expected: Expected };

/** Regions are allowed in the order a, b, c unless a row says otherwise. OpenAI placements are written region/model/sku, with `@version` where one is set. */
const rows: Row[] = [
  // Region.
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
    facts: subscription([a({ tokenQuota: [] }), b()]),
    expected: { openai: [`bbb2/${TURBO}/Standard`], databricks: ['bbb2', 'aaa1'] },
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

  // Model.
  {
    name: 'retired in the first region only',
    facts: subscription([a({}, [retired()]), b()]),
    expected: { openai: [`bbb2/${TURBO}/Standard`], databricks: ['bbb2', 'aaa1'] },
  },
  {
    name: 'asked-for model beats one region for both',
    facts: subscription([a(noCores), b({}, [model('gpt-5.1')])]),
    expected: { openai: [`aaa1/${TURBO}/Standard`, 'bbb2/gpt-5.1/Standard'], databricks: ['bbb2'] },
  },
  {
    name: 'one region for both beats the order of substitutes',
    facts: subscription([a(noCores, [model('gpt-5.1')]), b({}, [model('gpt-5.5')])]),
    expected: { openai: ['bbb2/gpt-5.5/Standard', 'aaa1/gpt-5.1/Standard'], databricks: ['bbb2'] },
  },
  {
    name: 'retired everywhere: the preferences in order',
    facts: subscription([a({}, [retired(), model('gpt-5.5'), model('gpt-5.1')])]),
    expected: {
      openai: ['aaa1/gpt-5.1/Standard', 'aaa1/gpt-5.5/Standard'],
      databricks: ['aaa1'],
      because: /gpt-5\.1, next of the preferred models, instead of gpt-35-turbo \(retired since 2025-11-14 in aaa1\)/,
    },
  },
  {
    name: 'retired by date although still called available',
    facts: subscription([a({}, [model(TURBO, ['Standard'], { inferenceRetiresAt: PAST }), model('gpt-5.1')])]),
    expected: { openai: ['aaa1/gpt-5.1/Standard'], databricks: ['aaa1'] },
  },
  {
    name: 'retirement is judged at the time of the reading',
    facts: subscription([a({}, [model(TURBO, ['Standard'], { inferenceRetiresAt: PAST }), model('gpt-5.1')])], {
      at: '2024-09-01T00:00:00Z',
    }),
    expected: { openai: [`aaa1/${TURBO}/Standard`, 'aaa1/gpt-5.1/Standard'], databricks: ['aaa1'] },
  },
  {
    name: 'retires in this very moment',
    facts: subscription([a({}, [model(TURBO, ['Standard'], { inferenceRetiresAt: AT }), model('gpt-5.1')])]),
    expected: { openai: ['aaa1/gpt-5.1/Standard'], databricks: ['aaa1'] },
  },
  {
    name: 'closed to new customers',
    facts: subscription([
      a({}, [model('gpt-5.4-mini', ['Standard'], { lifecycleStatus: 'Deprecating' }), model('gpt-5.5')]),
    ]),
    expected: { openai: ['aaa1/gpt-5.5/Standard'], databricks: ['aaa1'] },
  },
  {
    name: 'closed to new customers, but deployed here already',
    facts: subscription(
      [a({}, [model('gpt-5.4-mini', ['Standard'], { lifecycleStatus: 'Deprecating' }), model('gpt-5.5')])],
      { deployedModels: ['GPT-5.4-mini'] },
    ),
    expected: { openai: ['aaa1/gpt-5.4-mini/Standard', 'aaa1/gpt-5.5/Standard'], databricks: ['aaa1'] },
  },
  {
    name: 'asked-for model closed to new customers',
    facts: subscription([
      a({}, [model('gpt-5-mini', ['Standard'], { lifecycleStatus: 'Deprecating' }), model('gpt-5.1')]),
    ]),
    request: { model: 'gpt-5-mini' },
    expected: {
      openai: ['aaa1/gpt-5.1/Standard'],
      databricks: ['aaa1'],
      because: /instead of gpt-5-mini \(closed to subscriptions that do not deploy it already in aaa1\)/,
    },
  },
  {
    name: 'a model by name that no list knows',
    facts: subscription([a({}, [model('gpt-9'), turbo()])]),
    request: { model: 'gpt-9' },
    expected: { openai: ['aaa1/gpt-9/Standard', `aaa1/${TURBO}/Standard`], databricks: ['aaa1'] },
  },
  {
    name: 'names in other case',
    facts: subscription([a({}, [model('GPT-35-Turbo')])]),
    expected: { openai: ['aaa1/GPT-35-Turbo/Standard'], databricks: ['aaa1'] },
  },
  {
    name: 'nothing preferred: the cheapest chat model',
    facts: subscription([a({}, [model('gpt-4o'), model('gpt-4.1-nano'), model('gpt-5')])]),
    expected: {
      openai: ['aaa1/gpt-4.1-nano/Standard', 'aaa1/gpt-5/Standard', 'aaa1/gpt-4o/Standard'],
      databricks: ['aaa1'],
      because: /cheapest chat model/,
    },
  },
  {
    name: 'unknown prices come last, latest retirement first',
    facts: subscription([
      a({}, [
        model('new-a', ['Standard'], { inferenceRetiresAt: FUTURE }),
        model('new-b', ['Standard'], { inferenceRetiresAt: '2028-01-01T00:00:00Z' }),
        model('gpt-4o'),
      ]),
    ]),
    expected: { openai: ['aaa1/gpt-4o/Standard', 'aaa1/new-b/Standard', 'aaa1/new-a/Standard'], databricks: ['aaa1'] },
  },
  {
    name: 'no chat model is no choice',
    facts: subscription([
      a({}, [
        model('text-embedding-3-large', ['Standard'], { chatCompletion: false }),
        model('gpt-5.1', ['Standard'], { chatCompletion: false }),
      ]),
    ]),
    expected: { impossible: ['model-unavailable'] },
  },
  {
    name: 'specialised chat models are not taken unasked',
    facts: subscription([a({}, [model('gpt-4o-audio-preview'), model('gpt-5-codex'), model('gpt-5-pro')])]),
    expected: { impossible: ['model-unavailable'] },
  },
  {
    name: 'a specialised chat model that was asked for',
    facts: subscription([a({}, [model('gpt-4o-search-preview')])]),
    request: { model: 'gpt-4o-search-preview' },
    expected: { openai: ['aaa1/gpt-4o-search-preview/Standard'], databricks: ['aaa1'] },
  },
  {
    name: 'two versions: the default one, unnamed',
    facts: subscription([a({}, [model(TURBO, ['Standard'], { version: '1106', isDefaultVersion: false }), turbo()])]),
    expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['aaa1'] },
  },
  {
    name: 'default version retired: another one, by name',
    facts: subscription([a({}, [retired(), model(TURBO, ['Standard'], { version: '1106', isDefaultVersion: false })])]),
    expected: { openai: [`aaa1/${TURBO}/Standard@1106`], databricks: ['aaa1'] },
  },
  {
    name: 'of several other versions the one that retires last',
    facts: subscription([
      a({}, [
        model(TURBO, ['Standard'], { version: '1106', isDefaultVersion: false, inferenceRetiresAt: FUTURE }),
        model(TURBO, ['Standard'], {
          version: '0125',
          isDefaultVersion: false,
          inferenceRetiresAt: '2027-12-01T00:00:00Z',
        }),
      ]),
    ]),
    expected: { openai: [`aaa1/${TURBO}/Standard@0125`], databricks: ['aaa1'] },
  },

  // Sku.
  {
    name: 'skus in order',
    facts: subscription([a({}, [model(TURBO, ['GlobalStandard', 'Standard', 'DataZoneStandard'])])]),
    expected: {
      openai: [`aaa1/${TURBO}/Standard`, `aaa1/${TURBO}/DataZoneStandard`, `aaa1/${TURBO}/GlobalStandard`],
      databricks: ['aaa1'],
    },
  },
  {
    name: 'Standard full, Global free',
    facts: subscription([
      a({ tokenQuota: [quota(usage('Standard', TURBO), 30, 30), quota(usage('GlobalStandard', TURBO), 0, 30)] }, [
        model(TURBO, ['Standard', 'GlobalStandard']),
      ]),
    ]),
    expected: { openai: [`aaa1/${TURBO}/GlobalStandard`], databricks: ['aaa1'] },
  },
  {
    name: 'a better sku elsewhere beats the order of regions',
    facts: subscription([a({}, [model(TURBO, ['GlobalStandard'])]), b()]),
    expected: { openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/GlobalStandard`], databricks: ['bbb2', 'aaa1'] },
  },
  {
    name: 'one region for both beats a better sku',
    facts: subscription([a(noCores), b({}, [model(TURBO, ['GlobalStandard'])])]),
    expected: { openai: [`bbb2/${TURBO}/GlobalStandard`, `aaa1/${TURBO}/Standard`], databricks: ['bbb2'] },
  },
  {
    name: 'provisioned and batch skus are never taken',
    facts: subscription([a({}, [model(TURBO, ['ProvisionedManaged', 'GlobalBatch'])])]),
    expected: { impossible: ['model-unavailable'] },
  },
  {
    name: 'a sku that ended before its model',
    facts: subscription([
      a({}, [
        model(TURBO, ['Standard', 'GlobalStandard'], {
          skus: [
            { name: 'Standard', usageName: usage('Standard', TURBO), capacity: {}, deprecatesAt: PAST },
            { name: 'GlobalStandard', usageName: usage('GlobalStandard', TURBO), capacity: {} },
          ],
        }),
      ]),
    ]),
    expected: { openai: [`aaa1/${TURBO}/GlobalStandard`], databricks: ['aaa1'] },
  },
  {
    name: 'a sku whose smallest deployment is larger than the lab’s',
    facts: subscription([
      a(noTokens(TURBO, 'Standard', 0, 9), [
        model(TURBO, ['Standard'], {
          skus: [{ name: 'Standard', usageName: usage('Standard', TURBO), capacity: { minimum: 10 } }],
        }),
      ]),
    ]),
    expected: { impossible: ['no-token-quota'], wayOut: /from 9K to 10K tokens a minute in aaa1/ },
  },

  // Accounts.
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
    expected: { impossible: ['no-account-quota'], wayOut: /purge deleted ones/ },
  },
  {
    name: 'an account that the request brings needs no room for another',
    facts: subscription([
      a({ tokenQuota: [quota(usage('Standard', TURBO), 0, 30), quota('OpenAI.S0.AccountCount', 30, 30)] }),
    ]),
    request: { existing: { openai: { region: 'aaa1' } } },
    expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['aaa1'] },
  },

  // Everything full, rights, providers.
  {
    name: 'tokens full everywhere: the smallest raise first',
    facts: subscription([a(noTokens(TURBO, 'Standard', 30, 30)), b(noTokens(TURBO, 'Standard', 27, 30))]),
    expected: {
      impossible: ['no-token-quota'],
      wayOut:
        /OpenAI\.Standard\.gpt-35-turbo from 30K to 32K tokens a minute in bbb2, or OpenAI\.Standard\.gpt-35-turbo from 30K to 35K tokens a minute in aaa1/,
    },
  },
  {
    name: 'no quota at all: a free subscription',
    facts: subscription([a(noTokens(TURBO, 'Standard', 0, 0))]),
    expected: { impossible: ['no-token-quota'], wayOut: /needs an upgrade to pay as you go/ },
  },
  {
    name: 'cores full everywhere, both buckets',
    facts: subscription([a({ coreQuota: [quota('cores', 49, 50), quota(FAMILY, 10, 10)] })]),
    expected: {
      impossible: ['no-core-quota'],
      wayOut: /standardDDSv5Family from 10 to 14 vCPUs and Total Regional vCPUs \(cores\) from 50 to 53 vCPUs in aaa1/,
    },
  },
  {
    name: 'nothing anywhere: every reason at once',
    facts: subscription([a({ ...noCores, ...noTokens() }), b({ offers: { openai: false, databricks: false } })]),
    expected: { impossible: ['no-token-quota', 'not-offered', 'no-core-quota', 'not-offered'] },
  },
  { name: 'no region has facts', facts: subscription([]), expected: { impossible: ['unreadable', 'unreadable'] } },
  {
    name: 'the right to purge is missing',
    facts: subscription([a()], {
      missingRights: [
        {
          action: 'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete',
          scope: '/subscriptions/s',
        },
      ],
    }),
    expected: { impossible: ['missing-right'], wayOut: /scope of the whole subscription/ },
  },
  {
    name: 'another right is missing',
    facts: subscription([a()], {
      missingRights: [{ action: 'Microsoft.Databricks/workspaces/write', scope: '/subscriptions/s' }],
    }),
    expected: {
      impossible: ['missing-right'],
      wayOut: /Microsoft\.Databricks\/workspaces\/write at \/subscriptions\/s/,
    },
  },
  {
    name: 'providers to register',
    facts: subscription([a()], {
      providers: [
        { namespace: 'Microsoft.Databricks', state: 'NotRegistered' },
        { namespace: 'microsoft.compute', state: 'Registering' },
        { namespace: 'Microsoft.Storage', state: 'Registered' },
        { namespace: 'Microsoft.Batch', state: 'NotRegistered' },
      ],
    }),
    expected: {
      openai: [`aaa1/${TURBO}/Standard`],
      databricks: ['aaa1'],
      register: ['Microsoft.Databricks', 'microsoft.compute'],
    },
  },
  {
    name: 'no right to register, and nothing to register',
    facts: subscription([a()], {
      missingRights: [{ action: 'Microsoft.Databricks/register/action', scope: '/subscriptions/s' }],
    }),
    expected: { openai: [`aaa1/${TURBO}/Standard`], databricks: ['aaa1'] },
  },
  {
    name: 'no right to register what must be registered',
    facts: subscription([a()], {
      providers: [{ namespace: 'Microsoft.Databricks', state: 'Unregistered' }],
      missingRights: [{ action: 'Microsoft.Databricks/register/action', scope: '/subscriptions/s' }],
    }),
    expected: { impossible: ['missing-right'] },
  },
  {
    name: 'quota that cannot be read before its provider is registered: that first, then the plan',
    facts: subscription([a({ unreadable: [{ what: 'core-quota', reason: '409', unregistered: true }] }), b()], {
      providers: [{ namespace: 'Microsoft.Compute', state: 'NotRegistered' }],
    }),
    expected: { register: ['Microsoft.Compute'] },
  },
  {
    name: 'quota that cannot be read before its provider is registered, and no right to register it',
    facts: subscription([a({ unreadable: [{ what: 'core-quota', reason: '409', unregistered: true }] })], {
      providers: [{ namespace: 'Microsoft.Compute', state: 'NotRegistered' }],
      missingRights: [{ action: 'Microsoft.Compute/register/action', scope: '/subscriptions/s' }],
    }),
    expected: { impossible: ['missing-right'], wayOut: /Microsoft\.Compute\/register\/action/ },
  },

  // What the request brings.
  {
    name: 'an account: its region, allowed or not',
    facts: subscription([a(), b(), c()]),
    request: { regions: ['aaa1', 'bbb2'], existing: { openai: { region: 'ccc3' } } },
    expected: { openai: [`ccc3/${TURBO}/Standard`], databricks: ['aaa1', 'bbb2'] },
  },
  {
    name: 'an account in an allowed region draws the workspace there',
    facts: subscription([a(), b()]),
    request: { existing: { openai: { region: 'bbb2' } } },
    expected: { openai: [`bbb2/${TURBO}/Standard`], databricks: ['bbb2', 'aaa1'] },
  },
  {
    name: 'an account without quota for anything',
    facts: subscription([a(), b(noTokens())]),
    request: { existing: { openai: { region: 'bbb2' } } },
    expected: { impossible: ['no-token-quota'] },
  },
  {
    name: 'a deployment: no quota needed',
    facts: subscription([a(noTokens())]),
    request: {
      existing: {
        openai: { region: 'East US 2', deployment: { model: 'gpt-4o', sku: 'GlobalStandard', capacity: 50 } },
      },
    },
    expected: { openai: ['eastus2/gpt-4o/GlobalStandard'], databricks: ['aaa1'], because: /the request brings/ },
  },
  {
    name: 'a workspace: its region, and OpenAI beside it',
    facts: subscription([a(), b()]),
    request: { existing: { databricks: { region: 'bbb2', cluster: false } } },
    expected: { openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`], databricks: ['bbb2'] },
  },
  {
    name: 'a workspace where no cores are left',
    facts: subscription([a(), b(noCores)]),
    request: { existing: { databricks: { region: 'bbb2', cluster: false } } },
    expected: { impossible: ['no-core-quota'] },
  },
  {
    name: 'a cluster needs no cores of ours',
    facts: subscription([a(), b(noCores)]),
    request: { existing: { databricks: { region: 'bbb2', cluster: true } } },
    expected: { openai: [`bbb2/${TURBO}/Standard`, `aaa1/${TURBO}/Standard`], databricks: ['bbb2'] },
  },
];

describe('planLab, by scenario', () => {
  it('has at least 40 scenarios', () => expect(rows.length).toBeGreaterThanOrEqual(40));

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
      for (const reason of plan.reasons) expect(reason.wayOut).not.toBe('');
      if (expected.wayOut !== undefined) expect(plan.reasons.map((it) => it.wayOut).join(' ')).toMatch(expected.wayOut);
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
