/**
 * The broker port: a durable, partitioned, keyed log.
 * @module
 */
import type { KeyedValues, RecordBatch } from "../batch.ts";

/** How a topic is made. */
export interface TopicSpec {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** How many it is made with. */
  readonly partitions: number;
  /** Milliseconds for which records are kept, `Infinity` for ever. Default: the broker's. */
  readonly retentionMs?: number;
}

/** A topic that is there. */
export interface TopicInfo {
  /** As the caller names it. */
  readonly name: string;
  /** How many it has. */
  readonly partitions: number;
  /** Names this log: a topic that is deleted and created again has another. */
  readonly id: string;
}

/** Where a source stands, kept by the broker in the same commit as the records it produced. */
export interface Cursor {
  /** Name of the source. */
  readonly source: string;
  /** Opaque to all but the source. */
  readonly state: string;
}

/** The offsets a partition holds: [earliest, next). */
export interface OffsetRange {
  /** The first offset that is still there. */
  readonly earliest: number;
  /** The offset that the next record gets. */
  readonly next: number;
}

/** Bytes of values that a poll or read returns, unless it is told otherwise. */
export const READ_BYTES: number = 8 * 2 ** 20;

/** What a poll may return at the most, and how long it may wait for a first record. */
export interface PollOptions {
  /** Records of all partitions together. */
  readonly maxRecords: number;
  /** Of values; the last record may go beyond, and one is returned always. Default: 8 MiB. */
  readonly maxBytes?: number;
  /** Milliseconds; 0 returns at once. */
  readonly waitMs: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** Reads the partitions that its group gives it. Made by `Broker.consumer`. */
export interface Consumer extends AsyncDisposable {
  /** The partitions held at the moment. */
  assigned(): readonly number[];
  /** Whether the group has shared out the partitions, and this one holds its own, maybe none. */
  settled(): boolean;
  /**
   * Waits for records and returns at most one batch a partition, each starting where the last one
   * of that partition ended. An empty array: nothing came in `waitMs`.
   * Throws `OFFSET_OUT_OF_RANGE` when the log no longer, or not yet, holds the position.
   */
  poll(options: PollOptions): Promise<RecordBatch[]>;
  /** The next poll of the partition starts at `offset`. */
  seek(partition: number, offset: number): void;
  /** Records how far the group is, for monitoring; nothing reads it back to resume. */
  commit(partition: number, offset: number): Promise<void>;
}

/** How a consumer starts. */
export interface ConsumerOptions {
  /** Shares the partitions out among its members. */
  readonly group: string;
  /** The topic to read. */
  readonly topic: string;
  /** Asked whenever a partition is assigned: the offset to read from. */
  readonly position: (partition: number) => Promise<number>;
}

/** What became of the records that a client sent to a broker elsewhere. */
export interface DeliveryCounts {
  /** Records that the brokers acknowledged, and the bytes of their values. */
  readonly records: number;
  /** Bytes of their values. */
  readonly bytes: number;
  /** Records that were given up: some of them may be in the log all the same. */
  readonly failed: number;
  /** Requests that were sent again. */
  readonly retried: number;
}

/** What retention keeps; what is left out is not limited. */
export interface Retention {
  /** Records appended longer ago are dropped. Milliseconds. */
  readonly maxAgeMs?: number;
  /** The oldest records are dropped until the file holds about this much. Bytes, over all topics. */
  readonly maxBytes?: number;
}

/** A durable, partitioned log. Equal keys go to equal partitions and keep their order. */
export interface Broker extends AsyncDisposable {
  /** Delivery reports of this client so far; left out where appending is a local commit. */
  readonly deliveries?: DeliveryCounts;
  /** Makes the topic; no effect if it exists with as many partitions, else `TOPIC_MISMATCH`. */
  createTopic(spec: TopicSpec): Promise<void>;
  /** The topic as it is now; undefined if there is none. */
  topic(name: string): Promise<TopicInfo | undefined>;
  /**
   * Milliseconds for which the topic keeps records, `Infinity` for ever; undefined if it has no
   * rule of its own that this client may see.
   */
  retention(topic: string): Promise<number | undefined>;
  /** All topics, also those of others on the same cluster: whoever means one asks for that one. */
  topics(): Promise<TopicInfo[]>;
  /**
   * Appends and returns when all is durable. With a cursor: records and cursor in one commit, all
   * or nothing, and refused with `SOURCE_FENCED` if another client asked for the source's cursor
   * later than this one. Without: after an error some of the records may be there. Throws
   * `TOPIC_UNKNOWN`.
   */
  produce(topic: string, records: readonly KeyedValues[], cursor?: Cursor): Promise<void>;
  /**
   * The state last kept for the source; undefined if there is none. Takes the source over: another
   * client that still feeds it appends nothing any more, else both would append the same records.
   */
  cursor(source: string): Promise<string | undefined>;
  /** The states last kept for those of the sources that have one. Takes none of them over. */
  states(sources: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Throws `TOPIC_UNKNOWN`. */
  consumer(options: ConsumerOptions): Promise<Consumer>;
  /**
   * Reads one partition from `offset`, outside any group; undefined at the end of the log. The
   * bytes are limited as in a poll, 8 MiB by default.
   */
  read(
    topic: string,
    partition: number,
    offset: number,
    maxRecords: number,
    maxBytes?: number,
  ): Promise<RecordBatch | undefined>;
  /**
   * What the partition holds; throws `TOPIC_UNKNOWN`, and `APPENDED_HIDDEN`, which passes, while
   * readers can't see what this broker appended.
   */
  offsets(topic: string, partition: number): Promise<OffsetRange>;
  /**
   * Drops what is kept no longer, and returns how many records that were; null where the broker sees
   * to it itself.
   */
  retain(retention: Retention): Promise<number | null>;
  /** Records of a topic that can't be checked, since what appended them kept no checksums. */
  unchecked(topic: string): number;
  /** Last committed offset of the group; undefined if it never committed. */
  committed(group: string, topic: string, partition: number): Promise<number | undefined>;
}
