/** What an engine says of the tables of a schema. @module */
import type { SqlSession } from "./session.ts";

/** A column of a table. */
export interface FoundColumn {
  /** In lower case. */
  readonly name: string;
  /** As the engine names it, without width. */
  readonly type: string;
  /** Digits of a number in all, and behind the point; characters of a text. */
  readonly precision: number | undefined;
  readonly scale: number | undefined;
  readonly length: number | undefined;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
}

/** The tables and views of a schema that the role sees, by their names in lower case. */
export async function tablesOf(
  session: Pick<SqlSession, "query">,
  schema: string,
): Promise<Map<string, FoundColumn[]>> {
  const { rows } = await session.query(
    `SELECT table_name, column_name, data_type, numeric_precision, numeric_scale,
       character_maximum_length, is_nullable, column_default
     FROM information_schema.columns
     WHERE table_catalog = current_database() AND lower(table_schema) = ?
     ORDER BY table_name, ordinal_position`,
    [schema.toLowerCase()],
  );
  const tables = new Map<string, FoundColumn[]>();
  const size = (cell: unknown) => cell === null ? undefined : Number(cell);
  for (const [table, name, type, precision, scale, length, nullable, value] of rows) {
    const columns = tables.get(String(table).toLowerCase()) ?? [];
    columns.push({
      name: String(name).toLowerCase(),
      // DuckDB writes a number's width into the name of its type.
      type: String(type).replace(/\(.*/, ""),
      precision: size(precision),
      scale: size(scale),
      length: size(length),
      nullable: nullable === "YES",
      hasDefault: value !== null,
    });
    tables.set(String(table).toLowerCase(), columns);
  }
  return tables;
}
