/**
 * The stream runner: from the broker into one sink, from where the sink stands.
 * @module
 */
import { countOf, type RecordBatch } from "../batch.ts";
import type { Broker, Consumer } from "../broker/broker.ts";
import { type Clock, systemClock } from "../clock.ts";
import { hasCode, isTransient, PositionConflict } from "../errors.ts";
import type { Sink, WriteReport } from "../sink/sink.ts";
import { isOutOfMemory } from "../duckdb/engine/errors.ts";
import { type BatchPolicy, HeldRecords } from "./held.ts";
import { checkStanding, groupOf, isLost, type Lost, takenBefore } from "./standing.ts";
import { PATIENCE, type Patience, type Stall, Watchdog } from "./watchdog.ts";

export type { BatchPolicy } from "./held.ts";
export { groupOf } from "./standing.ts";

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
  /** Told at each step after the signal, how many offsets of the log the sink has yet to take. */
  readonly onDrain?: (left: number) => void;
  /** Of a sink that takes nothing. Default: `PATIENCE`, longer by `policy.maxWaitMs`. */
  readonly patience?: Patience;
  /** Told of a sink that takes nothing at each look, and with undefined that it does again. */
  readonly onStall?: (stall: Stall | undefined) => void;
  /**
   * Told when the sink runs out of memory that it had before: what it could not write is tried again, for
   * some minutes.
   */
  readonly onStarved?: (error: unknown) => void;
  /** Told of what the sink had taken and has no more; the log has it and is read again from there. */
  readonly onLost?: (lost: Lost) => void;
  /**
   * Let a sink that was never written begin where the log does, though one of its name had taken
   * what the log no longer has. Default: false, which is `SINK_LOST`.
   */
  readonly beginAnew?: boolean;
}

/** What a stream did. */
export interface StreamReport extends WriteReport {
  /**
   * Offsets that the log held when the signal aborted and the sink has not taken: more than 0 only
   * if the time to read on ran out.
   */
  readonly left: number;
}

/** Milliseconds to wait for records when none are there. */
const IDLE_MS = 250;
/** Milliseconds between looks whether the topic was recreated while it was read. */
const CLAIM_MS = 5_000;
/** Longest pause between attempts, milliseconds. */
const PAUSE_MAX_MS = 5_000;
/** Attempts of a sink that runs out of memory: five minutes or more. */
const STARVED_ATTEMPTS_MAX = 100;
/** Milliseconds to wait for records when all that may come is on its way. */
const DRAIN_WAIT_MS = 20;
/** Longest time to read on after the signal, milliseconds. */
export const DRAIN_MAX_MS = 30_000;
/** Records unpacked at a time while others are written: what that waits for must not wait long. */
const AHEAD_RECORDS = 15_000;

/**
 * Streams until the signal aborts and the log is drained. Throws on a terminal error, and on a
 * transient one that outlasts the attempts; what was written stays written.
 */
export async function stream(options: StreamOptions): Promise<StreamReport> {
  const runner = new Runner(options);
  await using consumer = await runner.join();
  using watch = runner.watch(consumer);
  return await Promise.race([runner.run(consumer), watch.stalled]);
}

