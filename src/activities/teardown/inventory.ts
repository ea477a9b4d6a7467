/**
 * What exists of a lab, read from Azure alone: by the tags, by the ids that the lab knew, and by the names that only it would give. It is the proof that nothing
 * is left, so a list that cannot be read is named as that, and never taken for an empty one; what the others show can be removed meanwhile.
 */
import type { AccountState } from '../../clients/arm/openai.ts';
import type { ResourceState } from '../../clients/arm/resources.ts';
import type { WorkspaceState } from '../../clients/arm/workspaces.ts';
import type { Clients } from '../../clients/create-clients.ts';
import type { Arm } from '../../clients/arm/arm.ts';
import type { Activities } from '../../contracts/activities.ts';
import type { KnownResources, Inventory, Leftover } from '../../lab/removal/inventory.ts';
import { resourceNames, sameId, type LabRef } from '../../lab/names.ts';
import { done, pending } from '../../lab/outcome.ts';
import { borrowedFromTags } from '../../lab/placement/borrowed.ts';
import { answer } from '../outcome-of-error.ts';
import { leftInBorrowed } from './borrowed.ts';
import type { Deps } from '../deps.ts';
import { createReader, mayPass, unreadOf, type Reader } from './partial-reads.ts';
import { attemptOf } from '../../clients/arm/ownership.ts';
import {
  parseArmId,
  ACCOUNT_TYPE,
  WORKSPACE_TYPE,
  accountId,
  groupId,
  isAccountId,
  isWorkspaceId,
  subscriptionScope,
  workspaceId,
} from '../../lab/arm-ids.ts';

/** What cannot be read, and was not refused, is asked for so often before the inventory does without it: for two and a half minutes. */
const LOOKS = 6;

export const inventoryActivities = ({ clients, now }: Deps): Pick<Activities, 'takeInventory'> => ({
  takeInventory: ({ lab, known, memo }) =>
    answer(async () => {
      const reader = createReader();
      const inventory = await takeStock(clients, lab, known, reader, now().toISOString());
      const unread = reader.failures.map(unreadOf);
      const looks = Number(memo?.['looks'] ?? 0) + 1;
      const passing = reader.failures.find(mayPass);
      if (passing === undefined || looks >= LOOKS)
        return done<Inventory>(unread.length === 0 ? inventory : { ...inventory, unread });
      const { what, why } = unreadOf(passing);
      return pending(`${what}: ${why}`, { afterSeconds: Math.min(5 * 2 ** (looks - 1), 60), memo: { looks } });
    }),
});

