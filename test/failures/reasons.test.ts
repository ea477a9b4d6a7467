// Failures as people reported them, each met by a whole lab: what passes is waited for, what another place cures is tried there, what is final is told in the
// service's words; and nothing is left.
import { describe, expect, it } from 'vitest';
import { ACCOUNT_TYPE, WORKSPACE_TYPE } from '../../src/lab/arm-ids.ts';
import { instanceIds } from '../../src/contracts/instance-ids.ts';
import type { FaultRule } from '../../local/cloud/core/faults.ts';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { place, REGIONS } from '../e2e/placement.ts';
import { useWorld } from '../e2e/world.ts';

const world = useWorld({ catalogue: '2024' });
const [first, second] = REGIONS as [string, string, string];

type Answer = {
  pattern: string;
  status: number;
  body: unknown;
  times?: number;
  skip?: number;
  service?: string;
  headers?: Record<string, string>;
};
const answering = ({ pattern, status, body, times = 1, ...more }: Answer) =>
  world.rig.cloud.faults.add({ kind: 'status', pattern, status, body, fire: times, ...more } satisfies FaultRule);
const failing = (type: string, code: string, message: string, ...regions: string[]) => {
  for (const region of regions) world.rig.cloud.state.landscape.createFailures.push({ type, region, code, message });
};

const POLICY = {
  code: 'RequestDisallowedByPolicy',
  message: "Resource 'x' was disallowed by policy.",
  additionalInfo: [{ type: 'PolicyViolation', info: { policyDefinitionDisplayName: 'Allowed locations' } }],
};
const CHAT = { pattern: 'POST */chat/completions*', service: 'openai' };

describe('what is only unknown, or on its way, holds nothing up', () => {
  it.each<[what: string, ...answers: Answer[]]>([
    [
      'usages that a fresh subscription does not list',
      { pattern: 'GET */Microsoft.CognitiveServices/locations/*/usages*', status: 200, body: { value: [] }, times: 99 },
    ],
    [
      'a subscription without usages of compute',
      {
        pattern: 'GET */Microsoft.Compute/locations/*/usages*',
        status: 409,
        body: { error: { code: 'SubscriptionHasNoUsages', message: 'The subscription has no usages.' } },
        times: 99,
      },
    ],
    [
      'a chat endpoint that speaks of a key although a token came',
      {
        ...CHAT,
        status: 401,
        body: {
          error: {
            code: '401',
            message:
              'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key.',
          },
        },
        times: 3,
      },
    ],
    [
      'a home directory that is not made yet',
      {
        pattern: 'POST /api/2.0/workspace/mkdirs',
        status: 400,
        body: { error_code: 'DIRECTORY_PROTECTED', message: 'Folder Users is protected' },
        times: 2,
      },
    ],
  ])('%s', async (_what, ...answers) => {
    answers.forEach(answering);
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('account')).toEqual([first]);
    expect(lab.tries('workspace')).toEqual([first]);
  });
});

describe('what lies deep decides', () => {
  it('a policy about places, named beside the sentence alone: another region', async () => {
    answering({ pattern: 'PUT */accounts/*', status: 403, body: { error: POLICY } });
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('account')).toEqual([`${first} refused`, second]);
    // Whoever looks at the page reads what would have helped.
    expect(lab.view.steps.find((it) => it.name === 'account')?.note).toMatch(/Allowed locations.*allow another one/);
  });

  it('the same of the resource group', async () => {
    answering({ pattern: 'PUT /subscriptions/{}/resourcegroups/{}', status: 403, body: { error: POLICY } });
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('group')).toEqual([`${first} refused`, second]);
  });

  it('a managed group that exists already, inside the failure of an operation: another name in the same place', async () => {
    failing(WORKSPACE_TYPE, 'ResourceOperationFailure', 'Failed.', first);
    const taken = "The managed resource group 'rg-dbw-x' already exists.";
    answering({
      pattern: 'GET */Microsoft.Databricks/locations/*/operationStatuses/*',
      status: 200,
      body: {
        status: 'Failed',
        error: {
          code: 'ResourceOperationFailure',
          message: 'The resource operation completed with terminal provisioning state Failed.',
          details: [{ code: 'ApplianceProvisioningFailed', message: taken }],
        },
      },
    });
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('workspace')).toEqual([`${first} refused`, first]);
    expect(lab.view.steps.find((it) => it.name === 'workspace')?.note).toMatch(/^ApplianceProvisioningFailed/);
  });

  it('a subscription that may not have the service, inside a template’s failure: told at once', async () => {
    const required = "The subscription does not have QuotaId/Feature required by SKU 'S0' from kind 'OpenAI'.";
    answering({
      pattern: 'PUT */accounts/*',
      status: 400,
      body: {
        error: {
          code: 'InvalidTemplateDeployment',
          message: 'The template deployment failed.',
          details: [{ code: 'SpecialFeatureOrQuotaIdRequired', message: required }],
        },
      },
      times: 99,
    });
    const lab = await place(world);
    expect(lab.view.problem).toMatchObject({ code: 'SpecialFeatureOrQuotaIdRequired', remedy: 'none' });
    expect(lab.view.problem?.message).toContain(required);
    expect(lab.tries('account')).toEqual([`${first} refused`]);
  });
});

