/**
 * Apache Kafka as the broker.
 * @module
 */
import type { CreateTopicsOptions } from "@platformatic/kafka";
import { delay } from "@std/async";
import { type KeyedValues, Packed, type RecordBatch } from "../../batch.ts";
import { messageOf, TickhouseError } from "../../errors.ts";
import type {
  Broker,
  Consumer,
  ConsumerOptions,
  Cursor,
  OffsetRange,
  TopicInfo,
  TopicSpec,
} from "../broker.ts";
import { KafkaCluster, type TopicDescription, unknownTopic } from "./cluster.ts";
import { KafkaConsumer } from "./consumer.ts";
import { CURSOR_CONFIG, CURSOR_TOPIC, lastState, lastStates } from "./cursors.ts";
import { isNamed } from "./errors.ts";
import type { KafkaCompression, KafkaConnection, KafkaLog } from "./options.ts";
import type { Addressed, DeliveryCounts, KafkaProducer } from "./producer.ts";
import { KafkajsProducer } from "./producer_kafkajs.ts";
import { PlatformaticProducer } from "./producer_platformatic.ts";
import { readRecords } from "./read.ts";
import { partitionOf } from "../partitioner.ts";
import { checkTopic } from "../topic_name.ts";

/** Which library appends. */
export type KafkaClient = "platformatic" | "kafkajs";

/** How the broker is opened. */
export interface KafkaBrokerOptions extends KafkaConnection {
  /** Which library appends. Default: `platformatic`; kafkajs loses records when brokers die. */
  readonly client?: KafkaClient;
  /**
   * Goes before the names of topics, groups and transactions, so that several can share a cluster.
   * Default: nothing.
   */
  readonly prefix?: string;
  /** Default: `lz4`. */
  readonly compression?: KafkaCompression;
  /** Copies of each record. Default: 3, or as many as there are brokers. */
  readonly replication?: number;
  /** Milliseconds until the group goes on without a member that fell silent. Default: 10,000. */
  readonly sessionTimeoutMs?: number;
  /** Bytes of one partition asked for at once; twice as much is read ahead. Default: 512 KiB. */
  readonly partitionBytesMax?: number;
  /** Bytes of all partitions read ahead. Default: 32 MiB. */
  readonly bytesMax?: number;
  /** Told of rebalances, retries and failures. Default: nobody. */
  readonly log?: KafkaLog;
}

/** As Kafka says it. */
const FOREVER = -1;
const SESSION_MS = 10_000;
const PARTITION_BYTES = 2 ** 19;
const BYTES = 32 * 2 ** 20;
const REPLICATION = 3;
/** Milliseconds to wait for the end of this broker's own transactions. */
const SETTLE_MAX_MS = 2_000;
/** Looks for the leaders of a new topic, and milliseconds between them. */
const LOOKS = 150;
const LOOK_MS = 100;

/** A `Broker` on an Apache Kafka cluster. */
export class KafkaBroker implements Broker {
  readonly #options: KafkaBrokerOptions;
  readonly #prefix: string;
  readonly #cluster: KafkaCluster;
  readonly #producer: KafkaProducer;
  /** Partitions whose end may hide, for some milliseconds yet, what was appended with a cursor. */
  readonly #unsettled = new Set<string>();

