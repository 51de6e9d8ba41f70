/**
 * Refuses SQL that does more than read this database: every name in a statement is looked up, and
 * only what is known to be harmless passes.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import { isCatalogView } from "./functions.ts";
import {
  notReadOnly,
  type Queryable,
  readStatement,
  type Statement,
  type TableName,
} from "./statement.ts";

export type { Queryable } from "./statement.ts";

/** A table or view that somebody made. */
export interface Relation {
  readonly catalog: string;
  readonly schema: string;
  readonly name: string;
  /** The statement that made it, where it is a view. */
  readonly viewSql: string | null;
  /** As the engine estimates; 0 of a view. */
  readonly rows: number;
}

/** What of the database a statement reads. */
export interface Reads {
  /** Each once. */
  readonly relations: readonly Relation[];
  /** Asks the engine what the database holds. */
  readonly catalog: boolean;
}

/**
 * Returns if `sql` is exactly one SELECT, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN of these,
 * reads only tables and views of the database, and calls nothing that reaches outside it. Throws
 * what `readStatement` and `lookUp` throw. Views and macros are trusted: whoever made them could
 * write.
 */
export async function assertReadOnly(session: Queryable, sql: string): Promise<void> {
  await lookUp(session, await readStatement(session, sql));
}

/**
 * Finds what a statement names. Throws `QUERY_NOT_READ_ONLY` for what is no table, view or macro of
 * the database and could be something else to the engine, `TABLE_UNKNOWN` for what could be nothing.
 */
export async function lookUp(session: Queryable, statement: Statement): Promise<Reads> {
  await assertMacros(session, statement.unknown);
  if (statement.tables.length === 0) return { relations: [], catalog: statement.readsCatalog };
  const { relations, systemViews } = await readRelations(session);
  const found = new Set<Relation>();
  let catalog = statement.readsCatalog;
  for (const name of statement.tables) {
    const own = isPlain(name) && statement.ownNames.includes(name.table.toLowerCase());
    const relation = relations.find((candidate) => names(name, candidate));
    if (relation) found.add(relation);
    else if (isSystemView(name, systemViews)) {
      if (!isCatalogView(name.table)) throw notReadOnly(`reads ${spell(name)}, a system view`);
      catalog = true;
    } else if (!own) throw await unknown(session, name, relations);
  }
  return { relations: [...found], catalog };
}

async function assertMacros(session: Queryable, functions: readonly string[]): Promise<void> {
  if (functions.length === 0) return;
  const { rows } = await session.query(
    "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE NOT internal",
  );
  const macros = new Set(rows.map(([name]) => String(name)));
  const refused = functions.find((name) => !macros.has(name));
  if (refused !== undefined) {
    throw notReadOnly(`calls ${refused}, which is no function that a reader may call`);
  }
}

interface Relations {
  readonly relations: readonly Relation[];
  readonly systemViews: ReadonlySet<string>;
}

async function readRelations(session: Queryable): Promise<Relations> {
  const { rows } = await session.query(
    `SELECT database_name, schema_name, table_name, NULL, internal, estimated_size
       FROM duckdb_tables()
     UNION ALL
     SELECT database_name, schema_name, view_name, sql, internal, 0 FROM duckdb_views()`,
  );
  const relations = rows.filter((row) => row[4] !== true)
    .map(([catalog, schema, name, sql, , size]) => ({
      catalog: String(catalog),
      schema: String(schema),
      name: String(name),
      viewSql: sql === null || sql === undefined ? null : String(sql),
      rows: Number(size),
    }));
  const views = rows.filter((row) => row[4] === true).map((row) => String(row[2]).toLowerCase());
  return { relations, systemViews: new Set(views) };
}

/** Whether the engine takes the name for the relation: `a.b` is a table b in a schema or database. */
function names({ catalog, schema, table }: TableName, relation: Relation): boolean {
  if (!equal(table, relation.name)) return false;
  if (catalog !== "") return equal(catalog, relation.catalog) && equal(schema, relation.schema);
  if (schema === "") return relation.schema === "main";
  if (equal(schema, relation.schema)) return true;
  return equal(schema, relation.catalog) && relation.schema === "main";
}

function isSystemView({ table, schema }: TableName, systemViews: ReadonlySet<string>): boolean {
  const schemas = ["", "main", "system", "information_schema", "pg_catalog"];
  return schemas.includes(schema.toLowerCase()) && systemViews.has(table.toLowerCase());
}

function isPlain({ catalog, schema, table }: TableName): boolean {
  // DuckDB reads a file of a table's name; a file needs a dot.
  return catalog === "" && schema === "" && !/[./\\:*?[\]]/.test(table);
}

async function unknown(
  session: Queryable,
  name: TableName,
  relations: readonly Relation[],
): Promise<TickhouseError> {
  if (!isPlain(name) && !await isOfSchema(session, name)) {
    return notReadOnly(`reads ${spell(name)}, which is no table or view of this database`);
  }
  const own = relations.map(({ schema, name }) => schema === "main" ? name : `${schema}.${name}`)
    .filter((name) => !/\._/.test(name));
  return new TickhouseError("TABLE_UNKNOWN", "there is no table or view of this name", {
    field: "table",
    value: spell(name),
    fix: own.length === 0 ? "there are none yet" : `there are ${own.slice(0, 40).join(", ")}`,
  });
}

/** What DuckDB reads, or attaches, by the end of its name: `a.csv` may be a file. */
const FILES = /^(csv|tsv|txt|jsonl?|ndjson|parquet|gz|zst|xlsx|avro|db|duckdb|ddb)$/i;

/** Whether a table of that name would be one of a schema that the database has. */
async function isOfSchema(session: Queryable, { catalog, schema, table }: TableName) {
  const isTable = catalog === "" && isPlain({ catalog: "", schema: "", table });
  if (!isTable || FILES.test(table)) return false;
  const { rows } = await session.query(
    "SELECT schema_name FROM duckdb_schemas() WHERE NOT internal",
  );
  return rows.some(([name]) => equal(schema, String(name)));
}

function equal(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function spell({ catalog, schema, table }: TableName): string {
  return [catalog, schema, table].filter((part) => part !== "").join(".");
}
