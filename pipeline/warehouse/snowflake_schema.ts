/** The schemas and tables that tickhouse needs in Snowflake. @module */
import { fileURLToPath } from "node:url";
import type { SqlSession } from "./warehouse.ts";

/** Those of the migrations without which nothing can be written. */
const FILES = ["0010_schemas", "0011_bookkeeping", "0012_bronze_tables", "0015_stage"];

/** Makes what is missing. Idempotent. The rest is `deno task migrate --target snowflake`. */
export async function createSnowflakeSchema(session: SqlSession): Promise<void> {
  for (const file of FILES) {
    const path = fileURLToPath(new URL(`../../sql/snowflake/${file}.sql`, import.meta.url));
    await session.run(await Deno.readTextFile(path));
  }
}

/** A text literal; Snowflake reads a backslash as an escape. */
export function text(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
