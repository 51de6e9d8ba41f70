/** The schemas and tables that tickhouse keeps in DuckDB. @module */
import { DATASETS } from "../datasets/datasets.ts";
import { bronzeDdl } from "../datasets/tables.ts";
import type { SqlSession } from "../sql/session.ts";

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

/** Makes what is missing. Idempotent. */
export async function createSchema(session: SqlSession): Promise<void> {
  for (const ddl of [BOOKKEEPING, ...DATASETS.map((d) => bronzeDdl(d, "duckdb"))]) {
    await session.run(ddl);
  }
}
