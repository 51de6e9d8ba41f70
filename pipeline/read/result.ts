/** DuckDB results with a limit on their rows. @module */
import type { DuckDBResultReader, DuckDBValue, Json } from "@duckdb/node-api";
import { TickhouseError } from "../errors.ts";
import type { DuckDbSession } from "../warehouse/duckdb_file.ts";
import type { Bind, Cell, Result } from "../warehouse/warehouse.ts";

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
  const reader = await session.connection.streamAndReadUntil(
    sql,
    maxRows + 1,
    binds as DuckDBValue[],
  );
  if (reader.currentRowCount > maxRows) {
    throw new TickhouseError("RESULT_TOO_LARGE", `the result has more than ${maxRows} rows`, {
      field: "sql",
      mend: "add a LIMIT, aggregate, or use frame(), which has no such limit",
    });
  }
  return toResult(reader);
}

function toResult(reader: DuckDBResultReader): Result {
  const types = reader.columnTypes().map(String);
  return {
    columns: reader.columnNames().map((name, i) => ({ name, type: types[i] ?? "" })),
    rows: reader.getRowsJson().map((row) => row.map((cell, i) => toCell(cell, types[i] ?? ""))),
  };
}

/** As the port has it: 64-bit integers that a number holds become numbers. */
function toCell(value: Json, type: string): Cell {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "string") return JSON.stringify(value);
  if (!/INT/.test(type) || !Number.isSafeInteger(Number(value))) return value;
  return Number(value);
}
