/**
 * Reads partitions ahead of their consumer, into queues that have a limit.
 * @module
 */
import { delay } from "@std/async";
import { concatBatches, countOf, type RecordBatch } from "../../batch.ts";
import { TickhouseError } from "../../errors.ts";
import { KafkaCluster, type TopicDescription, unknownTopic } from "./cluster.ts";
import { answerError, errorName, kafkaError } from "./errors.ts";
import { type FetchAnswer, fetchRecords } from "./fetch.ts";
import { type KafkaConnection, type KafkaLog, RETRY_MS } from "./options.ts";
import { RecordReader } from "./records.ts";

/** What to read, and how far ahead. */
export interface KafkaFetcherOptions {
  readonly connection: KafkaConnection;
  readonly topic: string;
  /** Bytes of a partition asked for at once; twice as much is held. As they come: compressed. */
  readonly partitionBytesMax: number;
  /** The same of all partitions together. */
  readonly bytesMax: number;
  readonly log: KafkaLog;
  /** Called when a queue or an error has something new. */
  readonly onArrival: () => void;
}

/** How brokers are reached. */
export interface FetchNetwork {
  readonly cluster:
    & Pick<KafkaCluster, "describe" | "find" | "connect" | "fetchesById">
    & AsyncDisposable;
  readonly fetch: typeof fetchRecords;
}

/** A partition being read. */
interface Reading {
  /** The offset to fetch next. */
  offset: number;
  readonly queue: RecordReader[];
  /** Ends reading until a seek or a drop. */
  error: TickhouseError | undefined;
}

/** Milliseconds that a broker waits for a first record. */
const WAIT_MS = 250;
/** The same while records of other partitions are queued: what is taken of them must be followed. */
const WAIT_SHORT_MS = 10;
/** What the next look at the leaders may cure. */
const STALE = [
  "NOT_LEADER_OR_FOLLOWER",
  "LEADER_NOT_AVAILABLE",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "REPLICA_NOT_AVAILABLE",
  "OFFSET_NOT_AVAILABLE",
  "KAFKA_STORAGE_ERROR",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "UNKNOWN_TOPIC_ID",
  "INCONSISTENT_TOPIC_ID",
];

/** One fetch in flight for each broker, while there is room. */
export class KafkaFetcher implements AsyncDisposable {
  readonly #options: KafkaFetcherOptions;
  readonly #cluster: FetchNetwork["cluster"];
  readonly #send: typeof fetchRecords;
  readonly #readings = new Map<number, Reading>();
  readonly #busy = new Set<number>();
  /** Of the topic when it was first looked at. */
  #id: string | undefined;
  #isStale = false;
  readonly #closed = new AbortController();
  #pumping: Promise<void> | undefined;
  /** Something changed since the last look at what can be fetched. */
  #isWanted = false;
  readonly #inFlight = new Set<Promise<void>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  /** The network is the real one unless another is given. */
  constructor(options: KafkaFetcherOptions, network?: FetchNetwork) {
    this.#options = options;
    this.#cluster = network?.cluster ?? new KafkaCluster(options.connection);
    this.#send = network?.fetch ?? fetchRecords;
  }

