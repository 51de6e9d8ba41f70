/**
 * A consumer of Kafka that resumes where it is told to, never from the group's offsets.
 * @module
 */
import type { RecordBatch } from "../../batch.ts";
import { type Consumer, type ConsumerOptions, type PollOptions, READ_BYTES } from "../broker.ts";
import { KafkaFetcher } from "./fetcher.ts";
import { KafkaMembership } from "./membership.ts";
import type { KafkaConnection, KafkaLog } from "./options.ts";

/** What the broker adds to the caller's options. */
export interface KafkaConsumerOptions extends ConsumerOptions {
  readonly connection: KafkaConnection;
  /** The topic as the caller names it; `topic` is the cluster's name for it. */
  readonly name: string;
  readonly sessionTimeoutMs: number;
  readonly partitionBytesMax: number;
  readonly bytesMax: number;
  readonly log: KafkaLog;
}

/** Milliseconds between looks whether the topic has more partitions. */
const GROWTH_MS = 2_000;

/** Assignment by the group, reading by fetches of its own. */
export class KafkaConsumer implements Consumer {
  readonly #options: KafkaConsumerOptions;
  readonly #membership: KafkaMembership;
  readonly #fetcher: KafkaFetcher;
  /** The partitions whose position is known, in the order in which they are read. */
  readonly #held = new Set<number>();
  /** Partitions that the topic had when the group was last joined. */
  #partitions = 0;
  #growthAt = 0;
  #first = 0;
  #wake: () => void = () => {};

  private constructor(options: KafkaConsumerOptions) {
    const { connection, group, topic, log, sessionTimeoutMs } = options;
    const onChange = () => this.#wake();
    this.#options = options;
    this.#membership = new KafkaMembership({
      connection,
      group,
      topic,
      sessionTimeoutMs,
      log,
      onChange: () => {
        this.#revoke();
        onChange();
      },
    });
    this.#fetcher = new KafkaFetcher({ ...options, onArrival: onChange });
  }

  /** Joins the group. Throws `TOPIC_UNKNOWN` and what keeps the cluster from being reached. */
  static async join(options: KafkaConsumerOptions): Promise<KafkaConsumer> {
    const consumer = new KafkaConsumer(options);
    try {
      consumer.#partitions = await consumer.#fetcher.partitions();
      await consumer.#membership.join();
      return consumer;
    } catch (error) {
      await consumer[Symbol.asyncDispose]();
      throw error;
    }
  }

  assigned(): readonly number[] {
    return [...this.#held];
  }

  settled(): boolean {
    const { settled, assigned } = this.#membership;
    return settled && assigned.every((partition) => this.#held.has(partition));
  }

  async poll(options: PollOptions): Promise<RecordBatch[]> {
    const { maxRecords, maxBytes = READ_BYTES, waitMs, signal } = options;
    const deadline = performance.now() + waitMs;
    for (;;) {
      const woken = new Promise<void>((resolve) => this.#wake = resolve);
      await this.#membership.ensure();
      await this.#grow();
      await this.#adopt();
      const batches = this.#take(maxRecords, maxBytes);
      const left = deadline - performance.now();
      if (batches.length > 0 || left <= 0 || signal?.aborted) return batches;
      await within(woken, Math.min(left, GROWTH_MS), signal);
    }
  }

  seek(partition: number, offset: number): void {
    if (this.#held.has(partition)) this.#fetcher.set(partition, offset);
  }

  async commit(partition: number, offset: number): Promise<void> {
    await this.#membership.commit(partition, offset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#membership[Symbol.asyncDispose]();
    await this.#fetcher[Symbol.asyncDispose]();
  }

  /** What another member reads from now on is dropped at once. */
  #revoke(): void {
    const mine = new Set(this.#membership.assigned);
    for (const partition of this.#held) {
      if (mine.has(partition)) continue;
      this.#held.delete(partition);
      this.#fetcher.delete(partition);
    }
  }

  /** Asks where to start with what was assigned. */
  async #adopt(): Promise<void> {
    for (const partition of this.#membership.assigned) {
      if (this.#held.has(partition)) continue;
      const offset = await this.#options.position(partition);
      // The group may have moved on meanwhile.
      if (!this.#membership.assigned.includes(partition)) continue;
      this.#held.add(partition);
      this.#fetcher.set(partition, offset);
    }
  }

  /** Joins again when the topic has more partitions than were shared out. */
  async #grow(): Promise<void> {
    if (performance.now() < this.#growthAt) return;
    this.#growthAt = performance.now() + GROWTH_MS;
    const partitions = await this.#fetcher.partitions();
    if (partitions === this.#partitions) return;
    this.#partitions = partitions;
    await this.#membership.join();
  }

  /** Partitions take turns in being read first, so that a busy one does not starve the others. */
  #take(maxRecords: number, maxBytes: number): RecordBatch[] {
    const partitions = this.assigned();
    // Before anything is taken: what was taken would be lost.
    for (const partition of partitions) this.#fetcher.check(partition);
    const share = Math.ceil(maxRecords / Math.max(1, partitions.length));
    const batches: RecordBatch[] = [];
    let left = maxRecords;
    let bytes = maxBytes;
    for (let i = 0; i < partitions.length && left > 0 && bytes > 0; i++) {
      const partition = partitions[(this.#first + i) % partitions.length] ?? 0;
      const batch = this.#fetcher.take(partition, Math.min(share, left), bytes);
      if (!batch) continue;
      batches.push({ ...batch, topic: this.#options.name });
      left -= batch.values.length;
      bytes -= batch.values.bytes.length;
    }
    this.#first++;
    return batches;
  }
}

/** Returns when `woken` does, after `ms`, or when the signal aborts. */
async function within(woken: Promise<void>, ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = () => resolve();
  signal?.addEventListener("abort", abort, { once: true });
  await Promise.race([woken, promise]);
  clearTimeout(timer);
  signal?.removeEventListener("abort", abort);
}
