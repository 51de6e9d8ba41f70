/**
 * What a statement is, by its syntax tree: DuckDB parses it (`json_serialize_sql`) and does not bind
 * it, since binding `read_csv('/etc/passwd')` would already open the file.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";
import { tableFunctionKind, weightOf } from "./functions.ts";

/** Something that queries: a session or a reader. */
export type Queryable = Pick<SqlSession, "query">;

/** A name as a statement has it; empty where it does not say. */
export interface TableName {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
}

/** What a statement reads and calls. Plain data: it passes from one process to another. */
export interface Statement {
  /** Names in the place of tables, in order of appearance, each once. */
  readonly tables: readonly TableName[];
  /** Names that its own queries have (WITH). Lower case. */
  readonly ownNames: readonly string[];
  /** Functions that are not the engine's: a macro of the database, or nothing. Lower case. */
  readonly unknown: readonly string[];
  /** Names of columns that occur; null if it may read any. Lower case. */
  readonly columns: readonly string[] | null;
  /** Asks what the database holds, of functions of the engine. */
  readonly readsCatalog: boolean;
  /** EXPLAIN, with or without ANALYZE. */
  readonly explains: boolean;
  /**
   * By its shape it costs little memory beyond the rows of a result: one table at the most, functions
   * of bounded results, nothing that sorts or keeps all rows.
   */
  readonly isLight: boolean;
  /** Keeps something of each group; there may be as many as rows. */
  readonly groups: boolean;
  /** As `isLight`, of as many tables as it likes, one behind the other: what a view may be made of. */
  readonly isPlain: boolean;
  /** One SELECT reads the only table there is, and has a WHERE: see `filterOf`. */
  readonly mayFilter: boolean;
}

/** Characters of a statement. */
const TEXT_MAX = 200_000;
/** Characters of a light one: its constants may be repeated in each row. */
export const LIGHT_TEXT_MAX = 4_000;
/** Tables, queries and joins: the engine plans 950 joins until its stack ends. */
const REFERENCES_MAX = 150;
/** Levels of the tree. */
const DEPTH_MAX = 400;
/** Levels and nodes of the tree of a light one: deep ones take the engine seconds to plan. */
const LIGHT_DEPTH_MAX = 30;
const LIGHT_NODES_MAX = 400;
/** Rows that a light statement may sort: the engine then keeps no more of them. */
const LIGHT_LIMIT_MAX = 10_000;

const EXPLAIN = /^\s*explain\s+(analyze\s+)?/i;

/** What of SHOW is a list of tables, and no setting. */
const SHOWN = new Set(['"tables"', '"databases"', '"schemas"', "__show_tables_expanded"]);

/** Expressions; any other is refused. */
const CLASSES = new Set([
  "BETWEEN",
  "CASE",
  "CAST",
  "COLLATE",
  "COLUMN_REF",
  "COMPARISON",
  "CONJUNCTION",
  "CONSTANT",
  "DEFAULT",
  "FUNCTION",
  "LAMBDA",
  "OPERATOR",
  "PARAMETER",
  "POSITIONAL_REFERENCE",
  "STAR",
  "SUBQUERY",
  "TYPE",
  "WINDOW",
]);

/** Types whose values are about as long as what they were made of. */
const LIGHT_TYPES = new Set(
  ("BOOLEAN TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT " +
    "FLOAT DOUBLE DECIMAL VARCHAR DATE TIME TIMESTAMP TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS " +
    "INTERVAL UUID").split(" ").concat("TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE"),
);

/**
 * Reads what `sql` is. Throws `QUERY_NOT_READ_ONLY` for what is no single SELECT, VALUES, DESCRIBE,
 * SHOW, SUMMARIZE or EXPLAIN of these, or calls what may reach outside of the database;
 * `QUERY_INVALID` for what does not parse; `QUERY_TOO_COMPLEX` for what the engine might not survive.
 */
export async function readStatement(session: Queryable, sql: string): Promise<Statement> {
  if (sql.length > TEXT_MAX) throw tooComplex(`has more than ${TEXT_MAX} characters`);
  const explain = EXPLAIN.exec(sql)?.[0] ?? "";
  const tree = await parse(session, sql.slice(explain.length));
  return new Walk(tree).statement(sql.length, explain !== "");
}

