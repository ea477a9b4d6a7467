// A branch is told of an end once it is there to hear: told too early, or in the place of an earlier start's, it would build on and be billed.
import { instanceIds } from '../../../src/contracts/instance-ids.ts';
import { expect, it } from 'vitest';
import { branchActivities } from '../../../src/activities/provisioning/cancel-branch.ts';
import type { TaskHub } from '../../../src/contracts/task-hub.ts';
import { labOf } from '../bench.ts';

const lab = labOf('00000000-0000-0000-0000-000000000001');
const end = { reason: 'asked', by: 'ada', at: lab.startedAt } as const;

async function tell(inHub: unknown): Promise<{ kind: string; told: string[] }> {
  const told: string[] = [];
  const hub = {
    inputOf: async () => inHub,
    tell: async (id: string) => void told.push(id),
  } as Partial<TaskHub> as TaskHub;
  const { kind } = await branchActivities().endBranch({ lab, branch: 'databricks', end }, hub);
  return { kind, told };
}

it.each([
  ['has not begun', undefined],
  ['is still that of an earlier start', { lab: { ...lab, startedAt: '2026-01-01T00:00:00.000Z' } }],
])('a branch that %s is waited for', async (_what, inHub) => {
  expect(await tell(inHub)).toEqual({ kind: 'pending', told: [] });
});

it('a branch of this start is told', async () => {
  expect(await tell({ lab })).toEqual({ kind: 'done', told: [instanceIds(lab).databricks] });
});
