// The local cloud's memory: typed tables of JSON rows over one SQLite database, held in memory and written through.
//
// Invariants
// S1  Rows are values: whoever changes one puts a new object. What `get` returned is never edited in place, so that a reader who lags behind can
//     be given the former row.
// S2  What one request changed reaches the database in one transaction, before its answer leaves (the server calls `flush`).
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../../start-error.ts';

export type Table<T> = {
  get(id: string): T | undefined;
  put(id: string, value: T): void;
  delete(id: string): void;
  values(): T[];
  entries(): [string, T][];
};

export type Store = {
  /** Where it is, or `:memory:`. */
  readonly file: string;
  /** The table of that name, made on first use. The caller names the type of its rows once. */
  table<T>(name: string): Table<T>;
  /** Writes what has changed since the last call, in one transaction. */
  flush(): void;
  /** Calls `add` before each writing: what it puts is written along. */
  beforeWriting(add: () => void): void;
  /** Empties every table but those named. */
  reset(keep?: readonly string[]): void;
  close(): void;
};

/** Opens the store in `file`, or in memory (`':memory:'`). @throws StartError for a file that is none, or is damaged. */
export function openStore(file: string): Store {
  const database = openDatabase(file);
  const read = database.prepare('SELECT id, json FROM rows WHERE tbl = ?');
  const write = database.prepare('INSERT OR REPLACE INTO rows (tbl, id, json) VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM rows WHERE tbl = ? AND id = ?');

  const caches = new Map<string, Map<string, unknown>>();
  const dirty = new Map<string, Set<string>>();
  let flushing = false;
  let addMore = (): void => undefined;

  const cacheOf = (name: string): Map<string, unknown> => {
    let cache = caches.get(name);
    if (cache === undefined) {
      const rows = read.all(name) as { id: string; json: string }[];
      cache = new Map(rows.map((row) => [row.id, JSON.parse(row.json) as unknown]));
      caches.set(name, cache);
    }
    return cache;
  };

  const flush = (): void => {
    if (dirty.size === 0 || !database.isOpen) return;
    addMore();
    database.exec('BEGIN');
    for (const [name, ids] of dirty) {
      const cache = cacheOf(name);
      for (const id of ids) {
        if (cache.has(id)) write.run(name, id, JSON.stringify(cache.get(id)));
        else remove.run(name, id);
      }
    }
    database.exec('COMMIT');
    dirty.clear();
  };

  const mark = (name: string, id: string): void => {
    let ids = dirty.get(name);
    if (ids === undefined) dirty.set(name, (ids = new Set()));
    ids.add(id);
    if (flushing) return;
    flushing = true;
    // Changes made outside a request (tests, bystanders) are written soon after.
    setImmediate(() => {
      flushing = false;
      flush();
    }).unref();
  };

  return {
    file,
    beforeWriting: (add) => {
      addMore = add;
    },
    table: <T>(name: string): Table<T> => {
      const cache = cacheOf(name) as Map<string, T>;
      return {
        get: (id) => cache.get(id),
        put: (id, value) => {
          cache.set(id, value);
          mark(name, id);
        },
        delete: (id) => {
          if (cache.delete(id)) mark(name, id);
        },
        values: () => [...cache.values()],
        entries: () => [...cache.entries()],
      };
    },
    flush,
    reset: (keep = []) => {
      const names = database.prepare('SELECT DISTINCT tbl FROM rows').all() as { tbl: string }[];
      for (const name of new Set([...caches.keys(), ...names.map((row) => row.tbl)])) {
        if (keep.includes(name)) continue;
        const cache = cacheOf(name);
        for (const id of cache.keys()) mark(name, id);
        cache.clear();
      }
      flush();
    },
    close: () => {
      flush();
      if (database.isOpen) database.close();
    },
  };
}

function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    // Before anything is written to it.
    const { quick_check: found } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    if (found !== 'ok') throw new Error(found);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000');
    database.exec(
      'CREATE TABLE IF NOT EXISTS rows (tbl TEXT, id TEXT, json TEXT NOT NULL, PRIMARY KEY (tbl, id)) WITHOUT ROWID',
    );
    return database;
  } catch (error) {
    database?.close();
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new StartError(
      `the store ${file} cannot be used (${why}): give another --data DIR, or delete the folder to begin anew`,
    );
  }
}
