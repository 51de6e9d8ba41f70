/** The schemas and tables that tickhouse needs in Snowflake. @module */
import { fileURLToPath } from "node:url";
import { DATASETS } from "../datasets/datasets.ts";
import type { SqlSession } from "../sql/session.ts";

/** Those of the migrations without which nothing can be written. */
const FILES = ["0010_schemas", "0011_bookkeeping", "0012_bronze_tables", "0015_stage"];

/** The tables they make, as Snowflake writes their names. */
const TABLES = ["_positions", "_logs", "_loads", ...DATASETS.map(({ name }) => name)]
  .map((name) => name.toUpperCase());

/**
 * Makes what is missing. Where all tables are there it defines nothing: who only loads may not. The
 * rest is `deno task migrate --target snowflake`.
 */
export async function createSnowflakeSchema(session: SqlSession): Promise<void> {
  const found = await session.query(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'BRONZE'",
  );
  const known = new Set(found.rows.map(([name]) => name));
  if (TABLES.every((name) => known.has(name))) return;
  for (const file of FILES) {
    const path = fileURLToPath(new URL(`../../sql/snowflake/${file}.sql`, import.meta.url));
    await session.run(await Deno.readTextFile(path));
  }
}

/** A text literal; Snowflake reads a backslash as an escape. */
export function text(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
