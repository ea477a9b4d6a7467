import { describe, expect, it } from 'vitest';
import {
  borrowedFromTags,
  borrowedTags,
  checkBorrowed,
  LIST_KEYS,
  type BorrowedLookups,
  type ClusterFound,
} from '../../../src/lab/placement/borrowed.ts';
import { TAGS } from '../../../src/lab/tags.ts';
import { AT, model } from '../subscription.ts';

const SUBSCRIPTION = '11111111-1111-4111-8111-111111111111';
const account = (group = 'rg', name = 'aoai') =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.CognitiveServices/accounts/${name}`;
const workspace = (group = 'rg', name = 'dbw') =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.Databricks/workspaces/${name}`;

describe('the record on the lab’s group', () => {
  it('comes back as it went, for the longest names that Azure allows, within a tag’s 256 characters', () => {
    const ids = {
      account: account('g'.repeat(90), 'a'.repeat(64)),
      workspace: workspace('h'.repeat(90), 'w'.repeat(64)),
    };
    const tags = borrowedTags(ids);
    for (const value of Object.values(tags)) expect(value.length).toBeLessThanOrEqual(256);
    expect(borrowedFromTags(tags)).toEqual(ids);
  });

  it('holds nothing where nothing is borrowed', () => {
    expect(borrowedTags({})).toEqual({});
    expect(borrowedFromTags({ [TAGS.lab]: 'mine' })).toEqual({});
  });

  it('is found whatever case the names of tags are in, and not in what somebody else wrote there', () => {
    const tags = {
      [TAGS.borrowedAccount.toUpperCase()]: `${SUBSCRIPTION}/rg/aoai`,
      [TAGS.borrowedWorkspace]: 'a/b/c/d',
    };
    expect(borrowedFromTags(tags)).toEqual({ account: account() });
    expect(borrowedFromTags({ [TAGS.borrowedAccount]: '' })).toEqual({});
  });
});

const found = <T>(value: T) => ({ kind: 'found' as const, value });
const fitAccount = {
  kind: 'OpenAI',
  provisioningState: 'Succeeded',
  subdomain: 'aoai',
  publicNetworkAccess: 'Enabled',
  localAuthDisabled: false,
  name: 'aoai',
  region: 'eastus2',
  endpoint: 'https://aoai.openai.azure.com',
  tags: {},
};
const fitWorkspace = {
  provisioningState: 'Succeeded',
  computeMode: 'Hybrid',
  url: 'https://adb-1.2.azuredatabricks.net',
  name: 'dbw',
  region: 'westus3',
  managedGroupId: undefined,
  tags: {},
};
const cluster = (id: string, more: Partial<ClusterFound> = {}): ClusterFound => ({
  id,
  name: id,
  state: 'RUNNING',
  runtimeKey: '18.x-cpu-ml-scala2.13',
  accessMode: 'SINGLE_USER',
  singleUser: 'app',
  autoterminationMinutes: 60,
  madeFor: undefined,
  ...more,
});
const inWorkspace = (clusters: ClusterFound[], clusterId?: string): BorrowedLookups => ({
  workspace: {
    id: workspace(),
    found: found(fitWorkspace),
    userName: found('app'),
    clusters: found(clusters),
    ...(clusterId === undefined ? {} : { clusterId }),
  },
});