class Runner {
  readonly #options: StreamOptions;
  readonly #clock: Clock;
  readonly #total = { rows: 0, dead: 0 };
  /** Where the sink stood when it was last asked or written, by partition. */
  readonly #stands = new Map<number, number>();
  /** Where reading stands, by partition. */
  readonly #next = new Map<number, number>();
  readonly #held: HeldRecords;
  /** Where it stood when it was told that the sink had lost something, by partition. */
  readonly #toldLost = new Map<number, number>();
  /** What the group was told, by partition. */
  readonly #committed = new Map<number, number>();
  /** Ends, without an error, with the write under way. */
  #writing: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #hasClaimed = false;
  /** Of the topic, when it was last looked at. */
  #partitions = 0;
  #claimAgainAt = 0;
  /** Where the log ended when the signal aborted, by partition. */
  readonly #ends = new Map<number, number>();
  #drainBy = Infinity;
  readonly #watchdog: Watchdog;
  readonly #everyMs: number;
  /** Partitions being written. */
  #underWay: ReadonlySet<number> = new Set();

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { sink, topic, policy } = options;
    this.#held = new HeldRecords(policy);
    const patience = {
      ...PATIENCE,
      quietMs: PATIENCE.quietMs + policy.maxWaitMs,
      endMs: PATIENCE.endMs + policy.maxWaitMs,
      ...options.patience,
    };
    this.#everyMs = patience.everyMs;
    this.#watchdog = new Watchdog(sink.name, topic, patience, this.#clock.now());
  }

  /** Looks at the sink beside the run, which may hang in it: `stalled` rejects when that lasts. */
  watch(consumer: Consumer): Disposable & { stalled: Promise<never> } {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {}); // It may reject when nobody waits any more.
    let isStalled = false;
    const look = async () => {
      const behind = await this.#behind(consumer.assigned());
      const stall = this.#watchdog.look(behind, this.#clock.now());
      if (stall || isStalled) this.#options.onStall?.(stall);
      isStalled = stall !== undefined;
    };
    let looking = Promise.resolve();
    const timer = setInterval(() => {
      looking = looking.then(look).catch((error) => {
        // What keeps the log from being asked, the run meets itself.
        if (hasCode(error, "SINK_STALLED")) reject(error);
      });
    }, this.#everyMs);
    return { stalled: promise, [Symbol.dispose]: () => clearInterval(timer) };
  }

  /** Offsets of the partitions that the log holds and the sink has yet to take. */
  async #behind(partitions: readonly number[], ends?: Map<number, number>): Promise<number> {
    const { broker, topic } = this.#options;
    let behind = 0;
    for (const partition of partitions) {
      const end = ends?.get(partition) ?? (await broker.offsets(topic, partition)).next;
      // Offsets without records, such as transaction markers, wait for the next record.
      const isRead = (this.#next.get(partition) ?? 0) >= end;
      if (isRead && this.#isTaken(partition)) continue;
      behind += Math.max(0, end - (this.#stands.get(partition) ?? 0));
    }
    return behind;
  }

  /** Whether the sink has all records that were read of the partition. */
  #isTaken(partition: number): boolean {
    return !this.#underWay.has(partition) && this.#held.countOf(partition) === 0;
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
    this.#held.drop(partition);
    // The group may share out again during a write, which moves the sink.
    await this.#writing;
    const { broker, sink, topic } = this.#options;
    const taken = await takenBefore(broker, sink.name, topic, partition);
    await this.#claim();
    const position = await sink.position(topic, partition);
    this.#stands.set(partition, position);
    const standing = { sink: sink.name, topic, partition, position, taken };
    checkStanding(standing, await broker.offsets(topic, partition));
    if (isLost(standing)) this.#tellLost(standing);
    this.#next.set(partition, position);
    return position;
  }

  /** Once: a start that fails before anything was committed meets it again. */
  #tellLost(lost: Lost): void {
    if (this.#toldLost.get(lost.partition) === lost.position) return;
    this.#toldLost.set(lost.partition, lost.position);
    this.#options.onLost?.(lost);
  }

  async run(consumer: Consumer): Promise<StreamReport> {
    for (;;) {
      try {
        if (await this.#step(consumer)) return { ...this.#total, left: await this.#left(consumer) };
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
    if (found && this.#hasClaimed) await sink.claim(topic, found.id);
    else if (found) await sink.claim(topic, found.id, await this.#beginnings(found.partitions));
    this.#hasClaimed ||= found !== undefined;
    this.#partitions = found?.partitions ?? 0;
    this.#claimAgainAt = this.#clock.now() + CLAIM_MS;
  }

  /** Where the log begins, by partition. Throws `SINK_LOST` where the sink should not be new. */
  async #beginnings(partitions: number): Promise<number[]> {
    const { broker, sink, topic, beginAnew } = this.#options;
    const all = Array.from({ length: partitions }, async (_, partition) => {
      const range = await broker.offsets(topic, partition);
      if (range.earliest === 0 || beginAnew) return range.earliest;
      // The claim would let it begin behind what it had, as if that had never been there.
      const taken = await takenBefore(broker, sink.name, topic, partition);
      const standing = {
        sink: sink.name,
        topic,
        partition,
        position: await sink.position(topic, partition),
        taken,
      };
      if (isLost(standing)) checkStanding(standing, range);
      return range.earliest;
    });
    return await Promise.all(all);
  }

  /** Reads once, and writes what is due. True when the log is drained. */
  async #step(consumer: Consumer): Promise<boolean> {
    const draining = this.#options.signal.aborted;
    const drained = draining && this.#isDrained(consumer);
    if (!drained) await this.#read(consumer, draining);
    if (draining) {
      await this.#findEnds(consumer);
      this.#options.onDrain?.(await this.#behind(consumer.assigned(), this.#ends));
    }
    const due = this.#held.due(drained, this.#clock.now());
    if (due.length > 0) await this.#flush(consumer, due);
    await this.#commit(consumer);
    return drained && due.length === 0;
  }

  /** Tells the group how far the sink is: also of what another worker wrote, or an earlier start. */
  async #commit(consumer: Consumer): Promise<void> {
    const moved = consumer.assigned().flatMap((partition) => {
      const at = this.#stands.get(partition) ?? 0;
      return at === (this.#committed.get(partition) ?? 0) ? [] : [{ partition, at }];
    });
    // At once: each is a round trip to the broker.
    await Promise.all(moved.map(async ({ partition, at }) => {
      await consumer.commit(partition, at);
      this.#committed.set(partition, at);
    }));
  }

  async #read(consumer: Consumer, draining: boolean): Promise<void> {
    const { signal } = this.#options;
    const room = this.#held.room();
    if (room <= 0) return;
    const patience = Math.max(0, this.#held.dueAt - this.#clock.now());
    const waitMs = draining ? DRAIN_WAIT_MS : Math.min(IDLE_MS, patience);
    // An aborted signal would end the wait at once, and leave records no time to come.
    const either = draining ? {} : { signal };
    const batches = await consumer.poll({ maxRecords: room, waitMs, ...either });
    for (const batch of batches) this.#hold(batch);
  }

  #hold(batch: RecordBatch): void {
    this.#held.add(batch, this.#clock.now());
    this.#next.set(batch.partition, batch.nextOffset);
  }

  async #flush(consumer: Consumer, partitions: readonly number[]): Promise<void> {
    const { sink, onWrite } = this.#options;
    await this.#claim();
    const batches = partitions.map((partition) => this.#held.take(partition));
    this.#underWay = new Set(partitions);
    const writing = sink.write(batches).finally(() => this.#underWay = new Set());
    this.#writing = writing.catch(() => undefined);
    const ahead = this.#readAhead(consumer, batches.reduce((sum, b) => sum + countOf(b), 0));
    const [written, read] = await Promise.allSettled([writing, ahead]);
    if (written.status === "rejected") throw written.reason;
    const report = written.value;
    this.#failures = 0;
    this.#total.rows += report.rows;
    this.#total.dead += report.dead;
    for (const { partition, nextOffset } of batches) this.#stands.set(partition, nextOffset);
    this.#watchdog.progress(this.#clock.now());
    onWrite?.(report, batches);
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
    while (!written.signal.aborted && this.#held.room(0.5) > 0) {
      const maxRecords = Math.min(AHEAD_RECORDS, this.#held.room());
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

  /** Asks the sink again where to read from; true if it stands elsewhere than it did. */
  async #restart(consumer: Consumer): Promise<boolean> {
    for (const partition of this.#held.partitions) this.#held.drop(partition);
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
    // Who else takes of the memory gives it back before long; it is tried in smaller parts already.
    const isStarved = isOutOfMemory(error) && this.#total.rows + this.#total.dead > 0;
    const { attemptsMax = isStarved ? STARVED_ATTEMPTS_MAX : 10 } = this.#options;
    const curable = isTransient(error) || isOutOfRange(error);
    if (isStarved && this.#failures === 0) this.#options.onStarved?.(error);
    if (!curable || ++this.#failures >= attemptsMax) throw error;
    const longest = Math.min(PAUSE_MAX_MS, 50 * 2 ** this.#failures);
    await this.#clock.sleep(longest * (0.5 + Math.random() / 2));
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

  /** What the sink has not taken though the log held it when the signal aborted. */
  async #left(consumer: Consumer): Promise<number> {
    if (this.#clock.now() < this.#drainBy) return 0;
    // While the group shares out again, any partition may be the one that nobody reads.
    const all = Array.from({ length: this.#partitions }, (_, partition) => partition);
    return await this.#behind(consumer.settled() ? consumer.assigned() : all, this.#ends);
  }

  #isDrained(consumer: Consumer): boolean {
    if (this.#clock.now() >= this.#drainBy) return true;
    // While the group shares out again, holding nothing does not mean that nothing is left.
    return consumer.settled() && consumer.assigned().every((partition) => {
      const end = this.#ends.get(partition);
      return end !== undefined && (this.#next.get(partition) ?? 0) >= end;
    });
  }
}

/** The log no longer, or not yet, holds what is read: asking sink and log again says which. */
function isOutOfRange(error: unknown): boolean {
  return hasCode(error, "OFFSET_OUT_OF_RANGE");
}
