/** Snowflake as the settings name it. @module */
import type { Config } from "../config/config.ts";
import { nowhere } from "../ends/target.ts";
import type { EndContext } from "../ends/end.ts";
import type { DeadLetterQueue } from "../sink/sink.ts";
import type { SnowflakeOptions } from "./options.ts";
import type { SnowflakeWarehouse } from "./warehouse.ts";

/** Who connects, and where. */
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

/** Connects. Throws `SNOWFLAKE_OPTIONS` for what is not set, and what its session throws. */
export async function openSnowflake(
  { config, codec, declared }: EndContext,
  deadLetters: DeadLetterQueue = nowhere,
): Promise<SnowflakeWarehouse> {
  // The driver is large: only those that use it wait for it.
  const { SnowflakeWarehouse } = await import("./warehouse.ts");
  return await SnowflakeWarehouse.open({
    ...snowflakeOptions(config),
    codec,
    deadLetters,
    datasets: declared,
    ...(config.snowflakeStage ? { stage: config.snowflakeStage } : {}),
  });
}
