import type { Config } from "../config.ts";
import type { Dialect } from "../datasets/sql.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { connect } from "../read/connect.ts";
import { assertReadOnly } from "../read/guard.ts";
import { toObjects } from "../read/reader.ts";
import type { Result } from "../warehouse/warehouse.ts";
import { print, printJson, table } from "./console.ts";
import { openSnowflakeWarehouse } from "./snowflake.ts";

/** Runs one statement that reads. */
export async function runQuery(
  config: Config,
  sql: string,
  flags: { target: Dialect; json: boolean },
): Promise<number> {
  const snowflake = flags.target === "snowflake";
  await using reader = snowflake
    ? await openSnowflakeWarehouse(config)
    : await connect({ home: config.home });
  try {
    // The file alone would let a statement write other files, or open other databases.
    if (snowflake) assertReads(sql);
    else await assertReadOnly(reader, sql);
    const result: Result = await reader.query(sql);
    if (flags.json) printJson(toObjects(result));
    else print(table(result.columns.map((c) => c.name), result.rows));
    return 0;
  } catch (cause) {
    if (cause instanceof TickhouseError) throw cause;
    throw new TickhouseError("QUERY_FAILED", messageOf(cause), { cause });
  }
}

/** What begins a statement of Snowflake that only reads. */
const READS = /^\s*(select|with|values|show|describe|desc|explain|list|ls)\b/i;

/** By its first word: what a role may do beyond that, Snowflake itself decides. */
function assertReads(sql: string): void {
  const words = sql.replaceAll(/--.*$|\/\*[^]*?\*\//gm, "");
  if (READS.test(words) && !/\bsystem\$/i.test(words)) return;
  throw new TickhouseError("QUERY_NOT_READ_ONLY", "this verb only reads", {
    field: "sql",
    value: sql,
    mend: "use SELECT, SHOW, DESCRIBE, EXPLAIN or LIST; change things with a migration or a model",
  });
}
