/**
 * How a table that an earlier declaration made becomes the table of today's.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import type { FoundColumn } from "../sql/catalogue.ts";
import { type Dialect, identifier } from "../sql/names.ts";
import type { StoredColumn } from "./dataset.ts";
import { columnDdl, sqlType } from "./tables.ts";

/** A table: what is declared of it, and what the engine says that it has. */
export interface Compared {
  /** With its schema. */
  readonly table: string;
  readonly declared: readonly StoredColumn[];
  readonly found: readonly FoundColumn[];
}

/**
 * The statements by which the table takes what is declared, whatever the order of its columns:
 * nullable columns are added, numbers and text widened, and null is allowed. Each may be repeated. A
 * column of the table that is not declared stays, and is left empty. Throws `TABLE_DIFFERS` for any
 * other difference: inserts would fail, or values be lost.
 */
export function evolution({ table, declared, found }: Compared, dialect: Dialect): string[] {
  const names = new Set(declared.map(({ name }) => name.toLowerCase()));
  for (const column of found) {
    if (names.has(column.name) || column.nullable || column.hasDefault) continue;
    throw differs(table, column.name, shown(column, dialect), "no such column", [
      "declare it",
      `or let it be empty: ALTER TABLE ${table} ALTER COLUMN ${column.name} DROP NOT NULL`,
    ]);
  }
  return declared.flatMap((column) => {
    const present = found.find(({ name }) => name === column.name.toLowerCase());
    return present ? changes(table, column, present, dialect) : added(table, column, dialect);
  });
}

function added(table: string, column: StoredColumn, dialect: Dialect): string[] {
  const ddl = columnDdl(column, dialect);
  if (column.nullable) return [`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${ddl}`];
  const says = ddl.slice(column.name.length + 1);
  throw differs(table, column.name, "no such column", says, [
    "declare it nullable: rows that are there have no value of it",
    "or fill another warehouse from a lake whose records all have one",
  ]);
}

function changes(
  table: string,
  column: StoredColumn,
  present: FoundColumn,
  dialect: Dialect,
): string[] {
  const alter = `ALTER TABLE ${table} ALTER COLUMN ${identifier(column.name)}`;
  const wanted = sqlType(column.type, dialect);
  const says = columnDdl(column, dialect).slice(column.name.length + 1);
  const has = shown(present, dialect);
  const typed = shownType(present, dialect);
  if (typed !== wanted && !isWider(wanted, typed)) {
    throw differs(table, column.name, has, says, [
      `declare it as ${typed}`,
      "or fill another warehouse by `deno task load`",
    ]);
  }
  if (present.nullable && !column.nullable) {
    throw differs(table, column.name, has, says, [
      "declare it nullable",
      `or, if it has a value in every row: ${alter} SET NOT NULL`,
    ]);
  }
  return [
    ...(typed === wanted ? [] : [`${alter} SET DATA TYPE ${wanted}`]),
    ...(column.nullable && !present.nullable ? [`${alter} DROP NOT NULL`] : []),
  ];
}

/** Whether every value of the type `from` is one of the type `to`, without another digit. */
function isWider(to: string, from: string): boolean {
  const [wide, narrow] = [to, from].map((type) => /^(\w+)\((\d+)(,\d+)?\)$/.exec(type));
  return wide !== null && narrow !== null && wide?.[1] === narrow?.[1] &&
    wide?.[3] === narrow?.[3] && Number(wide?.[2]) > Number(narrow?.[2]);
}

/** The type as `sqlType` writes it. */
function shownType({ type, precision, scale, length }: FoundColumn, dialect: Dialect): string {
  switch (type) {
    case "DECIMAL":
    case "NUMBER":
      return `${type}(${precision},${scale})`;
    case "TEXT":
      return `VARCHAR(${length})`;
    case "TIMESTAMP_NTZ":
      // With fewer digits than microseconds have nobody makes one.
      return sqlType({ kind: "timestamp", wireUnit: "us" }, dialect);
    default:
      return type;
  }
}

function shown(column: FoundColumn, dialect: Dialect): string {
  return `${shownType(column, dialect)}${column.nullable ? "" : " NOT NULL"}`;
}

function differs(
  table: string,
  column: string,
  has: string,
  says: string,
  fixes: readonly string[],
): TickhouseError {
  return new TickhouseError(
    "TABLE_DIFFERS",
    `the table has ${has}, the declaration ${says.startsWith("no ") ? says : `says ${says}`}`,
    { field: `${table}.${column}`, fix: fixes.join("; ") },
  );
}
