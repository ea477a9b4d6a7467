/** A tag that decides something cannot be written, changed, copied or kept past its key by anybody but the app. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOwnership } from '../../src/clients/arm/ownership.ts';
import { accountId, groupId, workspaceId } from '../../src/lab/arm-ids.ts';
import { groupName, resourceNames, type LabRef } from '../../src/lab/names.ts';
import { endRequest, PREVIOUS_KEY_HOURS, type TagKeys } from '../../src/lab/tag-signature.ts';
import { TAGS } from '../../src/lab/tags.ts';

const SUBSCRIPTION = '11111111-2222-4333-8444-555555555555';
const KEY = 'the key of the installation, long enough for it';
const NOW = new Date('2026-11-23T12:00:00.000Z');
const identity = {
  id: 'a-living',
  subscriptionId: SUBSCRIPTION,
  installation: 'mine',
  startedAt: '2026-11-23T09:00:05.220Z',
};
const own = groupName(identity);
const lab: LabRef = { ...identity, owner: 'ana', group: own, resourceGroup: 'rg-given' };
const account = accountId(SUBSCRIPTION, lab.resourceGroup, resourceNames(lab, 1).account);
const group = groupId(SUBSCRIPTION, own);
const borrowed = { account: accountId(SUBSCRIPTION, 'rg-lent', 'lent') };

const at = (now: Date, keys: TagKeys | undefined) => createOwnership('mine', keys, () => now);
const app = at(NOW, { current: KEY });
const groupTags = app.groupTags(lab, { lease: '2026-11-23T13:00:00.000Z', borrowed });
const accountTags = app.tagsFor(lab, account);

describe('tags that the app signed', () => {
  it('name the lab, where the app put them', () => {
    expect(app.labOf({ id: account, tags: accountTags }, SUBSCRIPTION)).toEqual(lab);
    expect(app.labOf({ id: group.toUpperCase(), tags: groupTags }, SUBSCRIPTION)).toEqual(lab);
  });

  it('name it with the time of its start in another form of the same time', () => {
    const tags = { ...accountTags, [TAGS.started]: '2026-11-23T09:00:05.22Z' };
    expect(app.labOf({ id: account, tags }, SUBSCRIPTION)?.startedAt).toBe(lab.startedAt);
    expect(app.isOurs({ id: account, tags }, lab)).toBe(true);
  });

  it('name it on the managed group of its workspace and on what is in it, whose copies Databricks makes', () => {
    const { workspace, managedGroup } = resourceNames(lab, 2);
    const tags = app.tagsFor(lab, workspaceId(SUBSCRIPTION, lab.resourceGroup, workspace));
    const managed = groupId(SUBSCRIPTION, managedGroup);
    const vm = `${managed}/providers/Microsoft.Compute/virtualMachines/vm`;
    for (const id of [managed, vm]) expect(app.labOf({ id, tags }, SUBSCRIPTION)).toEqual(lab);
    // Of another try, and of another group, it is no copy that Databricks made.
    for (const id of [groupId(SUBSCRIPTION, resourceNames(lab, 3).managedGroup), groupId(SUBSCRIPTION, 'rg-b')])
      expect(app.labOf({ id, tags }, SUBSCRIPTION)).toBeUndefined();
  });

  it.each(Object.values(TAGS).filter((it) => it !== TAGS.end))(
    'count for nothing with another %s, or without it',
    (name) => {
      const values = [
        '',
        'x',
        '2026-11-24T00:00:00.000Z',
        '+275760-09-13T00:00:00.000Z',
        '2026-01-01 (<img>)',
        'x'.repeat(256),
      ];
      const changed = values.map((value) => ({ ...groupTags, [name]: value }));
      const { [name]: gone, ...without } = groupTags;
      for (const tags of gone === undefined ? changed : [...changed, without])
        expect(app.labOf({ id: group, tags }, SUBSCRIPTION), JSON.stringify(tags[name])).toBeUndefined();
    },
  );

  it('count for nothing on any other resource', () => {
    for (const id of [
      `${account}2`,
      account.replace('rg-given', own),
      group,
      groupId(SUBSCRIPTION, 'rg-b'),
      '',
      '/',
      account.replace(SUBSCRIPTION, SUBSCRIPTION.replace('1', '9')),
    ])
      expect(app.labOf({ id, tags: accountTags }, SUBSCRIPTION), id).toBeUndefined();
  });

  it('count for nothing in any mixture of what two labs carry', () => {
    const other: LabRef = { ...lab, id: 'b-living', owner: 'rui', startedAt: '2026-11-23T10:00:00.000Z' };
    const theirs = app.tagsFor(other, account.replace('a-living', 'b-living'));
    const names = Object.keys(accountTags);
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: names.length, maxLength: names.length }), (picks) => {
        const tags = Object.fromEntries(
          names.map((name, index) => [name, (picks[index] ? theirs : accountTags)[name] ?? '']),
        );
        const all = names.every((name) => tags[name] === accountTags[name]);
        expect(app.labOf({ id: account, tags }, SUBSCRIPTION) !== undefined).toBe(all);
      }),
      { seed: 18, numRuns: 500 },
    );
  });
});

describe('the key', () => {
  const hours = (count: number) => new Date(NOW.getTime() + count * 3_600_000);
  const rotated = { current: `${KEY} again`, previous: { key: KEY, replacedAt: NOW.toISOString() } };
  const verifies = (now: Date, keys: TagKeys | undefined) =>
    at(now, keys).labOf({ id: account, tags: accountTags }, SUBSCRIPTION) !== undefined;

  it('before it verifies for as long as a lab that it signed may live, and no longer', () => {
    expect(PREVIOUS_KEY_HOURS).toBe(76);
    expect(verifies(hours(75), rotated)).toBe(true);
    expect(verifies(hours(76), rotated)).toBe(false);
    expect(verifies(hours(1), { current: rotated.current })).toBe(false);
  });

  it('that is missing verifies nothing, and signs nothing', () => {
    expect(verifies(NOW, undefined)).toBe(false);
    expect(() => at(NOW, undefined).tagsFor(lab, account)).toThrow('LAB_TAG_KEY');
  });
});

describe('a request to end a lab', () => {
  const asked = '2026-11-23T11:00:00.000Z';
  const request = endRequest(KEY, group, lab.startedAt, asked);

  it('counts from who holds the key, and stays when the lease is renewed', () => {
    const tags = { ...groupTags, [TAGS.end]: request };
    expect(app.endRequestedAt({ id: group, tags })).toBe(asked);
    const renewed = app.withLease({ id: group, tags }, '2026-11-23T14:00:00.000Z');
    expect(app.endRequestedAt({ id: group, tags: renewed })).toBe(asked);
    expect(app.labOf({ id: group, tags: renewed }, SUBSCRIPTION)).toEqual(lab);
  });

  it.each([
    ['no signature', asked],
    ['another time', request.replace('11:00', '10:00')],
    ['a forged signature', `${asked}/${'A'.repeat(43)}`],
    ['another key', endRequest(`${KEY} of theirs`, group, lab.startedAt, asked)],
    ['another group', endRequest(KEY, groupId(SUBSCRIPTION, 'rg-b'), lab.startedAt, asked)],
    ['another start', endRequest(KEY, group, '2026-11-23T09:00:00.000Z', asked)],
    ['no time', `soon/${request.split('/')[1]}`],
  ])('counts for nothing with %s', (_what, value) => {
    expect(app.endRequestedAt({ id: group, tags: { ...groupTags, [TAGS.end]: value } })).toBeNull();
  });
});
