import type { RecordBatch } from "../../batch.ts";
import { type Consumer, type ConsumerOptions, type PollOptions, READ_BYTES } from "../broker.ts";
import type { EmbeddedLog } from "./log.ts";
import { Membership } from "./membership.ts";
import type { Wakers } from "./wakers.ts";

/** Milliseconds between looks for records that another process appended: short while they come. */
const LOOK_MIN_MS = 3;
/** And long when none came for a while. */
const LOOK_MAX_MS = 24;
/** Milliseconds between looks at who is in the group. */
const REBALANCE_MS = 500;

/** What the broker adds to the caller's options. */
export interface EmbeddedConsumerOptions extends ConsumerOptions {
  /** Where the group's members keep their locks. */
  readonly folder: string;
  readonly partitions: number;
}

/** A consumer of the embedded log. */
export class EmbeddedConsumer implements Consumer {
  readonly #log: EmbeddedLog;
  readonly #wakers: Wakers;
  readonly #options: EmbeddedConsumerOptions;
  readonly #membership: Membership;
  /** The offset each assigned partition is read from next. */
  readonly #next = new Map<number, number>();
  #rebalanceAt = 0;
  #lookMs = LOOK_MIN_MS;
  #firstPartition = 0;

  constructor(log: EmbeddedLog, wakers: Wakers, options: EmbeddedConsumerOptions) {
    this.#log = log;
    this.#wakers = wakers;
    this.#options = options;
    this.#membership = new Membership(options.folder);
  }

  assigned(): readonly number[] {
    return [...this.#next.keys()];
  }

  settled(): boolean {
    return this.#rebalanceAt > 0;
  }

  async poll(options: PollOptions): Promise<RecordBatch[]> {
    const { maxRecords, maxBytes = READ_BYTES, waitMs, signal } = options;
    const deadline = performance.now() + waitMs;
    for (;;) {
      if (performance.now() >= this.#rebalanceAt) await this.#rebalance();
      const batches = this.#read(maxRecords, maxBytes);
      const left = deadline - performance.now();
      if (batches.length > 0) this.#lookMs = LOOK_MIN_MS;
      if (batches.length > 0 || left <= 0 || signal?.aborted) return batches;
      await this.#wake(Math.min(left, this.#lookMs), signal);
      this.#lookMs = Math.min(LOOK_MAX_MS, this.#lookMs * 1.5);
    }
  }

  seek(partition: number, offset: number): void {
    if (this.#next.has(partition)) this.#next.set(partition, offset);
  }

  // deno-lint-ignore require-await
  async commit(partition: number, offset: number): Promise<void> {
    this.#log.commit(this.#options.group, this.#options.topic, partition, offset);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#membership[Symbol.dispose]();
    return Promise.resolve();
  }

  async #rebalance(): Promise<void> {
    const mine = new Set(this.#membership.assigned(this.#options.partitions));
    for (const partition of this.#next.keys()) {
      if (!mine.has(partition)) this.#next.delete(partition);
    }
    for (const partition of mine) {
      if (this.#next.has(partition)) continue;
      this.#next.set(partition, await this.#options.position(partition));
    }
    this.#rebalanceAt = performance.now() + REBALANCE_MS;
  }

  /** Partitions take turns in being read first, so that a busy one does not starve the others. */
  #read(maxRecords: number, maxBytes: number): RecordBatch[] {
    const partitions = this.assigned();
    const share = Math.ceil(maxRecords / Math.max(1, partitions.length));
    const batches: RecordBatch[] = [];
    let left = maxRecords;
    let bytes = maxBytes;
    for (let i = 0; i < partitions.length && left > 0 && bytes > 0; i++) {
      const partition = partitions[(this.#firstPartition + i) % partitions.length] ?? 0;
      const batch = this.#readPartition(partition, Math.min(share, left), bytes);
      if (!batch) continue;
      batches.push(batch);
      left -= batch.values.length;
      bytes -= batch.values.bytes.length;
      this.#next.set(partition, batch.nextOffset);
    }
    this.#firstPartition++;
    return batches;
  }

  #readPartition(partition: number, limit: number, bytes: number): RecordBatch | undefined {
    const { topic } = this.#options;
    const offset = this.#next.get(partition) ?? 0;
    if (offset === this.#log.head(topic, partition)?.next) return undefined;
    return this.#log.read(topic, partition, offset, limit, bytes);
  }

  /** Returns after `ms`, or sooner when this process appended something or the signal aborts. */
  #wake(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wakers.delete(this.#options.topic, done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wakers.add(this.#options.topic, done);
      signal?.addEventListener("abort", done, { once: true });
    });
  }
}
