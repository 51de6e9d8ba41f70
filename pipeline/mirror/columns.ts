/** The columns of a Snowflake table, as DuckDB holds them. @module */
import { TickhouseError } from "../errors.ts";
import type { Cell, SqlSession } from "../sql/session.ts";
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
export async function tablesOf(session: SqlSession, schema: string): Promise<MirroredTable[]> {
  const { rows } = await session.query(
    `SELECT table_name, column_name, data_type, numeric_precision, numeric_scale
     FROM information_schema.columns WHERE table_schema = ? ORDER BY table_name, ordinal_position`,
    [schema.toUpperCase()],
  );
  if (rows.length === 0) {
    throw new TickhouseError("SCHEMA_UNKNOWN", "Snowflake has no tables there that it shows", {
      field: "schemas",
      value: schema,
      mend: "build the models there first, or take a role that may read them",
    });
  }
  const tables = new Map<string, PulledColumn[]>();
  for (const [table, column, type, precision, scale] of rows) {
    const name = String(table).toLowerCase();
    const columns = tables.get(name) ?? [];
    const where = `${schema}.${name}.${String(column).toLowerCase()}`;
    const mapped = duckType(String(type), precision, scale, where);
    columns.push({ name: String(column).toLowerCase(), type: mapped });
    tables.set(name, columns);
  }
  return [...tables].map(([name, columns]) => ({ name, columns }));
}

function duckType(
  type: string,
  precision: Cell | undefined,
  scale: Cell | undefined,
  where: string,
): string {
  if (type === "NUMBER" || type === "DECIMAL") {
    const [digits, fraction] = [Number(precision), Number(scale)];
    if (fraction > 0) return `DECIMAL(${digits},${fraction})`;
    return digits <= 9 ? "INTEGER" : digits <= 19 ? "BIGINT" : `DECIMAL(${digits},0)`;
  }
  const known = TYPES[type];
  if (known) return known;
  throw new TickhouseError("TYPE_UNSUPPORTED", `columns of type ${type} are not mirrored`, {
    field: where,
    mend: "cast it in a view, and mirror that schema",
  });
}
