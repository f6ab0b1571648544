/** Bindings in an SQLite file: they outlive the process, and several processes on one machine may share them. A host file: needs Node. */
import type { Binding, BindingStore } from "./binding.ts";
import { openNodeSqlite, type SqliteDatabase, type SqliteStatement } from "./sqlite-database.ts";

/** A durable store. */
export class SqliteBindingStore implements BindingStore {
  readonly #database: SqliteDatabase;
  readonly #read: SqliteStatement;
  readonly #remove: SqliteStatement;
  readonly #insert: SqliteStatement;
  readonly #count: SqliteStatement;
  readonly #ended: SqliteStatement;

  /** Over an open database, which the store then owns. Creates its table when it is not there; throws what SQLite throws. */
  constructor(database: SqliteDatabase) {
    this.#database = database;
    // WAL: readers are not held up, and a process that is killed leaves a whole file. FULL: what was answered with 200 survives a power cut.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
    database.exec(SCHEMA);
    this.#read = database.prepare("SELECT data FROM bindings WHERE aor = ?");
    this.#remove = database.prepare("DELETE FROM bindings WHERE aor = ?");
    this.#insert = database.prepare("INSERT INTO bindings (aor, expires_at, data) VALUES (?, ?, ?)");
    this.#count = database.prepare("SELECT count(*) AS count FROM bindings");
    this.#ended = database.prepare(
      "DELETE FROM bindings WHERE id IN (SELECT id FROM bindings WHERE expires_at <= ? LIMIT ?) RETURNING data",
    );
  }

  /** Opens a file with Node's SQLite. Rejects with `SqliteMissingError` where Node has none. */
  static async open(path: string): Promise<SqliteBindingStore> {
    return new SqliteBindingStore(await openNodeSqlite(path));
  }

  async read(aor: string): Promise<readonly Binding[]> {
    return this.#read.all(aor).map(bindingOf);
  }

  async update(aor: string, change: (bindings: readonly Binding[], total: number) => readonly Binding[] | undefined): Promise<void> {
    this.#atomically(() => {
      const after = change(this.#read.all(aor).map(bindingOf), this.#total());
      if (after === undefined) return;
      this.#remove.run(aor);
      for (const binding of after) this.#insert.run(aor, binding.expiresAt, JSON.stringify(binding));
    });
  }

  async expire(unixMs: number, limit: number): Promise<readonly Binding[]> {
    return this.#ended.all(unixMs, limit).map(bindingOf);
  }

  async count(): Promise<number> {
    return this.#total();
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #total(): number {
    return Number((this.#count.all()[0] as { readonly count: number | bigint }).count);
  }

  /** The write lock is taken before reading, so that nobody else changes what was read. */
  #atomically(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

function bindingOf(row: unknown): Binding {
  return JSON.parse((row as { readonly data: string }).data) as Binding;
}

/** The data is JSON: nobody searches in it, and bindings may get fields. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS bindings (id INTEGER PRIMARY KEY, aor TEXT NOT NULL, expires_at REAL NOT NULL, data TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS bindings_by_aor ON bindings (aor);
  CREATE INDEX IF NOT EXISTS bindings_by_end ON bindings (expires_at);
`;
