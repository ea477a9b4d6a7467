// The durable store: instances, histories, inboxes and queued activities in one SQLite file.
//
// Invariants
// D1  One process owns the file (exclusive locking mode, released by the operating system when the process dies). Ownership
//     is the lease: an activity row lives until the transaction that records its completion, so after a crash every row
//     that is left is run again.
// D2  WAL with synchronous=NORMAL: a commit is in the operating system's cache before it returns, so kill -9 loses nothing
//     and only a power cut can lose the latest commits, never tear one. (sqlite.org/wal.html, "Performance Considerations")
// D3  A file that is not ours is never written to: the application id is read before the file is opened for writing.
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { HistoryEvent, Message, RuntimeStatus } from './history.ts';

export type Instance = {
  readonly id: string;
  readonly name: string;
  readonly version: string | null;
  executionId: string;
  status: RuntimeStatus;
  input: string | null;
  output: string | null;
  customStatus: string | null;
  readonly createdMs: number;
  updatedMs: number;
  readonly parentId: string | null;
  readonly parentExecutionId: string | null;
  readonly parentTaskId: number | null;
};

export type QueuedActivity = {
  readonly seq: number;
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly name: string;
  readonly input: string;
};

export type InboxRow = { readonly seq: number; readonly executionId: string | null; readonly visibleMs: number } & {
  readonly message: Message;
};

export type InstanceFilter = {
  readonly statuses?: readonly string[];
  readonly createdFromMs?: number;
  readonly createdToMs?: number;
  readonly idPrefix?: string;
  readonly afterId?: string;
  readonly limit?: number;
};

export type Store = ReturnType<typeof openStore>;

/** The store cannot be used; the message is one line for the person who started the host. */
export class StoreError extends Error {}

const applicationId = 0x4c_4c_4f_50;
const schemaVersion = 1;

