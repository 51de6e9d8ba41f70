/** Snowflake on the command line: as a sink, as a side of the proof, as a target. @module */
import type { Broker } from "../broker/broker.ts";
import type { Config } from "../config/config.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Dialect } from "../sql/names.ts";
import { TickhouseError } from "../errors.ts";
import { deadLetterQueue } from "../sink/dead_letters.ts";
import type { DeadLetterQueue, Sink } from "../sink/sink.ts";
import { WarehouseSink } from "../warehouse/sink.ts";
import { assertOneWay } from "../snowflake/one_way.ts";
import type { ObjectStore } from "../store/store.ts";
import { loadLake, type LoadReport } from "../lake/load.ts";
import type { SnowflakeWarehouse } from "../snowflake/warehouse.ts";
import type { SnowflakeOptions } from "../snowflake/options.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import { nowhere, openCodec, openDatasets, openWarehouse } from "../cli/adapters.ts";

/** Snowflake as a stream ends there, by the way in that the settings name. */
export interface SnowflakeEnd extends Pick<Warehouse, "position" | "query">, AsyncDisposable {
  /** A sink for one dataset. */
  sink(dataset: Dataset): Promise<Sink>;
}

/** Who connects, and where. Throws `SNOWFLAKE_OPTIONS` for what is not set. */
export function snowflakeOptions(config: Config): SnowflakeOptions {
  return {
    account: config.snowflakeAccount,
    user: config.snowflakeUser,
    authenticator: config.snowflakeAuthenticator,
    password: config.snowflakePassword || undefined,
    keyPath: config.snowflakeKey || undefined,
    keyPassphrase: config.snowflakeKeyPassphrase || undefined,
    token: config.snowflakeToken || undefined,
    role: config.snowflakeRole || undefined,
    warehouse: config.snowflakeWarehouse || undefined,
    database: config.snowflakeDatabase,
    url: config.snowflakeUrl || undefined,
  };
}

/** Without a broker nothing can be streamed into it. Throws what its session throws. */
export async function openSnowflakeWarehouse(
  config: Config,
  broker?: Broker,
): Promise<SnowflakeWarehouse> {
  const { SnowflakeWarehouse } = await import("../snowflake/warehouse.ts");
  return await SnowflakeWarehouse.open({
    ...snowflakeOptions(config),
    codec: openCodec(config),
    deadLetters: broker ? deadLetterQueue(broker, "snowflake") : nowhere,
    datasets: openDatasets(config),
    ...(config.snowflakeStage ? { stage: config.snowflakeStage } : {}),
  });
}

/** The warehouse that a verb works on. */
export async function openTarget(config: Config, target: Dialect): Promise<Warehouse> {
  return target === "snowflake"
    ? await openSnowflakeWarehouse(config)
    : await openWarehouse(config, undefined, "batch");
}

/** Snowflake as an end; without a broker, to be compared only. */
export async function openSnowflake(config: Config, broker?: Broker): Promise<SnowflakeEnd> {
  const way = config.snowflakeWay;
  if (broker && way !== "insert" && way !== "streaming") {
    throw new TickhouseError("CONFIG_INVALID", "is a way from the lake, not from the log", {
      field: "TICKHOUSE_SNOWFLAKE_WAY",
      value: way,
      mend: "stream into the lake, and run `deno task load --target snowflake`; or use insert",
    });
  }
  const warehouse = await openSnowflakeWarehouse(config, broker);
  try {
    if (broker) await warehouse.evolve();
    for (const dataset of broker ? openDatasets(config) : []) {
      await assertOneWay(warehouse, dataset, way === "streaming" ? "channels" : "positions");
    }
  } catch (error) {
    await warehouse[Symbol.asyncDispose]();
    throw error;
  }
  const query = warehouse.query.bind(warehouse);
  if (way !== "streaming") {
    return {
      query,
      position: warehouse.position.bind(warehouse),
      sink: (dataset) => Promise.resolve(new WarehouseSink(warehouse, dataset, "snowflake")),
      [Symbol.asyncDispose]: () => warehouse[Symbol.asyncDispose](),
    };
  }
  const stack = new AsyncDisposableStack();
  stack.use(warehouse);
  const watching = new Map<string, Promise<Sink>>();
  return {
    query,
    position: async (topic, partition) => {
      const dataset = openDatasets(config).find((one) => one.topic === topic);
      if (!dataset) return 0;
      const known = watching.get(topic) ?? openStreaming(config, dataset, nowhere);
      watching.set(topic, known);
      return await (await known).position(topic, partition);
    },
    sink: (dataset) =>
      openStreaming(config, dataset, broker ? deadLetterQueue(broker, "snowflake") : nowhere),
    [Symbol.asyncDispose]: async () => {
      // One that did not open was told of when it was asked.
      for (const opened of await Promise.allSettled(watching.values())) {
        if (opened.status === "fulfilled") stack.use(opened.value);
      }
      await stack.disposeAsync();
    },
  };
}

async function openStreaming(
  config: Config,
  dataset: Dataset,
  deadLetters: DeadLetterQueue,
): Promise<Sink> {
  const { StreamingSink } = await import("../snowflake/streaming/streaming_sink.ts");
  const snowflake = snowflakeOptions(config);
  return await StreamingSink.open({ snowflake, dataset, codec: openCodec(config), deadLetters });
}

/** The lake into Snowflake, by COPY or by Snowpipe as the settings say. */
export async function loadIntoSnowflake(
  config: Config,
  store: ObjectStore,
  datasets: readonly Dataset[],
): Promise<LoadReport[]> {
  await using warehouse = await openSnowflakeWarehouse(config);
  await warehouse.evolve();
  const reports: LoadReport[] = [];
  if (config.snowflakeWay !== "snowpipe") {
    for (const dataset of datasets) {
      await assertOneWay(warehouse, dataset, "positions");
      reports.push(await loadLake(store, warehouse, dataset));
    }
    return reports;
  }
  const { Snowpipe } = await import("../snowflake/snowpipe.ts");
  const { loadBySnowpipe } = await import("../snowflake/load_snowpipe.ts");
  const pipes = new Snowpipe(snowflakeOptions(config));
  await using session = await warehouse.session();
  const external = config.snowflakeStage !== "";
  for (const dataset of datasets) {
    reports.push(await loadBySnowpipe({ store, session, pipes, dataset, external }));
  }
  return reports;
}
