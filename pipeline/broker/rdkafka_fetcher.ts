/**
 * Reads partitions ahead of their consumer with librdkafka, in threads of its own.
 * @module
 */
import { concatBatches, type RecordBatch } from "../batch.ts";
import { TickhouseError } from "../errors.ts";
import { KafkaCluster, type TopicDescription } from "./kafka_cluster.ts";
import { kafkaError } from "./kafka_errors.ts";
import { type KafkaFetcherOptions, outOfRange, replaced } from "./kafka_fetcher.ts";
import { RdkafkaBatches } from "./rdkafka_batches.ts";
import { CONSUMER, LOCAL, RdkafkaClient } from "./rdkafka_client.ts";
import { cString } from "./rdkafka_library.ts";
import { fetchSettings } from "./rdkafka_settings.ts";

/** What to read, and by which library. */
export interface RdkafkaFetcherOptions extends KafkaFetcherOptions {
  /** The client must name one, but is no member of it. */
  readonly group: string;
  readonly libraryPath?: string | undefined;
}

/** A partition being read. */
interface Reading {
  /** The offset to go on at. */
  offset: number;
  /** 0 if the library does not read it. */
  readonly queue: bigint;
  /** Ends reading until a seek or a drop. */
  error: TickhouseError | undefined;
}

/** -139: the leader changed and what was read is no longer in the log. */
const TRUNCATED = -139;

/** As `KafkaFetcher`; membership of the group is another's. */
export class RdkafkaFetcher implements AsyncDisposable {
  readonly #options: RdkafkaFetcherOptions;
  readonly #cluster: KafkaCluster;
  /** Made when the number of partitions is known, among which the memory is shared out. */
  #opened: { readonly client: RdkafkaClient; readonly batches: RdkafkaBatches } | undefined;
  readonly #readings = new Map<number, Reading>();
  #known: TopicDescription | undefined;
  /** Of the records taken last; before the first, as large as they get. */
  #recordBytes = 2 ** 20;

  constructor(options: RdkafkaFetcherOptions) {
    this.#options = options;
    this.#cluster = new KafkaCluster(options.connection);
  }

  /**
   * Number of the topic's partitions; must be asked for before anything is read. Throws
   * `TOPIC_UNKNOWN`, `LOG_REPLACED`, `LIBRDKAFKA_MISSING`, `CONFIG_INVALID`.
   */
  async partitions(): Promise<number> {
    const found = await this.#cluster.describe(this.#options.topic, true);
    this.#known ??= found;
    this.#opened ??= this.#open(found.leaders.length);
    if (found.id !== this.#known.id) throw replaced(this.#options.topic);
    return found.leaders.length;
  }

  /** Reads the partition from there on; what was queued of it is dropped. */
  set(partition: number, offset: number): void {
    this.delete(partition);
    const { client } = this.#reader;
    const { library, handle } = client;
    const name = cString(this.#options.topic);
    const queue = library.rd_kafka_queue_get_partition(handle, name, partition);
    library.rd_kafka_queue_forward(queue, 0n);
    client.ring(queue);
    try {
      this.#assign("rd_kafka_incremental_assign", partition, offset);
      this.#readings.set(partition, { offset, queue, error: undefined });
    } catch (cause) {
      library.rd_kafka_queue_destroy(queue);
      const error = kafkaError(cause, { what: "read", ...this.#options });
      this.#readings.set(partition, { offset, queue: 0n, error });
    }
  }

  /** No longer reads the partition; what was queued of it is dropped. */
  delete(partition: number): void {
    const reading = this.#readings.get(partition);
    if (!reading) return;
    this.#readings.delete(partition);
    if (reading.queue === 0n) return;
    this.#assign("rd_kafka_incremental_unassign", partition, reading.offset);
    this.#reader.client.library.rd_kafka_queue_destroy(reading.queue);
  }

  /** Throws what ended the reading of the partition, or once what a retry may cure. */
  check(partition: number): void {
    const reading = this.#readings.get(partition);
    if (!reading?.error) return;
    const { error, queue } = reading;
    if (error.kind === "transient" && queue !== 0n) reading.error = undefined;
    throw error;
  }

  /** The next records of the partition. */
  take(partition: number, maxRecords: number, maxBytes: number): RecordBatch | undefined {
    const taken: RecordBatch[] = [];
    let left = maxRecords;
    let bytes = maxBytes;
    while (left > 0 && bytes > 0) {
      // What the library has given can't be put back: so many as are that large, by those before.
      const fitting = Math.max(1, Math.floor(bytes / this.#recordBytes));
      const batch = this.#take(partition, Math.min(left, fitting));
      if (!batch) break;
      taken.push(batch);
      const { length, bytes: { length: size } } = batch.values;
      if (length > 0) this.#recordBytes = Math.max(1, size / length);
      left -= length;
      bytes -= size;
    }
    return taken.length === 0 ? undefined : concatBatches(taken);
  }

  #take(partition: number, maxRecords: number): RecordBatch | undefined {
    const reading = this.#readings.get(partition);
    if (!reading || reading.error) return undefined;
    const { topic, onArrival } = this.#options;
    const place = { topic, partition, offset: reading.offset };
    try {
      const { batch, error } = this.#reader.batches.take(reading.queue, place, maxRecords);
      if (batch) reading.offset = batch.nextOffset;
      if (error !== 0) this.#refuse(partition, reading, error);
      return batch;
    } catch (cause) {
      // The queue has lost what it gave.
      const again = this.#reread(partition, reading.offset);
      if (again) again.error = kafkaError(cause, { what: "read", ...this.#options });
      onArrival();
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const partition of [...this.#readings.keys()]) this.delete(partition);
    await this.#opened?.client[Symbol.asyncDispose]();
    this.#opened?.batches[Symbol.dispose]();
    await this.#cluster[Symbol.asyncDispose]();
  }

  get #reader() {
    if (!this.#opened) throw new TypeError("partitions() comes before reading");
    return this.#opened;
  }

  #open(partitions: number) {
    const client = new RdkafkaClient({
      ...this.#options,
      kind: CONSUMER,
      settings: fetchSettings({ ...this.#options, partitions }),
      onEvent: () => {},
    });
    return { client, batches: new RdkafkaBatches(client.library) };
  }

  #reread(partition: number, offset: number): Reading | undefined {
    this.set(partition, offset);
    return this.#readings.get(partition);
  }

  /** What passes by itself is only told; what came behind it is asked for again. */
  #refuse(partition: number, reading: Reading, code: number): void {
    const { topic, log, onArrival } = this.#options;
    const where = `${topic}/${partition}`;
    const failure = code === LOCAL.noOffset || code === TRUNCATED
      ? outOfRange(where, reading.offset, -1)
      : this.#reader.client.error(code, "read", where);
    log("warn", failure.message);
    if (failure.kind === "transient") {
      this.set(partition, reading.offset);
      return;
    }
    reading.error = failure;
    onArrival();
  }

  #assign(
    call: "rd_kafka_incremental_assign" | "rd_kafka_incremental_unassign",
    partition: number,
    offset: number,
  ): void {
    const { client } = this.#reader;
    const { library, handle } = client;
    const { topic } = this.#options;
    const name = cString(topic);
    const list = library.rd_kafka_topic_partition_list_new(1);
    library.rd_kafka_topic_partition_list_add(list, name, partition);
    const at = BigInt(offset);
    library.rd_kafka_topic_partition_list_set_offset(list, name, partition, at);
    const error = library[call](handle, list);
    library.rd_kafka_topic_partition_list_destroy(list);
    client.check(error, "read", topic);
  }
}
