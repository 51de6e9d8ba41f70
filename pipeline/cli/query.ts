import type { Config } from "../config/config.ts";
import type { Dialect } from "../sql/names.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { connect } from "../read/connect.ts";
import { toObjects } from "../read/reader.ts";
import { assertSnowflakeReads } from "../snowflake/reads.ts";
import type { Result } from "../sql/session.ts";
import { print, printJson, table } from "./console.ts";
import { openSnowflakeWarehouse } from "../ends/snowflake.ts";

/** Runs one statement that reads. */
export async function runQuery(
  config: Config,
  sql: string,
  flags: { target: Dialect; json: boolean },
): Promise<number> {
  const snowflake = flags.target === "snowflake";
  if (snowflake) assertSnowflakeReads(sql);
  await using reader = snowflake
    ? await openSnowflakeWarehouse(config)
    : await connect({ home: config.home });
  try {
    const result: Result = await reader.query(sql);
    if (flags.json) printJson(toObjects(result));
    else print(table(result.columns.map((c) => c.name), result.rows));
    return 0;
  } catch (cause) {
    if (cause instanceof TickhouseError) throw cause;
    throw new TickhouseError("QUERY_FAILED", messageOf(cause), { cause });
  }
}