const schema = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE instances (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT, executionId TEXT NOT NULL, status TEXT NOT NULL,
    input TEXT, output TEXT, customStatus TEXT, createdMs INTEGER NOT NULL, updatedMs INTEGER NOT NULL,
    parentId TEXT, parentExecutionId TEXT, parentTaskId INTEGER) WITHOUT ROWID;
  CREATE TABLE history (
    instanceId TEXT NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (instanceId, position)) WITHOUT ROWID;
  CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY, instanceId TEXT NOT NULL, executionId TEXT, visibleMs INTEGER NOT NULL, message TEXT NOT NULL);
  CREATE INDEX inboxByInstance ON inbox (instanceId, visibleMs, seq);
  CREATE INDEX inboxByTime ON inbox (visibleMs);
  CREATE TABLE activities (
    seq INTEGER PRIMARY KEY, instanceId TEXT NOT NULL, executionId TEXT NOT NULL, taskId INTEGER NOT NULL,
    name TEXT NOT NULL, input TEXT NOT NULL);
  CREATE TABLE timers (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;`;

const assertOurs = (path: string): void => {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  const length = readSync(file, header, 0, 100, 0);
  closeSync(file);
  if (length === 0) return;
  if (length < 100 || header.toString('latin1', 0, 15) !== 'SQLite format 3')
    throw new StoreError(`the store ${path} is not a SQLite file, or is damaged; it was left untouched`);
  if (header.readUInt32BE(68) !== applicationId)
    throw new StoreError(`the store ${path} belongs to another program; it was left untouched`);
  if (header.readUInt32BE(60) !== schemaVersion)
    throw new StoreError(`the store ${path} was written by another version of this host; it was left untouched`);
};

const openDatabase = (path: string): DatabaseSync => {
  if (path === ':memory:') {
    const memory = new DatabaseSync(path);
    memory.exec(schema);
    return memory;
  }
  if (existsSync(path)) assertOurs(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Exclusive before the first lock is taken: WAL then needs no shared-memory file either.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    const created = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (created.user_version === 0)
      // Before WAL, so that the ids are in the file's own header, where D3 reads them.
      database.exec(
        `BEGIN EXCLUSIVE; ${schema} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}; COMMIT`,
      );
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT');
    const check = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    if (check.quick_check !== 'ok') throw new Error(check.quick_check);
    return database;
  } catch (error: unknown) {
    database.close();
    const text = error instanceof Error ? error.message : String(error);
    if (/locked|busy/i.test(text)) throw new StoreError(`the store ${path} is in use by another host`);
    throw new StoreError(`the store ${path} is damaged (${text.split('\n')[0] ?? ''}); it was left untouched`);
  }
};

/** Opens or creates the store. Throws `StoreError` when the file is damaged, foreign or in use. */
export const openStore = (path: string) => {
  const database = openDatabase(path);
  const statements = new Map<string, StatementSync>();
  const sql = (text: string): StatementSync => {
    let statement = statements.get(text);
    if (!statement) statements.set(text, (statement = database.prepare(text)));
    return statement;
  };
  const count = (text: string, ...values: SQLInputValue[]): number => Number(sql(text).run(...values).changes);

  const store = {
    /** Runs `work` in one transaction; what it throws rolls everything back. Not nestable. */
    transaction: <T>(work: () => T): T => {
      sql('BEGIN IMMEDIATE').run();
      try {
        const result = work();
        sql('COMMIT').run();
        return result;
      } catch (error: unknown) {
        sql('ROLLBACK').run();
        throw error;
      }
    },

    meta: (key: string): string | undefined =>
      (sql('SELECT value FROM meta WHERE key = ?').get(key) as { value: string } | undefined)?.value,
    setMeta: (key: string, value: string): void => {
      sql('INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(key, value);
    },

    instance: (id: string): Instance | undefined =>
      sql('SELECT * FROM instances WHERE id = ?').get(id) as Instance | undefined,
    instances: (filter: InstanceFilter): Instance[] => {
      const statuses = filter.statuses?.length ? JSON.stringify(filter.statuses) : null;
      return sql(`SELECT * FROM instances
        WHERE (?1 IS NULL OR status IN (SELECT value FROM json_each(?1)))
          AND createdMs >= ?2 AND createdMs <= ?3 AND substr(id, 1, length(?4)) = ?4 AND id > ?5
        ORDER BY id LIMIT ?6`).all(
        statuses,
        filter.createdFromMs ?? 0,
        filter.createdToMs ?? Number.MAX_SAFE_INTEGER,
        filter.idPrefix ?? '',
        filter.afterId ?? '',
        filter.limit ?? -1,
      ) as unknown as Instance[];
    },
    putInstance: (row: Instance): void => {
      sql('INSERT OR REPLACE INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
        row.id,
        row.name,
        row.version,
        row.executionId,
        row.status,
        row.input,
        row.output,
        row.customStatus,
        row.createdMs,
        row.updatedMs,
        row.parentId,
        row.parentExecutionId,
        row.parentTaskId,
      );
    },
    /** Removes instance, history and inbox. Queued activities stay: their late results find nobody. */
    deleteInstance: (id: string): boolean => {
      sql('DELETE FROM history WHERE instanceId = ?').run(id);
      sql('DELETE FROM inbox WHERE instanceId = ?').run(id);
      return count('DELETE FROM instances WHERE id = ?', id) > 0;
    },
    deleteActivitiesOf: (id: string): void => {
      sql('DELETE FROM activities WHERE instanceId = ?').run(id);
    },

    history: (id: string): HistoryEvent[] =>
      (
        sql('SELECT event FROM history WHERE instanceId = ? ORDER BY position').all(id) as unknown as {
          event: string;
        }[]
      ).map((row) => JSON.parse(row.event) as HistoryEvent),
    appendHistory: (id: string, position: number, events: readonly HistoryEvent[]): void => {
      const insert = sql('INSERT INTO history VALUES (?, ?, ?)');
      for (const [index, event] of events.entries()) insert.run(id, position + index, JSON.stringify(event));
    },
    clearHistory: (id: string): void => {
      sql('DELETE FROM history WHERE instanceId = ?').run(id);
    },

    /** `executionId` null: for whatever execution is current, as external events and terminations are. */
    send: (instanceId: string, executionId: string | null, visibleMs: number, message: Message): void => {
      sql('INSERT INTO inbox (instanceId, executionId, visibleMs, message) VALUES (?, ?, ?, ?)').run(
        instanceId,
        executionId,
        visibleMs,
        JSON.stringify(message),
      );
    },
    inbox: (instanceId: string, nowMs: number): InboxRow[] =>
      (
        sql(
          'SELECT seq, executionId, visibleMs, message FROM inbox WHERE instanceId = ? AND visibleMs <= ? ORDER BY visibleMs, seq',
        ).all(instanceId, nowMs) as unknown as (Omit<InboxRow, 'message'> & { message: string })[]
      ).map((row) => ({ ...row, message: JSON.parse(row.message) as Message })),
    deleteInbox: (rows: readonly InboxRow[]): void => {
      for (const row of rows) sql('DELETE FROM inbox WHERE seq = ?').run(row.seq);
    },
    clearInbox: (instanceId: string): void => {
      sql('DELETE FROM inbox WHERE instanceId = ?').run(instanceId);
    },
    /** Instances with a message that is due. */
    due: (nowMs: number): string[] =>
      (
        sql('SELECT DISTINCT instanceId FROM inbox WHERE visibleMs <= ?').all(nowMs) as unknown as {
          instanceId: string;
        }[]
      ).map((row) => row.instanceId),
    /** When the next message that is not yet due becomes visible. */
    nextDueMs: (nowMs: number): number | undefined =>
      (sql('SELECT min(visibleMs) AS dueMs FROM inbox WHERE visibleMs > ?').get(nowMs) as { dueMs: number | null })
        .dueMs ?? undefined,

    queueActivity: (activity: Omit<QueuedActivity, 'seq'>): QueuedActivity => {
      const { lastInsertRowid } = sql(
        'INSERT INTO activities (instanceId, executionId, taskId, name, input) VALUES (?, ?, ?, ?, ?)',
      ).run(activity.instanceId, activity.executionId, activity.taskId, activity.name, activity.input);
      return { ...activity, seq: Number(lastInsertRowid) };
    },
    activities: (): QueuedActivity[] =>
      sql('SELECT * FROM activities ORDER BY seq').all() as unknown as QueuedActivity[],
    /** False when the row is gone already: the result is late and must be dropped. */
    finishActivity: (seq: number): boolean => count('DELETE FROM activities WHERE seq = ?', seq) > 0,

    timerState: (name: string): string | undefined =>
      (sql('SELECT state FROM timers WHERE name = ?').get(name) as { state: string } | undefined)?.state,
    setTimerState: (name: string, state: string): void => {
      sql('INSERT INTO timers VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET state = excluded.state').run(name, state);
    },

    /** Every value of every table, as text, one row a line. */
    text: (): string => {
      const tables = ['meta', 'instances', 'history', 'inbox', 'activities', 'timers'];
      return tables
        .flatMap((table) =>
          sql(`SELECT * FROM ${table}`)
            .all()
            .map((row) => Object.values(row).join('\t')),
        )
        .join('\n');
    },
    clear: (): void => {
      for (const table of ['instances', 'history', 'inbox', 'activities']) sql(`DELETE FROM ${table}`).run();
    },
    close: (): void => {
      statements.clear();
      database.close();
    },
  };
  return store;
};
