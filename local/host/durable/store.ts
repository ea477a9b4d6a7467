// The durable store: instances, histories, inboxes and queued activities in one SQLite file.
//
// Invariants
// D1  One process owns the file (exclusive locking mode, released by the operating system when the process dies). Ownership
//     is the lease of every activity: its row lives until the transaction that records its completion, so after a crash
//     every row that is left is run again.
// D2  WAL with synchronous=NORMAL: a commit is in the operating system's cache before it returns, so kill -9 loses nothing
//     and only a power cut can lose the latest commits, never tear one (sqlite.org/wal.html).
// D3  A file that is damaged or not ours is never touched: it is judged by its header, and then in a copy.
import { closeSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { StartError } from '../../start-error.ts';
import { messageOf } from '../errors.ts';
import type { HistoryEvent, Message, RuntimeStatus } from './history.ts';

export type Instance = {
  id: string;
  name: string;
  version: string | null;
  executionId: string;
  status: RuntimeStatus;
  input: string | null;
  output: string | null;
  customStatus: string | null;
  createdMs: number;
  updatedMs: number;
  parentId: string | null;
  parentExecutionId: string | null;
  parentTaskId: number | null;
};

export type QueuedActivity = {
  readonly seq: number;
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly name: string;
  readonly input: string;
};

export type InboxRow = { readonly seq: number; readonly executionId: string | null; readonly message: Message };

export type InstanceFilter = {
  readonly statuses?: readonly string[] | undefined;
  readonly createdFromMs?: number | undefined;
  readonly createdToMs?: number | undefined;
  readonly idPrefix?: string | undefined;
  readonly afterId?: string | undefined;
  readonly limit?: number;
};

export type Store = ReturnType<typeof openStore>;

/** Called around every commit; the crash tests kill the process there. */
export type CommitHook = (moment: 'before' | 'after') => void;

const applicationId = 0x4c_4c_4f_50;
const schemaVersion = 2;

// A row of `history` holds the events of one commit, joined by commas and marked as played: what the next episode sends.
const schema = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE instances (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT, executionId TEXT NOT NULL, status TEXT NOT NULL,
    input TEXT, output TEXT, customStatus TEXT, createdMs INTEGER NOT NULL, updatedMs INTEGER NOT NULL,
    parentId TEXT, parentExecutionId TEXT, parentTaskId INTEGER) WITHOUT ROWID;
  CREATE TABLE history (seq INTEGER PRIMARY KEY, instanceId TEXT NOT NULL, events TEXT NOT NULL);
  CREATE INDEX historyByInstance ON history (instanceId);
  CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY, instanceId TEXT NOT NULL, executionId TEXT, visibleMs INTEGER NOT NULL, message TEXT NOT NULL);
  CREATE INDEX inboxByInstance ON inbox (instanceId, visibleMs);
  CREATE INDEX inboxByTime ON inbox (visibleMs, instanceId);
  CREATE TABLE activities (
    seq INTEGER PRIMARY KEY, instanceId TEXT NOT NULL, executionId TEXT NOT NULL, taskId INTEGER NOT NULL,
    name TEXT NOT NULL, input TEXT NOT NULL);
  CREATE TABLE timers (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;`;

/** Throws unless the file is a sound store of this host. Reads only (D3). */
const judge = (path: string): void => {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  const length = readSync(file, header, 0, 100, 0);
  closeSync(file);
  if (length === 0) return;
  const refuse = (why: string): StartError => new StartError(`the store ${path} ${why}; it was left untouched`);
  if (header.toString('latin1', 0, 15) !== 'SQLite format 3') throw refuse('is not a SQLite file, or is damaged');
  if (header.readUInt32BE(68) !== applicationId) throw refuse('belongs to another program');
  if (header.readUInt32BE(60) !== schemaVersion) throw refuse('was written by another version of this host');
  const folder = mkdtempSync(join(tmpdir(), 'store-check-'));
  const copy = join(folder, 'copy');
  try {
    for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    const database = new DatabaseSync(copy);
    try {
      const found = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
      if (found.quick_check !== 'ok') throw new Error(found.quick_check);
    } finally {
      database.close();
    }
  } catch (error: unknown) {
    throw refuse(`is damaged, or being written by another host (${messageOf(error).split('\n')[0] ?? ''})`);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const openDatabase = (path: string): DatabaseSync => {
  if (existsSync(path)) judge(path);
  else if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Exclusive before the first lock is taken: WAL then needs no shared-memory file either.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    // Before WAL, so that the ids are in the file's own header, where they are looked for.
    const ids = `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`;
    if (found === 0) database.exec(`BEGIN EXCLUSIVE; ${schema} ${ids}; COMMIT`);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error: unknown) {
    database.close();
    throw new StartError(
      /locked|busy/i.test(messageOf(error))
        ? `the store ${path} is in use by another host`
        : `the store ${path} cannot be opened: ${messageOf(error)}`,
    );
  }
};

/** Opens or creates the store; `:memory:` is one that ends with the process. Throws `StartError` when it cannot be used. */
export const openStore = (path: string, onCommit: CommitHook = () => undefined) => {
  const database = openDatabase(path);
  const statements = new Map<string, StatementSync>();
  const sql = (text: string): StatementSync => {
    let statement = statements.get(text);
    if (!statement) statements.set(text, (statement = database.prepare(text)));
    return statement;
  };
  const run = (text: string, ...values: SQLInputValue[]): number => Number(sql(text).run(...values).changes);
  const rows = <T>(text: string, ...values: SQLInputValue[]): T[] => sql(text).all(...values) as T[];
  const row = <T>(text: string, ...values: SQLInputValue[]): T | undefined => sql(text).get(...values) as T | undefined;

  return {
    /** Runs `work` in one transaction; what it throws rolls everything back. Not nestable. */
    transaction: <T>(work: () => T): T => {
      run('BEGIN IMMEDIATE');
      try {
        const result = work();
        onCommit('before');
        run('COMMIT');
        onCommit('after');
        return result;
      } catch (error: unknown) {
        if (database.isTransaction) run('ROLLBACK'); // SQLite may have done so itself.
        throw error;
      }
    },

    /** Lab time (Unix ms) as last seen; it must not go back over a restart. */
    labNowMs: (): number => Number(row<{ value: string }>(`SELECT value FROM meta WHERE key = 'labNowMs'`)?.value ?? 0),
    setLabNowMs: (nowMs: number): void => {
      run(`INSERT OR REPLACE INTO meta VALUES ('labNowMs', ?)`, String(nowMs));
    },

    instance: (id: string): Instance | undefined => row('SELECT * FROM instances WHERE id = ?', id),
    /** By ascending id. */
    instances: (filter: InstanceFilter): Instance[] =>
      rows(
        `SELECT * FROM instances
          WHERE (?1 IS NULL OR status IN (SELECT value FROM json_each(?1)))
            AND createdMs >= ?2 AND createdMs <= ?3 AND substr(id, 1, length(?4)) = ?4 AND id > ?5
          ORDER BY id LIMIT ?6`,
        filter.statuses ? JSON.stringify(filter.statuses) : null,
        filter.createdFromMs ?? 0,
        filter.createdToMs ?? Number.MAX_SAFE_INTEGER,
        filter.idPrefix ?? '',
        filter.afterId ?? '',
        filter.limit ?? -1,
      ),
    putInstance: (instance: Instance): void => {
      sql(`INSERT OR REPLACE INTO instances VALUES (:id, :name, :version, :executionId, :status, :input, :output,
        :customStatus, :createdMs, :updatedMs, :parentId, :parentExecutionId, :parentTaskId)`).run(instance);
    },
    /** Removes instance, history and inbox. Queued activities stay: their late results find nobody. */
    deleteInstance: (id: string): boolean => {
      for (const table of ['history', 'inbox']) run(`DELETE FROM ${table} WHERE instanceId = ?`, id);
      return run('DELETE FROM instances WHERE id = ?', id) > 0;
    },
    deleteActivitiesOf: (id: string): number => run('DELETE FROM activities WHERE instanceId = ?', id),

    /** The played events of an instance: for each commit, their JSON texts joined by commas. */
    historyTexts: (id: string): string[] =>
      rows<{ events: string }>('SELECT events FROM history WHERE instanceId = ? ORDER BY seq', id).map(
        ({ events }) => events,
      ),
    appendHistory: (id: string, events: string): number =>
      run('INSERT INTO history (instanceId, events) VALUES (?, ?)', id, events),
    clearHistory: (id: string): number => run('DELETE FROM history WHERE instanceId = ?', id),

    /** `executionId` null: for whatever execution is current, as external events and terminations are. */
    send: (instanceId: string, executionId: string | null, visibleMs: number, message: Message): void => {
      const text = JSON.stringify(message);
      const into = 'INSERT INTO inbox (instanceId, executionId, visibleMs, message) VALUES (?, ?, ?, ?)';
      run(into, instanceId, executionId, visibleMs, text);
    },
    /** The messages that are due, in order. */
    inbox: (instanceId: string, nowMs: number): InboxRow[] =>
      rows<{ seq: number; executionId: string | null; message: string }>(
        'SELECT seq, executionId, message FROM inbox WHERE instanceId = ? AND visibleMs <= ? ORDER BY visibleMs, seq',
        instanceId,
        nowMs,
      ).map(({ seq, executionId, message }) => ({ seq, executionId, message: JSON.parse(message) as Message })),
    deleteInbox: (consumed: readonly InboxRow[]): void => {
      for (const { seq } of consumed) run('DELETE FROM inbox WHERE seq = ?', seq);
    },
    clearInbox: (instanceId: string): number => run('DELETE FROM inbox WHERE instanceId = ?', instanceId),
    /** Instances with a message that is due. */
    due: (nowMs: number): string[] =>
      rows<{ instanceId: string }>('SELECT DISTINCT instanceId FROM inbox WHERE visibleMs <= ?', nowMs).map(
        ({ instanceId }) => instanceId,
      ),
    /** When the next message that is not yet due becomes visible. */
    nextDueMs: (nowMs: number): number | undefined =>
      row<{ dueMs: number | null }>('SELECT min(visibleMs) AS dueMs FROM inbox WHERE visibleMs > ?', nowMs)?.dueMs ??
      undefined,

    queueActivity: (activity: Omit<QueuedActivity, 'seq'>): QueuedActivity => {
      const into = `INSERT INTO activities (instanceId, executionId, taskId, name, input)
        VALUES (:instanceId, :executionId, :taskId, :name, :input)`;
      return { ...activity, seq: Number(sql(into).run(activity).lastInsertRowid) };
    },
    activities: (): QueuedActivity[] => rows('SELECT * FROM activities ORDER BY seq'),
    /** False when the row is gone already: the result is late and must be dropped. */
    finishActivity: (seq: number): boolean => run('DELETE FROM activities WHERE seq = ?', seq) > 0,

    timerState: (name: string): string | undefined =>
      row<{ state: string }>('SELECT state FROM timers WHERE name = ?', name)?.state,
    setTimerState: (name: string, state: string): number =>
      run('INSERT OR REPLACE INTO timers VALUES (?, ?)', name, state),

    /** Every value of every table, as text, one row a line. */
    text: (): string =>
      ['meta', 'instances', 'history', 'inbox', 'activities', 'timers']
        .flatMap((table) => rows<Record<string, unknown>>(`SELECT * FROM ${table}`))
        .map((values) => Object.values(values).join('\t'))
        .join('\n'),
    clear: (): void => {
      for (const table of ['instances', 'history', 'inbox', 'activities']) run(`DELETE FROM ${table}`);
    },
    close: (): void => {
      statements.clear();
      database.close();
    },
  };
};

/** The events of a history's texts. */
export const parseHistory = (texts: readonly string[]): HistoryEvent[] =>
  JSON.parse(`[${texts.join(',')}]`) as HistoryEvent[];
