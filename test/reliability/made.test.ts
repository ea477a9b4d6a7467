/** The count of what was made: it must see what the app made twice, and not what the cloud itself took back. */
import { expect, it } from 'vitest';
import { createClock } from '../../local/clock.ts';
import { mlflowOf, type MlflowRun } from '../../local/cloud/mlflow/records.ts';
import { CloudState } from '../../local/cloud/core/state.ts';
import { openStore } from '../../local/cloud/core/store.ts';
import { watchMaking } from './made.ts';

const WORKSPACE = '1234567890123456';

/** Puts and takes back runs of one workspace; `extra` is what the count says then. */
function counted() {
  const state = new CloudState({
    store: openStore(':memory:'),
    clock: createClock({ kind: 'real' }),
    catalogue: '2026',
    userAssigned: false,
  });
  const made = watchMaking(state);
  const { runs } = mlflowOf(state);
  const key = (id: string): string => `${WORKSPACE}/${id}`;
  return {
    put: (id: string) => {
      runs.put(key(id), { id, workspaceId: WORKSPACE, tags: {} } as MlflowRun);
    },
    takeBack: (id: string) => {
      runs.delete(key(id));
    },
    extra: () => made.extra(),
  };
}

it('a run that the kernel of a killed process had begun is taken back before the next, and is none too many', () => {
  const runs = counted();
  runs.put('app');
  runs.put('notebook, interrupted');
  runs.takeBack('notebook, interrupted');
  runs.put('notebook');
  runs.put('notebook');
  expect(runs.extra()).toEqual([]);
});

it('a run of a completion that was made twice is one too many, whatever becomes of it', () => {
  const runs = counted();
  for (const id of ['app', 'app, again', 'notebook']) runs.put(id);
  runs.takeBack('app');
  expect(runs.extra()).toEqual([`mlflow run ${WORKSPACE} 3 times`]);
});
