import { describe, expect, it } from 'vitest';
import type { Inventory, Leftover } from '../../src/lab/removal/inventory.ts';
import type { LabRef } from '../../src/lab/names.ts';
import { removalChains } from '../../src/contracts/removal-chains.ts';

const lab: LabRef = {
  id: 'demo',
  subscriptionId: '11111111-1111-1111-1111-111111111111',
  installation: 'test',
  owner: 'function-key',
  startedAt: '2026-11-23T12:00:00.000Z',
  group: 'rg-lab-demo',
  resourceGroup: 'rg-lab-demo',
};
const of = (...left: Leftover[]): Inventory => ({
  at: lab.startedAt,
  left,
  foreign: [],
  borrowed: [],
});
const activities = (inventory: Inventory) =>
  removalChains(lab, inventory, { workspaces: [], accounts: [] }).map((chain) => chain.map((it) => it.activity));
const workspace = (url: string | null): Leftover => ({
  kind: 'workspace',
  id: '/x/workspaces/dbw',
  managedGroupId: '/x/rg-dbw',
  url,
  region: 'eastus2',
});

describe('the order of removal', () => {
  it('terminates clusters before their workspace', () => {
    expect(activities(of(workspace('adb-1.azuredatabricks.net')))).toEqual([['removeClusters', 'removeWorkspace']]);
  });

  it('does not look for clusters in a workspace that never had a host', () => {
    expect(activities(of(workspace(null)))).toEqual([['removeWorkspace']]);
  });

  it('purges an account after its deployments and itself, because a soft-deleted one holds its name', () => {
    expect(activities(of({ kind: 'account', id: '/x/accounts/a', region: 'eastus2' }))).toEqual([
      ['removeDeployments', 'removeAccount', 'purgeAccount'],
    ]);
  });

  it('only purges what is soft-deleted already', () => {
    expect(activities(of({ kind: 'deleted-account', id: '/x/a', region: 'eastus2' }))).toEqual([['purgeAccount']]);
  });

  it('deletes a workspace again when only its managed group is left', () => {
    const chains = removalChains(
      lab,
      of({ kind: 'managed-group', id: '/x/rg-dbw', workspaceId: '/x/workspaces/dbw' }),
      { workspaces: [], accounts: [] },
    );
    expect(chains[0]?.[0]).toMatchObject({
      activity: 'removeWorkspace',
      input: { workspace: { id: '/x/workspaces/dbw', managedGroupId: '/x/rg-dbw' } },
    });
  });

  it('leaves the group to the end: it is no chain of its own', () => {
    expect(activities(of({ kind: 'group', id: '/x/rg-lab-demo' }))).toEqual([]);
  });

  it('keeps every try in a chain of its own, so that one that is stuck holds up no other', () => {
    const both = of(
      { kind: 'account', id: '/x/accounts/a-1', region: 'eastus2' },
      { kind: 'account', id: '/x/accounts/a-2', region: 'swedencentral' },
    );
    expect(activities(both)).toHaveLength(2);
  });
});
