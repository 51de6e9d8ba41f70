/** The result of a query as a Parquet file that a notebook can show. @module */
import { join } from "node:path";
import { literal } from "../datasets/sql.ts";
import type { SqlSession } from "../warehouse/warehouse.ts";

/**
 * Runs `sql`, which must be a SELECT, into a Parquet file in `folder` and returns its bytes. Wide
 * integers and decimals become DOUBLE, nested ones too; what Parquet or polars lacks becomes text.
 */
export async function toParquet(
  session: SqlSession,
  sql: string,
  folder: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(folder, `frame-${crypto.randomUUID()}.parquet`);
  try {
    await session.run(`COPY (${await castSql(session, sql)}) TO ${literal(path)} (FORMAT parquet)`);
    return await Deno.readFile(path);
  } finally {
    await Deno.remove(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** The query with every column cast to a type that a frame displays, and unique column names. */
async function castSql(session: SqlSession, sql: string): Promise<string> {
  const query = sql.trim().replace(/;+$/, "");
  const { rows } = await session.query(`DESCRIBE ${query}`);
  const seen = new Map<string, number>();
  const columns = rows.map(([name, type], i) => {
    const count = seen.get(String(name)) ?? 0;
    seen.set(String(name), count + 1);
    const alias = count === 0 ? String(name) : `${name}_${count}`;
    return `c${i}::${frameType(String(type))} AS ${quote(alias)}`;
  });
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

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
