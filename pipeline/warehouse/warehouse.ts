/**
 * The warehouse port: bronze tables with positions, and queries.
 * @module
 */
import type { RecordBatch } from "../batch.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { WriteReport } from "../sink/sink.ts";

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

/** An object of the lake to be loaded: what it covers, and a local copy. */
export interface LoadObject {
  readonly key: string;
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  readonly nextOffset: number;
  readonly rows: number;
  readonly sha256: string;
  /** A file of the lake, Parquet or NDJSON by its name: system columns, then the dataset's. */
  readonly path: string;
}

/** Tables, positions and queries. Writing obeys the contract of `Sink.write`. */
export interface Warehouse extends AsyncDisposable {
  /** Makes schemas, bronze tables and bookkeeping tables that are missing. */
  migrate(): Promise<void>;
  /** See `Sink.claim`. */
  claim(topic: string, logId: string, beginnings?: readonly number[]): Promise<void>;
  /** See `Sink.position`. */
  position(topic: string, partition: number): Promise<number>;
  /** See `Sink.write`; rows go to the dataset's bronze table. */
  write(dataset: Dataset, batches: readonly RecordBatch[]): Promise<WriteReport>;
  /**
   * Loads a lake object from the warehouse's position on, records it in `_loads`, and advances the
   * position to its end, in one transaction. Rows below the position are skipped. Returns the rows
   * loaded: 0 for an object loaded before. Throws `PositionConflict` if the object starts beyond the position.
   */
  load(dataset: Dataset, object: LoadObject): Promise<number>;
  /** Runs one statement and returns its rows. */
  query(sql: string, binds?: readonly Bind[]): Promise<Result>;
  /** Opens a connection of its own, for queries and models. */
  session(): Promise<SqlSession>;
}
