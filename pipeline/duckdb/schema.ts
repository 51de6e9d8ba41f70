/** The schemas and tables that tickhouse keeps in DuckDB. @module */
import { type Dataset, storedColumns } from "../datasets/dataset.ts";
import { DATASETS } from "../datasets/datasets.ts";
import { evolution } from "../datasets/evolution.ts";
import { bronzeDdl, bronzeTable } from "../datasets/tables.ts";
import { tablesOf } from "../sql/catalogue.ts";
import type { SqlSession } from "../sql/session.ts";
import { inTransaction } from "../sql/transaction.ts";

const BOOKKEEPING = `
CREATE SCHEMA IF NOT EXISTS bronze;
CREATE SCHEMA IF NOT EXISTS silver;
CREATE SCHEMA IF NOT EXISTS gold;
CREATE TABLE IF NOT EXISTS bronze._positions (
  topic VARCHAR NOT NULL,
  "partition" INTEGER NOT NULL,
  next_offset BIGINT NOT NULL,
  PRIMARY KEY (topic, "partition")
);
CREATE TABLE IF NOT EXISTS bronze._logs (
  topic VARCHAR NOT NULL PRIMARY KEY,
  log_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS bronze._loads (
  object VARCHAR NOT NULL PRIMARY KEY,
  topic VARCHAR NOT NULL,
  "partition" INTEGER NOT NULL,
  start_offset BIGINT NOT NULL,
  next_offset BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  sha256 VARCHAR NOT NULL,
  loaded_at TIMESTAMP NOT NULL
)`;

/** The statements that make what is missing. */
export function schemaDdl(datasets: readonly Dataset[] = DATASETS): string[] {
  return [BOOKKEEPING, ...datasets.map((dataset) => bronzeDdl(dataset, "duckdb"))];
}

/**
 * Makes what is missing, and lets the bronze tables follow their declarations: all of it or nothing.
 * Idempotent. Throws `TABLE_DIFFERS`.
 */
export async function createSchema(
  session: SqlSession,
  datasets: readonly Dataset[] = DATASETS,
): Promise<void> {
  for (const ddl of schemaDdl(datasets)) await session.run(ddl);
  const tables = await tablesOf(session, "bronze");
  const statements = datasets.flatMap((dataset) => {
    const found = tables.get(dataset.name.toLowerCase()) ?? [];
    const compared = { table: bronzeTable(dataset), declared: storedColumns(dataset), found };
    return evolution(compared, "duckdb");
  });
  if (statements.length === 0) return;
  await inTransaction(session, () => session.run(statements.join(";\n")));
}
