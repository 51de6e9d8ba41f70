/** Snowflake on the command line: as a sink, as a side of the proof, as a target. @module */
import type { Broker } from "../broker/broker.ts";
import type { Config } from "../config.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Dialect } from "../datasets/sql.ts";
import { TickhouseError } from "../errors.ts";
import { deadLetterQueue } from "../sink/dead_letters.ts";
import type { Sink } from "../sink/sink.ts";
import { WarehouseSink } from "../sink/warehouse_sink.ts";
import type { SnowflakeWarehouse } from "../warehouse/snowflake.ts";
import type { SnowflakeOptions } from "../warehouse/snowflake_options.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import { nowhere, openCodec, openWarehouse } from "./adapters.ts";

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
  const { SnowflakeWarehouse } = await import("../warehouse/snowflake.ts");
  return await SnowflakeWarehouse.open({
    ...snowflakeOptions(config),
    codec: openCodec(config),
    deadLetters: broker ? deadLetterQueue(broker, "snowflake") : nowhere,
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
  const end = {
    query: warehouse.query.bind(warehouse),
    [Symbol.asyncDispose]: () => warehouse[Symbol.asyncDispose](),
  };
  return {
    ...end,
    position: warehouse.position.bind(warehouse),
    sink: (dataset) => Promise.resolve(new WarehouseSink(warehouse, dataset, "snowflake")),
  };
}
