/**
 * The migrations of each warehouse.
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Dialect } from "../sql/names.ts";
import { createSchema } from "../duckdb/schema.ts";
import type { SqlSession } from "../sql/session.ts";
import { type Migration, parseMigration, readMigrations } from "./migration.ts";

/** The folder of a warehouse's files. */
export function migrationsFolder(target: Dialect): string {
  return fileURLToPath(new URL(`../../sql/${target}`, import.meta.url));
}

/** The migrations of the warehouse, ascending. DuckDB's first is the schema that the code makes. */
export async function migrationsFor(target: Dialect): Promise<Migration[]> {
  const files = await readMigrations(migrationsFolder(target));
  return target === "snowflake" ? files : [await duckDbSchema(), ...files];
}

/** What `createSchema` does, as a file: so that the ledger and a dry run can tell. */
async function duckDbSchema(): Promise<Migration> {
  const statements: string[] = [];
  const recorder: SqlSession = {
    run: (sql) => Promise.resolve(statements.push(sql)),
    query: () => Promise.reject(new TypeError("making the schema asks nothing")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await createSchema(recorder);
  return await parseMigration("0001_schema.sql", `-- repeatable\n${statements.join(";\n")};\n`);
}
