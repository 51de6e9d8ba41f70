/** What the warehouse holds, as `SHOW TABLES` says it. @module */

/** What `SHOW TABLES` is to say: the engine's lists the schema main, where nothing is. */
export const SHOW_TABLES = `SELECT table_schema || '.' || table_name AS name,
    CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END AS kind
  FROM information_schema.tables
  WHERE table_catalog = current_database() AND NOT starts_with(table_name, '_')
  ORDER BY ALL`;

/** The statement that is asked of the engine. */
export function spelled(sql: string): string {
  return /^\s*show\s+tables\s*;?\s*$/i.test(sql) ? SHOW_TABLES : sql;
}
