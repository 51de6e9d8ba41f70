/**
 * Producing with librdkafka.
 * @module
 */
import type { TickhouseError } from "../errors.ts";
import { kafkaError } from "./kafka_errors.ts";
import type { KafkaCompression, KafkaConnection, KafkaLog } from "./kafka_options.ts";
import {
  type Addressed,
  type Append,
  DeliveryCounter,
  type DeliveryCounts,
  type KafkaProducer,
} from "./kafka_producer.ts";
import { PlatformaticProducer } from "./kafka_producer_platformatic.ts";
import { LOCAL, PRODUCER, RdkafkaClient } from "./rdkafka_client.ts";
import { cString } from "./rdkafka_library.ts";
import { FIELD, MessageTable, WORDS } from "./rdkafka_messages.ts";
import { RdkafkaOutbox } from "./rdkafka_outbox.ts";
import { produceSettings } from "./rdkafka_settings.ts";

/** What a producer of librdkafka takes. */
export interface RdkafkaProducerOptions {
  readonly connection: KafkaConnection;
  readonly compression: KafkaCompression;
  readonly libraryPath?: string | undefined;
  readonly log: KafkaLog;
}

/** Delivery reports read at once. */
const REPORTS = 10_000;
const PURGE_ALL = 3;
/** Appends are told apart by 32 bits. */
const JOBS_MAX = 2 ** 32 - 1;
const APPEND = { what: "append records" };

/** An append under way. */
interface Job {
  readonly id: number;
  left: number;
  error: TickhouseError | undefined;
  readonly topic: string;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * The fast producer: idempotent, acknowledged by all replicas in step, one call a few thousand
 * records, compression and sending in threads of its own. Appends with a cursor and claims go
 * through the default producer: transactions are few, and small.
 */
export class RdkafkaProducer implements KafkaProducer {
  readonly #options: RdkafkaProducerOptions;
  readonly #client: RdkafkaClient;
  readonly #counts = new DeliveryCounter();
  readonly #reports = new MessageTable(REPORTS);
  readonly #outbox: RdkafkaOutbox;
  readonly #topics = new Map<string, bigint>();
  readonly #jobs = new Map<number, Job>();
  #lastJob = 0;
  #isClosed = false;
  #room = Promise.withResolvers<void>();
  /** Ends when what was appended before is with the library: the order of appends. */
  #before: Promise<void> = Promise.resolve();
  #transactional: PlatformaticProducer | undefined;

  /** Throws `LIBRDKAFKA_MISSING`, `CONFIG_INVALID`. Connects by itself. */
  constructor(options: RdkafkaProducerOptions) {
    this.#options = options;
    this.#client = new RdkafkaClient({
      ...options,
      kind: PRODUCER,
      settings: produceSettings(options.compression),
      onEvent: (event) => this.#delivered(event),
      onArrival: () => {},
    });
    this.#outbox = new RdkafkaOutbox(this.#client, () => this.#waitForRoom());
  }

  get counts(): DeliveryCounts {
    const { records = 0, bytes = 0, failed = 0, retried = 0 } = this.#transactional?.counts ?? {};
    const own = this.#counts;
    return {
      records: own.records + records,
      bytes: own.bytes + bytes,
      failed: own.failed + failed,
      retried: own.retried + retried,
    };
  }

  async append({ topic, records }: Append): Promise<void> {
    const left = records.reduce((sum, { values }) => sum + values.length, 0);
    if (left === 0) return;
    const id = this.#lastJob = this.#lastJob % JOBS_MAX + 1;
    const job: Job = { id, topic, left, error: undefined, done: Promise.withResolvers() };
    this.#jobs.set(id, job);
    this.#before = this.#before.then(() => this.#hand(job, records));
    await job.done.promise;
  }

  async transact(id: string, appends: readonly Append[]): Promise<void> {
    await this.#transactions().transact(id, appends);
  }

  async claim(id: string): Promise<void> {
    await this.#transactions().claim(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { library, handle } = this.#client;
    this.#isClosed = true;
    this.#room.resolve();
    await this.#before;
    library.rd_kafka_purge(handle, PURGE_ALL);
    for (const topic of this.#topics.values()) library.rd_kafka_topic_destroy(topic);
    await this.#client[Symbol.asyncDispose]();
    this.#reports[Symbol.dispose]();
    for (const job of this.#jobs.values()) this.#settle(job, job.left, LOCAL.closed);
    await this.#transactional?.[Symbol.asyncDispose]();
  }

  /** Hands the records of the job to the library, which reports on each. */
  async #hand(job: Job, records: readonly Addressed[]): Promise<void> {
    const total = job.left;
    try {
      const { accepted, error } = await this.#outbox.hand(this.#topic(job.topic), records, job.id);
      if (accepted < total) this.#settle(job, total - accepted, error);
    } catch (cause) {
      job.error = kafkaError(cause, { ...APPEND, connection: this.#options.connection });
      this.#settle(job, job.left, LOCAL.closed);
    }
  }

  /** Counts the reports of an event, and ends the appends that have all of theirs. */
  #delivered(event: bigint): void {
    const { library } = this.#client;
    const { addresses: { length }, bytes } = this.#reports;
    for (;;) {
      const count = Number(library.rd_kafka_event_message_array(event, bytes, BigInt(length)));
      if (count === 0) break;
      const words = this.#reports.load(count);
      for (let i = 0; i < count; i++) {
        const at = i * WORDS;
        const job = this.#jobs.get(words[at + FIELD.opaque] ?? 0);
        if (job) this.#report(job, (words[at] ?? 0) | 0, words[at + FIELD.length] ?? 0);
      }
    }
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }

  #report(job: Job, error: number, bytes: number): void {
    if (error !== 0) return this.#settle(job, 1, error);
    this.#counts.records++;
    this.#counts.bytes += bytes + 1; // As others count: with the newline.
    if (--job.left === 0) this.#end(job);
  }

  #settle(job: Job, failed: number, error: number): void {
    job.error ??= this.#client.error(error, APPEND.what, job.topic);
    this.#counts.failed += failed;
    job.left -= failed;
    if (job.left === 0) this.#end(job);
  }

  #end(job: Job): void {
    this.#jobs.delete(job.id);
    if (job.error) job.done.reject(job.error);
    else job.done.resolve();
  }

  /** False when no more is to be appended. */
  async #waitForRoom(): Promise<boolean> {
    if (!this.#isClosed) await this.#room.promise;
    return !this.#isClosed;
  }

  #topic(name: string): bigint {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const { library, handle } = this.#client;
    const topic = library.rd_kafka_topic_new(handle, cString(name), 0n);
    this.#topics.set(name, topic);
    return topic;
  }

  #transactions(): PlatformaticProducer {
    const { connection, compression } = this.#options;
    return this.#transactional ??= new PlatformaticProducer(connection, compression);
  }
}
