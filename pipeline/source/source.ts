/**
 * The source port: a feed that yields records and says where it stands.
 * @module
 */
import type { KeyedValues } from "../batch.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Conclusion, FilePreview } from "./preview.ts";
import type { SeriesReport } from "./series.ts";

/** An input line or message that the source itself refused; it goes to the dead letters. */
export interface RefusedRecord {
  /** Where it stood, such as `line 17`. */
  readonly at: string;
  /** What is wrong, naming field and value. */
  readonly reason: string;
  /** What stood there, byte for byte. */
  readonly raw: Uint8Array<ArrayBuffer>;
}

/** Records of another dataset that came with those of a batch. */
export interface RecordsBeside {
  /** Whose records they are. */
  readonly dataset: Dataset;
  /** By key, in order. */
  readonly records: readonly KeyedValues[];
}

/** Some records, and the state from which the source would go on behind them. */
export interface SourceBatch {
  /** By key, in order. */
  readonly records: readonly KeyedValues[];
  /** What could not be a record. */
  readonly refused: readonly RefusedRecord[];
  /**
   * Records of other datasets. They are appended before the state moves: after a crash in between
   * they come twice, which their natural keys make one fact. Default: none.
   */
  readonly beside?: readonly RecordsBeside[];
  /** Messages that say of themselves that they are no records, such as heartbeats. Default: none. */
  readonly skipped?: number;
  /** Opaque to all but the source; kept by the broker in the commit of the records. */
  readonly state: string;
  /** Share of the input read, 0 to 1, where the source knows. */
  readonly progress?: number;
}

/** A feed made of feeds, each with a name and a cursor of its own. */
export interface SourceGroup {
  /** They are read in turn, each until it ends. */
  readonly parts: readonly Source[];
  /** Milliseconds from the end of one round to the next. Left out: one round. */
  readonly everyMs?: number;
}

/** A feed. */
export interface Source {
  /** Names the cursor: one name, one stream of records. */
  readonly name: string;
  /** What its records are. */
  readonly dataset: Dataset;
  /**
   * Yields batches, from the beginning or behind `state`. Ends when the feed is exhausted or the
   * signal aborts (without an error).
   */
  read(state: string | undefined, signal: AbortSignal): AsyncIterable<SourceBatch>;
  /** The feeds that it is made of, which are read in its place. Left out by all but groups. */
  readonly group?: SourceGroup;
  /** What it counts as skipped, in words. Default: `messages skipped as declared`. */
  readonly skippedAs?: string;
  /** What became of each series, for feeds that fetch some; asked at the end. */
  series?(): readonly SeriesReport[];
  /** What was concluded of a file, before a row of it is read. Left out by other feeds. */
  readonly conclusions?: readonly Conclusion[];
  /** What it would store, for feeds that can say so before they are read. */
  preview?(): Promise<FilePreview>;
}
