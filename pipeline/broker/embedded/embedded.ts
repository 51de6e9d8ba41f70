/**
 * The embedded broker: a durable, partitioned log in one SQLite file, for any number of processes
 * on one machine.
 * @module
 */
import { dirname, join } from "node:path";
import type { KeyedValues, RecordBatch } from "../../batch.ts";
import { messageOf, TickhouseError } from "../../errors.ts";
import {
  type Broker,
  type Consumer,
  type ConsumerOptions,
  type Cursor,
  type OffsetRange,
  READ_BYTES,
  type Retention,
  type TopicInfo,
  type TopicSpec,
} from "../broker.ts";
import { EmbeddedConsumer } from "./consumer.ts";
import { EmbeddedLog } from "./log.ts";
import { partitionOf } from "../partitioner.ts";
import { sqliteError } from "./sqlite_error.ts";
import { checkTopic } from "../topic_name.ts";
import { Wakers } from "./wakers.ts";

/** How the broker is opened. */
export interface EmbeddedBrokerOptions {
  /** The SQLite file; made if it is missing, its folder too. */
  readonly path: string;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** Milliseconds to wait while another process appends. Default: 10,000. */
  readonly lockWaitMs?: number;
}

/** Most records of one key kept in one stored batch: bounds what a read must copy. */
const RECORDS_PER_BATCH_MAX = 16_384;
/** And bytes, unless one record alone has more. */
const BYTES_PER_BATCH_MAX = 4 * 2 ** 20;

/** A `Broker` on `node:sqlite`. Durable through power loss: each produce is synced to disk. */
export class EmbeddedBroker implements Broker {
  readonly #log: EmbeddedLog;
  readonly #now: () => number;
  readonly #membersFolder: string;
  readonly #wakers = new Wakers();
  /** The claims of this broker, by source. */
  readonly #claims = new Map<string, number>();

  /** Opens or makes the log. Throws `BROKER_UNREADABLE` or `DISK_FULL`. */
  constructor(options: EmbeddedBrokerOptions) {
    this.#now = options.now ?? Date.now;
    this.#membersFolder = `${options.path}.members`;
    try {
      Deno.mkdirSync(dirname(options.path), { recursive: true });
      this.#log = new EmbeddedLog(options.path, options.lockWaitMs ?? 10_000);
    } catch (cause) {
      const failure = sqliteError(cause);
      if (failure.code === "DISK_FULL") throw failure;
      throw new TickhouseError("BROKER_UNREADABLE", messageOf(cause), {
        field: "broker",
        value: options.path,
        fix: "let this user write there, restore it from a copy, or set TICKHOUSE_HOME",
        cause,
      });
    }
  }

