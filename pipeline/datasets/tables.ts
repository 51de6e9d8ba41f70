/**
 * The bronze tables as the datasets declare them.
 * @module
 */
import { type Dialect, identifier } from "../sql/names.ts";
import { type Dataset, type StoredColumn, storedColumns, type StoredType } from "./dataset.ts";

/** Name of the dataset's bronze table. */
export function bronzeTable(dataset: Dataset): string {
  return `bronze.${identifier(dataset.name)}`;
}

/** Names of the columns of a bronze row, in order. */
export function bronzeColumns(dataset: Dataset): string[] {
  return storedColumns(dataset).map(({ name }) => identifier(name));
}

/** The column's type in the dialect. */
export function sqlType(type: StoredType, dialect: Dialect): string {
  switch (type.kind) {
    case "integer":
      if (dialect === "duckdb") return type.bits === 32 ? "INTEGER" : "BIGINT";
      return type.bits === 32 ? "NUMBER(10,0)" : "NUMBER(19,0)";
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

/** The column as a table defines it, such as `price DECIMAL(18,8) NOT NULL`. */
export function columnDdl({ name, type, nullable }: StoredColumn, dialect: Dialect): string {
  return `${identifier(name)} ${sqlType(type, dialect)}${nullable ? "" : " NOT NULL"}`;
}

/** `CREATE TABLE IF NOT EXISTS` for the bronze table. */
export function bronzeDdl(dataset: Dataset, dialect: Dialect): string {
  const lines = storedColumns(dataset).map((c) => columnDdl(c, dialect));
  const ddl = `CREATE TABLE IF NOT EXISTS ${bronzeTable(dataset)} (\n  ${lines.join(",\n  ")}\n)`;
  if (dialect === "duckdb") return ddl;
  // Queries ask for a few symbols and a range of time: the rest of the table is not read.
  return `${ddl}\nCLUSTER BY (${identifier(dataset.key)}, ${identifier(dataset.eventTime)})`;
}