/** What is seen, as far as it can be read; what cannot is among the reader's failures. */
async function takeStock(
  clients: Clients,
  lab: LabRef,
  known: KnownResources,
  reader: Reader,
  at: string,
): Promise<Inventory> {
  const arm = clients.arm(lab.subscriptionId);
  const { read } = reader;
  const { isOurs } = clients.ownership;
  const subscription = subscriptionScope(lab.subscriptionId);
  const place = `${groupId(lab.subscriptionId, lab.resourceGroup)}/providers`;
  const [groups, listed, inside, workspaces, accounts, deleted] = await Promise.all([
    read(`${subscription}/resourceGroups`, arm.groups(), []),
    read(`${subscription}/resources`, arm.resources(), []),
    read(`${groupId(lab.subscriptionId, lab.group)}/resources`, insideOf(arm, lab.group), []),
    read(`${place}/${WORKSPACE_TYPE}`, arm.workspacesIn(lab.resourceGroup), []),
    read(`${place}/${ACCOUNT_TYPE}`, arm.accountsIn(lab.resourceGroup), []),
    read(`${subscription}/providers/Microsoft.CognitiveServices/deletedAccounts`, arm.deletedAccounts(), []),
  ]);
  // Resource Manager's lists lag behind the services: what they name, and what the lab knew, is asked for by id.
  const made = [...known.workspaces, ...known.accounts];
  const ids = [...listed.filter((it) => isOurs(it, lab)), ...made].map((it) => it.id);
  const [seenWorkspaces, seenAccounts] = await Promise.all([
    complete(reader, arm.workspace, workspaces ?? [], ids.filter(isWorkspaceId)),
    complete(reader, arm.account, accounts ?? [], ids.filter(isAccountId)),
  ]);

  const workspacesOfOurs = seenWorkspaces.filter((it) => isOurs(it, lab));
  const own = groups.find((it) => sameId(it.name, lab.group) && isOurs(it, lab));
  // What is borrowed stands on the lab's own group; while that is not readable, the lab's orchestration knows it.
  const borrowed = { ...known.borrowed, ...borrowedFromTags(own?.tags ?? {}) };
  const left: Leftover[] = [
    ...workspacesOfOurs.map(workspaceLeft),
    ...groups
      .filter((it) => attemptOf(lab, 'managedGroup', it.name) !== undefined)
      .filter((it) => !workspacesOfOurs.some((one) => sameId(one.managedGroupId ?? '', it.id)))
      .map(({ id, name, managedBy }): Leftover => ({
        kind: 'managed-group',
        id,
        workspaceId: managedBy ?? workspaceOf(lab, name),
      })),
    ...seenAccounts
      .filter((it) => isOurs(it, lab))
      .map((it): Leftover => ({ kind: 'account', id: it.id, region: it.region })),
    ...deleted
      .filter((it) => attemptOf(lab, 'account', it.name) !== undefined)
      .map((it): Leftover => ({ kind: 'deleted-account', id: accountOf(lab, it), region: it.region })),
    ...(own === undefined ? [] : [{ kind: 'group' as const, id: own.id }]),
    ...(await leftInBorrowed(clients, lab, borrowed, listed, reader)),
  ];
  const foreign = inside.filter((it) => !isOurs(it, lab)).map(({ id, type }) => ({ id, type }));
  const disowned = [...seenWorkspaces, ...seenAccounts]
    .filter((it) => !isOurs(it, lab) && made.some(({ id }) => sameId(id, it.id)))
    .map((it) => it.id);
  return { at, left, foreign, disowned, borrowed: Object.values(borrowed) };
}

/** @throws where the group is there and its list is not: whose things it holds is not known then. */
async function insideOf(arm: Arm, group: string): Promise<ResourceState[]> {
  const inside = await arm.resourcesIn(group);
  if (inside !== undefined || (await arm.group(group)) === undefined) return inside ?? [];
  // It may have been made between the two.
  const again = await arm.resourcesIn(group);
  if (again === undefined) throw new Error('The list is not found, though the group is.');
  return again;
}

/** The listed ones, and those of the other ids that exist. */
async function complete<T extends AccountState | WorkspaceState>(
  { read }: Reader,
  get: (group: string, name: string) => Promise<T | undefined>,
  listed: T[],
  ids: string[],
): Promise<T[]> {
  const others = [...new Set(ids.map((it) => it.toLowerCase()))].filter(
    (id) => !listed.some((it) => sameId(it.id, id)),
  );
  const found = await Promise.all(
    others.map((id) => {
      const { group, name } = parseArmId(id);
      return read(id, get(group, name), undefined);
    }),
  );
  return [...listed, ...found.filter((it) => it !== undefined)];
}

const workspaceLeft = ({ id, managedGroupId, url, region }: WorkspaceState): Leftover => ({
  kind: 'workspace',
  id,
  managedGroupId: managedGroupId ?? null,
  url: url ?? null,
  region,
});

/** The workspace that a managed group of ours belonged to. */
const workspaceOf = (lab: LabRef, managedGroup: string): string =>
  workspaceId(
    lab.subscriptionId,
    lab.resourceGroup,
    resourceNames(lab, attemptOf(lab, 'managedGroup', managedGroup) ?? 1).workspace,
  );

/** The id that the account had: a soft-deleted one is listed under its region. */
const accountOf = (lab: LabRef, it: { group: string; name: string }): string =>
  accountId(lab.subscriptionId, it.group, it.name);
