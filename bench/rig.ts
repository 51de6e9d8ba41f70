/**
 * What the scenarios share: a pipeline in a temporary folder, and the measuring of it.
 * @module
 */
import { join } from "node:path";
import { type Environment, parseConfig } from "tickhouse/config/config.ts";
import { openBroker, openStore, streamContextOf } from "tickhouse/house/adapters.ts";
import { lakeOver } from "tickhouse/lake/end.ts";
import { openWarehouse } from "tickhouse/duckdb/end.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { MemoryKeeper } from "tickhouse/memory.ts";
import type { Sink } from "tickhouse/sink/sink.ts";
import { WarehouseSink } from "tickhouse/warehouse/sink.ts";
import { Simulator } from "tickhouse/source/simulator/simulator.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { type BatchPolicy, LIVE, stream } from "tickhouse/stream/stream.ts";

/** Batches of the lake under load: what the settings default to. */
const ROLL: BatchPolicy = { minRecords: 75_000, maxWaitMs: 10_000, maxRecords: 75_000 };

/** What a run of a scenario gives; times in milliseconds, rates a second, memory in MiB. */
export type Figures = Record<string, number>;

/** The sinks of a throughput run. */
export type Which = "warehouse" | "lake" | "both";

/** A temporary home, its configuration, and the parts opened on it; settings such as a broker's. */
export async function openRig(variables: Environment = {}) {
  const folder = Deno.makeTempDirSync({ prefix: "tickhouse-bench-" });
  const config = parseConfig({ ...variables, TICKHOUSE_HOME: join(folder, "home") });
  const broker = await openBroker(config);
  const warehouse = await openWarehouse(streamContextOf(config, [ticks], broker, "warehouse"));
  return {
    config,
    broker,
    warehouse,
    store: await openStore(config),
    [Symbol.asyncDispose]: async () => {
      await warehouse[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** Samples the memory of this process until stopped. */
export class Memory {
  readonly #samples: number[] = [];
  readonly #timer = setInterval(() => this.#samples.push(Deno.memoryUsage().rss / 2 ** 20), 100);

  /** The greatest in each quarter of the time. */
  stop(): Figures {
    clearInterval(this.#timer);
    const quarter = Math.ceil(this.#samples.length / 4);
    const peak = (q: number) => Math.max(...this.#samples.slice(q * quarter, (q + 1) * quarter));
    return { memory_q1: peak(0), memory_q2: peak(1), memory_q3: peak(2), memory_q4: peak(3) };
  }
}

/** Simulator → log → sinks, as fast as it goes, until all is drained. */
export async function throughput(which: Which, records: number): Promise<Figures> {
  await using rig = await openRig();
  const { broker, warehouse, config, store } = rig;
  await createTopics(broker, ticks);
  await using lake = await lakeOver(store, streamContextOf(config, [ticks], broker, "lake")).sink(
    ticks,
  );
  const sinks: [Sink, BatchPolicy][] = [];
  if (which !== "lake") sinks.push([new WarehouseSink(warehouse, ticks), LIVE]);
  if (which !== "warehouse") sinks.push([lake, ROLL]);
  const written = sinks.map(() => 0);
  let produced = 0;
  const drain = new AbortController();
  const memory = new Memory();
  using _keeper = new MemoryKeeper();
  const startedAt = performance.now();
  const running = sinks.map(([sink, policy], i) =>
    stream({
      broker,
      topic: ticks.topic,
      sink,
      policy,
      signal: drain.signal,
      onWrite: ({ rows }) => written[i] = (written[i] ?? 0) + rows,
    })
  );
  await ingest({
    source: new Simulator({ rate: Infinity, limit: records }),
    broker,
    signal: new AbortController().signal,
    lag: () => produced - Math.min(...written),
    onBatch: (progress) => produced = progress.accepted,
  });
  drain.abort();
  await Promise.all(running);
  const ms = performance.now() - startedAt;
  return { records, ms, rate: records / ms * 1000, ...memory.stop(), ...await ceiling(rig, which) };
}

/** `INSERT … SELECT` of the same rows into an equal table on the same disk: what inserting costs. */
async function ceiling(
  { warehouse }: Awaited<ReturnType<typeof openRig>>,
  which: Which,
): Promise<Figures> {
  if (which === "lake") return {};
  await using session = await warehouse.session();
  await session.run("CREATE TABLE bronze.ceiling AS SELECT * FROM bronze.ticks LIMIT 0");
  const startedAt = performance.now();
  const rows = await session.run("INSERT INTO bronze.ceiling SELECT * FROM bronze.ticks");
  return { ceiling: rows / (performance.now() - startedAt) * 1000 };
}
