/**
 * What a stream has read and not yet written, and when it is due.
 * @module
 */
import { concatBatches, countOf, type RecordBatch } from "../batch.ts";

/** When the records read so far are written. */
export interface BatchPolicy {
  /** Write as soon as this many are there; 1 for the least latency. */
  readonly minRecords: number;
  /** Write what is there after this long, milliseconds. */
  readonly maxWaitMs: number;
  /** Never write more than this many at once; reading ahead meanwhile pauses at half as many. */
  readonly maxRecords: number;
  /**
   * Each partition's moment to be written comes once in `maxWaitMs`, those of different partitions
   * spread over it: for sinks that write each by itself, where one would wait for all others.
   * Default: all at once.
   */
  readonly staggered?: boolean;
}

/** What is held of a partition. */
interface Held {
  readonly batches: RecordBatch[];
  records: number;
  bytes: number;
  /** When to write it at the latest, by the clock; infinite without a record. */
  dueAt: number;
}

/** Bytes of values held at the most, give or take a poll: large messages are written sooner. */
const BYTES_MAX = 64 * 2 ** 20;
/**
 * The golden ratio less one. The fractions of its multiples (0.62, 0.24, 0.85, 0.47, …) spread evenly
 * over a cycle for any number of partitions, so that their turns to be written do not fall together.
 */
const GOLDEN = 0.6180339887498949;

/** Records of all partitions, by the policy. */
export class HeldRecords {
  readonly #policy: BatchPolicy;
  readonly #held = new Map<number, Held>();
  #records = 0;
  #bytes = 0;

  constructor(policy: BatchPolicy) {
    this.#policy = policy;
  }

  /** Records that may be read yet; `share` of all that may be held. */
  room(share = 1): number {
    if (this.#bytes >= BYTES_MAX * share) return 0;
    return Math.max(0, this.#policy.maxRecords * share - this.#records);
  }

  /** The partitions of which something is held. */
  get partitions(): number[] {
    return [...this.#held.keys()];
  }

  /** When something must be written, by the clock; infinite if nothing must. */
  get dueAt(): number {
    return Math.min(...[...this.#held.values()].map((held) => held.dueAt));
  }

  /** Records held of the partition. */
  countOf(partition: number): number {
    return this.#held.get(partition)?.records ?? 0;
  }

  add(batch: RecordBatch, nowMs: number): void {
    const { partition } = batch;
    const held = this.#held.get(partition) ??
      { batches: [], records: 0, bytes: 0, dueAt: Infinity };
    const count = countOf(batch);
    const bytes = batch.values.bytes.length;
    // What covers offsets without records, such as transaction markers, waits for the next record.
    if (held.records === 0 && count > 0) held.dueAt = this.#dueAt(partition, nowMs);
    held.batches.push(batch);
    held.records += count;
    held.bytes += bytes;
    this.#held.set(partition, held);
    this.#records += count;
    this.#bytes += bytes;
  }

  /** Takes all that is held of the partition. */
  take(partition: number): RecordBatch {
    const batches = this.#held.get(partition)?.batches ?? [];
    this.drop(partition);
    return concatBatches(batches);
  }

  /** Forgets what is held of the partition. */
  drop(partition: number): void {
    const { records = 0, bytes = 0 } = this.#held.get(partition) ?? {};
    this.#records -= records;
    this.#bytes -= bytes;
    this.#held.delete(partition);
  }

  /** The partitions to write now: those whose time has come, or all that hold records. */
  due(all: boolean, nowMs: number): number[] {
    const { minRecords, maxRecords } = this.#policy;
    const isFull = this.#records >= Math.min(minRecords, maxRecords) || this.#bytes >= BYTES_MAX;
    const until = isFull || all ? Infinity : nowMs;
    return [...this.#held].filter(([, { records, dueAt }]) => records > 0 && dueAt <= until)
      .map(([partition]) => partition);
  }

  /** When a partition whose first record has just been read must be written. */
  #dueAt(partition: number, nowMs: number): number {
    const { maxWaitMs, staggered } = this.#policy;
    if (!staggered || maxWaitMs === 0) return Math.min(nowMs + maxWaitMs, this.dueAt);
    const turn = maxWaitMs * (partition * GOLDEN % 1);
    return turn + maxWaitMs * (Math.floor((nowMs - turn) / maxWaitMs) + 1);
  }
}
