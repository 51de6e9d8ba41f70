/**
 * One worker that drains the topic `ticks`, and tells after each write how far it is. It never ends
 * by itself. Its argument is its job as JSON.
 * @module
 */
import { delay } from "@std/async";
import { cpuUsage, memoryUsage } from "node:process";
import { countOf } from "tickhouse/batch.ts";
import type { Broker } from "tickhouse/broker/broker.ts";
import { kafkajsOptions } from "tickhouse/broker/kafka/options.ts";
import { openBroker, openStore, streamContextOf } from "tickhouse/house/adapters.ts";
import { lakeOver } from "tickhouse/lake/end.ts";
import { openWarehouse } from "tickhouse/duckdb/end.ts";
import { type Config, type Environment, parseConfig } from "tickhouse/config/config.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { MemoryKeeper } from "tickhouse/memory.ts";
import type { Sink } from "tickhouse/sink/sink.ts";
import { WarehouseSink } from "tickhouse/warehouse/sink.ts";
import { type BatchPolicy, LIVE, stream } from "tickhouse/stream/stream.ts";

/** What a worker does with the records: throws them away, or writes them exactly once. */
export type Kind = "bare" | "kafkajs" | "lake" | "warehouse";

/** A worker's job. */
export interface WorkerJob {
  readonly kind: Kind;
  /** Settings. */
  readonly variables: Environment;
  /** Records after which the lake is written. Default: the setting's. */
  readonly roll?: number;
  /** Say `READY`, and begin once this file is there: several workers begin together. */
  readonly startFile: string;
}

/** A line that is no note. */
export const READY = "ready";

/** Said when reading begins, and after each write. */
export interface Note {
  /** Records so far. */
  readonly rows: number;
  /** Processor microseconds of this process so far. */
  readonly cpuUs: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** MiB. */
  readonly memory: number;
}

/** Records between the notes of those that throw them away. */
const NOTE_RECORDS = 25_000;
/** Milliseconds after which the lake is written: longer than it takes to read what fills it. */
const ROLL_MS = 5_000;

/** Milliseconds between looks for the start. */
const LOOK_MS = 10;

let rows = 0;
let noted = -1;

function note(): void {
  if (rows === noted) return;
  noted = rows;
  const { user, system } = cpuUsage();
  const memory = memoryUsage().rss / 2 ** 20;
  const text: Note = {
    rows,
    cpuUs: user + system,
    at: performance.timeOrigin + performance.now(),
    memory,
  };
  console.log(JSON.stringify(text));
}

/** Notes now and then, and when nothing more comes. */
function count(records: number): void {
  rows += records;
  if (rows - noted >= NOTE_RECORDS) note();
}

async function bare(broker: Broker): Promise<void> {
  await using consumer = await broker.consumer({
    group: `bare-${crypto.randomUUID()}`,
    topic: ticks.topic,
    position: () => {
      note();
      return Promise.resolve(0);
    },
  });
  for (;;) {
    const batches = await consumer.poll({ maxRecords: LIVE.maxRecords, waitMs: 250 });
    count(batches.reduce((sum, batch) => sum + countOf(batch), 0));
    if (batches.length === 0) note();
  }
}

async function kafkajs({ kafkaBrokers }: Config): Promise<void> {
  const { Kafka, logLevel } = await (await import("./peers/kafkajs.ts")).loadKafkajs();
  const options = kafkajsOptions({ brokers: kafkaBrokers });
  const client = new Kafka({ ...options, logLevel: logLevel.ERROR });
  const consumer = client.consumer({ groupId: `kafkajs-${crypto.randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: ticks.topic, fromBeginning: true });
  consumer.on(consumer.events.GROUP_JOIN, note);
  setInterval(note, 100);
  await consumer.run({
    partitionsConsumedConcurrently: 1,
    eachBatch: ({ batch }) => {
      count(batch.messages.length);
      return Promise.resolve();
    },
  });
}

async function write(broker: Broker, sink: Sink, policy: BatchPolicy): Promise<void> {
  const watched: Sink = {
    name: sink.name,
    claim: sink.claim.bind(sink),
    position: (topic, partition) => {
      note();
      return sink.position(topic, partition);
    },
    write: (batches) => sink.write(batches),
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
  await stream({
    broker,
    topic: ticks.topic,
    sink: watched,
    policy,
    signal: new AbortController().signal,
    onWrite: ({ rows: written }) => {
      rows += written;
      note();
    },
  });
}

async function waitFor(path: string): Promise<void> {
  console.log(READY);
  for (;;) {
    try {
      Deno.statSync(path);
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await delay(LOOK_MS);
  }
}

if (import.meta.main) {
  const { kind, variables, roll, startFile }: WorkerJob = JSON.parse(Deno.args[0] ?? "");
  const config = parseConfig(variables);
  using _keeper = new MemoryKeeper();
  await using broker = await openBroker(config);
  await waitFor(startFile);
  if (kind === "bare") await bare(broker);
  if (kind === "kafkajs") await kafkajs(config);
  if (kind === "lake") {
    const context = streamContextOf(config, [ticks], broker, "lake");
    await using lake = await lakeOver(await openStore(config), context).sink(ticks);
    const records = roll ?? config.lakeRollRows;
    const policy = { minRecords: records, maxWaitMs: ROLL_MS, maxRecords: records };
    await write(broker, lake, policy);
  }
  if (kind === "warehouse") {
    await using warehouse = await openWarehouse(
      streamContextOf(config, [ticks], broker, "warehouse"),
    );
    await write(broker, new WarehouseSink(warehouse, ticks), LIVE);
  }
}
