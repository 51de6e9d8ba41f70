/**
 * The migrations of each warehouse.
 * @module
 */
import { fileURLToPath } from "node:url";
import { evolveTables } from "../snowflake/schema.ts";
import type { Dialect } from "../sql/names.ts";
import { schemaDdl } from "../duckdb/schema.ts";
import { type Migration, parseMigration, readMigrations } from "./migration.ts";

const BRONZE_TABLES = "0012_bronze_tables.sql";

/** The folder of a warehouse's files. */
export function migrationsFolder(target: Dialect): string {
  return fileURLToPath(new URL(`../../sql/${target}`, import.meta.url));
}

/** The migrations of the warehouse, ascending. DuckDB's first is the schema that the code makes. */
export async function migrationsFor(target: Dialect): Promise<Migration[]> {
  const files = await readMigrations(migrationsFolder(target));
  if (target === "duckdb") return [await duckDbSchema(), ...files];
  // Of a changed declaration the file's text changes too, and what it makes may be there already.
  return files.map((migration) =>
    migration.file === BRONZE_TABLES ? { ...migration, follow: evolveTables } : migration
  );
}

/** What `createSchema` makes, as a file: so that the ledger and a dry run can tell. */
async function duckDbSchema(): Promise<Migration> {
  const text = `-- repeatable\n${schemaDdl().join(";\n")};\n`;
  return await parseMigration("0001_schema.sql", text);
}
