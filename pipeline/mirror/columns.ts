/** The columns of a Snowflake table, as DuckDB holds them. @module */
import { TickhouseError } from "../errors.ts";
import { type FoundColumn, tablesOf } from "../sql/catalogue.ts";
import type { SqlSession } from "../sql/session.ts";
import type { PulledColumn } from "./pull.ts";

/** A table or view, and its columns in order. */
export interface MirroredTable {
  /** In lower case. */
  readonly name: string;
  readonly columns: readonly PulledColumn[];
}

/** Snowflake's types that DuckDB has under a name of its own. */
const TYPES: Readonly<Record<string, string>> = {
  TEXT: "VARCHAR",
  VARCHAR: "VARCHAR",
  FLOAT: "DOUBLE",
  BOOLEAN: "BOOLEAN",
  DATE: "DATE",
  TIMESTAMP_NTZ: "TIMESTAMP",
};

/**
 * The tables and views of the schema, by name. Throws `SCHEMA_UNKNOWN` if it has none that this role
 * sees, and `TYPE_UNSUPPORTED` naming the column that can't be mirrored.
 */
export async function mirroredTables(
  session: SqlSession,
  schema: string,
): Promise<MirroredTable[]> {
  const tables = await tablesOf(session, schema);
  if (tables.size === 0) {
    throw new TickhouseError("SCHEMA_UNKNOWN", "Snowflake has no tables there that it shows", {
      field: "schemas",
      value: schema,
      fix: "build the models there first, or take a role that may read them",
    });
  }
  return [...tables].map(([name, columns]) => ({
    name,
    columns: columns.map((column) => ({
      name: column.name,
      type: duckType(column, `${schema}.${name}.${column.name}`),
    })),
  }));
}

function duckType({ type, precision = 0, scale = 0 }: FoundColumn, where: string): string {
  if (type === "NUMBER" || type === "DECIMAL") {
    if (scale > 0) return `DECIMAL(${precision},${scale})`;
    return precision <= 9 ? "INTEGER" : precision <= 19 ? "BIGINT" : `DECIMAL(${precision},0)`;
  }
  const known = TYPES[type];
  if (known) return known;
  throw new TickhouseError("TYPE_UNSUPPORTED", `columns of type ${type} are not mirrored`, {
    field: where,
    fix: "cast it in a view, and mirror that schema",
  });
}
