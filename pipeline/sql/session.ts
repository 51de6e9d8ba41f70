/**
 * A connection to an SQL engine, whichever it is.
 * @module
 */

/** A cell of a result: decimals, big integers and timestamps as text where a number would lose. */
export type Cell = string | number | boolean | null;

/** The result of a query. Timestamps are `YYYY-MM-DD HH:MM:SS.ffffff` UTC, decimals are text. */
export interface Result {
  /** Names and the warehouse's types. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Cells in the order of the columns. */
  readonly rows: readonly (readonly Cell[])[];
}

/** A value bound to a placeholder `?`. */
export type Bind = string | number | bigint | boolean | null;

/** One connection: statements run in order, transactions belong to it. */
export interface SqlSession extends AsyncDisposable {
  /** Runs statements separated by `;` and returns the rows that the last one changed. */
  run(sql: string): Promise<number>;
  /** Runs one statement and returns its rows. */
  query(sql: string, binds?: readonly Bind[]): Promise<Result>;
}
