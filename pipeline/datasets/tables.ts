/**
 * The bronze tables as the datasets declare them.
 * @module
 */
import { type Dialect, identifier } from "../sql/names.ts";
import type { ColumnType, Dataset } from "./dataset.ts";

/** Name of the dataset's bronze table. */
export function bronzeTable(dataset: Dataset): string {
  return `bronze.${identifier(dataset.name)}`;
}

/** The column's type in the dialect. */
export function sqlType(type: ColumnType, dialect: Dialect): string {
  switch (type.kind) {
    case "text":
      return dialect === "duckdb" ? "VARCHAR" : `VARCHAR(${type.maxLength})`;
    case "decimal":
      return `${dialect === "duckdb" ? "DECIMAL" : "NUMBER"}(${type.precision},${type.scale})`;
    case "timestamp":
      return dialect === "duckdb" ? "TIMESTAMP" : "TIMESTAMP_NTZ(6)";
    case "date":
      return "DATE";
  }
}

/** `CREATE TABLE IF NOT EXISTS` for the bronze table. */
export function bronzeDdl(dataset: Dataset, dialect: Dialect): string {
  const text = dialect === "duckdb" ? "VARCHAR" : "VARCHAR(249)";
  const big = dialect === "duckdb" ? "BIGINT" : "NUMBER(19,0)";
  const small = dialect === "duckdb" ? "INTEGER" : "NUMBER(10,0)";
  const lines = [
    `_topic ${text} NOT NULL`,
    `_partition ${small} NOT NULL`,
    `_offset ${big} NOT NULL`,
    `_ingest_time ${sqlType({ kind: "timestamp", wireUnit: "us" }, dialect)} NOT NULL`,
    ...dataset.columns.map((c) =>
      `${identifier(c.name)} ${sqlType(c.type, dialect)}${c.nullable ? "" : " NOT NULL"}`
    ),
  ];
  const ddl = `CREATE TABLE IF NOT EXISTS ${bronzeTable(dataset)} (\n  ${lines.join(",\n  ")}\n)`;
  if (dialect === "duckdb") return ddl;
  // Queries ask for a few symbols and a range of time: the rest of the table is not read.
  return `${ddl}\nCLUSTER BY (${identifier(dataset.key)}, ${identifier(dataset.eventTime)})`;
}
