/**
 * Names and text in SQL.
 * @module
 */
import { TickhouseError } from "../errors.ts";

/** The SQL dialects of the warehouses. */
export type Dialect = "duckdb" | "snowflake";

/** A name for use in SQL: letters, digits, `_`; anything else is refused with `IDENTIFIER_INVALID`. */
export function identifier(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)) return name;
  throw new TickhouseError("IDENTIFIER_INVALID", "not a name for SQL", {
    field: "identifier",
    value: name,
    fix: "use letters, digits and _, not starting with a digit",
  });
}

/** A text literal of DuckDB. For what can't be bound; values of users are bound. */
export function literal(text: string): string {
  return textIn("duckdb", text);
}

/** A text literal of the dialect: Snowflake reads a backslash as an escape. */
export function textIn(dialect: Dialect, text: string): string {
  const escaped = dialect === "snowflake" ? text.replaceAll("\\", "\\\\") : text;
  return `'${escaped.replaceAll("'", "''")}'`;
}
