/** Whether a warehouse has a table or view. @module */
import type { Reader } from "../read/reader.ts";

const SQL = `select count(*) from information_schema.tables
where table_schema = ? and table_name = ?`;

/** The name is that of schema and table, such as `gold.gold_kpi`. */
export async function hasTable(reader: Pick<Reader, "query">, name: string): Promise<boolean> {
  const [schema = "", table = ""] = name.split(".");
  const { rows } = await reader.query(SQL, [schema, table]);
  return Number(rows[0]?.[0] ?? 0) > 0;
}