  /** Number of the topic's partitions, not older than some seconds. */
  async partitions(): Promise<number> {
    return (await this.#describe()).leaders.length;
  }

  /** Reads the partition from there on; what was queued of it is dropped. */
  set(partition: number, offset: number): void {
    this.#readings.set(partition, { offset, queue: [], error: undefined });
    this.#pump();
  }

  /** No longer reads the partition; what was queued of it is dropped. */
  delete(partition: number): void {
    this.#readings.delete(partition);
    this.#pump(); // What it held is room for others.
  }

  /** Throws what ended the reading of the partition, once all that came before was taken. */
  check(partition: number): void {
    const reading = this.#readings.get(partition);
    if (reading?.error && reading.queue.length === 0) throw reading.error;
  }

  /**
   * The next records of the partition, of as many answers as it takes: a consumer that is slower
   * than the answers come would fall behind if it got one of them at a time.
   */
  take(partition: number, maxRecords: number, maxBytes: number): RecordBatch | undefined {
    const reading = this.#readings.get(partition);
    const taken: RecordBatch[] = [];
    let left = maxRecords;
    let bytes = maxBytes;
    while (reading && left > 0 && bytes > 0) {
      const [reader] = reading.queue;
      if (!reader) break;
      try {
        const batch = reader.take(left, bytes);
        if (batch) taken.push(batch);
        left -= batch ? countOf(batch) : 0;
        bytes -= batch?.values.bytes.length ?? 0;
      } catch (cause) {
        // What came before the damage is given first.
        if (taken.length === 0 || !(cause instanceof TickhouseError)) throw cause;
        reading.error = cause;
        reading.queue.length = 0;
        this.#pump();
        break;
      }
      if (reader.hasMore) break;
      reading.queue.shift();
      this.#pump();
    }
    return taken.length === 0 ? undefined : concatBatches(taken);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#timer);
    await this.#pumping;
    // What is in flight ends by itself soon, unless the broker hangs.
    await Promise.race([Promise.all(this.#inFlight), delay(2 * WAIT_MS)]);
    await this.#cluster[Symbol.asyncDispose]();
  }

  /** Starts a fetch at each broker that leads a partition with room in its queue. */
  #pump(): void {
    this.#isWanted = true;
    this.#pumping ??= this.#run();
  }

  /** Whoever pumps while this looks around may have come too late for it: it looks once more. */
  async #run(): Promise<void> {
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        await this.#start();
      }
    } finally {
      // In the same turn as the last look at the flag: none comes between.
      this.#pumping = undefined;
    }
  }

