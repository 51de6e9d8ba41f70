/**
 * Refuses SQL that does more than read this database. The statement is parsed by DuckDB itself
 * (`json_serialize_sql`) and refused by its syntax tree before it is bound: binding
 * `read_csv('/etc/passwd')` would already open the file.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import type { SqlSession } from "../warehouse/warehouse.ts";

/** Something that queries: a session or a reader. */
export type Queryable = Pick<SqlSession, "query">;

/** Table functions that touch neither files nor network nor settings. All others are refused. */
const TABLE_FUNCTIONS = new Set([
  "duckdb_columns",
  "duckdb_constraints",
  "duckdb_databases",
  "duckdb_functions",
  "duckdb_indexes",
  "duckdb_keywords",
  "duckdb_schemas",
  "duckdb_tables",
  "duckdb_types",
  "duckdb_views",
  "generate_series",
  "json_each",
  "json_tree",
  "pragma_database_size",
  "pragma_table_info",
  "pragma_version",
  "range",
  "repeat",
  "repeat_row",
  "unnest",
]);

/** Scalar functions that write, tell secrets from settings or environment, or only waste time. */
const REFUSED_FUNCTIONS = new Set([
  "current_setting",
  "getenv",
  "nextval",
  "sleep_ms",
  "write_log",
]);

const EXPLAIN = /^\s*explain\s+(analyze\s+)?/i;

/**
 * Returns if `sql` is exactly one SELECT, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN of these,
 * reads only tables and views of the database, and calls no function that reaches outside it.
 * Throws `QUERY_NOT_READ_ONLY` otherwise and `QUERY_INVALID` for what does not parse. Views are
 * trusted: whoever made them could write.
 */
export async function assertReadOnly(session: Queryable, sql: string): Promise<void> {
  const statement = await parse(session, sql.replace(EXPLAIN, ""));
  const tables: TableName[] = [];
  walk(statement, tables);
  for (const table of tables) {
    if (needsLookup(table) && !(await exists(session, table))) {
      throw refusal(`reads ${spell(table)}, which is no table or view of this database`);
    }
  }
}

interface TableName {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
}

interface Parsed {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

async function parse(session: Queryable, sql: string): Promise<unknown> {
  const { rows } = await session.query(
    "SELECT json_serialize_sql(?::VARCHAR, skip_null := true, skip_empty := true)",
    [sql],
  );
  const parsed = JSON.parse(String(rows[0]?.[0])) as Parsed;
  if (parsed.error && parsed.error_type === "not implemented") throw refusal("is not a SELECT");
  if (parsed.error) {
    throw new TickhouseError("QUERY_INVALID", parsed.error_message ?? "does not parse", {
      field: "sql",
    });
  }
  const [statement, ...more] = parsed.statements ?? [];
  if (statement === undefined || more.length > 0) throw refusal("is not exactly one statement");
  return statement;
}

/** Collects the tables named anywhere in the tree and refuses the functions. */
function walk(node: unknown, tables: TableName[]): void {
  if (Array.isArray(node)) {
    for (const child of node) walk(child, tables);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const { type, class: kind, ...rest } = node as Record<string, unknown>;
  if (type === "BASE_TABLE") {
    tables.push({
      catalog: text(rest.catalog_name),
      schema: text(rest.schema_name),
      table: text(rest.table_name),
    });
  }
  if (type === "TABLE_FUNCTION") assertTableFunction(rest.function);
  if (kind === "FUNCTION" || kind === "WINDOW") assertScalar(text(rest.function_name));
  for (const child of Object.values(rest)) walk(child, tables);
}

function assertTableFunction(call: unknown): void {
  const name = text((call as { function_name?: unknown } | undefined)?.function_name);
  if (TABLE_FUNCTIONS.has(name.toLowerCase())) return;
  throw refusal(`calls the table function ${name || "?"}, which may reach outside the database`);
}

function assertScalar(name: string): void {
  if (REFUSED_FUNCTIONS.has(name.toLowerCase())) throw refusal(`calls ${name}`);
}

/**
 * DuckDB reads a file of a table's name where the catalog has no such table: `'a.csv'`, and also
 * `a.csv`, a table csv in a schema a. A file needs a dot, so a plain name can be none.
 */
function needsLookup({ catalog, schema, table }: TableName): boolean {
  return catalog !== "" || schema !== "" || !/^[^./\\:*?[\]]+$/.test(table);
}

async function exists(session: Queryable, name: TableName): Promise<boolean> {
  const { rows } = await session.query(
    `SELECT 1 FROM (
       SELECT database_name, schema_name, table_name FROM duckdb_tables()
       UNION ALL
       SELECT database_name, schema_name, view_name FROM duckdb_views()
     )
     WHERE lower(table_name) = lower($1)
       AND CASE
         WHEN $3 <> '' THEN lower(database_name) = lower($3) AND lower(schema_name) = lower($2)
         WHEN $2 <> '' THEN lower(schema_name) = lower($2)
           OR (lower(database_name) = lower($2) AND schema_name = 'main')
         ELSE schema_name = 'main'
       END
     LIMIT 1`,
    [name.table, name.schema, name.catalog],
  );
  return rows.length > 0;
}

function spell({ catalog, schema, table }: TableName): string {
  return [catalog, schema, table].filter((part) => part !== "").join(".");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function refusal(what: string): TickhouseError {
  return new TickhouseError("QUERY_NOT_READ_ONLY", `this statement ${what}`, {
    field: "sql",
    mend: "send one SELECT, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN over tables of the warehouse",
  });
}
