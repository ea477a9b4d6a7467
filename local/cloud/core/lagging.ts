// Tables whose readers may lag behind their writers, as those of ARM do: `get` and `values` tell the truth to the cloud itself, `seen` and
// `seenValues` tell a client what a replica would.
import type { Table } from './store.ts';

/** How far reads lag: that many lab milliseconds, or that many reads of the row, whichever ends later. Both 0: not at all. */
export type Lag = { ms: number; reads: number };

export type LaggingTable<T> = Table<T> & {
  /** The row as a client sees it. */
  seen(id: string): T | undefined;
  seenValues(): T[];
  /** Lets readers see the truth from now on. */
  catchUp(): void;
};

type Former<T> = { row: T | undefined; until: number; readsLeft: number };

export function lagging<T>(table: Table<T>, lag: () => Lag, now: () => number): LaggingTable<T> {
  // Versions that have been overwritten, oldest first. Kept in memory only: after a restart reads are fresh.
  const formers = new Map<string, Former<T>[]>();

  const remember = (id: string): void => {
    const { ms, reads } = lag();
    if (ms === 0 && reads === 0) return;
    formers.set(id, [...(formers.get(id) ?? []), { row: table.get(id), until: now() + ms, readsLeft: reads }]);
  };

  const seen = (id: string): T | undefined => {
    const versions = (formers.get(id) ?? []).filter((version) => version.until > now() || version.readsLeft > 0);
    const oldest = versions[0];
    if (oldest === undefined) {
      formers.delete(id);
      return table.get(id);
    }
    formers.set(id, versions);
    oldest.readsLeft -= 1;
    return oldest.row;
  };

  return {
    ...table,
    put: (id, value) => {
      remember(id);
      table.put(id, value);
    },
    delete: (id) => {
      remember(id);
      table.delete(id);
    },
    seen,
    catchUp: () => {
      formers.clear();
    },
    seenValues: () => {
      if (formers.size === 0) return table.values();
      const ids = new Set([...table.entries().map(([id]) => id), ...formers.keys()]);
      return [...ids].map(seen).filter((row) => row !== undefined);
    },
  };
}
