/** The SQL that derives from a dataset: names, literals, DDL, and the columns and checks of the decoder. @module */
import type { Column, ColumnType, Dataset } from "./dataset.ts";
import { wireName } from "./dataset.ts";
import { TickhouseError } from "../errors.ts";

/** The SQL dialects of the warehouses. */
export type Dialect = "duckdb" | "snowflake";

/** A name for use in SQL: letters, digits, `_`; anything else is refused with `IDENTIFIER_INVALID`. */
export function identifier(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)) return name;
  throw new TickhouseError("IDENTIFIER_INVALID", "not a name for SQL", {
    field: "identifier",
    value: name,
    mend: "use letters, digits and _, not starting with a digit",
  });
}

/** A text literal. For what can't be bound; values of users are bound. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

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
  return `CREATE TABLE IF NOT EXISTS ${bronzeTable(dataset)} (\n  ${lines.join(",\n  ")}\n)`;
}

/** The `columns` argument of DuckDB's read_json: everything is read as its raw form. */
export function rawColumns(dataset: Dataset): string {
  const raw = dataset.columns.map((c) => {
    const type = c.type.kind === "timestamp" ? "BIGINT" : "VARCHAR";
    return `"${wireName(c).replaceAll('"', '""')}": ${literal(type)}`;
  });
  return `{${raw.join(", ")}}`;
}

/** The expression that types a raw column. */
export function typedColumn(column: Column): string {
  const raw = `"${wireName(column).replaceAll('"', '""')}"`;
  switch (column.type.kind) {
    case "text":
      return raw;
    case "decimal":
      return `try_cast(${raw} as ${sqlType(column.type, "duckdb")})`;
    case "timestamp":
      return column.type.wireUnit === "us" ? raw : `${raw} * 1000000`;
    case "date":
      return `try_cast(${raw} as date)`;
  }
}
