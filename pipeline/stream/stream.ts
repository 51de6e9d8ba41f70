/**
 * The stream runner: from the broker into one sink, from where the sink stands.
 * @module
 */
import { concatBatches, countOf, type RecordBatch, widenBatch } from "../batch.ts";
import type { Broker, Consumer } from "../broker/broker.ts";
import { type Clock, systemClock } from "../clock.ts";
import { isTransient, PositionConflict, TickhouseError } from "../errors.ts";
import type { Sink, WriteReport } from "../sink/sink.ts";

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

/** Writes what is there at once; behind a backlog, in batches that keep the process small. */
export const LIVE: BatchPolicy = { minRecords: 1, maxWaitMs: 0, maxRecords: 40_000 };

/** What to stream, and where. */
export interface StreamOptions {
  readonly broker: Broker;
  readonly topic: string;
  readonly sink: Sink;
  readonly policy: BatchPolicy;
  /** Aborting it reads what the log holds at that moment, for 30 s at most, writes it, and ends. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Attempts that fail one after the other for a transient reason. Default: 10. */
  readonly attemptsMax?: number;
  /** Told of each write, with the batches that are in the sink now. */
  readonly onWrite?: (report: WriteReport, batches: readonly RecordBatch[]) => void;
}

/** Milliseconds to wait for records when none are there. */
const IDLE_MS = 250;
/** Milliseconds between looks whether the topic was made anew while it was read. */
const CLAIM_MS = 5_000;
/** Longest pause between attempts, milliseconds. */
const PAUSE_MAX_MS = 5_000;
/** Milliseconds to wait for records when all that may come is on its way. */
const DRAIN_WAIT_MS = 20;
/** Longest time to read on after the signal, milliseconds. */
const DRAIN_MAX_MS = 30_000;
/** Records unpacked at a time while others are written: what that waits for must not wait long. */
const AHEAD_RECORDS = 15_000;

/**
 * Streams until the signal aborts and the log is drained. Throws on a terminal error, and on a
 * transient one that outlasts the attempts; what was written stays written.
 */
export async function stream(options: StreamOptions): Promise<WriteReport> {
  const runner = new Runner(options);
  await using consumer = await runner.join();
  return await runner.run(consumer);
}

/** The group of the workers that stream a topic into a sink. */
export function groupOf(sink: string, topic: string): string {
  return `tickhouse-${sink}-${topic}`;
}

/** What is held of a partition. */
interface Held {
  readonly batches: RecordBatch[];
  records: number;
  /** When to write it at the latest, by the clock; infinite without a record. */
  dueAt: number;
}

/** Multiples of it, of which the fraction is taken, lie as far apart as any can. */
const GOLDEN = 0.6180339887498949;

class Runner {
  readonly #options: StreamOptions;
  readonly #clock: Clock;
  readonly #total = { rows: 0, dead: 0 };
  /** Where the sink stood when it was last asked or written, by partition. */
  readonly #stands = new Map<number, number>();
  /** Where reading stands, by partition. */
  readonly #next = new Map<number, number>();
  /** Read but not yet written, by partition. */
  readonly #held = new Map<number, Held>();
  #heldRecords = 0;
  /** Ends, without an error, with the write under way. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Partitions whose first records the log dropped before they were ever read. */
  readonly #widen = new Map<number, number>();
  #failures = 0;
  #claimAgainAt = 0;
  /** Where the log ended when the signal aborted, by partition. */
  readonly #ends = new Map<number, number>();
  #drainBy = Infinity;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Joins the group. Again while brokers that die hand over what they led. */
  async join(): Promise<Consumer> {
    const { broker, sink, topic } = this.#options;
    for (;;) {
      try {
        const consumer = await broker.consumer({
          group: groupOf(sink.name, topic),
          topic,
          position: (partition) => this.start(partition),
        });
        this.#failures = 0;
        return consumer;
      } catch (error) {
        await this.#excuse(error);
      }
    }
  }

