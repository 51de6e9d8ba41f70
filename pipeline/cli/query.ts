import type { Config } from "../config.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { connect } from "../read/connect.ts";
import { assertReadOnly } from "../read/guard.ts";
import { toObjects } from "../read/reader.ts";
import { print, printJson, table } from "./console.ts";

/** Runs one statement that reads. */
export async function runQuery(
  config: Config,
  sql: string,
  flags: { json: boolean },
): Promise<number> {
  await using reader = await connect({ home: config.home });
  try {
    // The file alone would let a statement write other files, or open other databases.
    await assertReadOnly(reader, sql);
    const result = await reader.query(sql);
    if (flags.json) printJson(toObjects(result));
    else print(table(result.columns.map((c) => c.name), result.rows));
    return 0;
  } catch (cause) {
    if (cause instanceof TickhouseError) throw cause;
    throw new TickhouseError("QUERY_FAILED", messageOf(cause), { cause });
  }
}
