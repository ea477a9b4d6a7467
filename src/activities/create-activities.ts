/** All activities, by the names of their contracts: one that has no handler does not compile. */
import type { Activities } from '../contracts.ts';
import { borrowedActivities } from './borrowed.ts';
import { borrowedRemovals } from './borrowed-removal.ts';
import { branchActivities } from './branches.ts';
import { clusterActivities } from './cluster.ts';
import { batchActivities } from './completion-batch.ts';
import { completionActivities } from './completion.ts';
import { connectionActivities } from './connection.ts';
import type { Deps } from './deps.ts';
import { driftActivities } from './drift.ts';
import { featureActivities } from './features.ts';
import { groupActivities } from './groups.ts';
import { inventoryActivities } from './inventory.ts';
import { notebookActivities } from './notebook.ts';
import { openaiActivities } from './openai.ts';
import { participantActivities } from './participants.ts';
import { planningActivities } from './planning.ts';
import { accountRemovals } from './removal-account.ts';
import { groupRemovals } from './removal-group.ts';
import { workspaceRemovals } from './removal-workspace.ts';
import { verificationActivities } from './verification.ts';
import { watchingActivities } from './watching.ts';
import { workspaceActivities } from './workspace.ts';

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
