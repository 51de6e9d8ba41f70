/**
 * A topic of others as a source: its messages become records by a mapping, and where it stands is
 * kept in the commit of the records, so that each message is taken exactly once.
 * @module
 */
import { countOf, type Packed, type RecordBatch } from "../../batch.ts";
import { type Clock, systemClock } from "../../clock.ts";
import type { Decoded } from "../../codec/codec.ts";
import { column, type Dataset } from "../../datasets/dataset.ts";
import { Workbench } from "../../decode/workbench.ts";
import { hasCode, TickhouseError } from "../../errors.ts";
import type { CheckedMapping } from "../../mapping/mapping.ts";
import { type Mapped, Mapper } from "../../mapping/mapper.ts";
import { sha256 } from "../../sha256.ts";
import type { TopicAccess } from "../entry.ts";
import type { Source, SourceBatch } from "../source.ts";
import { ahead } from "./ahead.ts";
import { infoOf } from "./info.ts";
import { originOf } from "./origin.ts";
import { type Counts, NO_COUNTS, parseState, plus, type TopicState } from "./state.ts";

/** Options of `TopicSource`. */
export interface TopicOptions {
  /** Its full name. */
  readonly topic: string;
  readonly checked: CheckedMapping;
  /** Opens a client that reads it. */
  readonly open: TopicAccess["open"];
  /** Its messages as lines of JSON. */
  readonly toLines: (values: Packed) => Promise<Decoded>;
  /** End where it ended when the reading began. Default: go on as messages come. */
  readonly toEnd?: boolean;
  /** End after so many records, or a few more of the same batch. Default: never. */
  readonly limit?: number;
  /** Go on where messages that were not read are gone. Default: that is an error. */
  readonly beginAnew?: boolean;
  /** Told what a person should know. Default: nobody is told. */
  readonly onNote?: (text: string) => void;
  /** Messages read at once. Default: 40,000. */
  readonly batchMessages?: number;
  readonly clock?: Clock;
}

/** The client of a topic. */
type Log = Awaited<ReturnType<TopicAccess["open"]>>;

/** Some messages, mapped, and how far the topic was read with them. */
interface Step {
  readonly mapped: Mapped;
  /** Counts without them. */
  readonly before: Counts;
  readonly state: TopicState;
  /** Where the partitions end, if the reading ends there. */
  readonly ends: readonly number[] | undefined;
}

const BATCH_MESSAGES = 40_000;
/** Milliseconds until a topic that had nothing new is looked at again. */
const IDLE_MS = 50;
/** Milliseconds between looks at whether the topic has more partitions, or is another. */
const LOOK_MS = 10_000;
/** Refusals that are told one by one. */
const REFUSED_SHOWN = 5;

/** A topic of others. */
export class TopicSource implements Source {
  readonly name: string;
  readonly dataset: Dataset;
  readonly #options: TopicOptions;
  readonly #told = new Set<string>();
  readonly #unused = new Set<string>();
  #refused = 0;

  constructor(options: TopicOptions) {
    const { checked: { dataset, mapping }, topic } = options;
    // Another mapping is another stream of records: it begins at the start.
    this.name = `topic:${topic}:${mapping.name}:${dataset.name}`;
    this.dataset = dataset;
    this.#options = options;
  }

  /**
   * Throws `TOPIC_UNKNOWN`, `TOPIC_EXPIRED` where messages that were not read are gone, `LOG_REPLACED`
   * for a topic that is another one, and what its broker throws.
   */
  async *read(state: string | undefined, signal: AbortSignal): AsyncGenerator<SourceBatch> {
    let first: Counts | undefined;
    let counts = NO_COUNTS;
    try {
      // The next messages are mapped while those before them are appended.
      for await (const step of ahead((signal) => this.#steps(state, signal), signal)) {
        const { mapped, state: reached, before, ends } = step;
        first ??= before;
        counts = reached.counts;
        this.#note(mapped);
        yield this.#yielded(mapped, reached, ends);
      }
    } finally {
      if (first) this.#summary(counts, first);
    }
  }

  /** The messages of one partition at a time, and how far the topic was read with them. */
  async *#steps(state: string | undefined, signal: AbortSignal): AsyncGenerator<Step> {
    const { topic, checked, open, toLines, toEnd = false, limit = Infinity } = this.#options;
    const { clock = systemClock } = this.#options;
    await using log = await open();
    await using bench = await Workbench.open();
    const { id } = await infoOf(log, topic);
    const before = state === undefined ? undefined : parseState(state);
    if (before && before.id !== id) throw this.#replaced();
    const mapping = (await sha256(encoded(JSON.stringify(checked.mapping)))).slice(0, 16);
    if (before && before.mapping !== mapping) {
      this.#tell("the mapping has changed: what was read before it stays as it was stored");
    }
    const origin = await originOf(topic, id);
    const mapper = new Mapper({
      checked,
      toLines,
      origin,
      session: bench.session,
      spool: bench.spool,
    });
    const next = [...before?.next ?? []];
    const ends = await this.#begin(log, next, before !== undefined);
    let counts = before?.counts ?? NO_COUNTS;
    const first = counts;
    let turn = before?.turn ?? 0;
    let lookAt = clock.now() + LOOK_MS;
    while (!signal.aborted) {
      let moved = false;
      for (let i = 0; i < next.length && !signal.aborted; i++) {
        const p = turn;
        turn = (turn + 1) % next.length;
        const from = next[p] ?? 0;
        if (toEnd && from >= (ends[p] ?? 0)) continue;
        const left = limit - (counts.records - first.records);
        if (left <= 0) return;
        const batch = await this.#batch(log, p, from, left);
        if (!batch) {
          // Nothing more is there, though offsets may be: markers of transactions have some.
          if (toEnd) next[p] = ends[p] ?? from;
          continue;
        }
        moved = true;
        next[p] = batch.nextOffset;
        if (countOf(batch) === 0) continue;
        const mapped = await mapper.map(batch);
        const before = counts;
        counts = plus(counts, countsOf(mapped));
        const reached = { id, next: [...next], turn, counts, mapping };
        yield { mapped, before, state: reached, ends: toEnd ? ends : undefined };
      }
      if (moved) continue;
      if (toEnd) return;
      await clock.sleep(IDLE_MS, signal);
      if (clock.now() < lookAt) continue;
      lookAt = clock.now() + LOOK_MS;
      if ((await infoOf(log, topic)).id !== id) throw this.#replaced();
      await this.#begin(log, next, true);
    }
  }

