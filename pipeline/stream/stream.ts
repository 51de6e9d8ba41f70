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
  /** Never hold more than this many: reading pauses. */
  readonly maxRecords: number;
}

/** Writes what is there at once; behind a backlog, batches grow to whole DuckDB row groups. */
export const LIVE: BatchPolicy = { minRecords: 1, maxWaitMs: 0, maxRecords: 250_000 };

/** What to stream, and where. */
export interface StreamOptions {
  readonly broker: Broker;
  readonly topic: string;
  readonly sink: Sink;
  readonly policy: BatchPolicy;
  /** Aborting it reads what the log holds at that moment, writes it, and ends. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Attempts at a write that fails for a transient reason. Default: 10. */
  readonly attemptsMax?: number;
  /** Told of each write, with the batches that are in the sink now. */
  readonly onWrite?: (report: WriteReport, batches: readonly RecordBatch[]) => void;
}

/** Milliseconds to wait for records when none are there. */
const IDLE_MS = 250;
/** Longest pause between attempts, milliseconds. */
const PAUSE_MAX_MS = 5_000;
/** Longest time to read on after the signal, milliseconds. */
const DRAIN_MAX_MS = 30_000;

/**
 * Streams until the signal aborts and the log is drained. Throws on a terminal error, and on a
 * transient one that outlasts the attempts; what was written stays written.
 */
export async function stream(options: StreamOptions): Promise<WriteReport> {
  const runner = new Runner(options);
  await using consumer = await options.broker.consumer({
    group: `tickhouse-${options.sink.name}`,
    topic: options.topic,
    position: (partition) => runner.start(partition),
  });
  return await runner.run(consumer);
}

class Runner {
  readonly #options: StreamOptions;
  readonly #clock: Clock;
  /** Read but not yet written, by partition. */
  #held = new Map<number, RecordBatch[]>();
  #heldRecords = 0;
  #heldSince = 0;
  /** Partitions whose first records the log dropped before they were ever read. */
  readonly #widen = new Map<number, number>();
  #failures = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The offset to read a partition from: where the sink stands. */
  async start(partition: number): Promise<number> {
    const { broker, sink, topic } = this.#options;
    const position = await sink.position(topic, partition);
    const { earliest, next } = await broker.offsets(topic, partition);
    if (position > next) {
      throw new TickhouseError(
        "LOG_SHORTER",
        `${sink.name} stands at ${topic}/${partition} offset ${position}, the log ends at ${next}`,
        { mend: "the topic was made anew: use a new sink, or restore the broker's log" },
      );
    }
    if (position >= earliest) return position;
    if (position > 0) {
      throw new TickhouseError(
        "RETENTION_PASSED",
        `the log of ${topic}/${partition} starts at ${earliest}, ${sink.name} stands at ${position}`,
        { mend: "load the missing records from the lake, or lengthen the retention" },
      );
    }
    this.#widen.set(partition, position);
    return earliest;
  }

  async run(consumer: Consumer): Promise<WriteReport> {
    const total = { rows: 0, dead: 0 };
    let drainBy = Infinity;
    for (;;) {
      const draining = this.#options.signal.aborted;
      if (draining && drainBy === Infinity) drainBy = this.#clock.now() + DRAIN_MAX_MS;
      const caughtUp = !await this.#read(consumer, draining);
      const ending = draining && (caughtUp || this.#clock.now() >= drainBy);
      if (this.#isDue() || (ending && this.#heldRecords > 0)) {
        const { rows, dead } = await this.#flush(consumer);
        total.rows += rows;
        total.dead += dead;
      } else if (ending) return total;
    }
  }

  /** Reads once; false if nothing came. */
  async #read(consumer: Consumer, draining: boolean): Promise<boolean> {
    const { policy, signal } = this.#options;
    const room = policy.maxRecords - this.#heldRecords;
    if (room <= 0) return true;
    const age = this.#clock.now() - this.#heldSince;
    const patience = this.#heldRecords === 0 ? IDLE_MS : Math.max(0, policy.maxWaitMs - age);
    const waitMs = draining ? 0 : Math.min(IDLE_MS, patience);
    const batches = await consumer.poll({ maxRecords: room, waitMs, signal });
    for (const batch of batches) this.#hold(batch);
    return batches.length > 0;
  }

  #hold(batch: RecordBatch): void {
    const from = this.#widen.get(batch.partition);
    this.#widen.delete(batch.partition);
    const widened = from === undefined ? batch : widenBatch(batch, from);
    if (this.#heldRecords === 0) this.#heldSince = this.#clock.now();
    this.#heldRecords += countOf(batch);
    const neighbours = this.#held.get(batch.partition);
    if (neighbours) neighbours.push(widened);
    else this.#held.set(batch.partition, [widened]);
  }

  #isDue(): boolean {
    const { minRecords, maxWaitMs, maxRecords } = this.#options.policy;
    if (this.#heldRecords === 0) return false;
    return this.#heldRecords >= Math.min(minRecords, maxRecords) ||
      this.#clock.now() - this.#heldSince >= maxWaitMs;
  }

  async #flush(consumer: Consumer): Promise<WriteReport> {
    const { sink, topic, onWrite, attemptsMax = 10 } = this.#options;
    try {
      const batches = [...this.#held.values()].map(concatBatches);
      const report = await sink.write(batches);
      this.#drop();
      this.#failures = 0;
      for (const batch of batches) await consumer.commit(batch.partition, batch.nextOffset);
      onWrite?.(report, batches);
      return report;
    } catch (error) {
      if (!isTransient(error) || ++this.#failures >= attemptsMax) throw error;
      if (!(error instanceof PositionConflict)) await this.#pause();
      this.#drop();
      for (const partition of consumer.assigned()) {
        consumer.seek(partition, await sink.position(topic, partition));
      }
      return { rows: 0, dead: 0 };
    }
  }

  #drop(): void {
    this.#held = new Map();
    this.#heldRecords = 0;
  }

  #pause(): Promise<void> {
    const longest = Math.min(PAUSE_MAX_MS, 50 * 2 ** this.#failures);
    return this.#clock.sleep(longest * (0.5 + Math.random() / 2));
  }
}
