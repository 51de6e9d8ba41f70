/**
 * The warehouse port: bronze tables with positions, and queries.
 * @module
 */
import type { RecordBatch } from "../batch.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { WriteReport } from "../sink/sink.ts";
import type { Bind, Result, SqlSession } from "../sql/session.ts";

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

/** What a load did. */
export interface LoadReport {
  /** Objects whose rows were loaded. */
  readonly objects: number;
  /** Objects whose records the warehouse had already. */
  readonly skipped: number;
  /** Rows that were loaded. */
  readonly rows: number;
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
