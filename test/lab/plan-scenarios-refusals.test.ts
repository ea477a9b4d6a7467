// What stands before every place: full everywhere, rights, providers.
import { describe } from 'vitest';
import { TURBO, a, b, noCores, noTokens, play } from './plan-scenarios.ts';
import { FAMILY, quota, subscription } from './subscription.ts';

describe('refusals, rights and providers', () => {
  play([
    {
      name: 'tokens full everywhere: the smallest raise first',
      facts: subscription([a(noTokens(TURBO, 'Standard', 30, 30)), b(noTokens(TURBO, 'Standard', 27, 30))]),
      expected: {
        impossible: ['no-token-quota'],
        suggestion:
          /OpenAI\.Standard\.gpt-35-turbo from 30K to 32K tokens a minute in bbb2, or OpenAI\.Standard\.gpt-35-turbo from 30K to 35K tokens a minute in aaa1/,
      },
    },
    {
      name: 'no quota at all: a free subscription',
      facts: subscription([a(noTokens(TURBO, 'Standard', 0, 0))]),
      expected: { impossible: ['no-token-quota'], suggestion: /needs an upgrade to pay as you go/ },
    },
    {
      name: 'cores full everywhere, both buckets',
      facts: subscription([a({ coreQuota: [quota('cores', 49, 50), quota(FAMILY, 10, 10)] })]),
      expected: {
        impossible: ['no-core-quota'],
        suggestion:
          /standardDDSv5Family from 10 to 14 vCPUs and Total Regional vCPUs \(cores\) from 50 to 53 vCPUs in aaa1/,
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
      expected: { impossible: ['missing-right'], suggestion: /scope of the whole subscription/ },
    },
    {
      name: 'another right is missing',
      facts: subscription([a()], {
        missingRights: [{ action: 'Microsoft.Databricks/workspaces/write', scope: '/subscriptions/s' }],
      }),
      expected: {
        impossible: ['missing-right'],
        suggestion: /Microsoft\.Databricks\/workspaces\/write at \/subscriptions\/s/,
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
      expected: { impossible: ['missing-right'], suggestion: /Microsoft\.Compute\/register\/action/ },
    },
  ]);
});
