// Types of the plugin sqlite 0.1.0, as `plugbay types` writes them.

/**
 * How to open a database: in JSON a path, or an object with one.
 */
export type OpenOptions = string | { path: string, readOnly?: boolean, create?: boolean, busyTimeout?: number };

/**
 * The value of a parameter. `$buffer` is the index of a buffer among those passed after the argument.
 */
export type Param = null | boolean | number | string | { $int: string } | { $blob: string } | { $buffer: number };

/**
 * Values of parameters: in JSON an array, an object by name, or null for none.
 */
export type Params = Array<Param> | { [key in string]: Param } | null;

/**
 * One statement and its database.
 */
export type StatementArgument = { db: number, sql: string, params?: Params, };

/**
 * An integer of SQLite's for a script: a number where that is exact.
 */
export type Integer = number | { $int: string };

/**
 * What a statement did.
 */
export type Changes = { 
/**
 * Rows that it inserted, updated or deleted itself; those that its triggers changed do not count.
 */
changes: number, 
/**
 * Of the last row that was inserted through this database, by whatever statement; 0 when there was none.
 */
lastInsertRowid: Integer, };

/**
 * One statement, the parameters of each time it is to run, and its database.
 */
export type ManyArgument = { db: number, sql: string, rows: Array<Params>, };

/**
 * SQL and the values of its parameters.
 */
export type Statement = { sql: string, params?: Params, };

/**
 * Statements and their database.
 */
export type TransactionArgument = { db: number, statements: Array<Statement>, };

/**
 * Rows, by the names of their columns.
 */
export type Rows = Array<{ [key in string]: null | number | string | { $int: string } | { $blob: string } }>;

/** What `plugin.ops` has. */
export interface Ops {
  /** `await open("file.db")` or `await open({ path, readOnly, create, busyTimeout })` is the id of a database. */
  open(options?: Deno.Argument<OpenOptions> | null, ...buffers: Deno.Bytes[]): Promise<number>;
  /** `await execute({ db, sql, params }, ...buffers)` runs statements: `{ changes, lastInsertRowid }`. */
  execute(argument?: Deno.Argument<StatementArgument> | null, ...buffers: Deno.Bytes[]): Promise<Changes>;
  /** `await executeMany({ db, sql, rows }, ...buffers)` runs a statement with each of the rows, in one transaction. */
  executeMany(argument?: Deno.Argument<ManyArgument> | null, ...buffers: Deno.Bytes[]): Promise<Changes>;
  /** `await transaction({ db, statements: [{ sql, params }] }, ...buffers)` runs all or none. */
  transaction(argument?: Deno.Argument<TransactionArgument> | null, ...buffers: Deno.Bytes[]): Promise<Array<Changes>>;
  /** `await query({ db, sql, params }, ...buffers)` is an array of the rows, each an object by column name. */
  query(argument?: Deno.Argument<StatementArgument> | null, ...buffers: Deno.Bytes[]): Promise<Rows>;
  /**
   * `await readBlob({ db, sql, params }, target, ...buffers)` puts the bytes of the first column of the first row into
   * `target`, as many as fit, and answers how many there are; null when there is no row or the value is NULL.
   */
  readBlob(argument?: Deno.Argument<StatementArgument> | null, ...buffers: Deno.Bytes[]): Promise<number | null>;
  /**
   * `await close(db)` closes a database once the ops before it are done. Unlike `Deno.close` it can be awaited, and it
   * says so when closing fails.
   */
  close(db?: number | bigint | null, ...buffers: Deno.Bytes[]): Promise<null>;
}