  async #start(): Promise<void> {
    await Promise.resolve(); // So that all changes of a turn go into one fetch.
    if (this.#closed.signal.aborted || this.#readings.size === 0) return;
    try {
      const topic = await this.#describe();
      for (const [node, partitions] of this.#wanted(topic)) {
        this.#busy.add(node);
        const fetch = this.#fetch(node, topic, partitions);
        this.#inFlight.add(fetch);
        fetch.finally(() => this.#inFlight.delete(fetch));
      }
    } catch (cause) {
      this.#retry(cause);
    }
  }

  #wanted({ leaders }: TopicDescription): Map<number, number[]> {
    const { partitionBytesMax, bytesMax } = this.#options;
    const wanted = new Map<number, number[]>();
    let room = bytesMax - this.#held();
    for (const partition of this.#inTurn()) {
      const reading = this.#readings.get(partition);
      const node = leaders[partition] ?? -1;
      if (!reading || reading.error || room <= 0 || this.#busy.has(node)) continue;
      if (bytesOf(reading) > partitionBytesMax) continue;
      if (node < 0) {
        this.#isStale = true;
        continue;
      }
      wanted.set(node, [...wanted.get(node) ?? [], partition]);
      room -= partitionBytesMax;
    }
    if (this.#isStale && wanted.size === 0) this.#later();
    return wanted;
  }

  /** How many of the partitions being read the node leads. */
  #ledBy(node: number, { leaders }: TopicDescription): number {
    return [...this.#readings.keys()].filter((partition) => leaders[partition] === node).length;
  }

  /** A broker fills its answer in the order asked: each partition comes first at times. */
  #inTurn(): number[] {
    const partitions = [...this.#readings.keys()];
    const first = this.#turn++ % Math.max(1, partitions.length);
    return [...partitions.slice(first), ...partitions.slice(0, first)];
  }

  async #fetch(
    node: number,
    topic: TopicDescription,
    partitions: readonly number[],
  ): Promise<void> {
    const asked = new Map(
      partitions.map((partition) => [partition, this.#readings.get(partition)]),
    );
    try {
      const connection = await this.#cluster.connect(node);
      const { answers, throttleMs } = await this.#send(connection, {
        topic: this.#options.topic,
        topicId: topic.id,
        byId: await this.#cluster.fetchesById(),
        partitions: partitions.map((partition) => ({
          partition,
          offset: asked.get(partition)?.offset ?? 0,
        })),
        waitMs: partitions.length === this.#ledBy(node, topic) ? WAIT_MS : WAIT_SHORT_MS,
        partitionBytesMax: this.#options.partitionBytesMax,
        bytesMax: this.#options.bytesMax,
      });
      for (const answer of answers) await this.#accept(answer, asked.get(answer.partition), topic);
      // A broker that throttles says nothing of the partitions.
      if (answers.length === 0) await delay(Math.max(throttleMs, RETRY_MS), this.#closed);
      this.#busy.delete(node);
      if (this.#isStale) this.#later();
      else this.#pump();
    } catch (cause) {
      this.#busy.delete(node);
      this.#retry(cause);
    }
  }

  async #accept(
    answer: FetchAnswer,
    reading: Reading | undefined,
    topic: TopicDescription,
  ): Promise<void> {
    const { partition, error, bytes, aborted } = answer;
    // One that was sought, or is no longer read, since it was asked for.
    if (!reading || this.#readings.get(partition) !== reading) return;
    if (error !== 0) return await this.#refuse(answer, reading, topic);
    if (bytes.length === 0) return;
    const from = reading.offset;
    const reader = new RecordReader({
      topic: this.#options.topic,
      partition,
      from,
      bytes,
      aborted,
    });
    const end = reader.end;
    if (end <= from) return;
    reading.offset = end;
    reading.queue.push(reader);
    this.#options.onArrival();
  }

  async #refuse(
    { partition, error, startOffset }: FetchAnswer,
    reading: Reading,
    topic: TopicDescription,
  ): Promise<void> {
    const { log, onArrival } = this.#options;
    const name = errorName(error);
    const where = `${this.#options.topic}/${partition}`;
    log("warn", `${where}: ${name}`);
    if (name === "OFFSET_OUT_OF_RANGE") {
      reading.error = outOfRange(where, reading.offset, startOffset);
    } else if (STALE.includes(name)) {
      this.#isStale = true;
      reading.error = await this.#changeOf(topic);
    } else {
      const { connection } = this.#options;
      reading.error = answerError(error, { what: "read", topic: where, connection });
    }
    if (reading.error) onArrival();
  }

  /** Undefined if it is still the same topic. */
  async #changeOf(topic: TopicDescription): Promise<TickhouseError | undefined> {
    const found = await this.#cluster.find(this.#options.topic, true);
    if (!found) return unknownTopic(this.#options.topic);
    return found.id === topic.id ? undefined : replaced(this.#options.topic);
  }

  async #describe(): Promise<TopicDescription> {
    const fresh = this.#isStale;
    this.#isStale = false;
    const topic = await this.#cluster.describe(this.#options.topic, fresh);
    // A topic recreated has another id, by which its records would be read at the old offsets.
    this.#id ??= topic.id;
    if (topic.id !== this.#id) throw replaced(this.#options.topic);
    return topic;
  }

  /** Brokers that are away come back, or others lead: only what no retry cures is told. */
  #retry(cause: unknown): void {
    if (this.#closed.signal.aborted) return;
    const { connection, topic, log, onArrival } = this.#options;
    const failure = kafkaError(cause, { what: "read", topic, connection });
    log("warn", failure.message);
    if (failure.kind === "terminal") {
      for (const reading of this.#readings.values()) reading.error ??= failure;
      onArrival();
      return;
    }
    this.#isStale = true;
    this.#later();
  }

  #later(): void {
    if (this.#closed.signal.aborted) return;
    // One that is set is not put off: others may ask for it again and again.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, RETRY_MS);
  }

  #held(): number {
    return [...this.#readings.values()].reduce((sum, reading) => sum + bytesOf(reading), 0);
  }
}

function bytesOf({ queue }: Reading): number {
  return queue.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The error for a position that the log does not hold. `earliest` below 0: not known. */
export function outOfRange(where: string, offset: number, earliest: number): TickhouseError {
  const start = earliest < 0 ? "" : `, which starts at ${earliest}`;
  return new TickhouseError(
    "OFFSET_OUT_OF_RANGE",
    `the log does not hold offset ${offset}${start}`,
    {
      field: "topic",
      value: where,
      fix: "retention has dropped it, or the topic was recreated: see `deno task reconcile`",
    },
  );
}

/** The error for a topic of the same name and another id. */
export function replaced(topic: string): TickhouseError {
  return new TickhouseError("LOG_REPLACED", "the topic was recreated while it was read", {
    field: "topic",
    value: topic,
    fix: "use a new sink, or restore the broker's log",
  });
}