describe('an account', () => {
  it('that is fit decides the region, and leaves the deployment to the lab', () => {
    const judged = checkBorrowed({ account: { id: account(), found: found(fitAccount), missingRights: [] } }, AT);
    expect(judged).toMatchObject({ reasons: [], existing: { openai: { region: 'eastus2' } } });
    expect(judged.borrowed.account).toMatchObject({ id: account(), borrowed: true });
  });

  it('whose keys the app may not read is refused, unless it gives none anyway', () => {
    const reading = (localAuthDisabled: boolean): BorrowedLookups => ({
      account: { id: account(), found: found({ ...fitAccount, localAuthDisabled }), missingRights: [LIST_KEYS] },
    });
    expect(checkBorrowed(reading(false), AT).reasons.map((it) => it.code)).toEqual(['missing-right']);
    expect(checkBorrowed(reading(true), AT).reasons).toEqual([]);
  });

  it.each([
    ['in use', {}, []],
    ['closed to new customers, which is nothing to a deployment that exists', { lifecycleStatus: 'Deprecating' }, []],
    ['retired', { lifecycleStatus: 'Deprecated' }, ['unfit-deployment']],
    ['past its date', { inferenceRetiresAt: '2026-01-01T00:00:00Z' }, ['unfit-deployment']],
  ])('with a deployment whose model is %s', (_what, more, codes) => {
    const deployment = {
      name: 'chat',
      found: found({
        model: 'gpt-4o',
        version: '1',
        format: 'OpenAI',
        provisioningState: 'Succeeded',
        chatCompletion: true,
        sku: 'Standard',
        capacity: 5,
      }),
      models: [model('gpt-4o', ['Standard'], more)],
    };
    const judged = checkBorrowed(
      { account: { id: account(), found: found(fitAccount), missingRights: [], deployment } },
      AT,
    );
    expect(judged.reasons.map((it) => it.code)).toEqual(codes);
    if (codes.length === 0)
      expect(judged.borrowed.deployment).toMatchObject({ name: 'chat', apiVersion: '2024-10-21', borrowed: true });
  });

  it('and a workspace that are both wrong are both told', () => {
    const judged = checkBorrowed(
      {
        account: { id: account(), found: { kind: 'absent' }, missingRights: [] },
        workspace: { id: workspace(), found: { kind: 'refused', reason: 'no' } },
      },
      AT,
    );
    expect(judged.reasons.map((it) => it.code)).toEqual(['no-such-account', 'unreadable-workspace']);
    expect(judged.borrowed).toEqual({});
  });
});

describe('a cluster', () => {
  it('that is named is taken with the app’s own user name and its runtime', () => {
    const judged = checkBorrowed(inWorkspace([cluster('one', { runtimeKey: '15.4.x-cpu-ml-scala2.12' })], 'one'), AT);
    expect(judged.borrowed.cluster).toEqual({
      id: 'one',
      ready: { userName: 'app', runtime: { key: '15.4.x-cpu-ml-scala2.12', name: '15.4.x-cpu-ml-scala2.12' } },
      upgradesMlflow: true,
    });
    expect(judged.existing.databricks).toEqual({ region: 'westus3', cluster: true });
  });

  it.each([
    ['one that runs before one that is stopped', [cluster('a', { state: 'TERMINATED' }), cluster('b')], 'b'],
    [
      'the newer runtime',
      [
        cluster('a', { runtimeKey: '16.10.x-cpu-ml-scala2.12' }),
        cluster('b', { runtimeKey: '16.4.x-cpu-ml-scala2.12' }),
      ],
      'a',
    ],
    [
      'a bare major before its point releases',
      [cluster('a', { runtimeKey: '18.2.x-cpu-ml-scala2.13' }), cluster('b')],
      'b',
    ],
    ['equals by id, so that every reading takes the same', [cluster('b'), cluster('a')], 'a'],
    ['none of another lab’s', [cluster('a', { madeFor: 'theirs' }), cluster('b', { state: 'TERMINATED' })], 'b'],
    [
      'none that would never end by itself',
      [cluster('a', { state: 'TERMINATED', autoterminationMinutes: 0 })],
      undefined,
    ],
    ['none where there is none', [], undefined],
  ])('found by reuse: %s', (_what, clusters, taken) => {
    const judged = checkBorrowed(inWorkspace(clusters), AT);
    expect(judged.reasons).toEqual([]);
    expect(judged.borrowed.cluster?.id).toBe(taken);
    expect(judged.existing.databricks?.cluster).toBe(taken !== undefined);
  });
});
