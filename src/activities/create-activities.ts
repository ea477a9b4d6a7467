/** All activities, by the names of their contracts: one that has no handler does not compile. */
import type { Activities } from '../contracts/activities.ts';
import { borrowedActivities } from './plan/borrowed.ts';
import { borrowedRemovals } from './teardown/borrowed.ts';
import { branchActivities } from './provisioning/cancel-branch.ts';
import { clusterActivities } from './provisioning/cluster.ts';
import { batchActivities } from './completions/batch.ts';
import { completionActivities } from './completions/completion.ts';
import { connectionActivities } from './provisioning/connection.ts';
import type { Deps } from './deps.ts';
import { driftActivities } from './watch/monitor.ts';
import { featureActivities } from './watch/collect-features.ts';
import { groupActivities } from './provisioning/group.ts';
import { inventoryActivities } from './teardown/inventory.ts';
import { notebookActivities } from './completions/notebook.ts';
import { openaiActivities } from './provisioning/openai.ts';
import { participantActivities } from './provisioning/participants.ts';
import { planningActivities } from './plan/plan.ts';
import { accountRemovals } from './teardown/account.ts';
import { groupRemovals } from './teardown/group.ts';
import { workspaceRemovals } from './teardown/workspace.ts';
import { verificationActivities } from './completions/verification.ts';
import { watchingActivities } from './watch/activity.ts';
import { workspaceActivities } from './provisioning/workspace.ts';

export const createActivities = (deps: Deps): Activities => ({
  ...planningActivities(deps),
  ...groupActivities(deps),
  ...openaiActivities(deps),
  ...workspaceActivities(deps),
  ...notebookActivities(deps),
  ...clusterActivities(deps),
  ...borrowedActivities(deps),
  ...branchActivities(),
  ...connectionActivities(deps),
  ...participantActivities(deps),
  ...completionActivities(deps),
  ...verificationActivities(deps),
  ...watchingActivities(deps),
  ...batchActivities(deps),
  ...driftActivities(deps),
  ...featureActivities(deps),
  ...inventoryActivities(deps),
  ...workspaceRemovals(deps),
  ...borrowedRemovals(deps),
  ...accountRemovals(deps),
  ...groupRemovals(deps),
});
