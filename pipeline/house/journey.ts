/**
 * The whole journey in one process: a source into the log, the log into lake and warehouse, the
 * models built as rows come, and the readers served meanwhile.
 * @module
 */
import { countOf, type RecordBatch } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import { systemClock } from "../clock.ts";
import { number } from "../console.ts";
import type { Config } from "../config/config.ts";
import { PAGE_STATEMENTS } from "../dashboard/queries.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { messageOf } from "../errors.ts";
import { MemoryKeeper } from "../memory.ts";
import { Allowance } from "../read/allowance.ts";
import { serveQueries } from "../read/endpoint.ts";
import { SHOW_TABLES } from "../read/show_tables.ts";
import { warehouseStatements } from "../warehouse/side.ts";
import type { Sink } from "../sink/sink.ts";
import type { Source } from "../source/source.ts";
import { createTopics, ingest, type IngestProgress, type IngestReport } from "../stream/ingest.ts";
import { Meter } from "../stream/meter.ts";
import type { Lost } from "../stream/standing.ts";
import { DRAIN_MAX_MS, stream, type StreamReport } from "../stream/stream.ts";
import { describeStall, type Stall } from "../stream/watchdog.ts";
import type { Codec } from "../codec/codec.ts";
import type { End, OpenEnd } from "../ends/end.ts";
import { messagesOf, type OnNote } from "./adapters.ts";
import type { ModelFault, StreamModels } from "./models.ts";
import { Remaining } from "./remaining.ts";

/** An end of a journey. */
export interface JourneyEnd extends Named {
  readonly end: OpenEnd;
}

/** How an end is spoken of. */
export type Named = Pick<End, "name" | "spoken" | "took">;

/** What a journey consists of. */
export interface JourneyOptions {
  readonly config: Config;
  readonly broker: Broker;
  readonly codec: Codec;
  /** Where it goes. The first one with an engine answers queries and is measured, else the first. */
  readonly ends: readonly JourneyEnd[];
  /** Datasets to stream. */
  readonly datasets: readonly Dataset[];
  /** Left out to stream what others put into the log. */
  readonly source?: Source;
  /** Built each `transformSeconds`, and finished at the end. Left out: not built. */
  readonly models?: StreamModels;
  /** Counts the records that the models have yet to take. Left out: that is not told. */
  readonly modelsLeft?: () => Promise<number>;
  /** Aborting it drains what is on its way and ends. */
  readonly signal: AbortSignal;
  /** End by itself when the source is exhausted. Default: false. */
  readonly untilExhausted?: boolean;
  readonly onIngest?: (progress: IngestProgress) => void;
  /** Told when nothing more is read from the source. */
  readonly onDrain?: () => void;
  /** Told what a person should know, a line each. */
  readonly onNote: OnNote;
}

/** One dataset on its way to one end. */
interface Leg extends JourneyEnd {
  readonly dataset: Dataset;
  readonly sink: Sink;
}

/** What an end took. */
export interface EndReport extends StreamReport, Named {}

/** What a journey did, in records. */
export interface JourneyReport {
  /** What was read from the feed. */
  readonly read: IngestReport;
  /** What each end took. */
  readonly ends: readonly EndReport[];
  /** Tests of the models that found faults; none if they were not built. */
  readonly modelFaults?: readonly ModelFault[];
}

/** Records a second of a feed that leaves the engine idle most of the time. */
const SLOW_PER_SECOND = 2_000;
/** Milliseconds between looks at what the models have left: each reads the offsets of all rows. */
const MODELS_LOOK_MS = 2_000;
/** Milliseconds between the log's clean-ups. */
const RETENTION_MS = 60_000;

/**
 * How far a sink has come since its first write: by offsets, which no lost reply leaves out, less
 * those that were seen to have no record.
 */
class Taken {
  readonly #ranges = new Map<string, { topic: string; from: number; next: number }>();

  note(batches: readonly RecordBatch[]): void {
    for (const batch of batches) {
      const { topic, partition, startOffset, nextOffset } = batch;
      const key = `${topic}/${partition}`;
      const from = this.#ranges.get(key)?.from ?? startOffset;
      const gaps = nextOffset - startOffset - countOf(batch);
      this.#ranges.set(key, { topic, from: from + gaps, next: nextOffset });
    }
  }

  /** Records of the topic. */
  of(topic: string): number {
    return [...this.#ranges.values()].filter((range) => range.topic === topic)
      .reduce((sum, { from, next }) => sum + next - from, 0);
  }
}

/** Runs from the first record to the drained log. */
export class Journey {
  /** Measures the end that answers queries, or the first. */
  readonly meter = new Meter();
  readonly #options: JourneyOptions;
  readonly #stop = new AbortController();
  /** By the end's name. */
  readonly #taken: ReadonlyMap<string, Taken>;
  /** Sinks that take nothing, by name and topic. */
  readonly #stalls = new Map<string, Stall>();
  /** What it does at its end, and how much is left of that. */
  #ending: { readonly doing: string; readonly remaining: Remaining } | undefined;
  /** Offsets that each leg has yet to take after the end of the source. */
  readonly #left = new Map<Leg, number>();
  #produced = 0;