describe('unknown is not final', () => {
  const WHY = 'The operation could not be completed.';

  it.each([
    [1, [`${first} refused`, first]],
    [2, [`${first} refused`, `${first} refused`, second]],
  ])('an account that failed %i times for a reason that nobody lists', async (times, tries) => {
    failing(ACCOUNT_TYPE, 'OperationError', WHY, ...Array.from({ length: times }, () => first));
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('account')).toEqual(tries);
  });

  it('an account that fails everywhere: two tries a region, and the end in the service’s words', async () => {
    failing(ACCOUNT_TYPE, 'OperationError', WHY, ...REGIONS.flatMap((it) => [it, it]));
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('failed');
    expect(lab.tries('account')).toEqual(REGIONS.flatMap((it) => [`${it} refused`, `${it} refused`]));
    expect(lab.view.problem?.code).toBe('OperationError');
    expect(lab.view.problem?.message).toContain(WHY);
  });

  it('a deployment that a policy had not evaluated yet', async () => {
    const message = 'Policy evaluation returned compliance state Unknown for the model.';
    const pattern = 'PUT */accounts/*/deployments/*';
    answering({ pattern, status: 400, body: { error: { code: 'InvalidResourceProperties', message } } });
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('deployment')).toEqual([`${first} refused`, first]);
    expect(lab.standing.accounts).toBe(1);
  });

  it.each([
    [1, [`${first} refused`, first]],
    [2, [`${first} refused`, `${first} refused`, second]],
  ])('a cluster that ended %i times with a code without a type', async (times, tries) => {
    databricksOf(world.rig.cloud.state).knobs.clusterStarts.push({ script: 'untyped', times });
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('healthy');
    expect(lab.tries('cluster')).toEqual(tries);
  });
});

describe('a passing failure late gets a second try', () => {
  it.each(['filesystem is not ready: Unmounting', "Could not fetch URL: SSLError(SSLEOFError(8, 'EOF occurred'))"])(
    'a library that failed once: %s',
    async (message) => {
      const openai = { library: { pypi: { package: 'openai' } }, status: 'FAILED', messages: [message] };
      const pattern = 'GET /api/2.0/libraries/cluster-status*';
      answering({ pattern, status: 200, body: { library_statuses: [openai] }, skip: 1 });
      const lab = await place(world);
      expect(lab.view.report?.outcome).toBe('healthy');
      expect(lab.tries('library')).toEqual([`${first} refused`, first]);
      expect(lab.tries('workspace')).toEqual([first]);
    },
  );

  it('a notebook’s run that did not reach the driver', async () => {
    const message = 'Failed to reach the driver of the cluster.';
    const status = {
      state: 'TERMINATED',
      termination_details: { code: 'DRIVER_ERROR', type: 'INTERNAL_ERROR', message },
    };
    const state = { life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED', state_message: message };
    answering({ pattern: 'GET */jobs/runs/get*', status: 200, body: { run_id: 1, state, status } });
    const { view } = await place(world);
    expect(view.report?.outcome).toBe('healthy');
    const runs = view.steps.filter((it) => it.name === 'notebook-completion');
    expect(runs.map((it) => it.state)).toEqual(['failed', 'done']);
  });
});

describe('what cannot go on ends soon', () => {
  it('accounts that are never done: two tries a region, then the next; a bounded history', async () => {
    world.rig.cloud.state.latency.accountDnsMs = 100 * 60_000;
    const lab = await place(world);
    expect(lab.view.report?.outcome).toBe('failed');
    expect(lab.tries('account')).toEqual(REGIONS.flatMap((it) => [`${it} refused`, `${it} refused`]));
    const ref = lab.view.report?.lab;
    expect(ref).toBeDefined();
    const events = ref === undefined ? Infinity : world.rig.host.history(instanceIds(ref).openai).length;
    expect(events).toBeGreaterThan(0);
    expect(events).toBeLessThan(3_200);
  }, 300_000);

  it.each([
    [
      'an account that the service has blocked',
      { ...CHAT, status: 403, times: 99 },
      'Forbidden',
      'Your resource has been temporarily blocked because we detected behavior that may violate our content policy.',
    ],
    [
      'a throttle of a whole day',
      { ...CHAT, status: 429, times: 99, headers: { 'retry-after': '86400' } },
      '429',
      'Requests to the deployment have exceeded the limit of its tier.',
    ],
  ])('%s: told at once, in the service’s words', async (_what, rule, code, message) => {
    answering({ ...rule, body: { error: { code, message } } });
    const { view } = await place(world);
    expect(view.report?.outcome).toBe('failed');
    expect(view.problem?.message).toContain(message);
    const tries = view.steps.filter((it) => it.name === 'app-completion');
    expect(tries.map((it) => it.state)).toEqual(['failed']);
    const seconds = tries.map((it) => (Date.parse(it.endedAt ?? '') - Date.parse(it.startedAt)) / 1_000);
    expect(Math.max(...seconds)).toBeLessThan(60);
  });
});

describe('a removal beside a creation that reads do not show yet', () => {
  it('takes in the next round what becomes visible in the group', async () => {
    const id = await world.start({ regions: REGIONS });
    await world.until(id, (view) => view.steps.some((it) => it.name === 'account'));
    const hidden = { status: 200, body: { value: [] } };
    answering({ pattern: 'GET */Microsoft.CognitiveServices/accounts*', ...hidden, times: 2, skip: 1 });
    answering({ pattern: 'GET /subscriptions/{}/resources', ...hidden, times: 2 });
    const absent = { error: { code: 'ResourceNotFound', message: 'The Resource was not found.' } };
    answering({ pattern: 'GET */accounts/aoai*', status: 404, body: absent, times: 2 });
    await world.end(id);
    const view = await world.ended(id);
    expect(view.report?.receipt.left).toEqual([]);
    expect(world.left()).toEqual([]);
    const { end, endedAt = '' } = view.report ?? {};
    expect(Date.parse(endedAt) - Date.parse(end?.at ?? '')).toBeLessThan(20 * 60_000);
  });
});