  async createTopic(spec: TopicSpec): Promise<void> {
    checkTopic(spec);
    await this.#write(() => {
      const known = this.#log.topic(spec.name);
      if (!known) return this.#log.createTopic(spec);
      if (known.partitions === spec.partitions) return;
      throw new TickhouseError(
        "TOPIC_MISMATCH",
        `topic ${spec.name} has ${known.partitions} partitions`,
        { field: "partitions", value: spec.partitions, fix: "use another topic name" },
      );
    });
  }

  // deno-lint-ignore require-await
  async topic(name: string): Promise<TopicInfo | undefined> {
    return this.#log.topic(name);
  }

  /** One rule for all topics, see `retain`. */
  retention(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  // deno-lint-ignore require-await
  async topics(): Promise<TopicInfo[]> {
    return this.#log.topics();
  }

  async produce(topic: string, records: readonly KeyedValues[], cursor?: Cursor): Promise<void> {
    const partitions = this.#partitionsOf(topic);
    const timestampMs = this.#now();
    const claim = await this.#write(() => {
      const claim = cursor && this.#mustHold(cursor.source);
      for (const { key, values, headers } of records) {
        const partition = partitionOf(key, partitions);
        for (let from = 0; from < values.length;) {
          const count = values.fitting(from, RECORDS_PER_BATCH_MAX, BYTES_PER_BATCH_MAX);
          const chunk = values.slice(from, from + count);
          from += count;
          const run = { key, count: chunk.length, timestampMs, ...(headers ? { headers } : {}) };
          this.#log.append(topic, partition, run, chunk);
        }
      }
      if (cursor) this.#log.keepCursor(cursor.source, cursor.state);
      return claim;
    });
    // Only what was committed is held.
    if (cursor && claim !== undefined) this.#claims.set(cursor.source, claim);
    this.#wakers.wake(topic);
  }

  async cursor(source: string): Promise<string | undefined> {
    const [claim, state] = await this.#write(() =>
      [this.#log.claim(source), this.#log.cursor(source)] as const
    );
    this.#claims.set(source, claim);
    return state;
  }

  // deno-lint-ignore require-await
  async states(sources: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map(sources.flatMap((source) => {
      const state = this.#log.cursor(source);
      return state === undefined ? [] : [[source, state]];
    }));
  }

  // deno-lint-ignore require-await
  async consumer(options: ConsumerOptions): Promise<Consumer> {
    const partitions = this.#partitionsOf(options.topic);
    const folder = join(this.#membersFolder, `${options.group}@${options.topic}`);
    return new EmbeddedConsumer(this.#log, this.#wakers, { ...options, folder, partitions });
  }

  // deno-lint-ignore require-await
  async read(
    topic: string,
    partition: number,
    offset: number,
    maxRecords: number,
    maxBytes = READ_BYTES,
  ): Promise<RecordBatch | undefined> {
    if (!this.#log.head(topic, partition)) throw unknownTopic(topic);
    return this.#log.read(topic, partition, offset, maxRecords, maxBytes);
  }

  // deno-lint-ignore require-await
  async offsets(topic: string, partition: number): Promise<OffsetRange> {
    const head = this.#log.head(topic, partition);
    if (!head) throw unknownTopic(topic);
    return { earliest: head.earliest, next: head.next };
  }

  // deno-lint-ignore require-await
  async committed(group: string, topic: string, partition: number): Promise<number | undefined> {
    return this.#log.committed(group, topic, partition);
  }

  /** Records of a topic without a checksum, which an earlier version appended. */
  unchecked(topic: string): number {
    return this.#log.unchecked(topic);
  }

  /** Drops what retention does not keep; returns how many records that were. */
  retain(retention: Retention): Promise<number> {
    return this.#write(() => {
      const { maxAgeMs, maxBytes } = retention;
      const aged = maxAgeMs === undefined ? 0 : this.#log.dropOlderThan(this.#now() - maxAgeMs);
      const surplus = maxBytes === undefined ? 0 : this.#log.dropBeyond(maxBytes);
      return aged + surplus;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#log[Symbol.dispose]();
    return Promise.resolve();
  }

  /** This broker's claim of the source. Throws `SOURCE_FENCED` if another has taken it over. */
  #mustHold(source: string): number {
    const claim = this.#claims.get(source) ?? this.#log.claim(source);
    if (claim === this.#log.lastClaim(source)) return claim;
    throw new TickhouseError("SOURCE_FENCED", "another ingest of it has taken over", {
      field: "source",
      value: source,
      fix: "run one ingest of a source at a time; nothing of this batch was appended",
    });
  }

  // deno-lint-ignore require-await
  async #write<T>(work: () => T): Promise<T> {
    return this.#log.transaction(work);
  }

  #partitionsOf(topic: string): number {
    const known = this.#log.topic(topic);
    if (!known) throw unknownTopic(topic);
    return known.partitions;
  }
}

function unknownTopic(topic: string): TickhouseError {
  return new TickhouseError("TOPIC_UNKNOWN", "the broker has no such topic or partition", {
    field: "topic",
    value: topic,
    fix: "start `deno task ingest` or `deno task stream`, which make the topics they use",
  });
}