  constructor(options: JourneyOptions) {
    this.#options = options;
    this.#taken = new Map(options.ends.map(({ name }) => [name, new Taken()]));
  }

  /** Records of this run's source that the sink which is measured has yet to take. */
  get lag(): number {
    return Math.max(0, this.#produced - this.#takenBy(this.#foremost?.name));
  }

  /** What sinks take nothing though records wait; null if all do. */
  get stalled(): string | null {
    const stalls = [...this.#stalls.values()].map(describeStall);
    return stalls.length === 0 ? null : stalls.join("; ");
  }

  /** Which tests of the models fail; null if none does. */
  get failing(): string | null {
    const failing = this.#options.models?.failing ?? [];
    if (failing.length === 0) return null;
    return failing.map(({ test, rows }) => `${test} (${number(rows)} rows at fault)`).join("; ");
  }

  /** What it does once nothing more is read, and how long that will take; null before. */
  get ending(): string | null {
    if (!this.#ending) return null;
    const left = this.#ending.remaining.describe();
    return left === undefined ? this.#ending.doing : `${this.#ending.doing}: ${left}`;
  }

  get #foremost(): JourneyEnd | undefined {
    const { ends } = this.#options;
    return ends.find(({ end }) => end.engine) ?? ends[0];
  }

  /** Records of the source's topic. */
  #takenBy(name: string | undefined): number {
    return this.#taken.get(name ?? "")?.of(this.#topic) ?? 0;
  }

  /** A slow feed leaves more of the engine to readers. */
  get #readersShare(): number {
    return this.meter.ratePerSecond < SLOW_PER_SECOND ? 0.5 : 0.04;
  }

  get #topic(): string {
    return this.#dataset?.topic ?? "";
  }