  private constructor(options: KafkaBrokerOptions) {
    this.#options = options;
    this.#prefix = options.prefix ?? "";
    if (this.#prefix) checkTopic({ name: this.#prefix, partitions: 1 });
    this.#cluster = new KafkaCluster(options);
    this.#producer = openProducer(options);
  }

  /**
   * Connects. Throws within seconds: `CONFIG_INVALID`, `KAFKA_UNREACHABLE`, `KAFKA_TLS`,
   * `KAFKA_AUTHENTICATION`.
   */
  static async open(options: KafkaBrokerOptions): Promise<KafkaBroker> {
    const broker = new KafkaBroker(options);
    try {
      await broker.#cluster.check();
      return broker;
    } catch (error) {
      await broker[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What was appended through this broker so far. */
  get deliveries(): DeliveryCounts {
    return this.#producer.counts;
  }

  async createTopic(spec: TopicSpec): Promise<void> {
    checkTopic(spec);
    const { retentionMs } = spec;
    const retention = retentionMs === undefined
      ? []
      : [{ name: "retention.ms", value: String(retentionMs === Infinity ? FOREVER : retentionMs) }];
    // The broker's clock, so that times never fall along a partition.
    const stamped = { name: "message.timestamp.type", value: "LogAppendTime" };
    await this.#create(spec.name, spec.partitions, [stamped, ...retention]);
  }

  async topic(name: string): Promise<TopicInfo | undefined> {
    const found = await this.#cluster.find(this.#prefix + name, true);
    return found && { name, partitions: found.leaders.length, id: found.id };
  }

  async retention(topic: string): Promise<number | undefined> {
    const settings = await this.#cluster.settings(this.#prefix + topic);
    const retention = settings.get("retention.ms");
    if (retention === undefined) return undefined;
    const isKept = settings.get("cleanup.policy") === "compact" || Number(retention) === FOREVER;
    return isKept ? Infinity : Number(retention);
  }

  async topics(): Promise<TopicInfo[]> {
    return (await this.#cluster.topics())
      .filter(({ name }) => name.startsWith(this.#prefix) && !name.startsWith("__"))
      .map((topic) => ({ ...topic, name: topic.name.slice(this.#prefix.length) }))
      .filter(({ name }) => name !== CURSOR_TOPIC);
  }

  async produce(topic: string, records: readonly KeyedValues[], cursor?: Cursor): Promise<void> {
    const name = this.#prefix + topic;
    const partitions = (await this.#cluster.describe(name)).leaders.length;
    const addressed = records.map((record): Addressed => ({
      ...record,
      partition: partitionOf(record.key, partitions),
    }));
    const append = { topic: name, records: addressed };
    try {
      if (cursor) await this.#transact(append, cursor);
      else await this.#producer.append(append);
    } catch (error) {
      this.#options.log?.("error", messageOf(error));
      throw error;
    }
  }

  /**
   * The state last kept for the source, which this broker takes over: an ingest of the same source
   * that still runs appends nothing any more, else the two would append the same records.
   */
  async cursor(source: string): Promise<string | undefined> {
    const topic = this.#prefix + CURSOR_TOPIC;
    await this.#producer.claim(this.#transaction(source));
    return await lastState(this.#cluster, this.#options, topic, source);
  }

  /** Those of transactions that have ended. */
  async states(sources: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const topic = this.#prefix + CURSOR_TOPIC;
    return await lastStates(this.#cluster, this.#options, topic, sources);
  }

  async consumer(options: ConsumerOptions): Promise<Consumer> {
    const topic = this.#prefix + options.topic;
    await this.#cluster.describe(topic);
    return await KafkaConsumer.join({
      ...options,
      topic,
      name: options.topic,
      group: this.#prefix + options.group,
      connection: this.#options,
      sessionTimeoutMs: this.#options.sessionTimeoutMs ?? SESSION_MS,
      partitionBytesMax: this.#options.partitionBytesMax ?? PARTITION_BYTES,
      bytesMax: this.#options.bytesMax ?? BYTES,
      log: this.#options.log ?? (() => {}),
    });
  }

  async read(
    topic: string,
    partition: number,
    offset: number,
    maxRecords: number,
    maxBytes?: number,
  ): Promise<RecordBatch | undefined> {
    const at = { topic: this.#prefix + topic, partition, offset };
    const batch = await readRecords(this.#cluster, this.#options, at, { maxRecords, maxBytes });
    return batch && { ...batch, topic };
  }

  async offsets(topic: string, partition: number): Promise<OffsetRange> {
    const name = this.#prefix + topic;
    const key = `${name}/${partition}`;
    if (this.#unsettled.has(key)) {
      // An end before what was appended would be taken for all that there is.
      if (!await this.#cluster.settle(name, partition, SETTLE_MAX_MS)) {
        throw hidden(topic, partition);
      }
      this.#unsettled.delete(key);
    }
    return await this.#cluster.offsets(name, partition);
  }

  /** The topics' settings say it, and the brokers do it. */
  retain(): Promise<null> {
    return Promise.resolve(null);
  }

  /** Each record batch has a checksum, which is compared when it is read. */
  unchecked(): number {
    return 0;
  }

  async committed(group: string, topic: string, partition: number): Promise<number | undefined> {
    const name = this.#prefix + topic;
    return await this.#cluster.committed(this.#prefix + group, name, partition);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer[Symbol.asyncDispose]();
    await this.#cluster[Symbol.asyncDispose]();
  }

  /** Records and cursor in one of Kafka's transactions, named after the source. */
  async #transact(append: { topic: string; records: Addressed[] }, cursor: Cursor): Promise<void> {
    const topic = this.#prefix + CURSOR_TOPIC;
    if (!await this.#cluster.find(topic)) await this.#create(CURSOR_TOPIC, 1, CURSOR_CONFIG);
    const { source, state } = cursor;
    const record = { key: source, partition: 0, values: Packed.from([state]) };
    const appends = append.records.length > 0 ? [append] : [];
    await this.#producer.transact(this.#transaction(source), [...appends, {
      topic,
      records: [record],
    }]);
    for (const { partition } of append.records) this.#unsettled.add(`${append.topic}/${partition}`);
  }

  #transaction(source: string): string {
    return `${this.#prefix}tickhouse-${source}`;
  }

  async #create(
    topic: string,
    partitions: number,
    configs: readonly { readonly name: string; readonly value: string }[],
  ): Promise<void> {
    const name = this.#prefix + topic;
    let known = await this.#cluster.find(name, true);
    if (!known) {
      const asked = { topics: [name], partitions, configs: [...configs] };
      await this.#cluster.attempt("make a topic", topic, () => this.#ask(asked));
      known = await this.#leaders(name);
    }
    if (known.leaders.length === partitions) return;
    throw new TickhouseError(
      "TOPIC_MISMATCH",
      `topic ${topic} has ${known.leaders.length} partitions`,
      { field: "partitions", value: partitions, fix: "use another topic name" },
    );
  }

  /** Asks for a topic; again while brokers that died or came back a moment ago are miscounted. */
  async #ask(topic: Omit<CreateTopicsOptions, "replicas">): Promise<void> {
    const { replication } = this.#options;
    for (let look = 1;; look++) {
      const replicas = replication ?? Math.min(REPLICATION, await this.#cluster.nodes());
      try {
        await this.#cluster.admin.createTopics({ ...topic, replicas });
        return;
      } catch (error) {
        if (isNamed(error, "TOPIC_ALREADY_EXISTS")) return;
        const isMiscounted = isNamed(error, "INVALID_REPLICATION_FACTOR");
        if (!isMiscounted || replication !== undefined || look === LOOKS) throw error;
        await delay(LOOK_MS);
      }
    }
  }

  /** Waits until each partition of a new topic has a leader. */
  async #leaders(name: string): Promise<TopicDescription> {
    for (let look = 1; look < LOOKS; look++) {
      const found = await this.#cluster.find(name, true);
      if (found?.leaders.every((leader) => leader >= 0)) return found;
      await delay(LOOK_MS);
    }
    throw unknownTopic(name);
  }
}

function hidden(topic: string, partition: number): TickhouseError {
  const what =
    "what was appended can't be read yet: its transaction, or one before it, is still open";
  return new TickhouseError("APPENDED_HIDDEN", what, {
    field: "topic",
    value: `${topic}/${partition}`,
    kind: "transient",
    fix: "start the brokers that are down, or end the transaction of the other producer",
  });
}

function openProducer(options: KafkaBrokerOptions): KafkaProducer {
  const { client = "platformatic", compression = "lz4" } = options;
  return client === "kafkajs"
    ? new KafkajsProducer(options, compression, options.log)
    : new PlatformaticProducer(options, compression);
}