/** An error for what does more than read. */
export function notReadOnly(what: string): TickhouseError {
  return new TickhouseError("QUERY_NOT_READ_ONLY", `the statement ${what}`, {
    field: "sql",
    fix: "send one SELECT, DESCRIBE, SHOW or SUMMARIZE over tables and views of the warehouse",
  });
}

function tooComplex(what: string): TickhouseError {
  return new TickhouseError("QUERY_TOO_COMPLEX", `the statement ${what}`, {
    field: "sql",
    fix: "make it of fewer parts, or run it in a DuckDB of your own on a copy",
  });
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
  if (parsed.error && parsed.error_type === "not implemented") {
    throw notReadOnly("is not a SELECT");
  }
  if (parsed.error) {
    throw new TickhouseError("QUERY_INVALID", parsed.error_message ?? "does not parse", {
      field: "sql",
    });
  }
  const [statement, ...more] = parsed.statements ?? [];
  if (statement === undefined || more.length > 0) throw notReadOnly("is not exactly one statement");
  return statement;
}

type Node = Readonly<Record<string, unknown>>;

/** One walk over a syntax tree. */
class Walk {
  readonly #tree: unknown;
  readonly #tables = new Map<string, TableName>();
  /** Names that the statement's own queries have. */
  readonly #ctes = new Set<string>();
  readonly #names = new Set<string>();
  readonly #columns = new Set<string>();
  readonly #unknown = new Set<string>();
  #filters = false;
  #references = 0;
  #nodes = 0;
  #baseTables = 0;
  #readsAll = false;
  #hasPlaces = false;
  #readsCatalog = false;
  #isLight = true;
  #isPlain = true;
  #groups = false;

  constructor(tree: unknown) {
    this.#tree = tree;
  }

