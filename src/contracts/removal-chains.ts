/** In which order what is left of a lab is removed: chains of steps that must follow each other; the chains themselves run side by side. */
import type { InputOf } from './activities.ts';
import type { WorkspaceFacts } from '../lab/resources.ts';
import type { KnownResources, Inventory, Leftover } from '../lab/removal/inventory.ts';
import { sameId, type LabRef } from '../lab/names.ts';
import type { ActivityOf, StepsIn } from '../lab/steps.ts';
import { lastSegment } from '../lab/arm-ids.ts';

/** Steps that chains are made of. */
export type RemovalStepName = Exclude<StepsIn<'removal'>, 'inventory'>;
export type RemovalStep = {
  [S in RemovalStepName]: { step: S; activity: ActivityOf<S>; subject: string; input: InputOf<ActivityOf<S>> };
}[RemovalStepName];
export type RemovalActivity = ActivityOf<RemovalStepName>;
export type Chain = RemovalStep[];

/**
 * Cluster, then workspace (whose deletion takes its managed group along); deployments, then account, then its soft-deleted shell.
 * The lab's group is no part of a chain: it goes last, when all chains are done.
 */
export function removalChains(lab: LabRef, inventory: Inventory, known: KnownResources): Chain[] {
  return inventory.left.flatMap((item): Chain[] => {
    switch (item.kind) {
      case 'workspace':
        return [workspaceChain(lab, item, known.workspaces)];
      case 'managed-group':
        // Reached only when the workspace is gone already: deleting the workspace again, by force, is what removes it.
        return item.workspaceId === null ? [] : [[removeWorkspace(lab, item.workspaceId, item.id)]];
      case 'account':
        return [accountChain(lab, item)];
      case 'deleted-account':
        return [[purge(lab, item.id, item.region)]];
      case 'borrowed-account':
        return [[removeDeployments(lab, item.id)]];
      case 'borrowed-workspace':
        return [
          [
            {
              step: 'remove-from-workspace',
              activity: 'removeFromWorkspace',
              subject: lastSegment(item.id),
              input: { lab, workspace: { id: item.id, url: item.url }, contents: item.contents },
            },
          ],
        ];
      case 'group':
        return [];
    }
  });
}

/** Chains that are under way go on as they are; the rest of what was found follows the plan. */
export const withUnfinished = (found: Chain[], unfinished: readonly Chain[]): Chain[] => {
  const underWay = new Set(unfinished.map((it) => it[0]?.subject));
  return [...unfinished, ...found.filter((it) => !underWay.has(it[0]?.subject))];
};

export const accountChain = (lab: LabRef, { id, region }: { id: string; region: string }): Chain => [
  removeDeployments(lab, id),
  {
    step: 'remove-account',
    activity: 'removeAccount',
    subject: lastSegment(id),
    input: { lab, account: { id, region } },
  },
  purge(lab, id, region),
];

const removeDeployments = (lab: LabRef, id: string): RemovalStep => ({
  step: 'remove-deployments',
  activity: 'removeDeployments',
  subject: lastSegment(id),
  input: { lab, account: { id } },
});

function workspaceChain(lab: LabRef, item: Extract<Leftover, { kind: 'workspace' }>, known: WorkspaceFacts[]): Chain {
  const facts = known.find((it) => sameId(it.id, item.id)) ?? factsOf(item);
  const last = removeWorkspace(lab, item.id, item.managedGroupId);
  return facts === null
    ? [last]
    : [
        {
          step: 'remove-clusters',
          activity: 'removeClusters',
          subject: lastSegment(item.id),
          input: { lab, workspace: facts },
        },
        last,
      ];
}

/** A workspace without a URL was never ready, so it holds no cluster. */
const factsOf = (item: Extract<Leftover, { kind: 'workspace' }>): WorkspaceFacts | null =>
  item.url === null
    ? null
    : {
        id: item.id,
        name: lastSegment(item.id),
        region: item.region,
        url: item.url,
        managedGroupId: item.managedGroupId ?? '',
      };

/** Of a try that failed: its cluster, if it came so far, goes with its workspace. */
export const failedWorkspaceChain = (
  lab: LabRef,
  { id, managedGroupId }: { id: string; managedGroupId: string },
): Chain => [removeWorkspace(lab, id, managedGroupId)];

const removeWorkspace = (lab: LabRef, id: string, managedGroupId: string | null): RemovalStep => ({
  step: 'remove-workspace',
  activity: 'removeWorkspace',
  subject: lastSegment(id),
  input: { lab, workspace: { id, managedGroupId } },
});

const purge = (lab: LabRef, id: string, region: string): RemovalStep => ({
  step: 'purge-account',
  activity: 'purgeAccount',
  subject: lastSegment(id),
  input: { lab, account: { id, region } },
});
