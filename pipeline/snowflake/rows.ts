/**
 * Rows on their way into Snowflake by array binds: decoded and typed by a DuckDB in memory, bound
 * as text, which keeps decimals, times and 64-bit integers exact.
 * @module
 */
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeColumns, bronzeTable } from "../datasets/tables.ts";
import { TickhouseError } from "../errors.ts";
import type { DuckDbSession } from "../duckdb/engine/file.ts";
import type { SnowflakeSession, TextRow } from "./session.ts";

/** Values bound in one statement: what all of Snowflake's drivers send within the request. */
const BINDS_MAX = 65_000;
/** The table in DuckDB that holds the rows to be sent: compact, and read a statement's worth a time. */
const OUTBOX = "outbox";

/** Evaluates the query for rows and keeps them until the next call; returns how many. */
export async function keepRows(
  engine: DuckDbSession,
  dataset: Dataset,
  rows: string,
): Promise<number> {
  const texts = bronzeColumns(dataset).map((name) => `${name}::VARCHAR AS ${name}`);
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE ${OUTBOX} AS SELECT ${texts.join(", ")} FROM (${rows})`,
  );
  const { rows: [count] } = await engine.query(`SELECT count(*) FROM ${OUTBOX}`);
  return Number(count?.[0] ?? 0);
}

/** Sends the rows kept; returns how many. Belongs into a transaction. */
export async function sendRows(
  engine: DuckDbSession,
  session: SnowflakeSession,
  dataset: Dataset,
): Promise<number> {
  const columns = bronzeColumns(dataset);
  const sql = `INSERT INTO ${bronzeTable(dataset)} (${columns.join(", ")})
    VALUES (${columns.map(() => "?").join(", ")})`;
  const most = Math.floor(BINDS_MAX / columns.length);
  let sent = 0;
  for await (const rows of batches(engine, most)) {
    const inserted = await session.insert(sql, rows);
    if (inserted !== rows.length) throw miscount(dataset, rows.length, inserted);
    sent += inserted;
  }
  return sent;
}

/** An error for rows that are not as many as they must be; nothing of them is kept. */
export function miscount(dataset: Dataset, wanted: number, found: number): TickhouseError {
  return new TickhouseError("SNOWFLAKE_MISCOUNT", `${found} rows arrived of ${wanted}`, {
    field: "table",
    value: bronzeTable(dataset),
    fix: "nothing of this batch was kept; report this",
  });
}

async function* batches(engine: DuckDbSession, most: number): AsyncGenerator<TextRow[]> {
  const result = await engine.connection.stream(`SELECT * FROM ${OUTBOX}`);
  let rows: TextRow[] = [];
  for await (const chunk of result) {
    for (const row of chunk.getRows() as TextRow[]) {
      rows.push(row);
      if (rows.length < most) continue;
      yield rows;
      rows = [];
    }
  }
  if (rows.length > 0) yield rows;
}
