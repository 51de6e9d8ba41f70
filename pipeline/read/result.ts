/** DuckDB results with a limit on their rows. @module */
import { TickhouseError } from "../errors.ts";
import { bound } from "../warehouse/duckdb_binds.ts";
import { type DuckDbSession, toResult } from "../warehouse/duckdb_file.ts";
import type { Bind, Result } from "../warehouse/warehouse.ts";

/**
 * Runs one statement and stops reading behind `maxRows`: throws `RESULT_TOO_LARGE` without having
 * held more than a chunk beyond it in memory.
 */
export async function queryUpTo(
  session: DuckDbSession,
  sql: string,
  binds: readonly Bind[],
  maxRows: number,
): Promise<Result> {
  const { values, types } = bound(binds);
  const reader = await session.connection.streamAndReadUntil(sql, maxRows + 1, values, types);
  if (reader.currentRowCount > maxRows) {
    throw new TickhouseError("RESULT_TOO_LARGE", `the result has more than ${maxRows} rows`, {
      field: "sql",
      mend: "add a LIMIT, aggregate, or use frame(), which has no such limit",
    });
  }
  return toResult(reader);
}