  /** The offset to read a partition from: where the sink stands. What was held of it is dropped. */
  async start(partition: number): Promise<number> {
    this.#drop(partition);
    // The group may share out anew during a write, which moves the sink.
    await this.#writing;
    await this.#claim();
    const { broker, sink, topic } = this.#options;
    const position = await sink.position(topic, partition);
    this.#stands.set(partition, position);
    const { earliest, next } = await broker.offsets(topic, partition);
    if (position > next) {
      throw new TickhouseError(
        "LOG_SHORTER",
        `${sink.name} stands at ${topic}/${partition} offset ${position}, the log ends at ${next}`,
        { mend: "the topic was made anew: use a new sink, or restore the broker's log" },
      );
    }
    if (position > 0 && position < earliest) {
      throw new TickhouseError(
        "RETENTION_PASSED",
        `the log of ${topic}/${partition} starts at ${earliest}, ${sink.name} stands at ${position}`,
        { mend: "load the missing records from the lake, or lengthen the retention" },
      );
    }
    if (position < earliest) this.#widen.set(partition, position);
    const from = Math.max(position, earliest);
    this.#next.set(partition, from);
    return from;
  }

  async run(consumer: Consumer): Promise<WriteReport> {
    for (;;) {
      try {
        if (await this.#step(consumer)) return this.#total;
      } catch (error) {
        await this.#recover(error, consumer);
      }
    }
  }

  /** Makes sure, every few seconds, that the topic is the log that the sink's records are from. */
  async #claim(): Promise<void> {
    if (this.#clock.now() < this.#claimAgainAt) return;
    const { broker, sink, topic } = this.#options;
    const found = await broker.topic(topic);
    if (found) await sink.claim(topic, found.id);
    this.#claimAgainAt = this.#clock.now() + CLAIM_MS;
  }

  /** Reads once, and writes what is due. True when the log is drained. */
  async #step(consumer: Consumer): Promise<boolean> {
    const draining = this.#options.signal.aborted;
    const drained = draining && this.#isDrained(consumer);
    if (!drained) await this.#read(consumer, draining);
    if (draining) await this.#findEnds(consumer);
    const due = this.#due(drained);
    if (due.length > 0) await this.#flush(consumer, due);
    else if (drained) return true;
    return false;
  }

  async #read(consumer: Consumer, draining: boolean): Promise<void> {
    const { policy, signal } = this.#options;
    const room = policy.maxRecords - this.#heldRecords;
    if (room <= 0) return;
    const dueAt = Math.min(...[...this.#held.values()].map((held) => held.dueAt));
    const patience = Math.max(0, dueAt - this.#clock.now());
    const waitMs = draining ? DRAIN_WAIT_MS : Math.min(IDLE_MS, patience);
    // An aborted signal would end the wait at once, and leave records no time to come.
    const either = draining ? {} : { signal };
    const batches = await consumer.poll({ maxRecords: room, waitMs, ...either });
    for (const batch of batches) this.#hold(batch);
  }

  #hold(batch: RecordBatch): void {
    const { partition } = batch;
    const from = this.#widen.get(partition);
    this.#widen.delete(partition);
    const widened = from === undefined ? batch : widenBatch(batch, from);
    const held = this.#held.get(partition) ?? { batches: [], records: 0, dueAt: Infinity };
    const count = countOf(batch);
    // What covers offsets without records, such as transaction markers, waits for the next record.
    if (held.records === 0 && count > 0) held.dueAt = this.#dueAt(partition);
    held.batches.push(widened);
    held.records += count;
    this.#held.set(partition, held);
    this.#heldRecords += count;
    this.#next.set(partition, batch.nextOffset);
  }

  /** When a partition whose first record has just been read must be written. */
  #dueAt(partition: number): number {
    const { maxWaitMs, staggered } = this.#options.policy;
    const now = this.#clock.now();
    if (!staggered || maxWaitMs === 0) {
      return Math.min(now + maxWaitMs, ...[...this.#held.values()].map(({ dueAt }) => dueAt));
    }
    const turn = maxWaitMs * (partition * GOLDEN % 1);
    return turn + maxWaitMs * (Math.floor((now - turn) / maxWaitMs) + 1);
  }

  /** The partitions to write now: those whose time has come, or all that hold records. */
  #due(all: boolean): number[] {
    const { minRecords, maxRecords } = this.#options.policy;
    const now = this.#heldRecords >= Math.min(minRecords, maxRecords) || all
      ? Infinity
      : this.#clock.now();
    return [...this.#held].filter(([, { records, dueAt }]) => records > 0 && dueAt <= now)
      .map(([partition]) => partition);
  }

  async #flush(consumer: Consumer, partitions: readonly number[]): Promise<void> {
    const { sink, onWrite } = this.#options;
    await this.#claim();
    const batches = partitions.map((partition) => {
      const held = this.#held.get(partition)?.batches ?? [];
      this.#drop(partition);
      return concatBatches(held);
    });
    const writing = sink.write(batches);
    this.#writing = writing.catch(() => undefined);
    const ahead = this.#readAhead(consumer, batches.reduce((sum, b) => sum + countOf(b), 0));
    const [written, read] = await Promise.allSettled([writing, ahead]);
    if (written.status === "rejected") throw written.reason;
    const report = written.value;
    this.#failures = 0;
    this.#total.rows += report.rows;
    this.#total.dead += report.dead;
    for (const { partition, nextOffset } of batches) this.#stands.set(partition, nextOffset);
    onWrite?.(report, batches);
    // At once: each is a round trip to the broker.
    await Promise.all(batches.map((b) => consumer.commit(b.partition, b.nextOffset)));
    if (read.status === "rejected") throw read.reason;
  }

  /**
   * Reads on during the write of so many records: they fill the next one. Where the log has no
   * backlog it brings nothing but work.
   */
  async #readAhead(consumer: Consumer, count: number): Promise<void> {
    const { policy, signal } = this.#options;
    if (count < policy.maxRecords / 2 || signal.aborted) return;
    const written = new AbortController();
    this.#writing.then(() => written.abort());
    while (!written.signal.aborted && this.#heldRecords < policy.maxRecords / 2) {
      const maxRecords = Math.min(AHEAD_RECORDS, policy.maxRecords - this.#heldRecords);
      const batches = await consumer.poll({ maxRecords, waitMs: IDLE_MS, signal: written.signal });
      for (const batch of batches) this.#hold(batch);
      // What is in flight to the sink gets its turn.
      await this.#clock.sleep(0);
    }
  }

  /** Starts again from where the sink stands; throws what is terminal, and one failure too many. */
  async #recover(error: unknown, consumer: Consumer): Promise<void> {
    for (let cause = error;;) {
      try {
        if (!(cause instanceof PositionConflict)) await this.#excuse(cause);
        const moved = await this.#restart(consumer);
        // Another worker was faster: that is progress, not a failure.
        if (cause instanceof PositionConflict && !moved) await this.#excuse(cause);
        return;
      } catch (next) {
        if (next === cause) throw next;
        cause = next;
      }
    }
  }

