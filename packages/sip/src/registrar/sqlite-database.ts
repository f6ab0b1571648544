/** SQLite as the registrar needs it. Node's own where there is one; anything with the same few methods otherwise (docs/adr/0005). */

/** A prepared statement; parameters are given one by one. */
export interface SqliteStatement {
  run(...values: readonly (string | number)[]): unknown;
  all(...values: readonly (string | number)[]): readonly unknown[];
}

/** An open database, synchronous: `DatabaseSync` of `node:sqlite` and `Database` of better-sqlite3 are such. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}

/** This Node has no SQLite. */
export class SqliteMissingError extends Error {
  override readonly name = "SqliteMissingError";
  readonly code = "SIP_SQLITE_MISSING";
}

/**
 * Opens a file (or `":memory:"`) with `node:sqlite`, which Node has since 22.5 (behind `--experimental-sqlite` until 22.13). Rejects with
 * {@link SqliteMissingError} where there is none: then give a `SqliteDatabase` of another package.
 */
export async function openNodeSqlite(path: string): Promise<SqliteDatabase> {
  const name = "node:sqlite"; // in a variable, for compilers and bundlers that know no such module
  let module: unknown;
  try {
    module = await import(name);
  } catch {
    throw new SqliteMissingError(
      `Node ${process.versions.node} has no node:sqlite (Node 22.13 and later have); pass an open database of another package, such as better-sqlite3`,
    );
  }
  return new (module as { readonly DatabaseSync: new (path: string) => SqliteDatabase }).DatabaseSync(path);
}
