/**
 * What a worker does: streams the run's topic into its sinks, with a chosen step hurt.
 * @module
 */
import { DuckDBConnection } from "@duckdb/node-api";
import type { RecordBatch } from "tickhouse/batch.ts";
import type { Broker, Consumer, ConsumerOptions } from "tickhouse/broker/broker.ts";
import { KafkaBroker } from "tickhouse/broker/kafka/kafka.ts";
import { AvroCodec } from "tickhouse/codec/avro.ts";
import type { Codec } from "tickhouse/codec/codec.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { SchemaRegistry } from "tickhouse/codec/registry.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { bronzeTable } from "tickhouse/datasets/tables.ts";
import { deadLetterQueue } from "tickhouse/sink/dead_letters.ts";
import { LakeSink } from "tickhouse/lake/lake.ts";
import type { DeadLetterQueue, Sink } from "tickhouse/sink/sink.ts";
import { WarehouseSink } from "tickhouse/warehouse/sink.ts";
import { S3Store } from "tickhouse/store/s3/s3.ts";
import type { ObjectStore } from "tickhouse/store/store.ts";
import { stream } from "tickhouse/stream/stream.ts";
import { DuckDbWarehouse } from "tickhouse/duckdb/warehouse.ts";

/** A step of a worker's work. */
export const STEPS = [
  "read",
  "dead letter",
  "claim",
  "upload",
  "insert",
  "commit",
  "group commit",
] as const;
export type Step = typeof STEPS[number];

/** A defect planted on purpose, to see that the checks find it. */
export type Defect = "no fence" | "lost letters" | "lost upload";

/** Where to find the object store. */
export interface StorePlace {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly prefix: string;
  readonly requestMs?: number;
  readonly attemptsMax?: number;
}

/** All that a worker is told, in this process or in another. */
export interface Job {
  readonly clientId: string;
  readonly brokers: readonly string[];
  /** Before the names of topics and groups. */
  readonly prefix: string;
  /** Before the name of the group: workers of different groups fight. */
  readonly group?: string;
  readonly sessionTimeoutMs?: number;
  readonly store?: StorePlace;
  /** The warehouse's file. */
  readonly warehouse?: string;
  /** Messages are Avro, their schema in this registry. */
  readonly registryUrl?: string;
  /** Records after which, and milliseconds after which, batches are written. */
  readonly rollRecords: number;
  readonly rollMs: number;
  /** Streams of different groups into the warehouse. Default: 1. */
  readonly rivals?: number;
  /** Attempts that fail one after the other. */
  readonly attemptsMax?: number;
  /** Milliseconds to work before the log is drained. Default: 0. */
  readonly workMs?: number;
  /** The step before or after which, at the n-th time, the process kills itself. */
  readonly crash?: { readonly step: Step; readonly when: "before" | "after"; readonly nth: number };
  readonly defect?: Defect;
}

/** Told before and after each step. */
export type OnStep = (step: Step, when: "before" | "after") => void;

/** Options of `work` that no other process can be told. */
export interface Hooks {
  readonly onStep?: OnStep;
  readonly signal?: AbortSignal;
  readonly onWrite?: (sink: string, batches: readonly RecordBatch[]) => void;
}

/** Streams until the time is up and the log is drained. Throws what the first failing sink does. */
export async function work(job: Job, hooks: Hooks = {}): Promise<void> {
  const { onStep = () => {}, onWrite } = hooks;
  await using opened = new AsyncDisposableStack();
  const plain = await KafkaBroker.open({
    brokers: job.brokers,
    clientId: job.clientId,
    prefix: job.prefix,
    ...(job.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: job.sessionTimeoutMs }),
  });
  opened.use(plain);
  const broker = hurtBroker(plain, job.group ?? "", onStep);
  const codec = codecOf(job);
  const letters = (sink: string): DeadLetterQueue =>
    job.defect === "lost letters" ? () => Promise.resolve() : deadLetterQueue(broker, sink);
  const sinks: { sink: Sink; group: string }[] = [];
  if (job.store) {
    const store = hurtStore(opened.use(await S3Store.open(job.store)), job.defect, onStep);
    const deadLetters = letters("lake");
    const sink = opened.use(await LakeSink.open({ store, dataset: ticks, codec, deadLetters }));
    sinks.push({ sink, group: "" });
  }
  if (job.warehouse) {
    const warehouse = opened.use(await openWarehouse(job.warehouse, codec, letters("warehouse")));
    for (let i = 0; i < (job.rivals ?? 1); i++) {
      sinks.push({ sink: new WarehouseSink(warehouse, ticks), group: i === 0 ? "" : `rival${i}-` });
    }
  }
  using _watched = watchSql(hooks.onStep);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), job.workMs ?? 0);
  const signal = hooks.signal ? AbortSignal.any([stop.signal, hooks.signal]) : stop.signal;
  const policy = {
    minRecords: job.rollRecords,
    maxWaitMs: job.rollMs,
    maxRecords: job.rollRecords,
  };
  const streams = sinks.map(({ sink, group }) =>
    stream({
      broker: group ? hurtBroker(plain, group, onStep) : broker,
      topic: ticks.topic,
      sink,
      policy,
      signal,
      ...(job.attemptsMax === undefined ? {} : { attemptsMax: job.attemptsMax }),
      onWrite: (_, batches) => onWrite?.(sink.name, batches),
    }).catch((error) => {
      stop.abort();
      throw error;
    })
  );
  await Promise.allSettled(streams);
  clearTimeout(timer);
  await Promise.all(streams);
}