  /** What the source feeds. */
  get #dataset(): Dataset | undefined {
    const { source, datasets } = this.#options;
    return datasets.find(({ name }) => name === source?.dataset.name);
  }

  /** Throws what the first failing part threw, after the others have stopped. */
  async run(): Promise<JourneyReport> {
    const { broker, datasets, source, signal, config } = this.#options;
    const engine = this.#foremost?.end.engine;
    const retentionMs = Math.ceil(config.retentionHours * 3_600_000);
    for (const dataset of datasets) await createTopics(broker, dataset, retentionMs);
    const endpoint = engine && await serveQueries({
      open: () => engine.session(),
      home: config.home,
      folder: engine.folder,
      allowance: new Allowance({ share: () => this.#readersShare }),
      own: new Set([SHOW_TABLES, ...PAGE_STATEMENTS, ...datasets.flatMap(warehouseStatements)]),
      signal: this.#stop.signal,
      ...(config.queryToken ? { token: config.queryToken } : {}),
    });
    using _memory = new MemoryKeeper();
    // The sinks go on after the source has stopped, until the log is drained.
    const drain = new AbortController();
    const sinks = this.#startSinks(drain.signal);
    const chores = Promise.all([this.#build(), this.#retain()]);
    let report: JourneyReport;
    try {
      const failed = Promise.race([sinks, chores]).then(() => undefined);
      const read = await this.#read(source, signal, failed);
      const seconds = DRAIN_MAX_MS / 1000;
      this.#end(`draining for ${seconds} s at the most, the rest waits for the next start`);
      drain.abort();
      report = { read, ends: await sinks };
    } finally {
      drain.abort();
      this.#stop.abort();
      await Promise.allSettled([sinks, chores]);
      await endpoint?.finished;
    }
    await this.#finishModels();
    const modelFaults = this.#options.models?.faults ?? [];
    return { ...report, ...(modelFaults.length > 0 ? { modelFaults } : {}) };
  }

  #end(doing: string): Remaining {
    const remaining = new Remaining();
    if (!this.#ending) this.#options.onDrain?.();
    this.#ending = { doing, remaining };
    return remaining;
  }

  #noteLeft(leg: Leg, left: number): void {
    this.#left.set(leg, left);
    const same = [...this.#left].filter(([{ name }]) => name === leg.name);
    const sum = same.reduce((total, [, offsets]) => total + offsets, 0);
    this.#ending?.remaining.note(leg.spoken, sum);
  }

  async #read(
    source: Source | undefined,
    signal: AbortSignal,
    failed: Promise<void>,
  ): Promise<IngestReport> {
    const stopped = new AbortController();
    const either = AbortSignal.any([signal, stopped.signal]);
    const ingesting = source ? this.#ingest(source, either) : { accepted: 0, refused: 0 };
    const done = Promise.resolve(ingesting).then((report) =>
      this.#options.untilExhausted ? report : untilAborted(signal).then(() => report)
    );
    try {
      await Promise.race([done, failed]);
    } finally {
      stopped.abort();
    }
    return await ingesting;
  }

  async #ingest(source: Source, signal: AbortSignal): Promise<IngestReport> {
    const { broker, codec, ends, onIngest, config } = this.#options;
    const dataset = this.#dataset;
    if (!dataset) throw new TypeError(`${source.name} feeds what the journey does not carry`);
    return await ingest({
      source,
      broker,
      dataset,
      codec,
      signal,
      ...messagesOf(config),
      lag: () => this.#produced - Math.min(...ends.map(({ name }) => this.#takenBy(name))),
      onBatch: (progress) => {
        this.#produced = progress.accepted;
        onIngest?.(progress);
      },
    });
  }

  async #startSinks(signal: AbortSignal): Promise<EndReport[]> {
    const { broker, ends, onNote } = this.#options;
    await using opened = new AsyncDisposableStack();
    // One that fails stops the others: half a pipeline that looks alive helps nobody.
    const failure = new AbortController();
    const either = AbortSignal.any([signal, failure.signal]);
    const start = async (leg: Leg) => {
      const { name, end: { policy }, dataset, sink } = leg;
      try {
        return await stream({
          broker,
          topic: dataset.topic,
          sink,
          policy,
          signal: either,
          onWrite: (_, batches) => {
            this.#taken.get(name)?.note(batches);
            if (name === this.#foremost?.name) this.meter.note(batches);
          },
          onDrain: (left) => this.#noteLeft(leg, left),
          onLost: (lost) => onNote(describeLoss(lost)),
          beginAnew: this.#options.config.beginAnew,
          onStarved: (error) => onNote(`waiting    ${name} ${dataset.topic}: ${messageOf(error)}`),
          onStall: (stall) => this.#noteStall(`${name} ${dataset.topic}`, stall),
        });
      } catch (error) {
        failure.abort();
        throw error;
      }
    };
    const legs = await this.#legs();
    for (const { sink } of legs) opened.use(sink);
    const running = legs.map((leg) => ({ name: leg.name, report: start(leg) }));
    await Promise.allSettled(running.map(({ report }) => report));
    return await Promise.all(ends.map(async ({ end: _, ...named }) => {
      const own = running.filter((leg) => leg.name === named.name).map(({ report }) => report);
      return { ...named, ...total(await Promise.all(own)) };
    }));
  }

  #noteStall(key: string, stall: Stall | undefined): void {
    const isNew = stall && !this.#stalls.has(key);
    if (stall) this.#stalls.set(key, stall);
    else this.#stalls.delete(key);
    if (isNew) this.#options.onNote(`stalled    ${describeStall(stall)}`);
  }

  /** A sink for each dataset at each end. */
  async #legs(): Promise<Leg[]> {
    const { datasets, ends } = this.#options;
    const pairs = datasets.flatMap((dataset) => ends.map((one) => ({ ...one, dataset })));
    return await Promise.all(
      pairs.map(async (pair) => ({ ...pair, sink: await pair.end.sink(pair.dataset) })),
    );
  }

  async #build(): Promise<void> {
    const { models, config } = this.#options;
    const { signal } = this.#stop;
    while (models && !signal.aborted) {
      const startedAt = systemClock.now();
      await models.build();
      const took = systemClock.now() - startedAt;
      // At most half of the time goes into building, however slow it gets.
      await systemClock.sleep(Math.max(took, config.transformSeconds * 1000 - took), signal);
    }
    if (!signal.aborted) await untilAborted(signal);
  }

  async #finishModels(): Promise<void> {
    const { models, modelsLeft } = this.#options;
    if (!models) return;
    const remaining = this.#end("building models");
    let lookAt = 0;
    const look = async () => {
      if (!modelsLeft || systemClock.now() < lookAt) return;
      remaining.note("the models", await modelsLeft());
      lookAt = systemClock.now() + MODELS_LOOK_MS;
    };
    await look();
    // What a live stream has left is one slice.
    if (!(await models.build() || await models.build())) {
      this.#options.onNote("all is loaded; building what the models have left");
      do await look(); while (!await models.build());
    }
    await models.finish();
  }

  async #retain(): Promise<void> {
    const { broker, config } = this.#options;
    const { signal } = this.#stop;
    const retention = {
      maxAgeMs: config.retentionHours * 3_600_000,
      maxBytes: config.retentionMib * 2 ** 20,
    };
    while (!signal.aborted && await broker.retain(retention) !== null) {
      await systemClock.sleep(RETENTION_MS, signal);
    }
    // Other brokers see to it themselves.
    if (!signal.aborted) await untilAborted(signal);
  }
}

/** What a sink lost is written again from the log: that must not go unseen. */
function describeLoss({ sink, topic, partition, position, taken }: Lost): string {
  return `lost       ${sink} had taken ${topic}/${partition} up to offset ${taken} and stands at ` +
    `${position}: what was removed is written again from the log`;
}

function total(reports: readonly StreamReport[]): StreamReport {
  return {
    left: reports.reduce((sum, report) => sum + report.left, 0),
    rows: reports.reduce((sum, report) => sum + report.rows, 0),
    dead: reports.reduce((sum, report) => sum + report.dead, 0),
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