  statement(length: number, explains: boolean): Statement {
    this.#walk(this.#tree, 0);
    if (this.#baseTables > 1 || length > LIGHT_TEXT_MAX) this.#isLight = false;
    // A table's name, or alias, in place of a column is its whole row.
    const readsRows = [...this.#columns].some((name) => this.#names.has(name));
    return {
      tables: [...this.#tables.values()],
      ownNames: [...this.#ctes],
      unknown: [...this.#unknown],
      columns: this.#readsAll || readsRows ? null : [...this.#columns],
      readsCatalog: this.#readsCatalog,
      explains,
      isLight: this.#isLight && this.#isPlain,
      isPlain: this.#isPlain,
      groups: this.#groups,
      mayFilter: this.#baseTables === 1 && this.#ctes.size === 0 && this.#filters &&
        !this.#hasPlaces && !explains,
    };
  }

  #walk(value: unknown, depth: number): void {
    if (depth > LIGHT_DEPTH_MAX || ++this.#nodes > LIGHT_NODES_MAX) this.#isLight = false;
    if (depth > DEPTH_MAX) throw tooComplex(`has more than ${DEPTH_MAX} levels`);
    if (Array.isArray(value)) {
      for (const child of value) this.#walk(child, depth + 1);
      return;
    }
    if (typeof value !== "object" || value === null) return;
    const node = value as Node;
    if (typeof node["class"] === "string") this.#expression(node["class"], node);
    else if (typeof node["type"] === "string") this.#reference(node["type"], node);
    for (const alias of ["alias", "cte_name"]) {
      if (typeof node[alias] === "string") this.#names.add(node[alias].toLowerCase());
    }
    // A table function's own name is no expression's.
    const { function: called, ...rest } = node;
    const isCall = node["type"] === "TABLE_FUNCTION";
    this.#walk(
      isCall ? [...Object.values(rest), asNode(called)["children"]] : Object.values(node),
      depth,
    );
  }

  #expression(kind: string, node: Node): void {
    if (!CLASSES.has(kind)) throw notReadOnly(`has an expression of the kind ${kind}`);
    if (kind === "FUNCTION" || kind === "WINDOW") {
      const args = (node["children"] ?? []) as unknown[];
      this.#call(text(node["function_name"]), args.length);
    }
    if (kind === "STAR") this.#readsAll = true;
    if (kind === "POSITIONAL_REFERENCE") this.#countsColumns();
    if (kind === "COLUMN_REF") {
      for (const name of node["column_names"] as string[]) this.#columns.add(name.toLowerCase());
    }
    if (kind === "WINDOW" || kind === "LAMBDA" || node["distinct"] === true) this.#isPlain = false;
    if (kind === "CAST" && !LIGHT_TYPES.has(text(asNode(node["cast_type"])["id"]))) {
      this.#isPlain = false;
    }
  }

  /** Each column has its place, and is not known by its name. */
  #countsColumns(): void {
    this.#readsAll = true;
    this.#hasPlaces = true;
  }

  #call(name: string, args: number): void {
    const weight = weightOf(name, args);
    if (weight === undefined) this.#unknown.add(name.toLowerCase());
    if (weight !== "bounded") this.#isPlain = false;
  }

  #reference(type: string, node: Node): void {
    if (node["column_name_alias"] !== undefined) this.#countsColumns();
    switch (type) {
      case "BASE_TABLE":
        this.#count();
        this.#baseTables++;
        this.#table({
          catalog: text(node["catalog_name"]),
          schema: text(node["schema_name"]),
          table: text(node["table_name"]),
        });
        return;
      case "TABLE_FUNCTION":
        this.#count();
        this.#tableFunction(text(asNode(node["function"])["function_name"]));
        return;
      case "SHOW_REF":
        this.#show(node);
        return;
      case "JOIN":
      case "PIVOT":
      case "SUBQUERY":
        this.#count();
        if (type !== "SUBQUERY") this.#isPlain = false;
        // Which columns there are decides what these give.
        if (type === "PIVOT" || node["ref_type"] === "NATURAL") this.#readsAll = true;
        for (const name of (node["using_columns"] ?? []) as string[]) {
          this.#columns.add(name.toLowerCase());
        }
        return;
      case "SELECT_NODE":
        this.#count();
        this.#select(node);
        return;
      case "SET_OPERATION_NODE":
      case "RECURSIVE_CTE_NODE":
      case "CTE_NODE":
        this.#count();
        if (node["setop_type"] === "UNION" && node["setop_all"] === true) this.#isLight = false;
        else this.#isPlain = false;
        this.#select(node);
        return;
    }
  }

  #select(node: Node): void {
    const readsTable = asNode(node["from_table"])["type"] === "BASE_TABLE";
    if (readsTable && node["where_clause"] !== undefined) this.#filters = true;
    if (node["group_expressions"] !== undefined) this.#groups = true;
    if (node["aggregate_handling"] === "FORCE_AGGREGATES") this.#groups = true;
    const map = asNode(node["cte_map"])["map"] as { key: string }[] | undefined;
    for (const { key } of map ?? []) {
      this.#count();
      this.#ctes.add(key.toLowerCase());
    }
    const modifiers = (node["modifiers"] ?? []) as Node[];
    const types = modifiers.map((modifier) => modifier["type"]);
    const isShort = modifiers.some((m) => isSmall(m["limit"]) && isSmallOrNone(m["offset"]));
    if (types.includes("DISTINCT_MODIFIER") || types.includes("LIMIT_PERCENT_MODIFIER")) {
      this.#isPlain = false;
    }
    if (types.includes("ORDER_MODIFIER") && !isShort) this.#isPlain = false;
    if (node["sample"] !== undefined) this.#isPlain = false;
  }

  #table(name: TableName): void {
    this.#names.add(name.table.toLowerCase());
    this.#tables.set(JSON.stringify(name), name);
  }

  #tableFunction(name: string): void {
    const kind = tableFunctionKind(name);
    if (kind === undefined) {
      const what = `calls the table function ${name || "?"}`;
      throw notReadOnly(`${what}, which may reach outside the database`);
    }
    this.#readsAll = true;
    if (kind === "catalog") this.#readsCatalog = true;
    else this.#isPlain = false;
  }

  #show(node: Node): void {
    this.#readsAll = true;
    const shown = node["table_name"];
    if (node["show_type"] === "SUMMARY") this.#isPlain = false;
    if (shown === undefined) return;
    this.#readsCatalog = true;
    if (!SHOWN.has(text(shown))) throw notReadOnly(`shows ${text(shown)}`);
  }

  #count(): void {
    if (++this.#references <= REFERENCES_MAX) return;
    throw tooComplex(`has more than ${REFERENCES_MAX} tables, queries and joins`);
  }
}

/** A constant of few rows. */
function isSmall(expression: unknown): boolean {
  const value = asNode(asNode(expression)["value"])["value"];
  return typeof value === "number" && value <= LIGHT_LIMIT_MAX;
}

function isSmallOrNone(expression: unknown): boolean {
  return expression === undefined || isSmall(expression);
}

function asNode(value: unknown): Node {
  return (value ?? {}) as Node;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
