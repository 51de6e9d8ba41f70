/** What the tests of the runners and of the proof share: a log, a lake, a warehouse. @module */
import { join } from "node:path";
import { Packed, type RecordBatch } from "../batch.ts";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import type { Clock } from "../clock.ts";
import { jsonCodec } from "../codec/json.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { type Proof, reconcile } from "../reconcile/reconcile.ts";
import { deadLetterQueue } from "../sink/dead_letters.ts";
import { LakeSink } from "../lake/lake.ts";
import type { LakeFormat } from "../lake/layout.ts";
import type { Sink } from "../sink/sink.ts";
import { WarehouseSink } from "../warehouse/sink.ts";
import type { Random } from "../source/simulator/random.ts";
import { DirectoryStore } from "../store/directory.ts";
import { TempFolder, validMessage } from "../testing.ts";
import { DuckDbWarehouse } from "../duckdb/warehouse.ts";
import { createTopics } from "./ingest.ts";
import { type BatchPolicy, LIVE, stream, type StreamOptions } from "./stream.ts";
import { lakeSide } from "../lake/side.ts";
import { warehouseSide } from "../warehouse/side.ts";

/** Keys that hash to different partitions. */
export const KEYS = ["AAPL", "GOOGL", "MSFT", "AMZN", "TSLA", "IBM", "F", "GE"];

/** What a test may change under way. */
export interface Weather {
  /** Where the broker's clock stands; undefined for the machine's. */
  nowMs?: number;
  /** Why the dead-letter topic refuses; undefined while it does not. */
  deadLettersFail?: Error;
}

/** Pauses take no time, and none of that to drain the log. */
export const STANDING: Clock = { now: () => 0, sleep: () => Promise.resolve() };

/** One embedded home of ticks. */
export class TestHouse implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly weather: Weather;
  readonly broker: EmbeddedBroker;
  readonly warehouse: DuckDbWarehouse;
  readonly store: DirectoryStore;
  #sent = 0;

  private constructor(
    folder: TempFolder,
    weather: Weather,
    broker: EmbeddedBroker,
    warehouse: DuckDbWarehouse,
  ) {
    this.folder = folder;
    this.weather = weather;
    this.broker = broker;
    this.warehouse = warehouse;
    this.store = new DirectoryStore(this.lakeRoot);
  }

  static async open(): Promise<TestHouse> {
    const folder = new TempFolder();
    const weather: Weather = {};
    const now = () => weather.nowMs ?? Date.now();
    const broker = new EmbeddedBroker({ path: join(folder.path, "broker.sqlite"), now });
    const queue = deadLetterQueue(broker, "warehouse");
    const warehouse = await DuckDbWarehouse.open({
      path: join(folder.path, "warehouse.duckdb"),
      codec: jsonCodec,
      deadLetters: (letters) =>
        weather.deadLettersFail ? Promise.reject(weather.deadLettersFail) : queue(letters),
    });
    await warehouse.migrate();
    await createTopics(broker, ticks);
    return new TestHouse(folder, weather, broker, warehouse);
  }

  get lakeRoot(): string {
    return join(this.folder.path, "lake");
  }

  /** Appends ticks, one key after the other; each `badEvery`-th is no JSON. */
  async send(count: number, badEvery = Infinity, broker = this.broker): Promise<void> {
    const records = Array.from({ length: count }, () => {
      const i = this.#sent++;
      const message = { ...validMessage(ticks, i), symbol: KEYS[i % KEYS.length] };
      const value = (i + 1) % badEvery === 0 ? `bad ${i}` : JSON.stringify(message);
      return { key: KEYS[i % KEYS.length] ?? "", values: Packed.from([value]) };
    });
    await broker.produce(ticks.topic, records);
  }

  /** The warehouse as a sink. */
  rows(dataset: Dataset = ticks): Sink {
    return new WarehouseSink(this.warehouse, dataset);
  }

  /** The lake as a sink. */
  lake(format: LakeFormat = "parquet"): Promise<LakeSink> {
    const deadLetters = deadLetterQueue(this.broker, "lake");
    return LakeSink.open({
      store: this.store,
      dataset: ticks,
      codec: jsonCodec,
      deadLetters,
      format,
    });
  }

  /** Streams into the sink what the log holds, and ends. Its clock stands unless `more` has one. */
  drain(sink: Sink, policy: BatchPolicy = LIVE, more: Partial<StreamOptions> = {}) {
    const signal = AbortSignal.abort();
    const { broker } = this;
    return stream({ broker, topic: ticks.topic, sink, policy, signal, clock: STANDING, ...more });
  }

  /** Lake and warehouse hold what the log holds. */
  async fill(format: LakeFormat = "parquet"): Promise<void> {
    await using lake = await this.lake(format);
    await this.drain(lake);
    await this.drain(this.rows());
  }

  /** The comparison of all three. */
  prove(): Promise<Proof> {
    const query = this.warehouse.query.bind(this.warehouse);
    const { broker, store } = this;
    return reconcile({
      broker,
      codec: jsonCodec,
      datasets: [ticks],
      ends: [lakeSide(store), warehouseSide({ query })],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.warehouse[Symbol.asyncDispose]();
    await this.broker[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

/** All differences of a proof, each with topic and partition. */
export function differencesOf({ partitions }: Proof): string[] {
  return partitions.flatMap((p) => p.differences.map((d) => `${p.topic}/${p.partition} ${d}`));
}

/** Where a flaky sink may fail. */
export type Fault = "position" | "before" | "after";

/** A sink that fails, by seeded dice, at the named places. */
export class FlakySink implements Sink {
  readonly name: string;
  failures = 0;
  /** The batches of each call of `write`. */
  readonly writes: (readonly RecordBatch[])[] = [];
  readonly #sink: Sink;
  readonly #random: Random;
  readonly #probability: Partial<Record<Fault, number>>;
  readonly #kind: "transient" | "terminal";

  constructor(
    sink: Sink,
    random: Random,
    probability: Partial<Record<Fault, number>>,
    kind: "transient" | "terminal" = "transient",
  ) {
    this.name = sink.name;
    this.#sink = sink;
    this.#random = random;
    this.#probability = probability;
    this.#kind = kind;
  }

  claim(topic: string, logId: string, beginnings?: readonly number[]): Promise<void> {
    return this.#sink.claim(topic, logId, beginnings);
  }

  async position(topic: string, partition: number): Promise<number> {
    this.#mayFail("position");
    return await this.#sink.position(topic, partition);
  }

  async write(batches: readonly RecordBatch[]) {
    this.writes.push(batches);
    this.#mayFail("before");
    const report = await this.#sink.write(batches);
    this.#mayFail("after");
    return report;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #mayFail(fault: Fault): void {
    if (this.#random.next() >= (this.#probability[fault] ?? 0)) return;
    this.failures++;
    throw new TickhouseError("TIMED_OUT", `the sink timed out ${fault}`, { kind: this.#kind });
  }
}