  /** Where each partition is to be read from, into `next`; where each ends now is returned. */
  async #begin(log: Log, next: number[], resumed: boolean): Promise<number[]> {
    const { topic } = this.#options;
    const { partitions } = await infoOf(log, topic);
    const ends: number[] = [];
    for (let p = 0; p < partitions; p++) {
      const { earliest, next: end } = await log.offsets(topic, p);
      ends.push(end);
      const at = next[p];
      if (at === undefined) {
        next[p] = earliest;
        if (earliest > 0 && !resumed) {
          this.#tell(`partition ${p} begins at offset ${earliest}: what was before it is gone`);
        }
      } else if (at > end) throw this.#replaced();
      else if (at < earliest) next[p] = this.#expired(p, at, earliest);
    }
    return ends;
  }

  async #batch(log: Log, p: number, from: number, left: number): Promise<RecordBatch | undefined> {
    const { topic, batchMessages = BATCH_MESSAGES } = this.#options;
    try {
      return await log.read(topic, p, from, Math.min(batchMessages, left));
    } catch (error) {
      if (!hasCode(error, "OFFSET_OUT_OF_RANGE")) throw error;
      const { earliest, next } = await log.offsets(topic, p);
      if (from > next) throw this.#replaced();
      if (from >= earliest) throw error;
      return await log.read(
        topic,
        p,
        this.#expired(p, from, earliest),
        Math.min(batchMessages, left),
      );
    }
  }

  /** Where to go on. Throws `TOPIC_EXPIRED` unless that was agreed to. */
  #expired(partition: number, from: number, earliest: number): number {
    const { topic, beginAnew = false } = this.#options;
    const what = `partition ${partition} begins at offset ${earliest} now: ` +
      `${earliest - from} offsets from ${from} on were never read`;
    if (beginAnew) {
      this.#tell(what);
      return earliest;
    }
    throw new TickhouseError("TOPIC_EXPIRED", what, {
      field: "topic",
      value: topic,
      fix:
        "keep messages longer there; TICKHOUSE_BEGIN_ANEW=yes goes on without them, for one start",
    });
  }

  #replaced(): TickhouseError {
    return new TickhouseError(
      "LOG_REPLACED",
      "the topic was recreated since it was read: its offsets are other messages",
      {
        field: "topic",
        value: this.#options.topic,
        fix: "give the mapping another name, to read the new topic from its start",
      },
    );
  }

  #yielded(mapped: Mapped, state: TopicState, ends: readonly number[] | undefined): SourceBatch {
    const { records, refused, skipped } = mapped;
    const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);
    const all = ends && sum(ends);
    return {
      records,
      refused,
      skipped,
      state: JSON.stringify(state),
      ...(all ? { progress: Math.min(1, sum(state.next) / all) } : {}),
    };
  }

  /** What a person should know of these messages, once each. */
  #note({ unused, locals, cuts, refused }: Mapped): void {
    const { checked: { mapping, dataset } } = this.#options;
    const fresh = unused.filter((name) => !this.#unused.has(name));
    for (const name of fresh) this.#unused.add(name);
    if (fresh.length > 0) {
      this.#tell(`left out, since no column is filled from it: ${fresh.join(", ")}`);
    }
    if (locals > 0 && mapping.time_zone === undefined) {
      this.#tell(`times without a zone are taken for UTC: "time_zone" in the mapping says another`);
    }
    if (cuts > 0) {
      const { type } = column(dataset, dataset.eventTime);
      const unit = type.kind === "timestamp" && type.wireUnit === "s" ? "second" : "microsecond";
      this.#tell(`times are finer than ${dataset.name} keeps them: cut to the ${unit}`);
    }
    for (const { at, reason } of refused) {
      this.#refused++;
      if (this.#refused <= REFUSED_SHOWN) this.#tell(`refused ${at}: ${reason}`);
      else this.#tell("refused more; all are in the dead-letter topic, with their reasons");
    }
  }

  #summary(counts: Counts, first: Counts): void {
    const of = (key: keyof Counts) => counts[key] - first[key];
    const rest = [
      ...of("skipped") > 0 ? [`${of("skipped")} messages skipped as declared`] : [],
      ...of("elsewhere") > 0 ? [`${of("elsewhere")} messages for other mappings`] : [],
      ...of("refused") > 0 ? [`${of("refused")} refused`] : [],
    ];
    const what = [`${of("records")} records`, ...rest].join(", ");
    this.#tell(`${of("messages")} messages read: ${what}`);
  }

  #tell(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#options.onNote?.(`topic      ${this.#options.topic}: ${text}`);
  }
}

function encoded(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function countsOf({ messages, records, skipped, elsewhere, refused }: Mapped): Counts {
  const count = records.reduce((sum, { values }) => sum + values.length, 0);
  return { messages, records: count, skipped, elsewhere, refused: refused.length };
}
