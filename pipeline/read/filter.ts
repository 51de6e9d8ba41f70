/**
 * The part of a WHERE by which rows may be left out of a copy: the statement leaves them out again,
 * so that it never sees the difference. Anything that is not certain is not part of it.
 * @module
 */
import { weightOf } from "./functions.ts";
import type { Queryable } from "./statement.ts";

type Node = Readonly<Record<string, unknown>>;

/** Functions whose value another call need not have; what they give does not fall with time. */
const CLOCKS = new Set(["now", "get_current_timestamp", "transaction_timestamp"]);
const VOLATILE = new Set([
  ...CLOCKS,
  ...["age", "ago", "random", "uuid", "today", "current_date", "current_localtime"],
  ...["current_localtimestamp", "get_current_time", "hash", "version"],
]);
const COMPARISONS = new Set([
  "COMPARE_EQUAL",
  "COMPARE_NOTEQUAL",
  "COMPARE_GREATERTHAN",
  "COMPARE_GREATERTHANOREQUALTO",
  "COMPARE_LESSTHAN",
  "COMPARE_LESSTHANOREQUALTO",
]);
const LOWER_BOUNDS = new Set(["COMPARE_GREATERTHAN", "COMPARE_GREATERTHANOREQUALTO"]);
/** How the engine begins a statement made of the parts. */
const BEGINNING = "SELECT * FROM t WHERE ";

/**
 * SQL of the conditions in the WHERE of the SELECT that reads the only table of `sql`, of which
 * `Statement.mayFilter` is true; null if none is certain.
 */
export async function filterOf(session: Queryable, sql: string): Promise<string | null> {
  // Whole trees, which the engine can make into SQL again.
  const select = selectOfTable(await wholeTree(session, sql));
  const from = select && select["from_table"] as Node;
  if (!select?.["where_clause"] || !from || select["sample"] || from["sample"]) return null;
  const names = [from["alias"], from["table_name"]].filter((name) => name)
    .map((name) => String(name).toLowerCase());
  const conditions = conjuncts(select["where_clause"] as Node).filter(isCertain)
    .map((condition) => plain(condition, names)).filter((condition) => condition !== undefined);
  if (conditions.length === 0) return null;
  const written = [];
  for (const condition of conditions) written.push(await write(session, condition));
  return written.every((text) => text !== undefined) ? written.join(" AND ") : null;
}

async function write(session: Queryable, condition: Node): Promise<string | undefined> {
  const template = await wholeTree(session, `${BEGINNING}true`);
  const [statement] = template["statements"] as Node[];
  const node = { ...statement?.["node"] as Node, where_clause: condition };
  const tree = { error: false, statements: [{ ...statement, node }] };
  const { rows } = await session.query("SELECT json_deserialize_sql(?::JSON)", [
    JSON.stringify(tree),
  ]);
  const sql = String(rows[0]?.[0]);
  return sql.startsWith(BEGINNING) ? sql.slice(BEGINNING.length) : undefined;
}

async function wholeTree(session: Queryable, sql: string): Promise<Node> {
  const { rows } = await session.query("SELECT json_serialize_sql(?::VARCHAR)", [sql]);
  return JSON.parse(String(rows[0]?.[0]), EXACT) as Node;
}

/** JSON's numbers as they are written: the engine's go beyond those of JavaScript. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
};
const EXACT = (_key: string, value: unknown, context?: { source?: string }) =>
  typeof value === "number" && context?.source !== undefined ? rawJSON(context.source) : value;

/** The first there is. */
function selectOfTable(value: unknown): Node | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const node = value as Node;
  const from = node["from_table"] as Node | null | undefined;
  if (node["type"] === "SELECT_NODE" && from?.["type"] === "BASE_TABLE") return node;
  for (const child of Object.values(node)) {
    const found = selectOfTable(child);
    if (found) return found;
  }
  return undefined;
}

function conjuncts(node: Node): Node[] {
  if (node["type"] !== "CONJUNCTION_AND") return [node];
  return children(node).flatMap(conjuncts);
}

/** Whether what is false of a row now is false of it when the statement runs. */
function isCertain(node: Node): boolean {
  const type = String(node["type"]);
  if (COMPARISONS.has(type)) {
    const [left, right] = [node["left"], node["right"]] as Node[];
    if (!isColumn(left)) return false;
    return isConstant(right) || (LOWER_BOUNDS.has(type) && isClock(right));
  }
  if (type === "COMPARE_IN") {
    const [column, ...values] = children(node);
    return isColumn(column) && values.every(isConstant);
  }
  if (type === "COMPARE_BETWEEN") {
    const [input, lower, upper] = ["input", "lower", "upper"].map((name) => node[name] as Node);
    return isColumn(input) && (isConstant(lower) || isClock(lower)) && isConstant(upper);
  }
  return false;
}

function isColumn(node: Node | undefined): boolean {
  return node?.["class"] === "COLUMN_REF";
}

function isConstant(node: Node | undefined): boolean {
  if (node?.["class"] === "CONSTANT") return true;
  if (node?.["class"] === "CAST") return isConstant(node["child"] as Node);
  if (node?.["class"] !== "FUNCTION") return false;
  const name = String(node["function_name"]).toLowerCase();
  const args = children(node);
  return weightOf(name, args.length) === "bounded" && !VOLATILE.has(name) && args.length > 0 &&
    args.every(isConstant);
}

/** A time that only moves on: now, or so long before or after it. */
function isClock(node: Node | undefined): boolean {
  if (node?.["class"] === "CAST") return isClock(node["child"] as Node);
  if (node?.["class"] !== "FUNCTION") return false;
  const name = String(node["function_name"]).toLowerCase();
  const [first, second, ...more] = children(node);
  if (CLOCKS.has(name)) return first === undefined;
  return ["-", "+"].includes(name) && isClock(first) && isConstant(second) && more.length === 0;
}

function children(node: Node): Node[] {
  return (node["children"] ?? []) as Node[];
}

/** With columns by their own names; undefined where a name is of something else. */
function plain(node: Node, names: readonly string[]): Node | undefined {
  let isPlain = true;
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null || isRawJSON(value)) return value;
    const copy = Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, walk(part)]),
    );
    if (copy["class"] !== "COLUMN_REF") return copy;
    const path = copy["column_names"] as string[];
    const last = path.at(-1) ?? "";
    if (path.length > 2 || (path.length === 2 && !names.includes(path[0]?.toLowerCase() ?? ""))) {
      isPlain = false;
    }
    return { ...copy, column_names: [last] };
  };
  const copy = walk(node) as Node;
  return isPlain ? copy : undefined;
}
