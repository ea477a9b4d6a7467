/** The workspace: the ARM resource, then the gate that tells when its own API can be used. */
import type { Activities } from '../../contracts/activities.ts';
import { resourceNames } from '../../lab/names.ts';
import { done, pending, refused } from '../../lab/outcome.ts';
import { chooseRuntime, noRuntime } from '../../lab/placement/choose-runtime.ts';
import { answer, failedState, notOurs } from '../outcome-of-error.ts';
import { requested, requestedRecently } from './recently-requested.ts';
import type { Deps } from '../deps.ts';
import { groupId, workspaceId } from '../../lab/arm-ids.ts';

/** Node types fill up after a workspace is born: one that is missing is looked for that often before the region counts as without it. */
const LOOKS_FOR_NODE = 6;

export const workspaceActivities = ({
  clients,
  now,
}: Deps): Pick<Activities, 'ensureWorkspace' | 'probeWorkspace'> => ({
  ensureWorkspace: ({ lab, attempt, region, tier, memo }) =>
    answer(
      async () => {
        const arm = clients.arm(lab.subscriptionId);
        const names = resourceNames(lab, attempt);
        const managedGroupId = groupId(lab.subscriptionId, names.managedGroup);
        const found = await arm.workspace(lab.resourceGroup, names.workspace);
        if (found === undefined) {
          if (requestedRecently(memo, now())) return pending('the workspace is not readable yet', { memo });
          await arm.putWorkspace(lab.resourceGroup, names.workspace, {
            region,
            tier,
            managedGroupId,
            tags: clients.ownership.tagsFor(lab, workspaceId(lab.subscriptionId, lab.resourceGroup, names.workspace)),
          });
          return pending('the workspace is being created', { memo: requested(now()) });
        }
        if (!clients.ownership.isOurs(found, lab)) return notOurs(found.id);
        if (found.state === 'Failed' || found.state === 'Canceled') {
          return refused(failedState('workspace', found.state, await arm.operationError(found.id)));
        }
        // The first answers after success may still be without the address.
        if (found.state !== 'Succeeded' || found.url === undefined) return pending(`the workspace is ${found.state}`);
        const { id, name, url } = found;
        return done({ id, name, region: found.region, url, managedGroupId: found.managedGroupId ?? managedGroupId });
      },
      { memo, labAgeMs: now().getTime() - Date.parse(lab.startedAt) },
    ),

  // "Succeeded" of ARM does not cover the workspace's own services: https://github.com/Azure/azure-rest-api-specs/issues/9316
  probeWorkspace: ({ workspace, nodeType, memo }) =>
    answer(
      async () => {
        const databricks = clients.databricks(workspace);
        const { userName } = await databricks.me();
        const node = (await databricks.nodeTypes()).find((it) => it.id === nodeType);
        const unusable = node?.status.find((it) => /NotAvailableInRegion|NotEnabledOnSubscription/i.test(it));
        const looks = Number(memo?.['looks'] ?? 0) + 1;
        if (unusable !== undefined || (node === undefined && looks > LOOKS_FOR_NODE)) {
          return refused({
            code: unusable ?? 'no-such-node-type',
            message: `The workspace does not offer ${nodeType}.`,
            remedy: 'another-region',
            suggestion: 'The node type is not offered in this region: allow another one.',
          });
        }
        if (node === undefined) return pending(`the workspace does not list ${nodeType} yet`, { memo: { looks } });
        const runtimes = await databricks.runtimes();
        if (runtimes.length === 0) return pending('the workspace lists no runtimes yet', { memo: { looks } });
        const runtime = chooseRuntime(runtimes);
        return runtime === null ? refused(noRuntime(runtimes)) : done({ userName, runtime });
      },
      { gate: true, memo },
    ),
});
