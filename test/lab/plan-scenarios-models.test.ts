// Which model a region deploys, in which version and sku.
import { describe } from 'vitest';
import { FUTURE, PAST, TURBO, a, b, noCores, noTokens, play, retired, turbo } from './plan-scenarios.ts';
import { AT, model, quota, subscription, usage } from './subscription.ts';

describe('models and skus', () => {
  play([
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
      expected: {
        openai: ['aaa1/gpt-4o/Standard', 'aaa1/new-b/Standard', 'aaa1/new-a/Standard'],
        databricks: ['aaa1'],
      },
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
      facts: subscription([
        a({}, [retired(), model(TURBO, ['Standard'], { version: '1106', isDefaultVersion: false })]),
      ]),
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
      expected: { impossible: ['no-token-quota'], suggestion: /from 9K to 10K tokens a minute in aaa1/ },
    },
  ]);
});