/** The codec of the job's messages. */
export function codecOf({ registryUrl }: Pick<Job, "registryUrl">): Codec {
  if (registryUrl === undefined) return jsonCodec;
  return new AvroCodec({
    registry: new SchemaRegistry({ url: registryUrl }),
    register: true,
  });
}

/** The warehouse in that file, its tables made. */
export async function openWarehouse(
  path: string,
  codec: Codec,
  deadLetters: DeadLetterQueue,
): Promise<DuckDbWarehouse> {
  const options = { path, codec, deadLetters, memoryLimit: "64MiB", threads: 1 };
  const warehouse = await DuckDbWarehouse.open(options);
  await warehouse.migrate();
  return warehouse;
}

type Wrap = (call: (...args: unknown[]) => Promise<unknown>) => unknown;

/** The object with some of its methods wrapped. */
function wrapped<T extends object>(target: T, wraps: Readonly<Record<string, Wrap>>): T {
  return new Proxy(target, {
    get(_, property) {
      const value = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      const wrap = wraps[String(property)];
      return wrap ? wrap(value.bind(target)) : value.bind(target);
    },
  });
}

function stepping(step: Step, onStep: OnStep): Wrap {
  return (call) => async (...args: unknown[]) => {
    onStep(step, "before");
    const result = await call(...args);
    onStep(step, "after");
    return result;
  };
}

function hurtBroker(broker: Broker, group: string, onStep: OnStep): Broker {
  const consumer: Wrap = (call) => async (...args: unknown[]) => {
    const options = args[0] as ConsumerOptions;
    const found = await call({ ...options, group: group + options.group });
    return wrapped(found as Consumer, {
      commit: stepping("group commit", onStep),
      poll: (poll) => async (...args: unknown[]) => {
        const batches = await poll(...args) as RecordBatch[];
        if (batches.length > 0) onStep("read", "after");
        return batches;
      },
    });
  };
  return wrapped(broker, { consumer, produce: stepping("dead letter", onStep) });
}

function hurtStore(store: ObjectStore, defect: Defect | undefined, onStep: OnStep): ObjectStore {
  let uploads = 0;
  return wrapped(store, {
    createFromFile: (call) => async (...args: unknown[]) => {
      const step = /\/_/.test(String(args[0])) ? "claim" : "upload";
      onStep(step, "before");
      const lost = defect === "lost upload" && step === "upload" && ++uploads === 2;
      const created = lost || await call(...args);
      onStep(step, "after");
      return defect === "no fence" && step === "upload" ? true : created;
    },
  });
}

/** Steps inside of DuckDB: the driver's own call is watched. */
function watchSql(onStep: OnStep | undefined): Disposable {
  const run = DuckDBConnection.prototype.run;
  const watched = {
    [Symbol.dispose]: () => {
      DuckDBConnection.prototype.run = run;
    },
  };
  if (!onStep) return watched;
  DuckDBConnection.prototype.run = async function (...args) {
    const [sql] = args;
    const inserts = sql.startsWith(`INSERT INTO ${bronzeTable(ticks)} `);
    const step = sql === "COMMIT" ? "commit" : inserts ? "insert" : undefined;
    if (step) onStep(step, "before");
    const result = await run.apply(this, args);
    if (step) onStep(step, "after");
    return result;
  };
  return watched;
}
