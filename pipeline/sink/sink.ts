/**
 * The sink port. The sink owns the position: that is what makes every record arrive exactly once.
 * @module
 */
import type { RecordBatch } from "../batch.ts";

/** A record that did not decode or validate. */
export interface DeadLetter {
  /** The topic that it came from. */
  readonly topic: string;
  /** Its partition. */
  readonly partition: number;
  /** Its offset there. */
  readonly offset: number;
  /** Its key, if it had one. */
  readonly key: string | null;
  /** The payload, byte for byte. */
  readonly value: Uint8Array<ArrayBuffer>;
  /** What is wrong, naming field and value. */
  readonly reason: string;
  /** How often its payload was tried, if it was replayed; default: once. */
  readonly tries?: number;
}

/** Takes dead letters and returns when they are durable. */
export type DeadLetterQueue = (letters: readonly DeadLetter[]) => Promise<void>;

/** What a write did. */
export interface WriteReport {
  /** Rows that were kept. */
  readonly rows: number;
  /** Dead letters among the records. */
  readonly dead: number;
}

/** Somewhere records end, remembering how far it is. */
export interface Sink extends AsyncDisposable {
  /** Names the sink in dead letters, groups and reports: `lake` or `warehouse`. */
  readonly name: string;
  /**
   * Binds what the sink holds of the topic to one log, named by `TopicInfo.id`. The first claim is
   * kept; a claim for another log is refused with `LOG_REPLACED`: its offsets mean other records.
   * With the first claim each partition that was never written begins where the log does then,
   * `beginnings[partition]`, 0 if left out: what the log dropped before is not missed, what it drops
   * later is.
   */
  claim(topic: string, logId: string, beginnings?: readonly number[]): Promise<void>;
  /** The offset the next batch of the partition must start at; at first where the claim began. */
  position(topic: string, partition: number): Promise<number>;
  /**
   * Writes batches of different partitions, none without a record. Each is refused with
   * `PositionConflict` unless it starts exactly at the position. After any error the caller asks
   * `position` what happened: a batch is kept whole, not at all, or, if it is more than the memory
   * holds, up to there. Dead letters are durable before the position passes them.
   */
  write(batches: readonly RecordBatch[]): Promise<WriteReport>;
}
