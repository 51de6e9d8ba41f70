/** The result of a query as a Parquet file that a notebook can show. @module */
import { join } from "node:path";
import { literal } from "../sql/names.ts";
import type { SqlSession } from "../sql/session.ts";
import { removeIfThere } from "../remove.ts";
import { uniqueNames } from "./unique_names.ts";

/** As `copyToParquet`, by way of a file in `folder` that is gone afterwards; returns its bytes. */
export async function toParquet(
  session: SqlSession,
  sql: string,
  folder: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(folder, `frame-${crypto.randomUUID()}.parquet`);
  try {
    await copyToParquet(session, sql, path);
    return await Deno.readFile(path);
  } finally {
    await removeIfThere(path);
  }
}

/**
 * Runs `sql`, which must be a SELECT, into a Parquet file. Wide integers and decimals become DOUBLE,
 * nested ones too; what Parquet or polars does not have becomes text.
 */
export async function copyToParquet(session: SqlSession, sql: string, path: string): Promise<void> {
  await session.run(`COPY (${await castSql(session, sql)}) TO ${literal(path)} (FORMAT parquet)`);
}

/** The query with every column cast to a type that a frame displays, and unique column names. */
async function castSql(session: SqlSession, sql: string): Promise<string> {
  const query = sql.trim().replace(/;+$/, "");
  const { rows } = await session.query(`DESCRIBE ${query}`);
  const unique = uniqueNames(rows.map(([name]) => String(name)));
  const columns = rows.map(([, type], i) =>
    `c${i}::${frameType(String(type))} AS ${quoted(unique[i] ?? "")}`
  );
  // The newline ends a comment that the query may end in.
  const names = rows.map((_, i) => `c${i}`).join(", ");
  return `SELECT ${columns.join(", ")} FROM (\n${query}\n) AS result(${names})`;
}

/** The type a frame gets for a type of DuckDB. */
export function frameType(type: string): string {
  if (/^(ENUM|UUID|TIME\b|INTERVAL|BIT|JSON)/.test(type)) return "VARCHAR";
  return type
    .replace(/\b(U?BIGINT|U?HUGEINT|UINTEGER)\b/g, "DOUBLE")
    .replace(/\bDECIMAL\(\d+,\d+\)/g, "DOUBLE");
}

/** A name as SQL has it, whatever is in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
