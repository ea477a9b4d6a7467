import { describe, expect, it } from 'vitest';
import type { Removal } from '../../../src/lab/removal/inventory.ts';
import { itemsIn, itemsMade, unaccountedItems } from '../../../src/lab/removal/receipt.ts';

const lab = {
  ...{ id: 'one', subscriptionId: 's', installation: 'i', owner: 'o', startedAt: '2026-11-23T09:00:00.000Z' },
  ...{ group: 'rg-one', resourceGroup: 'rg-one' },
};
const line = (what: string, id: string): Removal => ({ what, id, at: lab.startedAt, confirmed: '404 twice' });
const workspace = { name: 'w', region: 'eastus2', url: 'https://w.example' };

describe('what has no line on the receipt', () => {
  it('is what an inventory showed and no removal told, each once, in any case of its id', () => {
    const seen = [
      ...itemsIn({ kind: 'workspace', id: '/W', managedGroupId: '/MRG', url: null, region: 'eastus2' }),
      ...itemsIn({ kind: 'account', id: '/a', region: 'eastus2' }),
      ...itemsIn({ kind: 'account', id: '/A', region: 'eastus2' }),
    ];
    expect(unaccountedItems(seen, [line('workspace', '/w')], [])).toEqual([
      { what: 'managed group', id: '/MRG' },
      { what: 'account', id: '/A' },
    ]);
  });

  it('is a soft-deleted account whose account has a line: they are two things under one id', () => {
    const seen = itemsIn({ kind: 'deleted-account', id: '/a', region: 'eastus2' });
    expect(unaccountedItems(seen, [line('account', '/a')], [])).toEqual(seen);
  });

  it('is what the lab made and no inventory ever showed; its group only if it came to be', () => {
    const known = { workspaces: [{ ...workspace, id: '/w', managedGroupId: '' }], accounts: [] };
    const step = { name: 'group' as const, startedAt: lab.startedAt };
    expect(itemsMade(lab, known, [{ ...step, state: 'failed' }])).toEqual([{ what: 'workspace', id: '/w' }]);
    expect(itemsMade(lab, known, [{ ...step, state: 'done' }])).toContainEqual({
      what: 'group',
      id: '/subscriptions/s/resourceGroups/rg-one',
    });
  });

  it('is not what still stands and is somebody else’s by now', () => {
    const known = {
      workspaces: [],
      accounts: [{ id: '/a', name: 'a', region: 'eastus2', endpoint: 'https://a.example' }],
    };
    expect(unaccountedItems(itemsMade(lab, known, []), [], ['/A'])).toEqual([]);
  });
});
