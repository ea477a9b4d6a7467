/**
 * What exists of a lab, read from Azure alone: by the tags, by the ids that the lab knew, and by the names that only it would give. It is the proof that nothing
 * is left, so a list that cannot be read is an error, never an empty one.
 */
import { parseArmId } from '../clients/arm.ts';
import type { AccountState } from '../clients/arm-openai.ts';
import type { WorkspaceState } from '../clients/arm-workspaces.ts';
import type { Activities } from '../contracts.ts';
import type { Inventory, LeftOver } from '../lab/inventory.ts';
import { resourceNames, type LabRef } from '../lab/names.ts';
import { done } from '../lab/outcome.ts';
import { borrowedFromTags } from '../lab/plan-borrowed.ts';
import { answer } from './answers.ts';
import { leftInBorrowed } from './borrowed-removal.ts';
import type { Deps } from './deps.ts';
import { attemptOf, isOurs, sameId } from '../clients/ownership.ts';

export const inventoryActivities = ({ clients, now }: Deps): Pick<Activities, 'takeInventory'> => ({
  takeInventory: ({ lab, known }) =>
    answer(async () => {
      const arm = clients.arm(lab.subscriptionId);
      const [groups, listed, inside, workspaces, accounts, deleted] = await Promise.all([
        arm.groups(),
        arm.resources(),
        arm.resourcesIn(lab.group),
        arm.workspacesIn(lab.resourceGroup),
        arm.accountsIn(lab.resourceGroup),
        arm.deletedAccounts(),
      ]);
      // Resource Manager's lists lag behind the services: what they name, and what the lab knew, is asked for by id.
      const ids = [...listed.filter((it) => isOurs(it.tags, lab)), ...known.workspaces, ...known.accounts].map(
        (it) => it.id,
      );
      const seenWorkspaces = await complete(
        arm.workspace,
        workspaces ?? [],
        ids.filter((it) => /\/Microsoft\.Databricks\/workspaces\//i.test(it)),
      );
      const seenAccounts = await complete(
        arm.account,
        accounts ?? [],
        ids.filter((it) => /\/Microsoft\.CognitiveServices\/accounts\//i.test(it)),
      );

      const ours = seenWorkspaces.filter((it) => isOurs(it.tags, lab));
      const left: LeftOver[] = [
        ...ours.map(workspaceLeft),
        ...groups
          .filter((it) => attemptOf(lab, 'managedGroup', it.name) !== undefined)
          .filter((it) => !ours.some((one) => sameId(one.managedGroupId ?? '', it.id)))
          .map((it): LeftOver => ({
            kind: 'managed-group',
            id: it.id,
            workspaceId: it.managedBy ?? workspaceIdOf(lab, it.name),
          })),
        ...seenAccounts
          .filter((it) => isOurs(it.tags, lab))
          .map((it): LeftOver => ({ kind: 'account', id: it.id, region: it.region })),
        ...deleted
          .filter((it) => isOurs(it.tags, lab) || attemptOf(lab, 'account', it.name) !== undefined)
          .map((it): LeftOver => ({ kind: 'deleted-account', id: accountIdOf(lab, it), region: it.region })),
        ...groups
          .filter((it) => sameId(it.name, lab.group) && isOurs(it.tags, lab))
          .map((it): LeftOver => ({ kind: 'group', id: it.id })),
      ];
      // What is borrowed stands on the lab's own group; while that is not readable, the lab's orchestration knows it.
      const own = groups.find((it) => sameId(it.name, lab.group) && isOurs(it.tags, lab));
      const borrowed = { ...known.borrowed, ...borrowedFromTags(own?.tags ?? {}) };
      left.push(...(await leftInBorrowed(clients, lab, borrowed)));
      const foreign = (inside ?? []).filter((it) => !isOurs(it.tags, lab)).map(({ id, type }) => ({ id, type }));
      const made = [...known.workspaces, ...known.accounts];
      const disowned = [...seenWorkspaces, ...seenAccounts]
        .filter((it) => !isOurs(it.tags, lab) && made.some(({ id }) => sameId(id, it.id)))
        .map((it) => it.id);
      return done<Inventory>({ at: now().toISOString(), left, foreign, disowned, borrowed: Object.values(borrowed) });
    }),
});

/** The listed ones, and those of the other ids that exist. */
async function complete<T extends AccountState | WorkspaceState>(
  read: (group: string, name: string) => Promise<T | undefined>,
  listed: T[],
  ids: string[],
): Promise<T[]> {
  const others = [...new Set(ids.map((it) => it.toLowerCase()))].filter(
    (id) => !listed.some((it) => sameId(it.id, id)),
  );
  const found = await Promise.all(
    others.map((id) => {
      const { group, name } = parseArmId(id);
      return read(group, name);
    }),
  );
  return [...listed, ...found.filter((it) => it !== undefined)];
}

const workspaceLeft = (it: WorkspaceState): LeftOver => ({
  kind: 'workspace',
  id: it.id,
  managedGroupId: it.managedGroupId ?? null,
  url: it.url ?? null,
  region: it.region,
});

/** The workspace that a managed group of ours belonged to. */
const workspaceIdOf = (lab: LabRef, managedGroup: string): string =>
  `/subscriptions/${lab.subscriptionId}/resourceGroups/${lab.resourceGroup}/providers/Microsoft.Databricks/workspaces/${
    resourceNames(lab, attemptOf(lab, 'managedGroup', managedGroup) ?? 1).workspace
  }`;

/** The id that the account had: a soft-deleted one is listed under its region. */
const accountIdOf = (lab: LabRef, it: { group: string; name: string }): string =>
  `/subscriptions/${lab.subscriptionId}/resourceGroups/${it.group}/providers/Microsoft.CognitiveServices/accounts/${it.name}`;
