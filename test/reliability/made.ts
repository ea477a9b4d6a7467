/** What was ever made in the local cloud, and the secrets of it: noted at the tables themselves, where no lost answer hides anything. */
import { databricksOf } from '../../local/cloud/databricks-state.ts';
import type { CloudState } from '../../local/cloud/state.ts';

type Kind = 'group' | 'account' | 'deployment' | 'workspace' | 'cluster' | 'run';

export type Made = {
  /** Id of each thing that the app made, with how often it came to be. A cluster counts under its workspace and start, a job run under its workspace. */
  readonly count: Map<string, number>;
  /** The latest time to which any lease of the app's ran, Unix ms. */
  readonly leaseMs: () => number;
  readonly secrets: Set<string>;
  /** Things that came to be more often than once. */
  extra(): string[];
};

type Writable<T> = { get(id: string): T | undefined; put(id: string, row: T): void };

const watched = new WeakMap<CloudState, { current: Made & { lease(iso: string | undefined): void } }>();

/** Begins a new count. The tables are wrapped once per state. */
export function watchMaking(state: CloudState): Made {
  const known = watched.get(state);
  const made = newMade();
  if (known !== undefined) {
    known.current = made;
    return made;
  }
  const book = { current: made };
  watched.set(state, book);
  const note = (kind: Kind, key: string): void => {
    const { count } = book.current;
    count.set(`${kind} ${key}`, (count.get(`${kind} ${key}`) ?? 0) + 1);
  };
  const wrap = <T>(table: Writable<T>, seen: (row: T, isNew: boolean) => void): void => {
    const put = table.put.bind(table);
    table.put = (id, row) => {
      seen(row, table.get(id) === undefined);
      put(id, row);
    };
  };

  wrap(state.groups, (row, isNew) => {
    if (row.maker !== 'ours') return;
    book.current.lease(row.tags['llmops-lease']);
    if (isNew) note('group', row.id);
  });
  wrap(state.accounts, (row, isNew) => {
    if (row.maker !== 'ours') return;
    book.current.secrets.add(row.keys.key1).add(row.keys.key2);
    if (isNew) note('account', row.id);
  });
  wrap(state.deployments, (row, isNew) => {
    if (row.maker === 'ours' && isNew) note('deployment', row.id);
  });
  wrap(state.workspaces, (row, isNew) => {
    if (row.maker === 'ours' && isNew) note('workspace', row.id);
  });
  const { clusters, runs } = databricksOf(state);
  wrap(clusters, (row, isNew) => {
    if (isNew) note('cluster', `${row.workspaceId} ${JSON.stringify(row.spec['custom_tags'])}`);
  });
  wrap(runs, (row, isNew) => {
    if (isNew) note('run', row.workspaceId);
  });
  return made;
}

function newMade() {
  const count = new Map<string, number>();
  let leaseMs = 0;
  return {
    count,
    secrets: new Set<string>(),
    leaseMs: () => leaseMs,
    lease: (iso: string | undefined) => {
      if (iso !== undefined) leaseMs = Math.max(leaseMs, Date.parse(iso));
    },
    extra: () => [...count].filter(([, times]) => times > 1).map(([what, times]) => `${what} ${times} times`),
  };
}
