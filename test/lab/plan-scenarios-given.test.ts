// Where the rest goes beside an account, a deployment, a workspace or a cluster that the request brings.
import { describe } from 'vitest';
import { TURBO, a, b, c, noCores, noTokens, play } from './plan-scenarios.ts';
import { subscription } from './subscription.ts';

describe('beside what the request brings', () => {
  play([
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
  ]);
});
