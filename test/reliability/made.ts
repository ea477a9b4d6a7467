/** What was ever made in the local cloud, when it went, and its secrets: noted at the tables themselves, where no lost answer hides anything. */
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { mlflowOf } from '../../local/cloud/mlflow/records.ts';
import type { Tags } from '../../local/cloud/core/records.ts';
import type { CloudState } from '../../local/cloud/core/state.ts';
import { TAGS } from '../../src/lab/tags.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

type Kind =
  | 'group'
  | 'account'
  | 'deployment'
  | 'workspace'
  | 'cluster'
  | 'run'
  | 'scope'
  | 'experiment'
  | 'mlflow run'
  | 'trace';

/** How often a kind comes to be under one key in a lab that is used for nothing but itself: both its completions leave a run and a trace, counted as they are there at once. */
const MOST: Partial<Record<Kind, number>> = { 'mlflow run': 2, trace: 2 };

/** What Azure held of one lab. */
export type MadeOfLab = {
  /** Ids of its groups, accounts and workspaces, in lower case. */
  readonly ids: Set<string>;
  /** The latest time to which its lease ran, and when the last of it went; Unix ms. */
  leaseMs: number;
  goneMs: number;
};

export type Made = {
  /** Id of each thing that the app made, with how often it came to be. A cluster counts under its workspace and start; runs and traces under their workspace. */
  readonly count: Map<string, number>;
  readonly labs: Map<string, MadeOfLab>;
  readonly secrets: Set<string>;
  /** Things that came to be more often than they should. */
  extra(): string[];
};

type Writable<T> = {
  get(id: string): T | undefined;
  put(id: string, row: T): void;
  delete(id: string): void;
  values(): T[];
};

const watched = new WeakMap<CloudState, { current: ReturnType<typeof newMade> }>();

/** Begins a new count, with what is there already. The tables are wrapped once per state. */
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
  const wrap = <T>(table: Writable<T>, seen: (row: T, isNew: boolean) => void, tagsOf?: (row: T) => Tags): void => {
    for (const row of table.values()) seen(row, true);
    const put = table.put.bind(table);
    table.put = (id, row) => {
      seen(row, table.get(id) === undefined);
      put(id, row);
    };
    const remove = table.delete.bind(table);
    table.delete = (id) => {
      const row = table.get(id);
      if (row !== undefined && tagsOf !== undefined) book.current.gone(tagsOf(row), state.now());
      remove(id);
    };
  };
  const tags = (row: { tags: Tags; maker: string }): Tags => (row.maker === 'bystander' ? {} : row.tags);
  const noteOurs =
    (kind: 'group' | 'account' | 'workspace') =>
    (row: { id: string; tags: Tags; maker: string }, isNew: boolean): void => {
      if (row.maker !== 'ours') return;
      book.current.labOf(row.tags)?.ids.add(row.id.toLowerCase());
      if (isNew) note(kind, row.id);
    };

  wrap(
    armOf(state).groups,
    (row, isNew) => {
      noteOurs('group')(row, isNew);
      if (row.maker === 'ours') book.current.lease(row.tags);
    },
    tags,
  );
  wrap(
    armOf(state).accounts,
    (row, isNew) => {
      noteOurs('account')(row, isNew);
      if (row.maker === 'ours') book.current.secrets.add(row.keys.key1).add(row.keys.key2);
    },
    tags,
  );
  wrap(
    armOf(state).deletedAccounts,
    () => undefined,
    ({ account }) => tags(account),
  );
  wrap(armOf(state).workspaces, noteOurs('workspace'), tags);
  wrap(armOf(state).deployments, (row, isNew) => {
    if (row.maker === 'ours' && isNew) note('deployment', row.id);
  });
  const inWorkspace =
    (kind: Kind) =>
    ({ workspaceId }: { workspaceId: string }, isNew: boolean): void => {
      if (isNew) note(kind, workspaceId);
    };
  const { clusters, runs, scopes } = databricksOf(state);
  wrap(clusters, (row, isNew) => {
    if (isNew) note('cluster', `${row.workspaceId} ${JSON.stringify(row.spec['custom_tags'])}`);
  });
  wrap(runs, inWorkspace('run'));
  wrap(scopes, ({ name }, isNew) => {
    if (isNew) note('scope', name);
  });
  const mlflow = mlflowOf(state);
  wrap(mlflow.experiments, ({ workspaceId, name }, isNew) => {
    if (isNew) note('experiment', `${workspaceId} ${name}`);
  });
  // A notebook whose kernel died with its process begins anew, and what it had logged is taken back first: there are never more at once than one that ran through.
  const atOnce =
    (kind: Kind, table: Writable<{ id: string; workspaceId: string }>) =>
    ({ id, workspaceId }: { id: string; workspaceId: string }): void => {
      const others = table.values().filter((it) => it.workspaceId === workspaceId && it.id !== id);
      const key = `${kind} ${workspaceId}`;
      book.current.count.set(key, Math.max(book.current.count.get(key) ?? 0, others.length + 1));
    };
  wrap(mlflow.runs, atOnce('mlflow run', mlflow.runs));
  wrap(mlflow.traces, atOnce('trace', mlflow.traces));
  return made;
}

function newMade() {
  const count = new Map<string, number>();
  const labs = new Map<string, MadeOfLab>();
  const labOf = (tags: Tags): MadeOfLab | undefined => {
    const id = tags[TAGS.lab];
    if (id === undefined) return undefined;
    const known = labs.get(id) ?? { ids: new Set<string>(), leaseMs: 0, goneMs: 0 };
    labs.set(id, known);
    return known;
  };
  return {
    count,
    labs,
    labOf,
    secrets: new Set<string>(),
    lease: (tags: Tags) => {
      const [lab, lease] = [labOf(tags), tags[TAGS.lease]];
      if (lab !== undefined && lease !== undefined) lab.leaseMs = Math.max(lab.leaseMs, Date.parse(lease));
    },
    gone: (tags: Tags, at: number) => {
      const lab = labOf(tags);
      if (lab !== undefined) lab.goneMs = at;
    },
    extra: () =>
      [...count]
        .filter(
          ([what, times]) => times > (Object.entries(MOST).find(([kind]) => what.startsWith(`${kind} `))?.[1] ?? 1),
        )
        .map(([what, times]) => `${what} ${times} times`),
  };
}