  /** Asks the sink anew where to read from; true if it stands elsewhere than it did. */
  async #restart(consumer: Consumer): Promise<boolean> {
    for (const partition of this.#held.keys()) this.#drop(partition);
    this.#claimAgainAt = 0;
    let moved = false;
    for (const partition of consumer.assigned()) {
      const before = this.#stands.get(partition);
      consumer.seek(partition, await this.start(partition));
      moved ||= this.#stands.get(partition) !== before;
    }
    return moved;
  }

  async #excuse(error: unknown): Promise<void> {
    const { attemptsMax = 10 } = this.#options;
    const curable = isTransient(error) || isOutOfRange(error);
    if (!curable || ++this.#failures >= attemptsMax) throw error;
    const longest = Math.min(PAUSE_MAX_MS, 50 * 2 ** this.#failures);
    await this.#clock.sleep(longest * (0.5 + Math.random() / 2));
  }

  #drop(partition: number): void {
    this.#heldRecords -= this.#held.get(partition)?.records ?? 0;
    this.#held.delete(partition);
  }

  /** Notes where the log ends, of each partition when it is first held while draining. */
  async #findEnds(consumer: Consumer): Promise<void> {
    const { broker, topic } = this.#options;
    if (this.#drainBy === Infinity) this.#drainBy = this.#clock.now() + DRAIN_MAX_MS;
    for (const partition of consumer.assigned()) {
      if (this.#ends.has(partition)) continue;
      this.#ends.set(partition, (await broker.offsets(topic, partition)).next);
    }
  }

  #isDrained(consumer: Consumer): boolean {
    if (this.#clock.now() >= this.#drainBy) return true;
    // While the group shares out anew, holding nothing does not mean that nothing is left.
    return consumer.settled() && consumer.assigned().every((partition) => {
      const end = this.#ends.get(partition);
      return end !== undefined && (this.#next.get(partition) ?? 0) >= end;
    });
  }
}

/** The log no longer, or not yet, holds what is read: asking sink and log anew says which. */
function isOutOfRange(error: unknown): boolean {
  return error instanceof TickhouseError && error.code === "OFFSET_OUT_OF_RANGE";
}
